using Crm.Institute;
using Marten;

namespace Crm.Seats;

/// <summary>What was just appended to a seat's stream, for those who react to it in the same transaction.</summary>
/// <param name="Seat">As it now stands.</param>
public sealed record SeatChange(Enrolment Seat, IReadOnlyList<EnrolmentEvent> Events, Stamp Stamp);

/// <summary>Somebody who acts on what happened to seats, such as the ledger.</summary>
public interface ISeatReaction
{
    /// <summary>May store documents in the session, which the writer saves.</summary>
    Task ReactAsync(SeatChange change, IDocumentSession session, CancellationToken cancel);
}

/// <summary>A seat that is being changed: others who change it wait until the session is saved.</summary>
public sealed record SeatWork(Enrolment Seat, Stamp Stamp, IDocumentSession Session);

/// <summary>
/// The only writer of seats. It appends what a rule decides and lets others react, in one transaction. Changes to one seat wait
/// for each other.
/// </summary>
public sealed class SeatWriter(IDocumentStore store, IEnumerable<ISeatReaction> reactions)
{
    /// <param name="decide">May store documents in the session that it is given.</param>
    /// <returns>The seat after the change, or null where there is none with that id.</returns>
    /// <exception cref="Refusal">The rule refused; nothing was stored.</exception>
    public async Task<Enrolment?> ChangeAsync(
        Guid id, Stamp stamp, Func<SeatWork, Task<IReadOnlyList<EnrolmentEvent>>> decide, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForExclusiveWriting<Enrolment>(id, cancel);
        if (stream.Aggregate is not { } seat) return null;
        var decided = await decide(new SeatWork(seat.Copy(), stamp, session));
        EnrolmentEvent[] events = [.. decided.Select(e => e with { At = stamp.At, By = stamp.By })];
        if (events.Length == 0) return seat;
        stream.AppendMany(events);
        var change = new SeatChange(events.Aggregate(seat.Copy(), (s, e) => s.After(e)), events, stamp);
        foreach (var reaction in reactions) await reaction.ReactAsync(change, session, cancel);
        await session.SaveChangesAsync(cancel);
        return change.Seat;
    }

    /// <summary>Begins a seat's stream in a session that the caller saves.</summary>
    public static void Take(IDocumentSession session, Guid id, SeatTaken taken, Stamp stamp) =>
        session.Events.StartStream<Enrolment>(id, taken with { At = stamp.At, By = stamp.By });

    /// <summary>Has a seat go to another record of its person, in a session that the caller saves.</summary>
    /// <param name="merged">True where two were merged, false where they were split again.</param>
    public static void Give(IDocumentSession session, Guid id, Guid personId, bool merged, Stamp stamp) =>
        session.Events.Append(id, new SeatGivenTo(personId, merged) { At = stamp.At, By = stamp.By });
}
