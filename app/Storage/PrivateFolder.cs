namespace Crm.Storage;

/// <summary>Folders and files that only the app's own user may read: the database, its password, people's mail.</summary>
public static class PrivateFolder
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;

    // Of Linux and macOS, in this order: the numbers of a file that somebody holds differ.
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020)];

    /// <summary>What the machine calls a disk without room.</summary>
    public const int FullDisk = 28;

    /// <summary>What the machine calls a disk that can only be read.</summary>
    public const int ReadOnlyDisk = 30;
    private static readonly int[] OverQuota = [122, 69];

    public static DirectoryInfo Create(string path) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, OwnersFolder);

    /// <summary>Makes the data folder where it is not there, and checks that it can be written.</summary>
    /// <exception cref="CannotStartException">It cannot be used, and why.</exception>
    public static void Open(string folder)
    {
        if (folder.Any(char.IsControl))
            throw new CannotStartException(
                $"Data:Folder holds a line break or another sign that cannot be seen, so PostgreSQL cannot use it: {Visible(folder)}.");
        if (new FileInfo(folder).LinkTarget is { } target && !Directory.Exists(folder))
            throw new CannotStartException($"Data:Folder is {folder}, a link to {target}, where there is no folder. Is its disk there?");
        if (File.Exists(folder)) throw new CannotStartException($"Data:Folder must be a folder, but {folder} is a file.");
        try
        {
            Create(folder);
            var probe = Path.Combine(folder, Path.GetRandomFileName());
            Write(probe, "x");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException(WhyNot(folder, e), e);
        }
    }

    /// <summary>Holds the folder for this process alone.</summary>
    /// <exception cref="CannotStartException">Another process holds it, or it cannot be written.</exception>
    public static FileStream Hold(string folder, string name)
    {
        try
        {
            return new FileStream(Path.Combine(folder, name), OwnersAlone(FileMode.OpenOrCreate, FileAccess.ReadWrite));
        }
        catch (IOException e) when (HeldByAnother.Contains(e.HResult))
        {
            throw new CannotStartException(
                $"Another Enrolment uses the data folder {folder}. Stop it, or give this one another folder with Data:Folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException(WhyNot(folder, e), e);
        }
    }

    /// <summary>Whether another process holds the folder.</summary>
    public static bool IsHeld(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) return false;
        try
        {
            using var held = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException e) when (HeldByAnother.Contains(e.HResult))
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException(WhyNot(folder, e), e);
        }
    }

    /// <summary>A new file that only its owner may read, to be written from its beginning.</summary>
    public static FileStream New(string path) => new(path, OwnersAlone(FileMode.CreateNew, FileAccess.Write));

    /// <summary>A file that only its owner may read, to be written on from its end.</summary>
    public static FileStream Append(string path) => new(path, OwnersAlone(FileMode.Append, FileAccess.Write));

    /// <summary>Writes a file anew that only its owner may read.</summary>
    public static void Write(string path, string text)
    {
        File.Delete(path); // the mode is given only to a new file
        using var file = new StreamWriter(path, OwnersAlone(FileMode.CreateNew, FileAccess.Write));
        file.Write(text);
    }

    private static FileStreamOptions OwnersAlone(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnersFile;
        return options;
    }

    /// <summary>Takes from everybody but its owner what a copy may have given them.</summary>
    public static void Close(string folder)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, OwnersFolder);
    }

    /// <summary>In a sentence, what the machine says of a data folder that cannot be used.</summary>
    public static string WhyNot(string folder, Exception e) => e switch
    {
        UnauthorizedAccessException =>
            $"The user {Environment.UserName} may not use the data folder {folder}: {e.Message} Start Enrolment as the folder's owner, "
            + "or give it another folder with Data:Folder.",
        PathTooLongException => $"The name of the data folder is too long: {folder}.",
        { HResult: ReadOnlyDisk } => $"The data folder {folder} lies on a disk that can only be read. Give another with Data:Folder.",
        { HResult: FullDisk } => $"The disk of the data folder {folder} is full. Make room, then start again.",
        _ when OverQuota.Contains(e.HResult) => $"The data folder {folder} may not grow: its quota is used up.",
        _ => $"The data folder {folder} cannot be used: {e.Message}",
    };

    private static string Visible(string path) => string.Concat(path.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));
}
