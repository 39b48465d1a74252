using System.Diagnostics;

namespace Crm.Tests;

/// <summary>A small file system in memory that is full until room is made.</summary>
internal sealed class FullDisk : IDisposable
{
    private readonly string _filler;

    private FullDisk(string folder)
    {
        Folder = folder;
        _filler = Path.Combine(folder, "filler");
    }

    public string Folder { get; }

    /// <returns>Null where this user may mount nothing.</returns>
    public static FullDisk? TryMount(int megabytes = 4)
    {
        var folder = Directory.CreateTempSubdirectory("enrolment-disk-").FullName;
        if (!Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder))
        {
            Directory.Delete(folder);
            return null;
        }
        var disk = new FullDisk(folder);
        disk.Fill();
        return disk;
    }

    /// <summary>One that can only be read.</summary>
    /// <inheritdoc cref="TryMount"/>
    public static FullDisk? TryMountClosed()
    {
        var disk = TryMount();
        disk?.Close();
        return disk;
    }

    /// <summary>Lets it be read, and no more.</summary>
    public void Close() => Run("mount", "-o", "remount,ro", Folder);

    public void MakeRoom() => File.Delete(_filler);

    public void Dispose()
    {
        Run("umount", Folder);
        Directory.Delete(Folder);
    }

    private void Fill()
    {
        try
        {
            using var filler = new FileStream(_filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true) filler.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // That was the last of it.
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
