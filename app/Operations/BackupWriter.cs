using System.Data;
using System.Security.Cryptography;
using System.Text;
using Crm.Storage;
using Npgsql;

namespace Crm.Operations;

/// <param name="Connection">Of the database, which may be in use.</param>
/// <param name="DataFolder">Whose files are kept too.</param>
/// <param name="Path">Of the archive.</param>
/// <param name="Passphrase">Null where it is not encrypted.</param>
public sealed record BackupOrder(string Connection, string DataFolder, string Path, string? Passphrase = null);

/// <summary>How far a backup or a restoration has come.</summary>
/// <param name="What">A table, or files.</param>
public sealed record BackupProgress(string What, long Rows, long Bytes);

/// <summary>What was written.</summary>
public sealed record WrittenBackup(long Size, BackupContents Contents);

/// <summary>
/// Writes all that an institute has into one archive, while it is at work: one snapshot of the database, over the wire, and the files
/// beside it. It needs no more memory for a large institute than for a small one.
/// </summary>
public sealed class BackupWriter(IEnumerable<BackupFigure> figures, BackupOptions options, TimeProvider time)
{
    /// <exception cref="BackupException">It could not be made, and why; nothing is left of it.</exception>
    public async Task<WrittenBackup> WriteAsync(BackupOrder order, IProgress<BackupProgress>? progress, CancellationToken cancel)
    {
        try
        {
            await using var archive = BackupArchive.Create(order.Path, order.Passphrase);
            await using var connection = await ConnectAsync(order.Connection, cancel);
            await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
            await connection.DoAsync("set transaction read only; " + DatabaseFacts.Settings, cancel);
            var contents = await WriteAsync(archive, connection, order, new Told(progress), cancel);
            return new WrittenBackup(await archive.FinishAsync(contents, cancel), contents);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NpgsqlException)
        {
            throw new BackupException(WhyNot(order.Path, e), e);
        }
    }

    /// <summary>A connection of no pool, which may be at work for long.</summary>
    internal static async Task<NpgsqlConnection> ConnectAsync(string connectionString, CancellationToken cancel)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0, KeepAlive = 30 };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancel);
        return connection;
    }

    private async Task<BackupContents> WriteAsync(
        BackupArchive archive, NpgsqlConnection connection, BackupOrder order, Told told, CancellationToken cancel)
    {
        var names = await Migrations.AppliedAsync(connection, cancel);
        if (names.Count == 0) throw new BackupException("There is nothing to back up: this database has never been used by Enrolment.");
        var tables = new List<TableEntry>();
        var all = await DatabaseCatalog.TablesAsync(connection, cancel);
        var facts = await DatabaseFacts.OfAsync(connection, all.Select(t => t.Name), figures, cancel);
        foreach (var (name, columns) in all)
            tables.Add(await CopyAsync(archive, connection, name, columns, facts.Tables[name].Digest, told, cancel));
        return new BackupContents
        {
            MadeAt = time.GetUtcNow(),
            Postgres = connection.PostgreSqlVersion.ToString(),
            Scripts = await WriteScriptsAsync(archive, names, cancel),
            Tables = tables,
            Sequences = await DatabaseCatalog.SequencesAsync(connection, cancel),
            Files = await WriteFilesAsync(archive, order, told, cancel),
            Settings = options.SettingNames,
            Figures = facts.Figures,
        };
    }

    private static async Task<IReadOnlyList<ScriptEntry>> WriteScriptsAsync(
        BackupArchive archive, IReadOnlyList<string> names, CancellationToken cancel)
    {
        var entries = new List<ScriptEntry>();
        foreach (var name in names)
        {
            var script = Migrations.Scripts.FirstOrDefault(s => s.Name == name)
                ?? throw new BackupException($"The database is of a newer Enrolment than this one, which does not know {name}. "
                    + "Make the backup with that newer one.");
            var text = Encoding.UTF8.GetBytes(script.Contents);
            await archive.AddAsync(ScriptPath(name), text, cancel);
            entries.Add(new ScriptEntry(name, Convert.ToHexStringLower(SHA256.HashData(text))));
        }
        return entries;
    }

    internal static string ScriptPath(string name) => BackupContents.Schema + Path.GetFileName(name);

    private static Task<TableEntry> CopyAsync(BackupArchive archive, NpgsqlConnection connection, string name, string[] columns,
        string digest, Told told, CancellationToken cancel)
    {
        var entry = new TableEntry(name, columns, 0, 0, "", digest);
        return archive.AddAsync(entry.Entry, async to =>
        {
            using var tally = new Tally();
            using var rows = (StreamReader)await connection.BeginTextExportAsync($"copy {name} ({Quoted(columns)}) to stdout", cancel);
            await tally.CopyAsync(rows.BaseStream, to, t => told.Tell(name, t), cancel);
            told.Add(tally);
            return entry with { Rows = tally.Lines, Bytes = tally.Bytes, Sha256 = tally.Sha256() };
        });
    }

    internal static string Quoted(IEnumerable<string> columns) => string.Join(", ", columns.Select(c => $"\"{c}\""));

    // After the rows: a file that a row tells of is there by then.
    private async Task<IReadOnlyList<FileEntry>> WriteFilesAsync(
        BackupArchive archive, BackupOrder order, Told told, CancellationToken cancel)
    {
        var entries = new List<FileEntry>();
        foreach (var path in DataFiles.In(order.DataFolder, options.Folder))
        {
            FileStream file;
            try
            {
                file = new FileStream(Path.Combine(order.DataFolder, path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                continue; // deleted meanwhile
            }
            await using (file)
                if (!BackupFile.IsOne(file)) entries.Add(await CopyAsync(archive, file, path, told, cancel));
        }
        return entries;
    }

    private static Task<FileEntry> CopyAsync(
        BackupArchive archive, FileStream file, string path, Told told, CancellationToken cancel) =>
        archive.AddAsync("files/" + path, async to =>
        {
            using var tally = new Tally();
            await tally.CopyAsync(file, to, t => told.Tell("files", t), cancel);
            told.Add(tally);
            return new FileEntry(path, tally.Bytes, tally.Sha256());
        });

    private static string WhyNot(string path, Exception e) => e switch
    {
        NpgsqlException => $"The database could not be read to its end: {e.AsSentence()} Nothing is left of this attempt.",
        { HResult: PrivateFolder.FullDisk } => $"There is no room for the backup where {path} would lie. Nothing is left of this attempt.",
        _ => $"The backup could not be written to {path}: {e.AsSentence()} Nothing is left of this attempt.",
    };
}

/// <summary>Tells how far it has come, at most once a second.</summary>
internal sealed class Told(IProgress<BackupProgress>? progress)
{
    private static readonly long Pause = TimeSpan.FromSeconds(1).Ticks;

    private long _rows, _bytes, _last = DateTime.UtcNow.Ticks;

    public void Tell(string what, Tally tally)
    {
        if (DateTime.UtcNow.Ticks - _last < Pause) return;
        _last = DateTime.UtcNow.Ticks;
        progress?.Report(new BackupProgress(what, _rows + tally.Lines, _bytes + tally.Bytes));
    }

    public void Add(Tally tally) => (_rows, _bytes) = (_rows + tally.Lines, _bytes + tally.Bytes);
}
