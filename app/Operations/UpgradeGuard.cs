using Crm.Institute;
using Crm.Storage;
using DbUp.Engine;
using Marten;
using Npgsql;

namespace Crm.Operations;

/// <summary>
/// Stands by an upgrade of a database that has data: it is backed up, and the backup proven, before anything changes; and what it became
/// is looked at before that is kept. Everything is one transaction, so the old state is there again by itself where a check fails.
/// </summary>
public sealed class UpgradeGuard(OwnDatabase database, BackupShelf shelf, BackupOptions options, StoredSamples samples,
    IDocumentStore store, IEnumerable<BackupFigure> figures, InstituteClock clock, IConfiguration configuration) : IUpgradeGuard
{
    private const string Setting = "Migrate:WithoutBackup";

    private DatabaseFacts? _before;
    private IReadOnlySet<string> _meant = new HashSet<string>();
    private BackupRecord? _made;

    public async Task BeforeAsync(IReadOnlyList<SqlScript> missing, CancellationToken cancel)
    {
        (_before, _meant) = (await CountAsync(cancel), Migrations.DeclaredLosses(missing));
        if (_before is null || configuration.GetValue(Setting, false)) return;
        // One file for one upgrade: a program that is started again and again fills no disk.
        var path = Path.Combine(options.Folder, $"enrolment-before-{Path.GetFileNameWithoutExtension(missing[0].Name)}{shelf.Ending}");
        var fresh = path + ".new";
        if (File.Exists(fresh)) File.Delete(fresh);
        var record = new BackupRecord { Id = Guid.CreateVersion7(), MadeAt = clock.Now, Reason = BackupReason.BeforeUpgrade };
        await shelf.FillAsync(record, fresh, withSamples: false, cancel);
        if (record.State != BackupState.Proven)
            throw new CannotStartException($"This version changes the database, which is backed up first, and that failed: "
                + $"{record.Problem} Mend that, or start once with --{Setting}=true if you have a backup of your own.");
        File.Move(fresh, path, overwrite: true);
        record.File = Path.GetFileName(path);
        _made = record;
    }

    public async Task CheckAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (_before is null) return;
        try
        {
            await connection.DoAsync(DatabaseFacts.Settings, cancel);
            var tables = (await DatabaseCatalog.TablesAsync(connection, cancel)).Select(t => t.Name);
            var after = await DatabaseFacts.OfAsync(connection, tables, figures, cancel);
            if (_before.Losses(after, _meant).ToList() is { Count: > 0 } losses)
                throw new BackupException(string.Join("; ", losses.Take(3)) + ".");
            await samples.ReadAsync(connection, cancel);
        }
        catch (Exception e) when (e is BackupException or NpgsqlException)
        {
            throw new CannotStartException("The database was brought to this version, but a check of it failed, so that it was taken back: "
                + $"{e.AsSentence()} It is as it was before. Start the version that you had.", e);
        }
    }

    /// <summary>Puts the backup that was made on the list, now that there is one.</summary>
    public async Task NoteAsync(CancellationToken cancel)
    {
        if (_made is null) return;
        await using var session = store.LightweightSession();
        foreach (var same in await session.Query<BackupRecord>().Where(r => r.File == _made.File).ToListAsync(cancel)) session.Delete(same);
        session.Store(_made);
        await session.SaveChangesAsync(cancel);
    }

    // Null where nobody would miss anything: an upgrade of an empty institute needs no backup.
    private async Task<DatabaseFacts?> CountAsync(CancellationToken cancel)
    {
        await using var connection = await BackupWriter.ConnectAsync(database.Connection, cancel);
        if (!await RowLoader.HasDataAsync(connection, cancel)) return null;
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await connection.DoAsync(DatabaseFacts.Settings, cancel);
        var tables = (await DatabaseCatalog.TablesAsync(connection, cancel)).Select(t => t.Name);
        return await DatabaseFacts.OfAsync(connection, tables, figures, cancel);
    }
}
