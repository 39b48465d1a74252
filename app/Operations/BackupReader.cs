using Crm.Institute;
using Crm.Storage;
using Npgsql;

namespace Crm.Operations;

/// <param name="Connection">Of the database that the rows go to; nobody else uses it.</param>
/// <param name="DataFolder">Where the files go.</param>
/// <param name="Over">Whether what is there is replaced, once all of the archive is there too.</param>
public sealed record RestoreOrder(string Connection, string DataFolder, string Path, string? Passphrase = null, bool Over = false);

/// <summary>
/// Restores an archive: all of it, or nothing. Everything happens in one transaction, which a kill, a full disk or a damaged archive
/// takes back; then it can be done again.
/// </summary>
public sealed class BackupReader(
    IEnumerable<BackupFigure> figures, IEnumerable<IAfterRestoration> rooms, InstituteClock clock, ILogger<BackupReader> logger)
{
    private const int MostLooks = 10;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <exception cref="BackupException">It was not restored, and why; the database is as it was.</exception>
    public async Task<BackupContents> RestoreAsync(RestoreOrder order, IProgress<BackupProgress>? progress, CancellationToken cancel)
    {
        using var backup = OpenedBackup.Open(order.Path, order.Passphrase);
        RowLoader.ScriptsOf(backup.Contents);
        try
        {
            await RefuseUsedAsync(order, cancel);
            await using var gate = await StartGate.PassAsync(order.Connection, logger, cancel);
            await RestoreAsync(backup, order, new Told(progress), cancel);
            return backup.Contents;
        }
        catch (Exception e) when (e is NpgsqlException or IOException or UnauthorizedAccessException or CannotStartException)
        {
            throw new BackupException($"The backup could not be restored: {e.AsSentence()} What was there before is as it was.", e);
        }
    }

    private async Task RestoreAsync(OpenedBackup backup, RestoreOrder order, Told told, CancellationToken cancel)
    {
        await using var connection = await BackupWriter.ConnectAsync(order.Connection, cancel);
        var mark = RestorationNote.Begin(order.DataFolder, order.Path);
        try
        {
            await FillAsync(connection, backup, order, mark, told, cancel);
        }
        finally
        {
            RestorationNote.End(order.DataFolder);
        }
    }

    private async Task FillAsync(
        NpgsqlConnection connection, OpenedBackup backup, RestoreOrder order, string mark, Told told, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await connection.DoAsync(DatabaseFacts.Settings, cancel);
        var loader = new RowLoader(connection, backup, figures, told);
        await loader.SetAsideAsync(cancel);
        await loader.FillAsync(cancel);
        Migrations.ApplyWithin(connection, Migrations.Scripts); // those that are newer than the archive
        foreach (var room in rooms) await room.ChangeAsync(new RestoredRows(connection, backup.Contents.MadeAt, loader.Aside), cancel);
        await Audit.WriteAsync(connection, AuditEntry.Of(AuditKind.Restored, new Stamp(Actor.System, clock.Now)) with
        { What = $"of {Format.DateAndTime(clock.Local(backup.Contents.MadeAt))}, on the command line" }, cancel);
        await loader.DropAsideAsync(cancel);
        await RestorationNote.MarkAsync(connection, mark, cancel);
        // Before the rows are kept: files that no row tells of do no harm, rows whose files are missing would.
        foreach (var file in backup.Contents.Files)
            await DataFiles.PutAsync(order.DataFolder, file, to =>
                backup.ReadAsync(file.Entry, file.Sha256, to, t => told.Tell("files", t), cancel));
        await connection.DoAsync("analyze", cancel); // before the end, after which nothing may fail any more
        await transaction.CommitAsync(cancel);
    }

    private static async Task RefuseUsedAsync(RestoreOrder order, CancellationToken cancel)
    {
        await using var connection = await BackupWriter.ConnectAsync(order.Connection, cancel);
        const string others = """
            select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
            """;
        for (var looks = 1; (await connection.RowsAsync(others, r => r.GetInt64(0), cancel))[0] is > 0 and var number; looks++)
        {
            // Of a program that has just ended the server may still list one for a moment.
            if (looks == MostLooks)
                throw new BackupException(
                    $"Another program uses this database ({number} connections). Stop Enrolment first, then restore.");
            await Task.Delay(BetweenLooks, cancel);
        }
        if (!order.Over && await RowLoader.HasDataAsync(connection, cancel))
            throw new BackupException("This database is not empty, and nothing is written over it. "
                + "To replace what is there, say so with --over: it is backed up first.");
    }
}
