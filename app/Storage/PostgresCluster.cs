using System.Security.Cryptography;

namespace Crm.Storage;

/// <summary>
/// The private server's files in the data folder. Whatever a crash or a copy left of them is put right before it starts.
/// </summary>
internal sealed class PostgresCluster
{
    public const string Superuser = "postgres";
    private const int LeastShared = 128, MostShared = 1024; // MB
    private const string Name = "postgres", Half = "postgres.new", PasswordName = "postgres.password";

    /// <summary>What the server writes into its folder for readers.</summary>
    public const string LogName = "postgres.log";

    private static readonly string[] Marks = ["PG_VERSION", "global/pg_control", "postgresql.conf"];
    private static readonly string[] Telling = ["FATAL:", "PANIC:", "ERROR:", "HINT:", "error:", "invalid", "could not"];

    private readonly string _folder;
    private readonly PostgresCommands _commands;
    private readonly string _packed;
    private bool _passwordIsLost;

    private PostgresCluster(string folder, PostgresCommands commands, string packed)
    {
        (_folder, _commands, _packed) = (folder, commands, packed);
        Process = new PostgresProcess(Folder);
    }

    public PostgresProcess Process { get; }

    public string Folder => Path.Combine(_folder, Name);
    public string Log => Path.Combine(Folder, LogName);
    public string Password { get; private set; } = "";
    public int Major => _commands.Major;
    public string? RunsAs => _commands.RunAs;

    /// <summary>Finds the cluster of a data folder that this process holds, and the programs that work on it.</summary>
    /// <param name="folder">Its real path, by which the processes at work in it are known.</param>
    /// <param name="packed">The file of a packed one, which becomes a new one if it is there.</param>
    /// <exception cref="CannotStartException">There are no such programs.</exception>
    public static PostgresCluster Find(string folder, string packed)
    {
        var commands = PostgresCommands.Find(folder, MajorIn(Path.Combine(folder, Name)), ServerUser.Needed());
        var cluster = new PostgresCluster(folder, commands, packed);
        var password = File.Exists(cluster.PasswordFile) ? File.ReadAllText(cluster.PasswordFile).Trim() : "";
        cluster._passwordIsLost = password.Length == 0;
        cluster.Password = cluster._passwordIsLost ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)) : password;
        return cluster;
    }

    /// <summary>Makes the cluster where there is none, or puts right what was left of it. No server of it runs then.</summary>
    /// <exception cref="CannotStartException">It cannot be used or made, and why.</exception>
    public Task PrepareAsync(ILogger logger, CancellationToken cancel) =>
        Directory.Exists(Folder) && Directory.EnumerateFileSystemEntries(Folder).Any()
            ? PutRightAsync(logger, cancel)
            : MakeAsync(logger, cancel);

    /// <summary>Where a server listens that another process runs in a data folder, and the password; null where none does yet.</summary>
    public static (int Port, string Password)? ServedIn(string folder)
    {
        const int lineOfPort = 3;
        try
        {
            var told = File.ReadAllLines(Path.Combine(folder, Name, "postmaster.pid"));
            var password = File.ReadAllText(Path.Combine(folder, PasswordName)).Trim();
            return told.Length > lineOfPort && int.TryParse(told[lineOfPort], out var port) ? (port, password) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <exception cref="CannotStartException">It does not start; what the server says is in the message.</exception>
    public async Task StartAsync(int port, IReadOnlyDictionary<string, string>? settings, CancellationToken cancel)
    {
        Process.Forget();
        WriteSettings(port, settings ?? new Dictionary<string, string>());
        PrivateFolder.Write(Log, ""); // one start's log is what a reader needs; the server's user may not make it
        _commands.Own(Log);
        // pg_ctl detaches the server into a session of its own, so that Ctrl+C reaches the app alone.
        var started = await _commands.RunAsync(
            Name, "pg_ctl", ["start", "-D", PostgresCommands.Here, "-l", LogName, "-w", "-t", "600"], cancel);
        if (started.ExitCode != 0)
            throw new CannotStartException($"PostgreSQL did not start: {WhyNot(started.Output)} Its log is {Log}.");
        Process.Started();
    }

    /// <summary>Stops the server in order, where it runs.</summary>
    public async Task StopAsync()
    {
        try
        {
            await _commands.RunAsync(
                Name, "pg_ctl", ["stop", "-D", PostgresCommands.Here, "-m", "fast", "-w", "-t", "60"], CancellationToken.None);
        }
        catch (CannotStartException) when (Process.IsStarted && !OperatingSystem.IsWindows())
        {
            await Process.InterruptAsync();
        }
        catch (CannotStartException)
        {
            // Nobody may go into its folder, and no server runs there.
        }
    }

    private string PasswordFile => Path.Combine(_folder, PasswordName);

    private async Task PutRightAsync(ILogger logger, CancellationToken cancel)
    {
        // It was moved to its place when whole, so a crash did not leave it so, and there may be data in it.
        if (Array.Find(Marks, m => !File.Exists(Path.Combine(Folder, m))) is { } missing)
            throw new CannotStartException($"{Folder} holds files, but no whole database: {missing} is missing. Put back a copy that is "
                + "whole, or move it away to begin with an empty institute.");
        if (Process.Lives) // the folder is held, so it belongs to an app that died
        {
            logger.LogWarning("The last run did not end in order; its PostgreSQL is stopped first");
            await StopAsync();
        }
        Process.ClearAway();
        PrivateFolder.Close(Folder);
        _commands.Own(Folder); // a copy made by root is root's
        if (!_passwordIsLost) return;
        logger.LogWarning("{File} is missing: the database gets a new password", PasswordFile);
        await SetPasswordAsync(Name, cancel);
    }

    // Made beside its place and moved there when whole: a crash in the middle leaves nothing that looks like a cluster.
    private async Task MakeAsync(ILogger logger, CancellationToken cancel)
    {
        logger.LogInformation("Making a new database in {Folder}", Folder);
        var half = Path.Combine(_folder, Half);
        if (Directory.Exists(half)) Directory.Delete(half, recursive: true);
        if (Directory.Exists(Folder)) Directory.Delete(Folder);
        PrivateFolder.Create(half);
        _commands.Own(half);
        // Nobody may come in until there is a password, and nobody does: no server runs yet.
        var isUnpacked = Unpack(half, logger);
        await SetPasswordAsync(Half, cancel, isUnpacked ? "" : await InitializeAsync(cancel));
        await File.WriteAllTextAsync(Path.Combine(half, "pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n", cancel);
        if (isUnpacked) await KeepAsync(cancel);
        Directory.Move(half, Folder);
    }

    /// <returns>What is to be said to it when its password is set.</returns>
    private async Task<string> InitializeAsync(CancellationToken cancel)
    {
        var made = await _commands.RunAsync(Half, "initdb", ["-D", PostgresCommands.Here, "-U", Superuser, "--auth-local=trust",
            "--auth-host=reject", "--encoding=UTF8", "--locale=C"], cancel);
        if (made.ExitCode != 0) throw new CannotStartException($"The database could not be made in {_folder}: {WhyNot(made.Output)}");
        // The one that initdb makes for whoever comes becomes the app's own: another would be three hundred files more.
        return $"create role {PrivatePostgres.Role};\n\n"
            + $"alter database postgres rename to {PrivatePostgres.Database};\n\n"
            + $"alter database {PrivatePostgres.Database} owner to {PrivatePostgres.Role};\n\n";
    }

    /// <returns>False where there is none, or one that these programs may not be able to read.</returns>
    private bool Unpack(string half, ILogger logger)
    {
        if (!_commands.AreOurs || !File.Exists(_packed)) return false;
        try
        {
            PackedCluster.Unpack(_packed, half);
            _commands.Own(half);
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or EndOfStreamException)
        {
            logger.LogWarning("{File} is not whole, so that a new database is made without it, which takes longer: {Problem}", _packed,
                e.Message);
            Directory.Delete(half, recursive: true);
            PrivateFolder.Create(half);
            _commands.Own(half);
            return false;
        }
    }

    // As initdb does with what it makes: when the cluster is in its place, it is on the disk.
    private async Task KeepAsync(CancellationToken cancel)
    {
        var kept = await _commands.RunAsync(Half, "initdb", ["--sync-only", "-D", PostgresCommands.Here], cancel);
        if (kept.ExitCode != 0) throw new CannotStartException($"The database could not be made in {_folder}: {WhyNot(kept.Output)}");
    }

    /// <summary>Writes down what it is, without what was logged before its last checkpoint. No server of it runs then.</summary>
    public Task PackAsync(string log, string file, CancellationToken cancel) => PackedCluster.PackAsync(Folder, log, file, cancel);

    // Whoever may write into the folder may set it: PostgreSQL alone, without a network, asks for no password.
    private async Task SetPasswordAsync(string cluster, CancellationToken cancel, string also = "")
    {
        var set = await _commands.RunAsync(cluster, "postgres", ["--single", "-D", PostgresCommands.Here, "-j", PrivatePostgres.Beside],
            cancel, $"{also}alter role {Superuser} password '{Password}';\n\n");
        if (set.ExitCode != 0) throw new CannotStartException($"The password in {PasswordFile} could not be set: {WhyNot(set.Output)}");
        PrivateFolder.Write(PasswordFile, Password);
    }

    private void WriteSettings(int port, IReadOnlyDictionary<string, string> over)
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = port.ToString(),
            ["unix_socket_directories"] = "",
            ["max_connections"] = "120",
            ["shared_buffers"] = $"{SharedMegabytes()}MB",
            // Else what a search gathers among a million persons is kept as whole pages, each row of which is read again.
            ["work_mem"] = "16MB",
            // What is asked for here takes some milliseconds, as long as helpers take to start; and one report is not to take all cores.
            ["max_parallel_workers_per_gather"] = "0",
            ["password_encryption"] = "scram-sha-256",
            // Not what the machine had on which the cluster was made.
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
        };
        foreach (var (name, value) in over) settings[name] = value;
        var file = Path.Combine(Folder, "postgresql.auto.conf");
        PrivateFolder.Write(file, string.Concat(settings.Select(s => $"{s.Key} = '{s.Value.Replace("'", "''")}'\n")));
        _commands.Own(file);
    }

    // An eighth of the machine, beside a program and perhaps others; it is taken up as it is used.
    private static long SharedMegabytes() =>
        Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8 / (1 << 20), LeastShared, MostShared);

    private static int? MajorIn(string cluster)
    {
        var file = Path.Combine(cluster, "PG_VERSION");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), out var major) ? major : null;
    }

    // The server's own last words, else the program's.
    private string WhyNot(string output)
    {
        var log = File.Exists(Log) ? File.ReadLines(Log).Where(l => l.Length > 0).ToList() : [];
        var lines = log.Count > 0 ? log : [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        var told = lines.Where(Tells).TakeLast(2).ToList();
        var why = string.Join("; ", (told.Count > 0 ? told : lines.TakeLast(2)).Select(l => WithoutTime(l).Trim()));
        return why is [.., '.' or '?' or '!'] ? why : why + ".";
    }

    private static bool Tells(string line) => Telling.Any(w => line.Contains(w, StringComparison.Ordinal));

    // "2026-11-25 08:29:14.159 UTC [16200] FATAL:  words" is told as "words".
    private static string WithoutTime(string line) =>
        line.Split("] ", 2) is [_, var rest] && rest.Split(":  ", 2) is [_, var words] ? words : line;
}
