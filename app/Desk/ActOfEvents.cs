using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;

namespace Crm.Desk;

/// <summary>What one act did to all the streams of a person, of which one line of the timeline tells.</summary>
/// <param name="Events">All of them that are shown together.</param>
public sealed record ActOfEvents(IReadOnlyList<StoredEvent> Events)
{
    /// <returns>The acts in which events happened: an act stamps all of its own alike.</returns>
    public static IReadOnlyDictionary<StoredEvent, ActOfEvents> Of(IEnumerable<StoredEvent> events)
    {
        var acts = new Dictionary<StoredEvent, ActOfEvents>(ReferenceEqualityComparer.Instance);
        foreach (var act in events.GroupBy(e => (e.At, e.By)))
        {
            var whole = new ActOfEvents([.. act]);
            foreach (var e in act) acts.Add(e, whole);
        }
        return acts;
    }

    /// <summary>What of one kind happened in it; null where nothing did.</summary>
    public T? Of<T>() where T : StoredEvent => Events.OfType<T>().FirstOrDefault();

    /// <summary>Whether another line tells of it: the lead's of its seat, and one record's of the other.</summary>
    public bool IsToldWithAnother(StoredEvent e) => e switch
    {
        SeatTaken => Has<LeadEnrolled>() || Has<LeadTransferred>(),
        SeatTransferred or MoneyMoved => Has<LeadTransferred>(),
        SeatWithdrawn => Has<LeadWithdrew>(),
        MergedInto => Has<PersonMerged>(),
        LeadGivenTo or SeatGivenTo => Has<PersonMerged>() || Has<PersonSplit>() || Has<SplitFrom>(),
        LeadErased or SeatErased => Has<PersonErased>(),
        PersonErased => !ReferenceEquals(Of<PersonErased>(), e),
        IRestored => !ReferenceEquals(Events.First(other => other is IRestored), e),
        _ => false,
    };

    private bool Has<T>() where T : StoredEvent => Of<T>() is not null;
}
