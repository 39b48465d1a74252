using Marten;

namespace Crm.Storage;

public static class RowLocks
{
    /// <summary>Reads a document and holds its row until the session's transaction ends: others who lock it wait.</summary>
    public static async Task<T?> LockAsync<T>(this IDocumentSession session, Guid id, CancellationToken cancel) where T : class
    {
        await session.BeginTransactionAsync(cancel);
        return await session.QueryAsync<T>("where d.id = ? for update", cancel, id) is [var document] ? document : null;
    }
}
