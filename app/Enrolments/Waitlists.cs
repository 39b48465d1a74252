using Crm.Correspondence;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using Marten;

namespace Crm.Enrolments;

/// <summary>Keeps the lists of who waits. Each batch that is given to it must be locked; it is stored in the session, which the caller
/// saves.</summary>
public sealed class Waitlists(Letters letters, CurrentInstitute institute, InstituteClock clock)
{
    /// <summary>Holds each free seat for the next who waits, and writes to them.</summary>
    public async Task SettleAsync(IDocumentSession session, Batch batch, Stamp stamp, CancellationToken cancel)
    {
        foreach (var place in batch.HoldSeats(stamp.At, UntilWhen(batch, stamp.At), clock.Today))
            await TellAsync(session, batch, place, stamp, cancel);
        session.Store(batch);
    }

    // A seat that nobody may take any more is held for nobody.
    private DateTimeOffset UntilWhen(Batch batch, DateTimeOffset now)
    {
        var until = now + TimeSpan.FromHours(institute.Profile.HoldHours);
        var over = clock.StartOf(batch.TakesPeopleUntil.AddDays(1));
        // Of midnight nobody could say which day it belongs to.
        var last = over.AddMinutes(-1) > now ? over.AddMinutes(-1) : over;
        return last < until ? last : until;
    }

    /// <summary>Takes somebody off a list; what was held for them goes to the next.</summary>
    public static void Leave(IDocumentSession session, Batch batch, Guid leadId, DateTimeOffset now)
    {
        WithdrawMail(session, batch, leadId, now);
        batch.Leave(leadId);
    }

    /// <summary>The same on several lists.</summary>
    public Task LeaveAllAsync(
        IDocumentSession session, IEnumerable<Batch> batches, Guid leadId, Stamp stamp, CancellationToken cancel) =>
        LeaveAllAsync(session, batches, [leadId], stamp, cancel);

    /// <summary>The same for several leads, none of which gets what is held for another of them.</summary>
    public async Task LeaveAllAsync(
        IDocumentSession session, IEnumerable<Batch> batches, IReadOnlyCollection<Guid> leadIds, Stamp stamp, CancellationToken cancel)
    {
        foreach (var batch in batches.Where(b => leadIds.Any(b.Knows)))
        {
            foreach (var id in leadIds) Leave(session, batch, id, stamp.At);
            await SettleAsync(session, batch, stamp, cancel);
        }
    }

    /// <summary>Takes somebody off several lists, whose places they get back when their lead is lost no more.</summary>
    public async Task LoseAllAsync(
        IDocumentSession session, IEnumerable<Batch> batches, Guid leadId, Stamp stamp, CancellationToken cancel)
    {
        foreach (var batch in batches.Where(b => b.PlaceOf(leadId) is not null))
        {
            WithdrawMail(session, batch, leadId, stamp.At);
            batch.Lose(leadId);
            await SettleAsync(session, batch, stamp, cancel);
        }
    }

    /// <summary>Puts somebody back on the lists that they were on when their lead was lost. What was held for them stays with the next who
    /// got it.</summary>
    /// <param name="withHold">Whether what is held on needs no new email.</param>
    public async Task ReturnAllAsync(
        IDocumentSession session, IEnumerable<Batch> batches, Guid leadId, bool withHold, Stamp stamp, CancellationToken cancel)
    {
        foreach (var batch in batches.Where(b => b.LostPlaces.Exists(w => w.LeadId == leadId)))
        {
            batch.Return(leadId, withHold, stamp.At);
            await SettleAsync(session, batch, stamp, cancel);
        }
    }

    /// <summary>Has a person stand once on each list, in the place that is ahead; what their other leads have is kept in mind.</summary>
    /// <param name="leads">Those of the person that are open.</param>
    public async Task StandOnceAsync(
        IDocumentSession session, IEnumerable<Batch> batches, IReadOnlyCollection<Guid> leads, Stamp stamp, CancellationToken cancel)
    {
        foreach (var batch in batches)
        {
            if (batch.FirstOf(leads, stamp.At) is not { } first) continue;
            var others = leads.Where(id => id != first && batch.PlaceOf(id) is not null).ToList();
            if (others.Count == 0 && batch.PlaceOf(first) is not null) continue;
            foreach (var id in others)
            {
                WithdrawMail(session, batch, id, stamp.At);
                batch.Lose(id);
            }
            batch.Return(first, withHold: false, stamp.At);
            await SettleAsync(session, batch, stamp, cancel);
        }
    }

    private static void WithdrawMail(IDocumentSession session, Batch batch, Guid leadId, DateTimeOffset now)
    {
        if (batch.PlaceOf(leadId)?.HoldId is { } hold) LeadCorrespondence.WithdrawAbout(
            hold, MessageKinds.SeatHeld, "The seat is not held for the applicant any more.", now, session);
    }

    private async Task TellAsync(IDocumentSession session, Batch batch, WaitingPlace place, Stamp stamp, CancellationToken cancel)
    {
        var lead = await session.LoadAsync<Lead>(place.LeadId, cancel)
            ?? throw new InvalidOperationException($"There is no lead {place.LeadId}, which waits for {batch.Code}.");
        if (await session.LoadAsync<Person>(lead.PersonId, cancel) is { Email: { } address } person)
            session.Store(letters.SeatHeld(new Addressee(person, address, lead, stamp), batch, place));
        // The lead cannot be locked behind the batch: the sweep plans the call.
        else batch.ToBeCalled(place.LeadId, true);
    }
}

/// <summary>Has counsellors call those for whom a seat is held and whom no email tells of it: they have no address to write to, or it did
/// not leave.</summary>
public sealed class HoldCalls(IDocumentStore store, LeadWriter leads, InstituteClock clock)
{
    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var (batchId, leadId, hold) in await FindAsync(cancel))
        {
            await using var session = store.LightweightSession();
            // In the order of all others: leads, then batches.
            await session.LockStreamsAsync([leadId], cancel);
            if (await session.LockAsync<Batch>(batchId, cancel) is not { } batch) continue;
            if (batch.PlaceOf(leadId) is not { IsCalled: false } place || place.HoldId != hold) continue;
            if (place.HoldsAt(clock.Now)) await PlanAsync(session, batch, place, cancel);
            batch.ToBeCalled(leadId, false);
            session.Store(batch);
            await session.SaveChangesAsync(cancel);
        }
    }

    private Task PlanAsync(IDocumentSession session, Batch batch, WaitingPlace place, CancellationToken cancel)
    {
        var until = Format.DateAndTime(clock.Local(place.HeldUntil!.Value));
        var mail = place.IsToBeCalled ? "there is no email" : "the email about it did not leave";
        return leads.CallAboutAsync(
            session, place.LeadId, $"A seat in {batch.Code} is held until {until}, and {mail}", new Stamp(Actor.System, clock.Now), cancel);
    }

    private async Task<IReadOnlyList<(Guid Batch, Guid Lead, Guid? Hold)>> FindAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var batches = await session.Query<Batch>().Where(b => b.CallsToPlan > 0 || b.NextHoldEnd != null).ToListAsync(cancel);
        var places = batches.SelectMany(b => b.Waitlist.Select(w => (Batch: b.Id, Place: w)))
            .Where(p => p.Place.IsToBeCalled || p.Place is { IsCalled: false, HoldId: not null } && p.Place.HoldsAt(clock.Now)).ToList();
        var untold = await UntoldAsync(session, [.. places.Where(p => !p.Place.IsToBeCalled).Select(p => p.Place.LeadId)], cancel);
        return [.. places.Where(p => p.Place.IsToBeCalled || untold.Contains(p.Place.HoldId))
            .Select(p => (p.Batch, p.Place.LeadId, p.Place.HoldId))];
    }

    /// <returns>The holds whose email did not leave, and does not any more.</returns>
    private static async Task<HashSet<Guid?>> UntoldAsync(IQuerySession session, Guid[] leads, CancellationToken cancel)
    {
        if (leads.Length == 0) return [];
        var unsent = await session.Query<OutboxMessage>().Where(m => m.LeadId!.Value.IsOneOf(leads) && m.Kind == MessageKinds.SeatHeld
            && (m.Status == MessageStatus.Cancelled || m.Status == MessageStatus.Failed)).ToListAsync(cancel);
        return [.. unsent.Select(m => m.TopicId)];
    }
}

/// <summary>Has who is lost, erased, or asked about another course wait no more: the next gets what was held for them. Whose lead was
/// lost and is open again stands where they stood. Two leads of one person stand once, until they are two persons' again.</summary>
public sealed class WaitsOfTheLost(Waitlists waitlists) : ILeadReaction
{
    public async Task ReactAsync(LeadChange change, IDocumentSession session, CancellationToken cancel)
    {
        var (lead, events, stamp) = (change.Lead, change.Events, change.Stamp);
        if (lead.Waits.Count == 0 || !events.Any(Moves)) return;
        var isUndone = events.Any(e => e is LeadRestored);
        var batches = await session.LockAllAsync<Batch>(lead.Waits, cancel);
        if (events.Any(e => e is LeadErased))
        {
            // All of them go with their person, who is not to be written to in between.
            var theirs = await session.Query<Lead>().Where(l => l.PersonId == lead.PersonId).Select(l => l.Id).ToListAsync(cancel);
            await waitlists.LeaveAllAsync(session, batches, [lead.Id, .. theirs], stamp, cancel);
            return;
        }
        if (events.Any(e => e is CourseCorrected)) await waitlists.LeaveAllAsync(session, batches, lead.Id, stamp, cancel);
        else if (lead.IsLost) await waitlists.LoseAllAsync(session, batches, lead.Id, stamp, cancel);
        // An undoing has the email wait again as well that the loss withdrew.
        else if (lead.IsOpen && !events.Any(e => e is LeadGivenTo))
            await waitlists.ReturnAllAsync(session, batches, lead.Id, isUndone, stamp, cancel);
        foreach (var theirs in await OpenOfAsync(session, lead, cancel))
            await waitlists.StandOnceAsync(session, batches, theirs, stamp, cancel);
    }

    private static bool Moves(LeadEvent e) => e is LeadErased or CourseCorrected or LeadRestored or LeadLost or LeadReopened or LeadGivenTo;

    // The open leads of the person whose lead it is, and of whom it was, as the session leaves them.
    private static async Task<IReadOnlyList<IReadOnlyCollection<Guid>>> OpenOfAsync(
        IDocumentSession session, Lead lead, CancellationToken cancel)
    {
        var before = (await session.LoadAsync<Lead>(lead.Id, cancel))?.PersonId ?? lead.PersonId;
        var stored = await session.Query<Lead>().Where(l => l.PersonId == before || l.PersonId == lead.PersonId).ToListAsync(cancel);
        var pending = session.PendingChanges.Streams().ToLookup(s => s.Id, s => s.Events.Select(e => e.Data).OfType<LeadEvent>());
        return [.. stored.Where(l => l.Id != lead.Id)
            .Select(l => pending[l.Id].SelectMany(events => events).Aggregate(l, (now, e) => now.After(e)))
            .Append(lead).Where(l => l.IsOpen).GroupBy(l => l.PersonId).Select(theirs => theirs.Select(l => l.Id).ToArray())];
    }
}

/// <summary>Notices that holds ran out, and holds their seats for the next.</summary>
public sealed class HoldSweep(IDocumentStore store, Waitlists waitlists, InstituteClock clock)
{
    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var id in await DueAsync(cancel))
        {
            // Each by itself: one that is locked for long keeps no other waiting, and a kill loses nothing that is done.
            await using var session = store.LightweightSession();
            if (await session.LockAsync<Batch>(id, cancel) is not { } batch) continue;
            await waitlists.SettleAsync(session, batch, new Stamp(Actor.System, clock.Now), cancel);
            await session.SaveChangesAsync(cancel);
        }
    }

    private async Task<IReadOnlyList<Guid>> DueAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var now = clock.Now;
        return await session.Query<Batch>().Where(b => b.NextHoldEnd <= now).OrderBy(b => b.Id).Select(b => b.Id).ToListAsync(cancel);
    }
}
