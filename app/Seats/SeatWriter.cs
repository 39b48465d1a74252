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
    /// <param name="first">Locks what is to be locked before the seat.</param>
    /// <param name="last">Is told what the seat has become, where something happened to it, before the session is saved.</param>
    /// <returns>The seat after the change, or null where there is none with that id.</returns>
    /// <exception cref="Refusal">The rule refused; nothing was stored.</exception>
    public async Task<Enrolment?> ChangeAsync(Guid id, Stamp stamp, Func<SeatWork, Task<IReadOnlyList<EnrolmentEvent>>> decide,
        CancellationToken cancel, Func<IDocumentSession, Task>? first = null, Action<SeatWork, Enrolment>? last = null)
    {
        await using var session = store.LightweightSession();
        if (first is not null) await first(session);
        var after = await ChangeAsync(session, id, stamp, decide, cancel);
        if (after is null) return null;
        if (session.PendingChanges.Streams().Any(s => s.Events.Count > 0)) last?.Invoke(new SeatWork(after, stamp, session), after);
        await session.SaveChangesAsync(cancel);
        return after;
    }

    /// <summary>As part of a larger change: the caller saves the session.</summary>
    public async Task<Enrolment?> ChangeAsync(IDocumentSession session, Guid id, Stamp stamp,
        Func<SeatWork, Task<IReadOnlyList<EnrolmentEvent>>> decide, CancellationToken cancel)
    {
        var stream = await session.Events.FetchForExclusiveWriting<Enrolment>(id, cancel);
        if (stream.Aggregate is not { } seat) return null;
        var decided = await decide(new SeatWork(seat.Copy(), stamp, session));
        var along = seat.MovedAfter(decided);
        var events = Stamped([.. decided, .. along], stamp);
        if (events.Length == 0) return seat;
        stream.AppendMany(events);
        var after = await ReactAsync(session, seat.Copy(), events, stamp, cancel);
        foreach (var moved in along) await MoveAsync(session, id, moved, stamp, cancel);
        return after;
    }

    /// <summary>Begins a seat's stream in a session that the caller saves.</summary>
    public static void Take(IDocumentSession session, Guid id, SeatTaken taken, Stamp stamp) =>
        session.Events.StartStream<Enrolment>(id, taken with { At = stamp.At, By = stamp.By });

    /// <summary>The same with what else happened to it at once, to which others react.</summary>
    public Task<Enrolment> TakeAsync(
        IDocumentSession session, Guid id, IReadOnlyList<EnrolmentEvent> events, Stamp stamp, CancellationToken cancel)
    {
        var stamped = Stamped(events, stamp);
        session.Events.StartStream<Enrolment>(id, stamped);
        return ReactAsync(session, new Enrolment { Id = id }, stamped, stamp, cancel);
    }

    /// <summary>Has a seat go to another record of its person, in a session that the caller saves.</summary>
    /// <param name="merged">True where two were merged, false where they were split again.</param>
    public static async Task GiveAsync(
        IDocumentSession session, Guid id, Guid personId, bool merged, Stamp stamp, CancellationToken cancel)
    {
        var stream = await session.Events.FetchForExclusiveWriting<Enrolment>(id, cancel);
        if (stream.Aggregate is not null) stream.AppendMany(new SeatGivenTo(personId, merged) { At = stamp.At, By = stamp.By });
    }

    /// <summary>Takes from all events what was written about a student, and notes that, in a session that the caller saves.</summary>
    public static async Task EraseAsync(IDocumentSession session, Guid id, string number, Stamp stamp, CancellationToken cancel)
    {
        await EventMasking.MaskAsync(session, id, cancel);
        var stream = await session.Events.FetchForExclusiveWriting<Enrolment>(id, cancel);
        stream.AppendOne(new SeatErased(number) { At = stamp.At, By = stamp.By });
    }

    /// <summary>Takes seats back to what they were before a change, in a session that the caller saves.</summary>
    /// <param name="change">The undoing.</param>
    public async Task RestoreAsync(
        IDocumentSession session, IReadOnlyList<Restoring<Enrolment>> back, Guid change, Stamp stamp, CancellationToken cancel)
    {
        var now = (await session.LoadManyAsync<Enrolment>(cancel, [.. back.Select(b => b.Id)])).ToDictionary(s => s.Id);
        foreach (var one in back)
        {
            var before = now.GetValueOrDefault(one.Id);
            var restored = new SeatRestored(change, one.ToVersion, one.Before)
            {
                At = stamp.At,
                By = stamp.By,
                PersonId = one.Before is null ? before?.PersonId : null,
            };
            session.Events.Append(one.Id, one.Version + 1, restored);
            if ((one.Before ?? before) is not { } seat) continue;
            foreach (var reaction in reactions) await reaction.ReactAsync(new SeatChange(seat.Copy(), [restored], stamp), session, cancel);
        }
    }

    // The entry on the other side.
    private Task MoveAsync(IDocumentSession session, Guid id, MoneyMoved moved, Stamp stamp, CancellationToken cancel) =>
        ChangeAsync(session, moved.Other, stamp, async work =>
        {
            var entry = moved with { Other = id, Amount = -moved.Amount };
            if (work.Seat.Left?.To is not { } after) return [entry];
            await MoveAsync(session, work.Seat.Id, moved with { Other = after }, stamp, cancel);
            return [entry, moved with { Other = after }];
        }, cancel);

    private async Task<Enrolment> ReactAsync(
        IDocumentSession session, Enrolment before, EnrolmentEvent[] events, Stamp stamp, CancellationToken cancel)
    {
        var change = new SeatChange(events.Aggregate(before, (s, e) => s.After(e)), events, stamp);
        foreach (var reaction in reactions) await reaction.ReactAsync(change, session, cancel);
        return change.Seat;
    }

    private static EnrolmentEvent[] Stamped(IEnumerable<EnrolmentEvent> events, Stamp stamp) =>
        [.. events.Select(e => e with { At = stamp.At, By = stamp.By })];
}
