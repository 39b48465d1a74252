using Npgsql;

namespace Crm.Storage;

/// <summary>Keeps the private server alive while the app runs.</summary>
public sealed class PrivatePostgresKeeper(PrivatePostgres server, NpgsqlDataSource source, ILogger<PrivatePostgresKeeper> logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        server.KeepAliveAsync(ForgetConnections, logger, stoppingToken);

    // Those in the pools lead to the server that died, and each would fail one request.
    private void ForgetConnections()
    {
        source.Clear();
        NpgsqlConnection.ClearAllPools();
    }
}
