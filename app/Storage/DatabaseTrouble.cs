using Npgsql;

namespace Crm.Storage;

/// <summary>Why a database that worked does not, for a while.</summary>
public enum DatabaseTrouble
{
    /// <summary>It is not reached, is starting or stopping, takes no changes, or has too much to do: trying again helps.</summary>
    Away,

    /// <summary>Its disk is full: trying again helps when somebody has made room.</summary>
    Full,
}

/// <summary>What the database's errors mean, and when its disk was last found full.</summary>
public sealed class DatabaseTroubles(TimeProvider time)
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(5);

    // Npgsql does not count these among what passes.
    private static readonly HashSet<string> Passing =
    [
        PostgresErrorCodes.AdminShutdown, PostgresErrorCodes.CrashShutdown, PostgresErrorCodes.ReadOnlySqlTransaction,
        PostgresErrorCodes.QueryCanceled, PostgresErrorCodes.InvalidCatalogName, PostgresErrorCodes.InvalidPassword,
    ];

    // Where a string names several hosts, Npgsql says so of all of them, without a cause while it remembers that none could be used.
    private const string NoHost = "No suitable host was found.";

    private DateTimeOffset _full = DateTimeOffset.MinValue;

    /// <summary>Raised with each trouble that is met: what was being stored may be stored all the same.</summary>
    public event EventHandler? Met;

    /// <summary>Whether a change was refused in the last minutes because the disk was full.</summary>
    public bool WasFull => time.GetUtcNow() - _full < Recent;

    /// <returns>Null where the database is not to blame, or will answer the same the next time.</returns>
    public DatabaseTrouble? In(Exception e)
    {
        for (var each = e; each is not null; each = each.InnerException)
            if (each is NpgsqlException problem) return Note(Of(problem));
        return null;
    }

    private static DatabaseTrouble? Of(NpgsqlException problem) => problem switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => DatabaseTrouble.Full,
        PostgresException refused when Passing.Contains(refused.SqlState) => DatabaseTrouble.Away,
        { IsTransient: true } or { InnerException: AggregateException } or { Message: NoHost } => DatabaseTrouble.Away,
        _ => null,
    };

    private DatabaseTrouble? Note(DatabaseTrouble? trouble)
    {
        if (trouble is DatabaseTrouble.Full) _full = time.GetUtcNow();
        if (trouble is not null) Met?.Invoke(this, EventArgs.Empty);
        return trouble;
    }
}
