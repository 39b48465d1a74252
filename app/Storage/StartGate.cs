using Npgsql;

namespace Crm.Storage;

/// <summary>Lets processes that start at once on one database pass one after the other.</summary>
public sealed class StartGate : IAsyncDisposable
{
    // Any constant will do.
    private const long Key = 0x456E726F6C;

    private readonly NpgsqlConnection _connection;

    private StartGate(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Passes the gate, which is open again when this is disposed.</summary>
    public static async Task<StartGate> PassAsync(string connectionString, ILogger logger, CancellationToken cancel)
    {
        // Of no pool, which would keep the lock with the idle connection; and waiting for as long as the other one works.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 };
        var gate = new StartGate(new NpgsqlConnection(settings.ConnectionString));
        try
        {
            await gate._connection.OpenAsync(cancel);
            if (await gate.AskAsync<bool>("select pg_try_advisory_lock($1)", cancel)) return gate;
            logger.LogInformation("Another Enrolment prepares this database; waiting until it is done");
            await gate.AskAsync<object>("select pg_advisory_lock($1)", cancel);
            return gate;
        }
        catch
        {
            await gate.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<T> AskAsync<T>(string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.Add(new() { Value = Key });
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }
}
