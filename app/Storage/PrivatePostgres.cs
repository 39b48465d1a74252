using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Crm.Storage;

/// <param name="Folder">The data folder: the cluster, its password, its log and its lock live there.</param>
/// <param name="Settings">PostgreSQL settings over the defaults, such as <c>fsync=off</c> for tests.</param>
public sealed record PrivatePostgresOptions(string Folder, IReadOnlyDictionary<string, string>? Settings = null);

/// <summary>
/// A PostgreSQL of the app's own, on a free port of 127.0.0.1, started with the app and stopped with it, and started again when it dies.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    public const string Database = "enrolment";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly PostgresCluster _cluster;
    private readonly FileStream _held;
    private readonly PrivatePostgresOptions _options;
    private readonly int _port = FreePort();

    private PrivatePostgres(PostgresCluster cluster, FileStream held, PrivatePostgresOptions options) =>
        (_cluster, _held, _options) = (cluster, held, options);

    public string ConnectionString => ConnectionStringFor(Database);

    /// <summary>The user that the server runs as, where that is not the app's own.</summary>
    public string? RunsAs => _cluster.RunsAs;

    public string ConnectionStringFor(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Username = PostgresCluster.Superuser,
        Password = _cluster.Password,
        Database = database,
        MaxPoolSize = 80,
    }.ConnectionString;

    /// <exception cref="CannotStartException">No PostgreSQL was found, another app uses the folder,
    /// the folder cannot be used, or the server did not start.</exception>
    public static async Task<PrivatePostgres> StartAsync(PrivatePostgresOptions options, ILogger logger, CancellationToken cancel = default)
    {
        const string holder = "postgres.lock";
        var folder = Path.GetFullPath(options.Folder);
        PrivateFolder.Open(folder);
        var ours = File.Exists(Path.Combine(folder, holder)) || !Directory.EnumerateFileSystemEntries(folder).Any();
        var held = PrivateFolder.Hold(folder, holder);
        try
        {
            var cluster = await PostgresCluster.OpenAsync(RealFolderOf(held), ours, logger, cancel);
            return await ServeAsync(new PrivatePostgres(cluster, held, options), logger, cancel);
        }
        catch (Exception e)
        {
            await held.DisposeAsync();
            if (e is IOException or UnauthorizedAccessException) throw new CannotStartException(PrivateFolder.WhyNot(folder, e), e);
            throw;
        }
    }

    private static async Task<PrivatePostgres> ServeAsync(PrivatePostgres server, ILogger logger, CancellationToken cancel)
    {
        var cluster = server._cluster;
        await cluster.StartAsync(server._port, server._options.Settings, cancel);
        try
        {
            await server.EnsureDatabaseAsync(cancel);
        }
        catch
        {
            await cluster.StopAsync();
            throw;
        }
        logger.LogInformation(
            "PostgreSQL {Version} runs on port {Port}; its data is in {Cluster}", cluster.Major, server._port, cluster.Folder);
        return server;
    }

    /// <summary>Looks twice a second whether the server lives, and starts it again, at the same port, when it does not.</summary>
    /// <param name="cameBack">Called when it was started again: connections to the dead one are worth nothing.</param>
    public async Task KeepAliveAsync(Action cameBack, ILogger logger, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Look);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            if (_cluster.IsServed()) continue;
            logger.LogError("PostgreSQL has died and is started again; its log is {Log}", _cluster.Log);
            await StartAgainAsync(logger, cancel);
            cameBack();
            logger.LogInformation("PostgreSQL runs again");
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _cluster.StopAsync();
        await _held.DisposeAsync();
    }

    // A full disk keeps it from starting until somebody has made room.
    private async Task StartAgainAsync(ILogger logger, CancellationToken cancel)
    {
        for (var wait = Look; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            try
            {
                _cluster.ClearAway();
                await _cluster.StartAsync(_port, _options.Settings, cancel);
                return;
            }
            catch (Exception e) when (e is CannotStartException or IOException or UnauthorizedAccessException)
            {
                logger.LogError("{Problem} It is tried again in {Seconds} s", e.Message, wait.TotalSeconds);
            }
            await Task.Delay(wait, cancel);
        }
    }

    private async Task EnsureDatabaseAsync(CancellationToken cancel)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionStringFor("postgres"));
            await connection.OpenAsync(cancel);
            await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection);
            exists.Parameters.Add(new() { Value = Database });
            if (await exists.ExecuteScalarAsync(cancel) is not null) return;
            await using var create = new NpgsqlCommand($"create database {Database}", connection);
            await create.ExecuteNonQueryAsync(cancel);
        }
        catch (NpgsqlException e)
        {
            throw new CannotStartException(e is PostgresException { SqlState: PostgresErrorCodes.InvalidPassword }
                ? $"The password in the data folder {_options.Folder} is not its database's. Delete postgres.password there; "
                    + "a new one is then set."
                : $"PostgreSQL started, but cannot be used: {e.Message}", e);
        }
    }

    // Without links on the way: a process tells the folder that it works in by this name.
    private static string RealFolderOf(FileStream held) => Path.GetDirectoryName(OperatingSystem.IsLinux()
        ? new FileInfo($"/proc/self/fd/{held.SafeFileHandle.DangerousGetHandle()}").LinkTarget ?? held.Name
        : held.Name)!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
