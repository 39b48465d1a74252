using System.Security.Cryptography;
using System.Text;
using Crm.Storage;
using Npgsql;

namespace Crm.Operations;

/// <param name="Where">In words, such as "in a database of its own".</param>
/// <param name="Samples">How many documents and events were read as the program reads them.</param>
public sealed record Proven(string Where, int Samples);

/// <summary>Proves an archive by restoring it where nobody works, and comparing.</summary>
public sealed class BackupProof(IEnumerable<BackupFigure> figures, StoredSamples samples, ILogger<BackupProof> logger)
{
    /// <param name="connection">Of the database that the archive is of.</param>
    /// <param name="withSamples">Whether its documents are of this version.</param>
    /// <exception cref="BackupException">It cannot be restored, or not everything is there.</exception>
    public async Task<Proven> ProveAsync(string path, string? passphrase, string connection, bool withSamples, CancellationToken cancel)
    {
        using var backup = OpenedBackup.Open(path, passphrase);
        try
        {
            foreach (var file in backup.Contents.Files) await backup.ReadAsync(file.Entry, file.Sha256, Stream.Null, null, cancel);
            await using var scratch = await ScratchDatabase.TryMakeAsync(connection, logger, cancel);
            var read = await FillAsync(backup, scratch?.Connection ?? connection, aside: scratch is null, withSamples, cancel);
            return new Proven(scratch is null ? "beside the live tables" : "in a database of its own", read);
        }
        catch (Exception e) when (e is NpgsqlException or CannotStartException)
        {
            throw new BackupException($"It could not be restored for a trial: {e.Message}", e);
        }
    }

    // Nothing of it is kept. Beside the live tables, it is seen by nobody else: the transaction is taken back.
    private async Task<int> FillAsync(OpenedBackup backup, string to, bool aside, bool withSamples, CancellationToken cancel)
    {
        await using var connection = await BackupWriter.ConnectAsync(to, cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await connection.DoAsync(DatabaseFacts.Settings, cancel);
        var loader = new RowLoader(connection, backup, figures, new Told(null));
        if (aside) await loader.SetAsideAsync(cancel);
        await loader.FillAsync(cancel);
        var read = withSamples ? await samples.ReadAsync(connection, cancel) : 0;
        await transaction.RollbackAsync(cancel);
        return read;
    }
}

/// <summary>A database that is there for one trial.</summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    private readonly string _live, _name;

    private ScratchDatabase(string live, string name) => (_live, _name) = (live, name);

    public string Connection => new NpgsqlConnectionStringBuilder(_live) { Database = _name }.ConnectionString;

    /// <returns>Null where the role may make none, or cannot get to it.</returns>
    public static async Task<ScratchDatabase?> TryMakeAsync(string live, ILogger logger, CancellationToken cancel)
    {
        try
        {
            await using var connection = await BackupWriter.ConnectAsync(live, cancel);
            await DropLeftAsync(connection, cancel);
            var name = Prefix(connection.Database) + Guid.NewGuid().ToString("N");
            await connection.DoAsync($"create database \"{name}\" template template0 encoding 'UTF8'", cancel);
            var scratch = new ScratchDatabase(live, name);
            try
            {
                await using var reached = await BackupWriter.ConnectAsync(scratch.Connection, cancel);
                return scratch;
            }
            catch (NpgsqlException)
            {
                await scratch.DisposeAsync();
                throw;
            }
        }
        catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.DiskFull)
        {
            logger.LogInformation("The trial restoration gets no database of its own: {Reason}", e.MessageText);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await using var connection = await BackupWriter.ConnectAsync(_live, CancellationToken.None);
        await connection.DoAsync($"drop database if exists \"{_name}\" with (force)", CancellationToken.None);
    }

    // Of this database alone: others on the server may have trials of their own.
    private static string Prefix(string database) =>
        $"enrolment_trial_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(database)))[..8]}_";

    // By trials that were killed; there is one at a time.
    private static async Task DropLeftAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var left = $"select datname::text from pg_database where datname ~ '^{Prefix(connection.Database)}[0-9a-f]{{32}}$'";
        foreach (var name in await connection.RowsAsync(left, r => r.GetString(0), cancel))
            await connection.DoAsync($"drop database if exists \"{name}\" with (force)", cancel);
    }
}
