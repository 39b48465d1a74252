using System.Diagnostics;

namespace Crm.Storage;

/// <summary>
/// The private server's process, known by the folder that it works in: after a restart of the machine its number may be another
/// program's; and a folder that was closed hides its files, but ends no process in it.
/// </summary>
/// <param name="folder">The cluster's, by its real path.</param>
internal sealed class PostgresProcess(string folder)
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5), LongestStop = TimeSpan.FromSeconds(60);

    private readonly string _file = Path.Combine(folder, "postmaster.pid");
    private int? _started;

    /// <summary>Whether it lives: the one that was started here, or the one that its file tells.</summary>
    public bool Lives => IsStarted || (Told() is { } told && IsOurs(told));

    /// <summary>Whether the one that was started here lives.</summary>
    public bool IsStarted => _started is { } started && IsOurs(started);

    /// <summary>Has it known also where its file cannot be read any more.</summary>
    public void Started() => _started = Told();

    public void Forget() => _started = null;

    /// <summary>Has the one that was started here stop in order, as pg_ctl would in a folder that it may enter.</summary>
    public async Task InterruptAsync()
    {
        // The shell has this without a program's help.
        await Commands.RunAsync(new ProcessStartInfo("/bin/sh", ["-c", "kill -INT \"$0\"", $"{_started}"]), null, CancellationToken.None);
        for (var since = Stopwatch.StartNew(); IsStarted && since.Elapsed < LongestStop;) await Task.Delay(100);
    }

    /// <summary>
    /// Clears away what keeps a new server from starting where the last one was killed: processes that it left running, and its
    /// number in a file, which the machine may still list, or have given to another program.
    /// </summary>
    public void ClearAway()
    {
        if (OperatingSystem.IsLinux()) // elsewhere, what is left ends by itself
            foreach (var process in Process.GetProcesses()) // by name they are not found: each is called what it does
                using (process)
                    if (IsOurs(process.Id)) End(process);
        File.Delete(_file);
    }

    // It may stay listed for long after its end, but works in no folder any more.
    private void End(Process process)
    {
        process.Kill();
        SpinWait.SpinUntil(() => !IsOurs(process.Id), LongestEnd);
    }

    private int? Told()
    {
        try
        {
            return int.TryParse(File.ReadLines(_file).FirstOrDefault(), out var id) ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // On Linux by the folder that it works in, which an ended process has no more, though it may stay listed for its parent.
    private bool IsOurs(int process)
    {
        try
        {
            using var running = Process.GetProcessById(process);
            if (!running.ProcessName.StartsWith("postgres", StringComparison.Ordinal)) return false;
            return !OperatingSystem.IsLinux() || new FileInfo($"/proc/{process}/cwd").LinkTarget == folder;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return false; // no such process, or another user's
        }
    }
}
