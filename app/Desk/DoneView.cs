using Crm.Counselling;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>What was just done from today's page, and to whom: it can be a slip.</summary>
/// <param name="Return">The queue to which one comes back.</param>
public sealed record DoneView(Person Person, LastAct Last, string Return, InstituteClock Clock)
{
    /// <summary>Such as "Devika Warrier: not interested, lost."</summary>
    public DidView Did
    {
        get
        {
            var form = Form.Fresh((Form.Return, Return));
            form.Remember(TakeBack.After, $"{Last.After}");
            return new DidView($"{Person.Name.Text}: {string.Join("; ", Words)}.", $"/leads/{Last.Lead.Id}/undoing", form);
        }
    }

    private IEnumerable<string> Words
    {
        get
        {
            var lost = Last.Events.OfType<LeadLost>().FirstOrDefault();
            var call = Last.Events.OfType<ContactLogged>().FirstOrDefault();
            if (lost is not null) yield return $"{Format.Words(lost.Reason).ToLowerInvariant()}, lost";
            else if (call is null) yield return "the follow-up is done";
            else yield return call.Outcome == ContactOutcome.Connected ? "reached" : Format.Words(call.Outcome).ToLowerInvariant();
            if (Last.Events.OfType<FollowUpPlanned>().FirstOrDefault() is { } next)
                yield return $"next: {next.Purpose}, {Clock.Brief(next.DueAt)}";
        }
    }

    /// <param name="lead">Of which the page was told.</param>
    /// <returns>Null where there is nothing to tell, or nothing to take back any more.</returns>
    public static async Task<DoneView?> ReadAsync(
        IQuerySession session, Guid lead, Guid user, string back, InstituteClock clock, CancellationToken cancel)
    {
        if (await TakeBack.FindAsync(session, lead, user, cancel) is not { } last || !DidView.IsNews(last.At, clock.Now)) return null;
        return await session.LoadAsync<Person>(last.Lead.PersonId, cancel) is { } person ? new DoneView(person, last, back, clock) : null;
    }
}
