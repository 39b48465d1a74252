using Crm.Changes;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Enquiries;

/// <summary>Makes one person of two records, with a choice per field; and two of one again.</summary>
public sealed class MergePeople(IDocumentStore store, LeadWriter leads)
{
    private static readonly Task<(IReadOnlyList<PersonEvent>, IReadOnlyList<PersonEvent>)> Nothing =
        Task.FromResult<(IReadOnlyList<PersonEvent>, IReadOnlyList<PersonEvent>)>(([], []));

    /// <summary>What a page that shows the two tells them by, as they stood.</summary>
    public static string SeenOf(Person keep, Person other) => $"{keep.Version}-{other.Version}";

    /// <param name="fromOther">Keys of the details in which the other's word is taken.</param>
    /// <param name="seen">What the page showed, from <see cref="SeenOf"/>; null where there was no page.</param>
    /// <returns>False where one of the two is not there.</returns>
    /// <exception cref="Refusal">One of the two was merged, or changed, meanwhile.</exception>
    public async Task<bool> MergeAsync(
        Guid keepId, Guid otherId, IReadOnlyCollection<string> fromOther, string? seen, Stamp stamp, CancellationToken cancel)
    {
        if (keepId == otherId) throw new Refusal("other", "Choose another person: nobody is merged with themselves.");
        await using var session = store.LightweightSession();
        IReadOnlyList<Guid> theirs = [];
        var found = await PersonWriter.ChangeBothAsync(session, keepId, otherId, stamp, async (keep, other) =>
        {
            // The same form once more, or a colleague's of the same two: they are one already.
            if (other.MergedInto == keepId) return await Nothing;
            theirs = await LeadsOfAsync(session, otherId, cancel);
            var events = Merging.Merge(keep, other, fromOther, theirs);
            return seen is null || seen == SeenOf(keep, other) ? events : throw new Refusal(Form.Overtaken);
        }, cancel);
        if (!found) return false;
        await GiveAsync(session, theirs, keepId, merged: true, stamp, cancel);
        await DecideAsync(session, keepId, otherId, stamp.At, cancel);
        ChangeWriter.Record(session, ChangeKind.Merge, "Merged two records of one person", stamp, together: true);
        await session.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Puts back what the merge brought together: the leads that came with the other record go back to it.</summary>
    public async Task<bool> SplitAsync(Guid keptId, Guid otherId, Stamp stamp, CancellationToken cancel)
    {
        if (keptId == otherId) return false;
        await using var session = store.LightweightSession();
        IReadOnlyList<Guid> theirs = [];
        var found = await PersonWriter.ChangeBothAsync(session, keptId, otherId, stamp, (kept, other) =>
        {
            // The same form once more: they are two already.
            if (kept.MergedInto is null && other.MergedInto is null && kept.Merges.All(m => m.Other != otherId)) return Nothing;
            var events = Merging.Split(kept, other);
            theirs = kept.Merges[^1].Leads;
            return Task.FromResult(events);
        }, cancel);
        if (!found) return false;
        await GiveAsync(session, theirs, otherId, merged: false, stamp, cancel);
        ChangeWriter.Record(session, ChangeKind.Split, "Split two records again", stamp, together: true);
        await session.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Remembers that two records are of two persons.</summary>
    public async Task KeepApartAsync(Guid one, Guid other, DateTimeOffset now, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        await DecideAsync(session, one, other, now, cancel);
        await session.SaveChangesAsync(cancel);
    }

    private static Task<IReadOnlyList<Guid>> LeadsOfAsync(IDocumentSession session, Guid personId, CancellationToken cancel) =>
        session.Query<Lead>().Where(l => l.PersonId == personId).OrderBy(l => l.Id).Select(l => l.Id).ToListAsync(cancel);

    // Leads are locked before they are read, so that a seat that was taken a moment ago goes along; and all of them, and all seats, before
    // any list of who waits, which is locked when the first of them is given.
    private async Task GiveAsync(
        IDocumentSession session, IReadOnlyList<Guid> theirs, Guid personId, bool merged, Stamp stamp, CancellationToken cancel)
    {
        await session.LockStreamsAsync(theirs, cancel);
        Guid[] ids = [.. theirs];
        var seats = await session.Query<Enrolment>().Where(e => e.LeadId.IsOneOf(ids)).OrderBy(e => e.Id).ToListAsync(cancel);
        await session.LockStreamsAsync(seats.Select(s => s.Id), cancel);
        foreach (var id in theirs)
        {
            await leads.ChangeAsync(session, id, stamp,
                _ => Task.FromResult<IReadOnlyList<LeadEvent>>([new LeadGivenTo(personId, merged)]), null, cancel);
            foreach (var seat in seats.Where(s => s.LeadId == id))
                await SeatWriter.GiveAsync(session, seat.Id, personId, merged, stamp, cancel);
        }
    }

    private static async Task DecideAsync(IDocumentSession session, Guid one, Guid other, DateTimeOffset now, CancellationToken cancel)
    {
        if (await session.LoadAsync<PossibleDuplicate>(PossibleDuplicate.IdOf(one, other), cancel) is not { } pair) return;
        pair.DecidedAt = now;
        session.Store(pair);
    }
}
