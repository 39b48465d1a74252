using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Institute;

/// <summary>What the audit notes.</summary>
public enum AuditKind
{
    SignedIn, WrongPassword, SignInLocked, SignedOut,
    PersonViewed, Exported, AccessGiven, Erased, Kept,
    StaffAdded, StaffChanged, StaffDeactivated, StaffActivated, PasswordReset, PasswordChanged,
    SessionsEnded, LinkSent, Unlocked, FactorAdded, FactorRemoved, RecoveryCodeUsed,
    PasskeyAdded, PasskeyRemoved, PasskeyCopied,
    SettingsChanged, CourseChanged, BatchChanged, BackupTaken, Restored, AuditThinned, ClockConfirmed,
}

/// <summary>One line of the audit: who did what, when, to whom and from where. It names persons by their id and never by name, number or
/// address, so that it may stay when they are erased.</summary>
/// <param name="At">UTC.</param>
public sealed record AuditEntry(Guid Id, DateTimeOffset At, AuditKind Kind, Actor By)
{
    /// <summary>In the program's own words, such as "leads as CSV"; nothing that somebody typed.</summary>
    public string What { get; init; } = "";

    /// <summary>The person or member of staff that it was done to; null where there is none.</summary>
    public Guid? Whom { get; init; }
    public int? Count { get; init; }

    /// <summary>From which address of the network; null for what the program does by itself.</summary>
    public string? Address { get; init; }

    public static AuditEntry Of(AuditKind kind, Stamp stamp) => new(Guid.CreateVersion7(stamp.At), stamp.At, kind, stamp.By);
}

/// <summary>
/// The audit, which is only added to: its table refuses to change or lose a line, whoever asks. Lines are written in the transaction of
/// what they tell, or by themselves.
/// </summary>
public static class Audit
{
    private const string Name = $"{MartenSetup.Schema}.audit_entries";

    private const string Insert = $"""
        insert into {Name} (id, at, kind, by_kind, by_id, by_name, whom, what, count, address)
        values (?, ?, ?, ?, nullif(?, '')::uuid, ?, nullif(?, '')::uuid, ?, nullif(?, -1), nullif(?, ''))
        on conflict (id) do nothing
        """;

    /// <summary>Adds a line in a session that the caller saves.</summary>
    public static void Note(IDocumentSession session, AuditEntry entry) => session.QueueSqlCommand(Insert, ValuesOf(entry));

    /// <summary>Adds a line by itself.</summary>
    public static async Task WriteAsync(NpgsqlDataSource source, AuditEntry entry, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        await WriteAsync(connection, entry, cancel);
    }

    /// <summary>Adds a line in the transaction that a connection is in.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, AuditEntry entry, CancellationToken cancel)
    {
        var sql = string.Join("", Insert.Split('?').SelectMany((part, i) => i == 0 ? [part] : new[] { $"${i}", part }));
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in ValuesOf(entry)) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Lets lines go that are older than a moment; the table itself refuses one that is less than a year ago.</summary>
    /// <returns>How many have gone.</returns>
    public static async Task<long> ThinAsync(NpgsqlDataSource source, DateTimeOffset before, CancellationToken cancel)
    {
        await using var command = source.CreateCommand($"select {AuditTable.Thin}($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = before });
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static object[] ValuesOf(AuditEntry entry) =>
    [
        entry.Id, entry.At, entry.Kind.ToString(), entry.By.Kind.ToString(), entry.By.UserId?.ToString() ?? "", entry.By.Name,
        entry.Whom?.ToString() ?? "", entry.What, entry.Count ?? -1, entry.Address ?? "",
    ];
}
