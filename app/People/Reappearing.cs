using Crm.Institute;
using Marten;

namespace Crm.People;

/// <summary>
/// Persons who come back because an undoing is undone, such as those of an import that was taken back: who has come since, by the same file
/// or by themselves, may be the same, and staff are to decide.
/// </summary>
public static class Reappearing
{
    /// <summary>Lists who is like those that come back, in a session that the caller saves.</summary>
    /// <param name="back">Persons as they are restored; those who are there already come not back.</param>
    /// <param name="together">Which of some persons came, and come back, by the same change: of them it was decided then.</param>
    public static async Task ListAsync(IDocumentSession session, IReadOnlyList<Restoring<Person>> back, Stamp stamp,
        Func<Guid[], Task<HashSet<Guid>>> together, CancellationToken cancel)
    {
        List<Restoring<Person>> restored = [.. back.Where(b => b.Before is not null)];
        if (restored.Count == 0) return;
        var there = (await session.LoadManyAsync<Person>(cancel, [.. restored.Select(p => p.Id)])).Select(p => p.Id).ToHashSet();
        var coming = restored.Where(b => !there.Contains(b.Id)).Select(b => b.Before!).ToList();
        string[] keys = [.. coming.SelectMany(p => p.Keys).Distinct()];
        if (keys.Length == 0) return;
        var found = await session.QueryAsync<Person>("where d.keys && ?::varchar[]", cancel, (object)keys);
        var own = await together([.. found.Select(p => p.Id)]);
        var met = found.Where(p => !p.IsErased && !own.Contains(p.Id)).SelectMany(p => p.Keys.Select(k => (k, p)))
            .ToLookup(m => m.k, m => m.p);
        foreach (var person in coming)
        {
            // When somebody registered does not tell who was there before: it is as old as their file says.
            var others = person.Keys.SelectMany(k => met[k]).DistinctBy(o => o.Id).ToList();
            foreach (var (other, reason) in LikeOnes(person, others)) await ListAsync(session, person, other, reason, stamp, cancel);
        }
    }

    private static IReadOnlyList<(Person Person, string Reason)> LikeOnes(Person person, IReadOnlyList<Person> others)
    {
        var identity = Matching.WhoIs(person.Name, [.. person.Phones.Select(p => p.Number)],
            person.Emails.Count > 0 ? person.Emails[0].Address : null, others);
        return identity.Known is { } known ? [(known, identity.Why!)] : identity.Maybe;
    }

    private static async Task ListAsync(
        IDocumentSession session, Person person, Person other, string reason, Stamp stamp, CancellationToken cancel)
    {
        var id = PossibleDuplicate.IdOf(person.Id, other.Id);
        if (await session.LoadAsync<PossibleDuplicate>(id, cancel) is { DecidedAt: not null }) return;
        session.Store(new PossibleDuplicate
        {
            Id = id,
            Newer = other.Id,
            Older = person.Id,
            Reason = reason,
            Weight = Likeness.WeightOf(reason),
            FoundAt = stamp.At,
        });
    }
}
