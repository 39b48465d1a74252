using Npgsql;

namespace Crm.Storage;

/// <param name="Connection">In the transaction that restores: what is done with it is kept with the rows, or taken back with them.</param>
/// <param name="MadeAt">Of which moment the backup is, in UTC.</param>
/// <param name="Aside">The schema in which lies what was there before, until all is kept. It may have no tables.</param>
public sealed record RestoredRows(NpgsqlConnection Connection, DateTimeOffset MadeAt, string Aside);

/// <summary>
/// What a room does to restored rows that were true once and may not be any more, such as mail that has left since. Rooms that hold such
/// rows register theirs.
/// </summary>
public interface IAfterRestoration
{
    Task ChangeAsync(RestoredRows restored, CancellationToken cancel);
}
