using Crm.Courses;
using Crm.Institute;
using Crm.Operations;
using Crm.Storage;
using Marten;

namespace Crm.Privacy;

/// <summary>
/// Erases a person: everything in one transaction, then the files, then a line in the list beside the backups. What a kill leaves undone of
/// the last two, the next start and the nightly run do.
/// </summary>
public sealed class Eraser(IDocumentStore store, IEnumerable<IHoldings> holdings, ErasureList list, CurrentInstitute institute,
    InstituteClock clock, ILogger<Eraser> logger)
{
    // In the order in which the intake locks them: nobody comes in with a number or an address of whoever is being erased.
    private const string LockKeys = """
        select count(pg_advisory_xact_lock(h))::int from (select distinct hashtextextended(k, 0) h from unnest(?) k order by 1) hashes
        """;

    /// <returns>Null where the form had been carried out before.</returns>
    /// <exception cref="Refusal">They cannot be erased now, and why; nothing was changed.</exception>
    public async Task<Erasure?> EraseAsync(Guid personId, ErasureReason why, Stamp stamp, AuditEntry audit, CancellationToken cancel,
        Func<IDocumentSession, Task<bool>>? claim = null)
    {
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        if (claim is not null && !await claim(session)) return null;
        if (await LockAsync(session, [personId], cancel) is not { } subject) return null;
        await RefuseAsync(session, subject, cancel);
        var erasure = await CarryOutAsync(session, subject, await NumberAsync(session, cancel), stamp, cancel);
        (erasure.Why, erasure.By) = (why, stamp.By.Name);
        session.Store(erasure);
        Audit.Note(session, audit with { What = erasure.Id, Whom = subject.Person.Id });
        await session.SaveChangesAsync(cancel);
        await ListAsync(erasure, cancel);
        await DeleteFilesAsync(erasure, cancel);
        logger.LogInformation("A person was erased as {Number}", erasure.Id);
        return erasure;
    }

    /// <summary>What stands in the way of erasing somebody, in a sentence; null where nothing does.</summary>
    public async Task<string?> WhyNotAsync(IQuerySession session, Subject subject, CancellationToken cancel)
    {
        var batches = await session.LoadManyAsync<Batch>(cancel, [.. subject.Seats.Select(s => s.BatchId).Distinct()]);
        return ErasureRules.WhyNot(subject, [.. batches], institute, clock.Today);
    }

    /// <summary>Erases again whom a restored backup has brought back, and lists whom the list lacks.</summary>
    public async Task ReconcileAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var known = (await session.Query<Erasure>().ToListAsync(cancel)).ToDictionary(e => e.Id);
        var listed = await list.ReadAsync(cancel);
        foreach (var missing in known.Values.Where(e => listed.All(l => l.Number != e.Id)).OrderBy(e => e.Id))
            await ListAsync(missing, cancel);
        foreach (var gone in listed.Where(l => !known.ContainsKey(l.Number)).DistinctBy(l => l.Number)) await AgainAsync(gone, cancel);
    }

    /// <summary>Tries once more to delete what could not be deleted.</summary>
    public async Task SweepFilesAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        foreach (var erasure in await session.QueryAsync<Erasure>("where d.data -> 'Files' <> '[]'::jsonb", cancel))
            await DeleteFilesAsync(erasure, cancel);
    }

    private async Task ListAsync(Erasure erasure, CancellationToken cancel)
    {
        try
        {
            await list.AddAsync(erasure.Listed, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogError(
                "{Number} could not be written to {List}, and is tried again at night: {Problem}", erasure.Id, list.Path, e.Message);
        }
    }

    // No rule stands in the way: it was decided when they were erased first, under the same number.
    private async Task AgainAsync(ListedErasure gone, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        var erasure = new Erasure { Id = gone.Number };
        var stamp = new Stamp(Actor.System, clock.Now);
        var subject = await LockAsync(session, gone.People, cancel);
        if (subject?.People.Except(gone.People).ToList() is { Count: > 0 } others)
        {
            logger.LogError("A restored backup has who was erased as {Number} as one person with somebody who was not, and erases neither "
                + "of the two. Split /people/{Others} again: then it is done by itself at night", gone.Number, others[0]);
            return;
        }
        if (subject is { Person.IsErased: false })
            erasure = await CarryOutAsync(session, subject, gone.Number, stamp, cancel);
        (erasure.Person, erasure.GaveWay) = (gone.Person, [.. gone.GaveWay]);
        (erasure.At, erasure.Why, erasure.By) = (gone.At, Enum.Parse<ErasureReason>(gone.Why), Actor.System.Name);
        session.Store(erasure);
        Audit.Note(session, AuditEntry.Of(AuditKind.Erased, stamp) with
        { What = $"{gone.Number}, again after a restoration", Whom = gone.Person });
        await session.SaveChangesAsync(cancel);
        await DeleteFilesAsync(erasure, cancel);
        logger.LogWarning("A restored backup had brought back who was erased as {Number}: erased again", gone.Number);
    }

    private static async Task<Subject?> LockAsync(IDocumentSession session, IReadOnlyList<Guid> people, CancellationToken cancel)
    {
        if (await Subject.LoadAsync(session, people, cancel, gone: true) is not { } seen) return null;
        await session.AdvancedSql.QueryAsync<int>(LockKeys, cancel, (object)seen.Traces.Keys);
        await session.LockStreamsAsync(seen.People, cancel);
        await session.LockStreamsAsync(seen.LeadStreams, cancel);
        await session.LockStreamsAsync(seen.SeatStreams, cancel);
        // What came in until the locks were held.
        return await Subject.LoadAsync(session, people, cancel, gone: true);
    }

    private async Task RefuseAsync(IDocumentSession session, Subject subject, CancellationToken cancel)
    {
        if (await WhyNotAsync(session, subject, cancel) is { } why) throw new Refusal(why);
    }

    private async Task<Erasure> CarryOutAsync(
        IDocumentSession session, Subject subject, string number, Stamp stamp, CancellationToken cancel)
    {
        var work = new ErasureWork(session, number, stamp);
        foreach (var held in holdings) await held.EraseAsync(subject, work, cancel);
        return new Erasure
        {
            Id = number,
            Person = subject.Person.Id,
            GaveWay = [.. subject.People.Skip(1)],
            At = stamp.At,
            Counts = work.Counts,
            Kept = work.Kept,
            Files = work.Files,
            AuditLines = (await AuditList.AboutAsync(session, subject.People, cancel)).Count,
        };
    }

    // Numbers of the list count as well: a restored backup knows fewer.
    private async Task<string> NumberAsync(IDocumentSession session, CancellationToken cancel)
    {
        await session.LockNameAsync("numbers of erasures", cancel);
        var known = (await session.Query<Erasure>().Select(e => e.Id).ToListAsync(cancel))
            .Concat((await list.ReadAsync(cancel)).Select(l => l.Number));
        var last = known.Select(n => int.Parse(n[2..], System.Globalization.CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
        return Erasure.NumberOf(last + 1);
    }

    private async Task DeleteFilesAsync(Erasure erasure, CancellationToken cancel)
    {
        if (erasure.Files.Count == 0) return;
        var left = new List<string>();
        foreach (var file in erasure.Files)
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.LogWarning("A file of {Number} could not be deleted and is tried again at night: {Problem}", erasure.Id, e.Message);
                left.Add(file);
            }
        }
        erasure.Files = left;
        await using var session = store.LightweightSession();
        session.Store(erasure);
        await session.SaveChangesAsync(cancel);
    }
}
