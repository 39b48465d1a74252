using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Crm.Storage;

/// <param name="Folder">The data folder: the cluster, its password, its log and its lock live there.</param>
/// <param name="Settings">PostgreSQL settings over the defaults, such as <c>fsync=off</c> for tests.</param>
public sealed record PrivatePostgresOptions(string Folder, IReadOnlyDictionary<string, string>? Settings = null);

/// <summary>The private server could not be started; the message says what to do.</summary>
public sealed class PrivatePostgresException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A PostgreSQL of the app's own, on a free port of 127.0.0.1, started with the app and stopped with it.
/// What a crash leaves (an orphaned server, a stale pid file, a half-made cluster) the next start puts right.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    public const string Database = "enrolment";
    private const string Superuser = "enrolment";

    private readonly PostgresCommands _commands;
    private readonly string _cluster;
    private readonly FileStream _lock;
    private readonly string _password;
    private readonly int _port;

    private PrivatePostgres(PostgresCommands commands, string cluster, FileStream @lock, string password, int port) =>
        (_commands, _cluster, _lock, _password, _port) = (commands, cluster, @lock, password, port);

    public string ConnectionString => ConnectionStringFor(Database);

    /// <summary>The user that the server runs as, where that is not the app's own.</summary>
    public string? RunsAs => _commands.RunAs;

    public string ConnectionStringFor(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Username = Superuser,
        Password = _password,
        Database = database,
        MaxPoolSize = 80,
    }.ConnectionString;

    /// <exception cref="PrivatePostgresException">No PostgreSQL was found,
    /// another app uses the folder, or the server did not start.</exception>
    public static async Task<PrivatePostgres> StartAsync(PrivatePostgresOptions options, ILogger logger, CancellationToken cancel = default)
    {
        var folder = Path.GetFullPath(options.Folder);
        Directory.CreateDirectory(folder);
        var held = TakeLock(folder);
        try
        {
            return await StartInAsync(folder, held, options, logger, cancel);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static async Task<PrivatePostgres> StartInAsync(
        string folder, FileStream held, PrivatePostgresOptions options, ILogger logger, CancellationToken cancel)
    {
        var password = ReadOrMakePassword(Path.Combine(folder, "postgres.password"));
        var home = PostgresCommands.HomeFor(folder, logger);
        var cluster = Path.Combine(home, "postgres");
        var commands = PostgresCommands.Find(home, ExistingMajor(cluster));
        if (!File.Exists(Path.Combine(cluster, "PG_VERSION"))) await InitialiseAsync(commands, home, cluster, password, cancel);
        else await StopOrphanAsync(commands, cluster, logger, cancel);

        var port = FreePort();
        await WriteSettingsAsync(commands, cluster, port, options, cancel);
        await StartServerAsync(commands, cluster, Path.Combine(home, "postgres.log"), cancel);
        var server = new PrivatePostgres(commands, cluster, held, password, port);
        try
        {
            await server.EnsureDatabaseAsync(cancel);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        logger.LogInformation("PostgreSQL {Version} runs on port {Port}; its data is in {Cluster}", commands.Major, port, cluster);
        return server;
    }

    private static async Task WriteSettingsAsync(
        PostgresCommands commands, string cluster, int port, PrivatePostgresOptions options, CancellationToken cancel)
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = port.ToString(),
            ["unix_socket_directories"] = "",
            ["max_connections"] = "120",
            ["shared_buffers"] = "128MB",
            ["password_encryption"] = "scram-sha-256",
        };
        foreach (var (name, value) in options.Settings ?? new Dictionary<string, string>()) settings[name] = value;
        var file = Path.Combine(cluster, "postgresql.auto.conf");
        await File.WriteAllTextAsync(file, string.Concat(settings.Select(s => $"{s.Key} = '{s.Value.Replace("'", "''")}'\n")), cancel);
        commands.Own(file);
    }

    private static async Task StartServerAsync(PostgresCommands commands, string cluster, string log, CancellationToken cancel)
    {
        File.WriteAllText(log, ""); // one start's log is what a reader needs; the server's user may not make it
        commands.Own(log);
        // pg_ctl detaches the server into a session of its own, so that Ctrl+C reaches the app alone.
        var started = await commands.RunAsync("pg_ctl", ["start", "-D", cluster, "-l", log, "-w", "-t", "120"], cancel);
        if (started.ExitCode != 0)
            throw new PrivatePostgresException($"PostgreSQL did not start.\n{started.Output}\nIts log ({log}) ends:\n{Tail(log)}");
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _commands.RunAsync("pg_ctl", ["stop", "-D", _cluster, "-m", "fast", "-w", "-t", "60"], CancellationToken.None);
        _lock.Dispose();
    }

    private async Task EnsureDatabaseAsync(CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(ConnectionStringFor("postgres"));
        await connection.OpenAsync(cancel);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection);
        exists.Parameters.Add(new() { Value = Database });
        if (await exists.ExecuteScalarAsync(cancel) is not null) return;
        await using var create = new NpgsqlCommand($"create database {Database}", connection);
        await create.ExecuteNonQueryAsync(cancel);
    }

    private static FileStream TakeLock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "postgres.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new PrivatePostgresException(
                $"Another Enrolment uses the data folder {folder}. Stop it, or give this one another folder with Data:Folder.", e);
        }
    }

    private static string ReadOrMakePassword(string path)
    {
        // An empty one was left by a crash before its password was written, so before there was a cluster.
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } kept) return kept;
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        WritePrivate(path, password);
        return password;
    }

    private static void WritePrivate(string path, string text)
    {
        File.Delete(path); // the mode is given only to a new file
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new StreamWriter(path, Encoding.ASCII, options);
        file.Write(text);
    }

    // Made beside its place and moved there when whole: a crash in the middle leaves nothing that looks like a cluster.
    private static async Task InitialiseAsync(
        PostgresCommands commands, string home, string cluster, string password, CancellationToken cancel)
    {
        var half = cluster + ".new";
        if (Directory.Exists(half)) Directory.Delete(half, recursive: true);
        if (Directory.Exists(cluster)) Directory.Delete(cluster, recursive: true); // without PG_VERSION it holds no data
        Directory.CreateDirectory(half);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(half, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        commands.Own(half);
        var passwordFile = Path.Combine(home, "initdb.password");
        WritePrivate(passwordFile, password);
        commands.Own(passwordFile);
        try
        {
            var made = await commands.RunAsync("initdb",
                ["-D", half, "-U", Superuser, "--pwfile", passwordFile, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"], cancel);
            if (made.ExitCode != 0) throw new PrivatePostgresException($"The database could not be created in {half}:\n{made.Output}");
        }
        finally
        {
            File.Delete(passwordFile);
        }
        Directory.Move(half, cluster);
    }

    // The lock is ours, so a server still running on this cluster belongs to an app that died.
    private static async Task StopOrphanAsync(PostgresCommands commands, string cluster, ILogger logger, CancellationToken cancel)
    {
        var file = Path.Combine(cluster, "postmaster.pid");
        if (!File.Exists(file) || !IsPostgres(File.ReadLines(file).FirstOrDefault())) return;
        var status = await commands.RunAsync("pg_ctl", ["status", "-D", cluster], cancel);
        if (status.ExitCode != 0) return; // only the file was left; PostgreSQL recovers by itself
        logger.LogWarning("The last run did not end in order; its PostgreSQL is stopped first");
        await commands.RunAsync("pg_ctl", ["stop", "-D", cluster, "-m", "fast", "-w", "-t", "60"], cancel);
    }

    // After a restart of the machine the number in the file may be another program's.
    private static bool IsPostgres(string? processId)
    {
        try
        {
            return int.TryParse(processId, out var id)
                && Process.GetProcessById(id).ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false; // no such process
        }
    }

    private static int? ExistingMajor(string cluster)
    {
        var file = Path.Combine(cluster, "PG_VERSION");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), out var major) ? major : null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Tail(string log) =>
        File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(20)) : "(no log was written)";
}
