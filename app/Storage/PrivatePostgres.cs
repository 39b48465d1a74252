using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Crm.Storage;

/// <param name="Folder">The data folder: the cluster, its password, its log and its lock live there.</param>
/// <param name="Settings">PostgreSQL settings over the defaults, such as <c>fsync=off</c> for tests.</param>
/// <param name="Patience">How long the server may take to answer who knocks, three times in a row; 2 s where nothing is said.</param>
/// <param name="Packed">The file of a packed cluster, as <see cref="PrivatePostgres.PackAsync"/> writes it, from which a new one is made if
/// it is there; the published copy's own where nothing is said.</param>
public sealed record PrivatePostgresOptions(
    string Folder, IReadOnlyDictionary<string, string>? Settings = null, TimeSpan? Patience = null, string? Packed = null);

/// <summary>
/// A PostgreSQL of the app's own, on a free port of 127.0.0.1, started with the app and stopped with it, and started again when it dies.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    public const string Database = "enrolment";

    // Who owns the app's database and may make others beside it, and no more.
    internal const string Role = "enrolment";

    /// <summary>A database that every cluster has, for those who make or drop another. Whoever makes one names a template: this one cannot
    /// be copied while others are connected to it.</summary>
    public const string Beside = "template1";
    private const string Lock = "postgres.lock";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Knock = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly PostgresCluster _cluster;
    private readonly FileStream _held;
    private readonly PrivatePostgresOptions _options;
    private readonly ILogger _logger;
    private readonly int _port = FreePort();
    private Task _start = Task.CompletedTask;
    private bool _isStopped;

    private PrivatePostgres(PostgresCluster cluster, FileStream held, PrivatePostgresOptions options, ILogger logger) =>
        (_cluster, _held, _options, _logger) = (cluster, held, options, logger);

    public string ConnectionString => ConnectionStringFor(Database);

    /// <summary>The user that the server runs as, where that is not the app's own.</summary>
    public string? RunsAs => _cluster.RunsAs;

    public string ConnectionStringFor(string database) => ConnectionStringOf(_port, Role, _cluster.Password, database);

    /// <summary>The database of a folder whose server another Enrolment runs; null where none does.</summary>
    /// <exception cref="CannotStartException">That one has not got as far as its server.</exception>
    public static string? ServedFrom(string folder)
    {
        if (!PrivateFolder.IsHeld(folder, Lock)) return null;
        if (PostgresCluster.ServedIn(folder) is var (port, password)) return ConnectionStringOf(port, Role, password, Database);
        throw new CannotStartException($"Another Enrolment is just starting or stopping in {folder}. Try again in a moment.");
    }

    /// <summary>Begins to start it. Where it will be is known at once; it is there when <see cref="ReadyAsync"/> is over.</summary>
    /// <exception cref="CannotStartException">No PostgreSQL was found, another app uses the folder, or it cannot be used.</exception>
    public static PrivatePostgres Begin(PrivatePostgresOptions options, ILogger logger, CancellationToken cancel = default)
    {
        var folder = Path.GetFullPath(options.Folder);
        PrivateFolder.Open(folder);
        var held = PrivateFolder.Hold(folder, Lock);
        try
        {
            var cluster = PostgresCluster.Find(RealFolderOf(held), options.Packed ?? PackedCluster.Place);
            var server = new PrivatePostgres(cluster, held, options, logger);
            server._start = Task.Run(() => server.ServeAsync(cancel), CancellationToken.None);
            return server;
        }
        catch (Exception e)
        {
            held.Dispose();
            if (WhyNot(options, e) is { } problem) throw problem;
            throw;
        }
    }

    /// <exception cref="CannotStartException">The folder cannot be used, or the server did not start.</exception>
    public Task ReadyAsync() => _start;

    /// <summary>Begins, and waits until it is there.</summary>
    /// <exception cref="CannotStartException">As from <see cref="Begin"/> and <see cref="ReadyAsync"/>.</exception>
    public static async Task<PrivatePostgres> StartAsync(PrivatePostgresOptions options, ILogger logger, CancellationToken cancel = default)
    {
        var server = Begin(options, logger, cancel);
        await server.ReadyAsync();
        return server;
    }

    private async Task ServeAsync(CancellationToken cancel)
    {
        try
        {
            await _cluster.PrepareAsync(_logger, cancel);
            await _cluster.StartAsync(_port, _options.Settings, cancel);
            await EnsureDatabaseAsync(cancel);
        }
        catch (Exception e)
        {
            if (_cluster.Process.Lives) await _cluster.StopAsync();
            await _held.DisposeAsync();
            if (WhyNot(_options, e) is { } problem) throw problem;
            throw;
        }
        _logger.LogInformation(
            "PostgreSQL {Version} runs on port {Port}; its data is in {Cluster}", _cluster.Major, _port, _cluster.Folder);
    }

    /// <summary>Stops it, and writes its cluster to a file, from which others are made. Nobody's password is in it.</summary>
    public async Task PackAsync(string file, CancellationToken cancel = default)
    {
        var log = await BareAsync(cancel);
        NpgsqlConnection.ClearAllPools();
        await StopAsync();
        await _cluster.PackAsync(log, file, cancel);
    }

    /// <returns>The file of the write-ahead log that the server's stop will write into, and nothing before it that is needed.</returns>
    private async Task<string> BareAsync(CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionStringOf(_port, PostgresCluster.Superuser, _cluster.Password, Beside));
        await using var connection = await source.OpenConnectionAsync(cancel); // the last that any password lets in
        await DoAsync(connection, $"alter role {Role} password null", cancel);
        await DoAsync(connection, $"alter role {PostgresCluster.Superuser} password null", cancel);
        await DoAsync(connection, "select pg_switch_wal()", cancel);
        await DoAsync(connection, "checkpoint", cancel);
        await using var where = new NpgsqlCommand("select pg_walfile_name(pg_current_wal_insert_lsn())", connection);
        return (string)(await where.ExecuteScalarAsync(cancel))!;
    }

    /// <returns>Null where it says why by itself, or is no fault of the folder.</returns>
    private static CannotStartException? WhyNot(PrivatePostgresOptions options, Exception e) =>
        e is IOException or UnauthorizedAccessException
            ? new CannotStartException(PrivateFolder.WhyNot(Path.GetFullPath(options.Folder), e), e)
            : null;

    /// <summary>
    /// Looks twice a second whether the server lives, and knocks every two seconds to see whether it answers; starts it again, at the same
    /// port, where it does not.
    /// </summary>
    /// <param name="cameBack">Called when it was started again: connections to the dead one are worth nothing.</param>
    public async Task KeepAliveAsync(Action cameBack, ILogger logger, CancellationToken cancel)
    {
        const int looksToAKnock = 4, knocksInVain = 3;
        using var timer = new PeriodicTimer(Look);
        var (looks, unanswered) = (0, 0);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            var lives = _cluster.Process.Lives;
            if (lives && (unanswered > 0 || ++looks % looksToAKnock == 0)) unanswered = await AnswersAsync(cancel) ? 0 : unanswered + 1;
            if (lives && unanswered < knocksInVain) continue;
            logger.LogError("PostgreSQL {What} and is started again; its log is {Log}", lives ? "does not answer" : "has died",
                _cluster.Log);
            await StartAgainAsync(logger, cancel);
            unanswered = 0;
            cameBack();
            logger.LogInformation("PostgreSQL runs again");
        }
    }

    // Any answer will do, also that it has too many connections or is starting: only silence is none.
    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        var knock = _options.Patience ?? Knock;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(knock);
        try
        {
            // While a server does not answer who comes in, nothing but the timeout breaks it off: 15 seconds where nobody says otherwise.
            var seconds = (int)Math.Ceiling(knock.TotalSeconds);
            var settings = new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, Timeout = seconds };
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
        catch (NpgsqlException e)
        {
            return e.InnerException is not TimeoutException; // where nobody listens, the look will tell
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        // Whoever gives up meanwhile stops what has begun; a start that fails has stopped it, and its waiter is told why.
        await _start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_start.IsCompletedSuccessfully) return;
        if (!_isStopped) await StopAsync();
        await _held.DisposeAsync();
    }

    private async Task StopAsync()
    {
        if (!_cluster.Process.Lives)
            _logger.LogError(
                "PostgreSQL had ended before Enrolment was stopped. What was committed is kept, and is there at the next start");
        else
        {
            await _cluster.StopAsync();
            if (_cluster.Process.Lives) _logger.LogError("PostgreSQL did not stop within a minute; the next start ends it first");
        }
        _isStopped = true;
    }

    // A full disk keeps it from starting until somebody has made room.
    private async Task StartAgainAsync(ILogger logger, CancellationToken cancel)
    {
        for (var wait = Look; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            try
            {
                _cluster.Process.ClearAway();
                await _cluster.StartAsync(_port, _options.Settings, cancel);
                return;
            }
            catch (Exception e) when (e is CannotStartException or IOException or UnauthorizedAccessException)
            {
                logger.LogError("{Problem} It is tried again in {Seconds} s", (WhyNot(_options, e) ?? e).Message, wait.TotalSeconds);
            }
            await Task.Delay(wait, cancel);
        }
    }

    // The role is no superuser: what gets into the app gets no further than its own database.
    private async Task EnsureDatabaseAsync(CancellationToken cancel)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(
                ConnectionStringOf(_port, PostgresCluster.Superuser, _cluster.Password, Beside));
            if (!await ExistsAsync(source, $"select 1 from pg_roles where rolname = '{Role}'", cancel))
                await DoAsync(source, $"create role {Role}", cancel);
            await DoAsync(source, $"alter role {Role} login createdb nosuperuser password '{_cluster.Password}'", cancel);
            if (!await ExistsAsync(source, $"select 1 from pg_database where datname = '{Database}'", cancel))
                await DoAsync(source, $"create database {Database}", cancel);
            await DoAsync(source, $"alter database {Database} owner to {Role}", cancel);
        }
        catch (NpgsqlException e)
        {
            throw new CannotStartException(e is PostgresException { SqlState: PostgresErrorCodes.InvalidPassword }
                ? $"The password in the data folder {_options.Folder} is not its database's. Delete postgres.password there; "
                    + "a new one is then set."
                : $"PostgreSQL started, but cannot be used: {e.Message}", e);
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlDataSource source, string sql, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancel) is not null;
    }

    private static async Task DoAsync(NpgsqlDataSource source, string sql, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        await DoAsync(connection, sql, cancel);
    }

    private static async Task DoAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static string ConnectionStringOf(int port, string user, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = user,
        Password = password,
        Database = database,
        MaxPoolSize = 80,
        GssEncryptionMode = GssEncryptionMode.Disable, // Kerberos is asked for nothing, and where it is missing, nobody complains
    }.ConnectionString;

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
