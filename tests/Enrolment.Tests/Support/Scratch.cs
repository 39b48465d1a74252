using System.Runtime.CompilerServices;

namespace Crm.Tests;

/// <summary>
/// Where tests put their databases and files: in memory, where there is plenty. Hundreds of databases are made and dropped, and what no
/// test looks at again need not reach a disk.
/// </summary>
internal static class Scratch
{
    private const string Memory = "/dev/shm", Variable = "TMPDIR";
    private const long Gigabyte = 1L << 30;
    private const long Enough = 12 * Gigabyte, Room = 6 * Gigabyte;

    [ModuleInitializer]
    internal static void Choose()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } || !IsPlenty()) return;
        const UnixFileMode everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.StickyBit;
        var folder = Directory.CreateDirectory(Path.Combine(Memory, "enrolment-tests")).FullName;
        // PostgreSQL is another user's.
        if ((File.GetUnixFileMode(folder) & everybody) != everybody) File.SetUnixFileMode(folder, everybody);
        Environment.SetEnvironmentVariable(Variable, folder);
    }

    // In containers it is often of 64 MB, and nothing in it may be run.
    private static bool IsPlenty() =>
        File.ReadLines("/proc/mounts").Select(m => m.Split(' ')).Any(m => m[1] == Memory && !m[3].Split(',').Contains("noexec"))
        && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= Enough && new DriveInfo(Memory).AvailableFreeSpace >= Room;
}
