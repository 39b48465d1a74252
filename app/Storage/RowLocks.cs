using Marten;

namespace Crm.Storage;

/// <summary>
/// Locks that others wait for. Whoever takes several takes streams of leads first, then those of seats, then batches, and each kind in
/// the order of ids: so nobody waits for who waits for them.
/// </summary>
public static class RowLocks
{
    private const string Streams = $"select id from {MartenSetup.Schema}.mt_streams where id = any(?) order by id for update";

    /// <summary>Reads a document and holds its row until the session's transaction ends: others who lock it wait.</summary>
    public static async Task<T?> LockAsync<T>(this IDocumentSession session, Guid id, CancellationToken cancel) where T : class =>
        await session.LockAllAsync<T>([id], cancel) is [var document] ? document : null;

    /// <summary>The same for several documents, in the order of their ids. What the session has stored and not saved yet is as it was
    /// stored: who changes it once more in the same transaction goes on from there.</summary>
    public static async Task<IReadOnlyList<T>> LockAllAsync<T>(
        this IDocumentSession session, IEnumerable<Guid> ids, CancellationToken cancel) where T : class
    {
        await session.BeginTransactionAsync(cancel);
        var read = await session.QueryAsync<T>("where d.id = any(?) order by d.id for update", cancel, (object)ids.Distinct().ToArray());
        List<T> stored = [.. session.PendingChanges.UpdatesFor<T>(), .. session.PendingChanges.InsertsFor<T>()];
        if (stored.Count == 0) return read;
        var idOf = typeof(T).GetProperty("Id")!;
        return [.. read.Select(document => stored.FindLast(s => Equals(idOf.GetValue(s), idOf.GetValue(document))) ?? document)];
    }

    /// <summary>Holds a name until the session's transaction ends, for what has no row yet.</summary>
    public static async Task LockNameAsync(this IDocumentSession session, string name, CancellationToken cancel)
    {
        await session.BeginTransactionAsync(cancel);
        await session.QueryAsync<string>("select pg_advisory_xact_lock(hashtextextended(?, 0))::text", cancel, name);
    }

    /// <summary>Holds streams until the session's transaction ends, before they are fetched for writing one by one.</summary>
    public static async Task LockStreamsAsync(this IDocumentSession session, IEnumerable<Guid> ids, CancellationToken cancel)
    {
        await session.BeginTransactionAsync(cancel);
        await session.QueryAsync<Guid>(Streams, cancel, (object)ids.Distinct().ToArray());
    }
}
