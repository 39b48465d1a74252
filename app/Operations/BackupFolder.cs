using Crm.Storage;

namespace Crm.Operations;

/// <summary>The folder for backups, which may lie on another disk, of another user, or be no folder at all.</summary>
internal static class BackupFolder
{
    /// <summary>Makes it where it is not there, for the owner's eyes alone.</summary>
    /// <exception cref="BackupException">No backup can be written there, and why.</exception>
    public static void Open(string folder)
    {
        if (TroubleIn(folder) is { } trouble) throw new BackupException(trouble);
    }

    /// <returns>
    /// In a sentence that may be told to anybody, why no backup can be written there; null where one can. How much room there is, is looked
    /// at when one is made.
    /// </returns>
    public static string? TroubleIn(string folder)
    {
        if (File.Exists(folder)) return "No backup can be made: Backup:Folder is a file, and not a folder.";
        try
        {
            PrivateFolder.Create(folder);
            PrivateFolder.Close(folder);
            var probe = Path.Combine(folder, Path.GetRandomFileName());
            PrivateFolder.Write(probe, "");
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.HResult == PrivateFolder.FullDisk ? null : $"No backup can be made: Backup:Folder {WhyNot(e)}.";
        }
    }

    private static string WhyNot(Exception e) => e switch
    {
        UnauthorizedAccessException => "may not be written by the user that Enrolment runs as",
        { HResult: PrivateFolder.ReadOnlyDisk } => "lies on a disk that can only be read",
        DirectoryNotFoundException => "lies on a path that is not there",
        _ => "cannot be written",
    };
}
