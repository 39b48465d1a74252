using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Storage;

/// <summary>
/// The PostgreSQL programs found on this machine, run in the folder of the cluster. That is named to them without its path: they put
/// paths into commands of a shell, where a dollar, a quote or a backslash means something else; and the user they run as may not be able
/// to come in by the path.
/// </summary>
internal sealed partial class PostgresCommands
{
    // Linux leads there whoever is there, whatever lies on the way.
    private const string WhereIAm = "/proc/self/cwd";
    private const string Cache = "/var/cache/enrolment";
    private const string Package = "@embedded-postgres";

    // Before this version its programs leave their folder, to see where they lie, and come back by the path.
    private const int WorksAnywhere = 16;

    private readonly string _bin;
    private readonly string _folder;
    private readonly ServerUser? _user;

    private PostgresCommands(string bin, int major, string folder, ServerUser? user) =>
        (_bin, Major, _folder, _user) = (bin, major, folder, user);

    public int Major { get; }

    /// <summary>Whether they are those that the program brings, and none that the machine has.</summary>
    public bool AreOurs { get; private init; }

    /// <summary>The cluster's folder, as its programs are told it. An absolute name, or they would look up what it is.</summary>
    public static string Here => OperatingSystem.IsLinux() ? WhereIAm : ".";

    /// <summary>The user that the programs run as, where that is not the app's own.</summary>
    public string? RunAs => _user?.Name;

    /// <param name="folder">The data folder.</param>
    /// <param name="major">The version of the cluster that is there, or null for a new one.</param>
    /// <param name="user">The user to run as, where that is not the app's own.</param>
    /// <exception cref="CannotStartException">There is none, none of that version, or none that can be run from where it lies.</exception>
    public static PostgresCommands Find(string folder, int? major, ServerUser? user)
    {
        var found = new List<int>();
        string? unusable = null, whyNot = null;
        foreach (var bin in Candidates())
        {
            if (!File.Exists(Path.Combine(bin, Exe("initdb"))) || !File.Exists(Path.Combine(bin, Exe("postgres")))) continue;
            if (UsableAt(bin, folder, user) is not { } usable) unusable = bin;
            else if (VersionOf(usable) is not { } version) continue;
            else if (major is not null && version != major) found.Add(version);
            else if (version < WorksAnywhere && user?.FirstClosed(folder) is { } closed) whyNot = CannotEnter(version, user.Name, closed);
            else return new PostgresCommands(usable, version, folder, user) { AreOurs = bin.Contains(Package, StringComparison.Ordinal) };
        }
        throw new CannotStartException(whyNot ?? WhyNone(found, major, unusable));
    }

    /// <summary>Gives a file or folder to the user that the server runs as, where that is not the app's own.</summary>
    public void Own(string path) => _user?.Own(path);

    /// <param name="cluster">The name of the cluster's folder.</param>
    /// <param name="input">What the program reads from its standard input.</param>
    public Task<(int ExitCode, string Output)> RunAsync(
        string cluster, string program, IReadOnlyList<string> arguments, CancellationToken cancel, string? input = null)
    {
        var command = Path.Combine(_bin, Exe(program));
        var start = _user?.Start(command, arguments) ?? new ProcessStartInfo(command, arguments);
        start.WorkingDirectory = Path.Combine(_folder, cluster);
        start.Environment["LC_ALL"] = "C";
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        return Commands.RunAsync(start, input, cancel);
    }

    private static string CannotEnter(int version, string user, string closed) =>
        $"PostgreSQL {version} would run as the user {user}, who cannot enter {closed}, and versions before {WorksAnywhere} must. "
        + "Run `npm ci` in app/ to restore the one that Enrolment brings, or start Enrolment as an ordinary user.";

    private static string WhyNone(IReadOnlyList<int> found, int? major, string? unusable)
    {
        if (found.Count > 0)
            return $"The data folder was made by PostgreSQL {major}, but only {string.Join(", ", found.Distinct())} was found. "
                + $"Install PostgreSQL {major}, or restore a backup into a new data folder.";
        return unusable is not null
            ? $"PostgreSQL cannot be run from {unusable}: a sign in that name means something else to its programs. Move Enrolment into "
                + "a folder without quotes, dollars and backslashes in its name."
            : "No PostgreSQL was found. Run `npm ci` in app/ to restore the one that Enrolment brings, "
                + "install PostgreSQL 15 or newer, or set ConnectionStrings:Enrolment to a server of yours.";
    }

    private static IEnumerable<string> Candidates()
    {
        var platform = (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux") + "-"
            + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            foreach (var modules in new[] { "node_modules", "app/node_modules" })
            {
                var package = Path.Combine(folder.FullName, modules, Package, platform);
                if (Directory.Exists(package) && MakeUsable(package)) yield return Path.Combine(package, "native", "bin");
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
    private static bool MakeUsable(string package)
    {
        if (OperatingSystem.IsWindows()) return true;
        try
        {
            MakeLinks(package);
            foreach (var program in Directory.GetFiles(Path.Combine(package, "native", "bin")))
            {
                var mode = File.GetUnixFileMode(program);
                const UnixFileMode run = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
                if ((mode & run) != run) File.SetUnixFileMode(program, mode | run);
            }
            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return false; // of another user, or on a disk that can only be read: as good as not there
        }
    }

    private static void MakeLinks(string package)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list)) return;
        foreach (var link in JsonSerializer.Deserialize<List<Link>>(File.ReadAllText(list), JsonSerializerOptions.Web) ?? [])
        {
            var target = Path.Combine(package, link.Target);
            if (File.Exists(target)) continue;
            try
            {
                File.CreateSymbolicLink(target, Path.GetFileName(link.Source));
            }
            catch (IOException) when (File.Exists(target))
            {
                // Another start made it at the same moment.
            }
        }
    }

    // Where they lie, or a copy where the server's user cannot get there or a shell would misread the path. Programs are no data.
    private static string? UsableAt(string bin, string folder, ServerUser? user)
    {
        if (IsPlain(bin) && user?.FirstClosed(bin) is null) return bin;
        if (IsPlain(folder) && user?.FirstClosed(folder) is null) return CopyFor(folder, bin);
        return user is null ? null : CopyFor(PublicFolder(), bin);
    }

    private static string PublicFolder()
    {
        const UnixFileMode all = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        return OperatingSystem.IsWindows() ? Cache : Directory.CreateDirectory(Cache, all).FullName;
    }

    private static bool IsPlain(string path) => OperatingSystem.IsWindows() || path.IndexOfAny(['"', '$', '`', '\\', '\n']) < 0;

    private static string CopyFor(string folder, string bin)
    {
        var source = Path.GetDirectoryName(bin)!;
        // Of this version: the programs of an update come at the same path.
        var version = source + File.GetLastWriteTimeUtc(Path.Combine(bin, "postgres")).Ticks;
        var copy = Path.Combine(folder, "programs-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(version)))[..8]);
        if (!Directory.Exists(copy))
        {
            // In a place that others share, theirs may be another version's.
            if (folder != Cache)
                foreach (var old in Directory.GetDirectories(folder, "programs-*")) Directory.Delete(old, recursive: true);
            var part = $"{copy}.{Guid.NewGuid():N}";
            if (Commands.Run(new ProcessStartInfo("cp", ["-a", source, part])).ExitCode != 0
                || Commands.Run(new ProcessStartInfo("chmod", ["-R", "a+rX", part])).ExitCode != 0)
                throw new CannotStartException($"The programs of PostgreSQL could not be copied from {source} into {folder}.");
            PutTo(copy, part);
        }
        return Path.Combine(copy, Path.GetFileName(bin));
    }

    private static void PutTo(string copy, string part)
    {
        try
        {
            Directory.Move(part, copy);
        }
        catch (IOException) when (Directory.Exists(copy))
        {
            Directory.Delete(part, recursive: true); // another start was quicker
        }
    }

    // Of programs of another platform there is none: the next candidate may run.
    private static int? VersionOf(string bin)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Path.Combine(bin, Exe("postgres")), "--version")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            var match = Major_().Match(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            return match.Success ? int.Parse(match.Groups["major"].Value) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string Exe(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;

    private sealed record Link(string Source, string Target);

    [GeneratedRegex(@"\(PostgreSQL\) (?<major>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Major_();
}
