using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Privacy;

/// <summary>The person, their leads and their seats: what they are, and all that happened.</summary>
public sealed class StreamHoldings(LeadWriter leads) : IHoldings
{
    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel)
    {
        var found = new List<Holding>();
        if (!subject.IsGone) found.AddRange(subject.Records.Select(p => new Holding("The person", p)));
        found.AddRange(subject.Leads.Select(l => new Holding("Enquiries and what came of them", l)));
        found.AddRange(subject.Seats.Select(s => new Holding("Seats", s)));
        var events = new List<(DateTimeOffset At, object Event)>();
        foreach (var stream in subject.All)
            events.AddRange((await session.Events.FetchStreamAsync(stream, token: cancel))
                .Select(e => (e.Timestamp, (object)new { What = e.EventTypeName, Told = e.Data })));
        found.AddRange(events.OrderBy(e => e.At).Select(e => new Holding("All that happened", e.Event)));
        return found;
    }

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        foreach (var id in subject.People.Order())
            await PersonWriter.EraseAsync(work.Session, id, work.Number, work.Stamp, cancel);
        foreach (var id in subject.LeadStreams) await leads.EraseAsync(work.Session, id, work.Number, work.Stamp, cancel);
        foreach (var id in subject.SeatStreams) await SeatWriter.EraseAsync(work.Session, id, work.Number, work.Stamp, cancel);
        work.Count("records", subject.Records.Count);
        work.Count("leads", subject.LeadStreams.Length);
        work.Count("seats", subject.SeatStreams.Length);
    }
}
