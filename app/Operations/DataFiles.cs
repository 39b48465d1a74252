using Crm.Storage;

namespace Crm.Operations;

/// <summary>The files of the data folder that belong to the institute: mail that was kept, and whatever was uploaded.</summary>
internal static class DataFiles
{
    // The server's own; its rows are in the backup.
    private const string Server = "postgres", Programs = "programs-", Unfinished = ".part";

    /// <summary>Their paths under the folder, with <c>/</c>.</summary>
    /// <param name="backups">Where backups lie: none holds the others.</param>
    public static IEnumerable<string> In(string folder, string backups)
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder))
        {
            var name = Path.GetFileName(entry);
            if (name.StartsWith(Server, StringComparison.Ordinal) || name.StartsWith(Programs, StringComparison.Ordinal)) continue;
            if (name == RestorationNote.Name || Path.GetFullPath(entry) == Path.GetFullPath(backups)) continue;
            var files = Directory.Exists(entry) ? Directory.EnumerateFiles(entry, "*", SearchOption.AllDirectories) : [entry];
            foreach (var file in files.Where(f => !f.EndsWith(Unfinished, StringComparison.Ordinal)))
                yield return Path.GetRelativePath(folder, file).Replace('\\', '/');
        }
    }

    /// <summary>Puts a file of a backup to its place. Written beside it first, so that a kill leaves no half of one.</summary>
    /// <exception cref="BackupException">Its path leads out of the folder.</exception>
    public static async Task PutAsync(string folder, FileEntry file, Func<Stream, Task> write)
    {
        var path = Path.GetFullPath(Path.Combine(folder, file.Path));
        if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new BackupException($"This backup is not one of ours: {file.Path} would lie outside of the data folder.");
        PrivateFolder.Create(Path.GetDirectoryName(path)!);
        File.Delete(path + Unfinished);
        await using (var part = PrivateFolder.New(path + Unfinished)) await write(part);
        File.Move(path + Unfinished, path, overwrite: true);
    }
}
