using System.Security.Cryptography;
using System.Text;
using Crm.Storage;
using DbUp.Engine;
using Npgsql;

namespace Crm.Operations;

/// <summary>Puts the rows of an archive into a database, within the transaction that its connection is in.</summary>
internal sealed class RowLoader(NpgsqlConnection connection, OpenedBackup backup, IEnumerable<BackupFigure> figures, Told told)
{
    private const string Journal = $"{Migrations.JournalSchema}.{Migrations.JournalTable}";

    // What a start alone leaves, and a night in which nobody had used it yet.
    private static readonly string[] NobodyMisses =
    [
        Journal, $"{MartenSetup.Schema}.signing_keys",
        $"{MartenSetup.Schema}.mt_doc_backupwatch", $"{MartenSetup.Schema}.mt_doc_backuprecord",
        $"{MartenSetup.Schema}.mt_doc_retentionrun",
    ];

    private string? _aside;

    /// <summary>The schema in which lies what was there before.</summary>
    public string Aside => _aside ?? throw new InvalidOperationException("Nothing was set aside.");

    /// <summary>Whether anything is in the database that somebody would miss.</summary>
    public static async Task<bool> HasDataAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        foreach (var (name, _) in await DatabaseCatalog.TablesAsync(connection, cancel))
            if (!NobodyMisses.Contains(name)
                && (await connection.RowsAsync($"select exists (select 1 from {name})", r => r.GetBoolean(0), cancel))[0]) return true;
        return false;
    }

    /// <summary>The archive's scripts, in its words and ours.</summary>
    /// <exception cref="BackupException">Ours are others, so that the rows would not fit.</exception>
    public static IReadOnlyList<SqlScript> ScriptsOf(BackupContents contents)
    {
        var scripts = new List<SqlScript>();
        foreach (var (name, sha256) in contents.Scripts)
        {
            var ours = Migrations.Scripts.FirstOrDefault(s => s.Name == name)
                ?? throw new BackupException($"This backup is of a newer Enrolment than this one, which does not know {name}. "
                    + "Restore it with that newer one.");
            if (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ours.Contents))) != sha256)
                throw new BackupException($"This backup was made by another build of Enrolment, whose {name} is not the same. "
                    + "Restore it with that one.");
            scripts.Add(ours);
        }
        return scripts;
    }

    /// <summary>
    /// Sets aside what is there, under another name: who reads it meanwhile goes on reading it. Where the transaction is taken back, it
    /// was never gone.
    /// </summary>
    public async Task SetAsideAsync(CancellationToken cancel)
    {
        var there = await connection.RowsAsync(
            $"select to_regnamespace('{MartenSetup.Schema}') is not null, to_regclass('{Journal}') is not null",
            r => (Schema: r.GetBoolean(0), Journal: r.GetBoolean(1)), cancel);
        _aside = $"{MartenSetup.Schema}_aside_{Guid.NewGuid():N}";
        await connection.DoAsync(there[0].Schema
            ? $"alter schema {MartenSetup.Schema} rename to {_aside}"
            : $"create schema {_aside}", cancel);
        if (there[0].Journal) await connection.DoAsync($"alter table {Journal} set schema {_aside}", cancel);
    }

    /// <summary>Forgets what was set aside, in the moment in which the rest is kept.</summary>
    public async Task DropAsideAsync(CancellationToken cancel)
    {
        await connection.DoAsync("set local client_min_messages = warning", cancel);
        if (_aside is not null) await connection.DoAsync($"drop schema {_aside} cascade", cancel);
    }

    /// <summary>Makes the schema as it was, fills it, and compares what is there now with what was there then.</summary>
    /// <exception cref="BackupException">It is not the same, or the archive is damaged.</exception>
    public async Task FillAsync(CancellationToken cancel)
    {
        Migrations.ApplyWithin(connection, ScriptsOf(backup.Contents));
        var indexes = await DatabaseCatalog.IndexesAsync(connection, cancel);
        foreach (var (name, _) in indexes) await connection.DoAsync($"drop index {name}", cancel);
        await connection.DoAsync($"delete from {Journal}", cancel); // its rows come with the others
        foreach (var table in backup.Contents.Tables) await CopyAsync(table, cancel);
        foreach (var (_, made) in indexes) await connection.DoAsync(made, cancel);
        foreach (var sequence in backup.Contents.Sequences)
            await connection.DoAsync($"select setval('{sequence.Name}', {sequence.Last}, {sequence.Called})", cancel);
        await CompareAsync(cancel);
    }

    // Rows come as they were, and all that was ever made of them comes with the others: no trigger makes it anew.
    private async Task CopyAsync(TableEntry table, CancellationToken cancel)
    {
        await connection.DoAsync($"alter table {table.Name} disable trigger user", cancel);
        var sql = $"copy {table.Name} ({BackupWriter.Quoted(table.Columns)}) from stdin";
        var rows = await connection.BeginTextImportAsync(sql, cancel);
        try
        {
            await backup.ReadAsync(table.Entry, table.Sha256, ((StreamWriter)rows).BaseStream, t => told.Tell(table.Name, t), cancel);
        }
        catch
        {
            await GiveUpAsync((NpgsqlCopyTextWriter)rows);
            throw;
        }
        await rows.DisposeAsync();
        await connection.DoAsync($"alter table {table.Name} enable trigger user", cancel);
    }

    // The server has often refused what a damaged entry holds, and says it now; that the entry is damaged is what helps.
    private static async Task GiveUpAsync(NpgsqlCopyTextWriter rows)
    {
        try
        {
            await rows.CancelAsync();
        }
        catch (PostgresException)
        {
            // Whoever called this throws what is told instead.
        }
    }

    private async Task CompareAsync(CancellationToken cancel)
    {
        var then = DatabaseFacts.Of(backup.Contents);
        var now = await DatabaseFacts.OfAsync(connection, then.Tables.Keys,
            figures.Where(f => then.Figures.ContainsKey(f.Name)), cancel);
        if (then.Differences(now).ToList() is { Count: > 0 } differences)
            throw new BackupException($"What was restored is not what was backed up: {string.Join("; ", differences.Take(3))}.");
    }
}
