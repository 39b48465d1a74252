using Npgsql;

namespace Crm.Storage;

/// <summary>
/// Lets processes that do the same on one database pass one after the other. The lock belongs to a transaction: a pool between here and
/// the server lends a connection on with whatever locks belong to it.
/// </summary>
public sealed class StartGate : IAsyncDisposable
{
    // Any constants will do.
    private const long Starting = 0x456E726F6C, BackingUp = 0x4261636B75;

    private readonly NpgsqlConnection _connection;
    private readonly long _key;

    private StartGate(NpgsqlConnection connection, long key) => (_connection, _key) = (connection, key);

    /// <summary>Passes the gate before what a start prepares, which is open again when this is disposed.</summary>
    public static async Task<StartGate> PassAsync(string connectionString, ILogger logger, CancellationToken cancel)
    {
        var gate = await ReachAsync(connectionString, Starting, cancel);
        try
        {
            if (await gate.AskAsync<bool>("select pg_try_advisory_xact_lock($1)", cancel)) return gate;
            logger.LogInformation("Another Enrolment prepares this database; waiting until it is done");
            await gate.AskAsync<object>("select pg_advisory_xact_lock($1)", cancel, patiently: true);
            return gate;
        }
        catch
        {
            await gate.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same before backups, for those who need not wait.</summary>
    /// <returns>Null where another process makes one.</returns>
    public static async Task<StartGate?> TryBackupAsync(string connectionString, CancellationToken cancel)
    {
        var gate = await ReachAsync(connectionString, BackingUp, cancel);
        if (await gate.AskAsync<bool>("select pg_try_advisory_xact_lock($1)", cancel)) return gate;
        await gate.DisposeAsync();
        return null;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    // Of no pool, which would keep the lock with the idle connection; and waiting for as long as the other one works.
    private static async Task<StartGate> ReachAsync(string connectionString, long key, CancellationToken cancel)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = 30 };
        var gate = new StartGate(new NpgsqlConnection(settings.ConnectionString), key);
        try
        {
            await gate._connection.OpenAsync(cancel);
            await gate._connection.BeginTransactionAsync(cancel); // ends with the connection
            const string patient = "set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0";
            await using var wait = new NpgsqlCommand(patient, gate._connection);
            await wait.ExecuteNonQueryAsync(cancel);
            return gate;
        }
        catch
        {
            await gate.DisposeAsync();
            throw;
        }
    }

    private async Task<T> AskAsync<T>(string sql, CancellationToken cancel, bool patiently = false)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        if (patiently) command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = _key });
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }
}
