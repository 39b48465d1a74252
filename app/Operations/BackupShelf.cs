using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Operations;

/// <summary>The database that this process works on.</summary>
/// <param name="IsOurs">Whether the program runs its server, so that it shares this machine's disk.</param>
public sealed record OwnDatabase(string Connection, bool IsOurs);

/// <summary>The backups that the program makes by itself: made, proven, noted and thinned.</summary>
public sealed partial class BackupShelf(IDocumentStore store, OwnDatabase database, BackupWriter writer, BackupProof proof,
    BackupOptions options, InstituteClock clock, ILogger<BackupShelf> logger)
{
    private const string Abandoned = "It was broken off, or this database was restored from it.";
    private static readonly TimeSpan FailuresAreTold = TimeSpan.FromDays(30);

    private static readonly string[] Wholes = [".zip", ".zip.sealed"];

    public static string ThisMachine => Environment.MachineName;

    /// <summary>Makes a backup and proves it. What goes wrong is noted, so that health and the page tell it.</summary>
    /// <param name="id">Of the record of one that was asked for; null for another.</param>
    /// <returns>Null where another process makes one.</returns>
    public async Task<BackupRecord?> MakeAsync(BackupReason reason, Guid? id, CancellationToken cancel)
    {
        await using var gate = await StartGate.TryBackupAsync(database.Connection, cancel);
        if (gate is null) return null;
        await AbandonAsync(except: id, cancel);
        await TakeUpAsync(cancel);
        var record = new BackupRecord { Id = id ?? Guid.CreateVersion7(), MadeAt = clock.Now, Reason = reason };
        record.State = BackupState.Making;
        await StoreAsync(record, cancel);
        var took = Stopwatch.StartNew();
        await FillAsync(record, PathFor(record), withSamples: true, cancel);
        record.Seconds = took.Elapsed.TotalSeconds;
        await StoreAsync(record, cancel);
        if (record.State == BackupState.Proven) await ThinAsync(cancel);
        return record;
    }

    /// <summary>Puts on the list what a kill or a restoration has left beside it, unless a backup is being made.</summary>
    public async Task TidyAsync(CancellationToken cancel)
    {
        await using var gate = await StartGate.TryBackupAsync(database.Connection, cancel);
        if (gate is null) return;
        await AbandonAsync(except: null, cancel);
        await TakeUpAsync(cancel);
    }

    /// <summary>Writes and proves the archive of a record, and notes in that how it went.</summary>
    internal async Task FillAsync(BackupRecord record, string path, bool withSamples, CancellationToken cancel)
    {
        (record.Machine, record.Encrypted) = (ThisMachine, options.Passphrase is not null);
        try
        {
            BackupFolder.Open(options.Folder);
            await CheckRoomAsync(cancel);
            var order = new BackupOrder(database.Connection, options.DataFolder, path, options.Passphrase);
            var written = await writer.WriteAsync(order, null, cancel);
            (record.File, record.Size, record.Rows) = (Path.GetFileName(path), written.Size, written.Contents.Rows);
            record.State = BackupState.NotProven;
            var proven = await proof.ProveAsync(path, options.Passphrase, database.Connection, withSamples, cancel);
            (record.State, record.ProvenWhere) = (BackupState.Proven, proven.Where);
            logger.LogInformation("The backup {File} was made and proven {Where}: {Rows} rows", record.File, proven.Where, record.Rows);
        }
        catch (Exception e) when (e is BackupException or IOException or UnauthorizedAccessException)
        {
            if (!record.HasFile) record.State = BackupState.Failed;
            (record.Problem, record.NoRoom) = (e.Message, IsOfRoom(e));
            logger.LogError("{What}: {Problem}", record.HasFile ? "The backup is not proven" : "The backup failed", e.Message);
        }
    }

    /// <summary>Backs up what a restoration is about to replace.</summary>
    /// <returns>Where that lies; null where there is nothing.</returns>
    public async Task<string?> KeepBeforeRestorationAsync(CancellationToken cancel)
    {
        await using (var connection = await BackupWriter.ConnectAsync(database.Connection, cancel))
            if (!await RowLoader.HasDataAsync(connection, cancel)) return null;
        BackupFolder.Open(options.Folder);
        var path = Path.Combine(options.Folder, $"enrolment-before-restoration-{clock.Local(clock.Now):yyyy-MM-dd-HHmmss}{Ending}");
        await writer.WriteAsync(new BackupOrder(database.Connection, options.DataFolder, path, options.Passphrase), null, cancel);
        return path;
    }

    /// <summary>Where the file of a record lies; null where it is not on this machine.</summary>
    public string? FileOf(BackupRecord record)
    {
        var path = Path.Combine(options.Folder, Path.GetFileName(record.File));
        return record.HasFile && record.Machine == ThisMachine && File.Exists(path) ? path : null;
    }

    internal string PathFor(BackupRecord record) =>
        Path.Combine(options.Folder, $"enrolment-{clock.Local(record.MadeAt):yyyy-MM-dd-HHmm}-{Mark(record)}{Ending}");

    private static string Mark(BackupRecord record) => record.Id.ToString("N")[^6..];

    internal string Ending => options.Passphrase is null ? ".zip" : ".zip.sealed";

    // The server stops where its disk is full: better no backup than that.
    private async Task CheckRoomAsync(CancellationToken cancel)
    {
        await using var connection = await BackupWriter.ConnectAsync(database.Connection, cancel);
        var size = (await connection.RowsAsync("select pg_database_size(current_database())", r => r.GetInt64(0), cancel))[0];
        var needed = Room.Needed(size, database.IsOurs);
        var free = new DriveInfo(options.Folder).AvailableFreeSpace;
        if (free < needed)
            throw new BackupException($"There is no room for a backup in {options.Folder}: it needs up to {Room.Megabytes(needed)} MB, and "
                + $"{Room.Megabytes(free)} MB are free.", new IOException("no room", PrivateFolder.FullDisk));
    }

    [GeneratedRegex(@"\d{4}-\d{2}-\d{2}-\d{4}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamedMoment();

    private static bool IsOfRoom(Exception e) =>
        e is IOException { HResult: PrivateFolder.FullDisk } or PostgresException { SqlState: PostgresErrorCodes.DiskFull }
        || (e.InnerException is { } inner && IsOfRoom(inner));

    private async Task StoreAsync(BackupRecord record, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.Store(record);
        await session.SaveChangesAsync(cancel);
    }

    // Whoever had them in hand is gone: the gate lets one through at a time.
    private async Task AbandonAsync(Guid? except, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var hour = clock.Now.AddHours(-1);
        var left = await session.Query<BackupRecord>()
            .Where(b => b.State == BackupState.Making || (b.State == BackupState.Waiting && b.MadeAt < hour)).ToListAsync(cancel);
        foreach (var record in left.Where(r => r.Id != except))
        {
            (record.State, record.Problem) = (BackupState.Failed, Abandoned);
            TakeUp(record);
            session.Store(record);
        }
        await session.SaveChangesAsync(cancel);
    }

    // Half a file is nobody's. A whole one is a backup, of which only the trial is missing.
    private void TakeUp(BackupRecord record)
    {
        if (!Directory.Exists(options.Folder)) return;
        try
        {
            foreach (var file in new DirectoryInfo(options.Folder).GetFiles($"enrolment-*-{Mark(record)}.zip*"))
                if (file.Name.EndsWith(BackupArchive.Unfinished, StringComparison.Ordinal)) file.Delete();
                else
                    (record.File, record.Size, record.Machine, record.State) =
                        (file.Name, file.Length, ThisMachine, BackupState.NotProven);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("What is left of a backup that was broken off could not be deleted: {Problem}", e.Message);
        }
    }

    // What no record tells of would never be thinned, and keep for ever who was erased since.
    private async Task TakeUpAsync(CancellationToken cancel)
    {
        if (!Directory.Exists(options.Folder)) return;
        await using var session = store.LightweightSession();
        var known = (await session.Query<BackupRecord>().Select(r => r.File).ToListAsync(cancel)).ToHashSet(StringComparer.Ordinal);
        foreach (var file in new DirectoryInfo(options.Folder).GetFiles("enrolment-*.zip*"))
            if (file.Name.EndsWith(BackupArchive.Unfinished, StringComparison.Ordinal)) DeleteHalf(file);
            else if (Wholes.Any(e => file.Name.EndsWith(e, StringComparison.Ordinal)) && !known.Contains(file.Name))
                session.Store(Found(file));
        await session.SaveChangesAsync(cancel);
    }

    private BackupRecord Found(FileInfo file) => new()
    {
        Id = Guid.CreateVersion7(clock.Now),
        MadeAt = MomentOf(file),
        Reason = BackupReason.Found,
        State = BackupState.NotProven,
        File = file.Name,
        Machine = ThisMachine,
        Encrypted = file.Name.EndsWith(Wholes[1], StringComparison.Ordinal),
        Size = file.Length,
    };

    // As its name says, for a copy of a file is younger than what it holds.
    private DateTimeOffset MomentOf(FileInfo file) =>
        NamedMoment().Match(file.Name) is { Success: true } named && DateTime.TryParseExact(
            named.Value, "yyyy-MM-dd-HHmm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            ? clock.StartOf(DateOnly.FromDateTime(local)) + local.TimeOfDay
            : new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero);

    // Whoever writes it has it open, and for themselves alone.
    private void DeleteHalf(FileInfo file)
    {
        try
        {
            using var half = new FileStream(
                file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogInformation("{File} is left, for somebody writes it or it cannot be deleted: {Problem}", file.Name, e.Message);
        }
    }

    private async Task ThinAsync(CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var all = await session.Query<BackupRecord>().ToListAsync(cancel);
        var here = all.Where(r => FileOf(r) is not null).ToList();
        foreach (var spare in Thinning.Spare(here, r => clock.DayOf(r.MadeAt)))
        {
            File.Delete(FileOf(spare)!);
            session.Delete(spare);
        }
        var old = clock.Now - FailuresAreTold;
        foreach (var failure in all.Where(r => r.State == BackupState.Failed && r.MadeAt < old)) session.Delete(failure);
        await session.SaveChangesAsync(cancel);
    }
}

/// <summary>How much room a backup and its trial take at most.</summary>
internal static class Room
{
    // What the server itself may want meanwhile.
    private const long Reserve = 200_000_000;

    /// <param name="database">Its size, in bytes.</param>
    /// <param name="shared">Whether the trial is made on the same disk.</param>
    public static long Needed(long database, bool shared) => Reserve + database / 2 + (shared ? database * 2 : 0);

    public static long Megabytes(long bytes) => bytes / 1_000_000;
}
