using System.IO.Compression;
using System.Security.Cryptography;
using Crm.Storage;

namespace Crm.Operations;

/// <summary>
/// An archive that is being written: a ZIP file that any program opens, in an encrypted envelope where a passphrase was given. It is
/// written beside its place and moved there when whole, so that half of one is never taken for one.
/// </summary>
internal sealed class BackupArchive : IAsyncDisposable
{
    /// <summary>How the name of one ends that is not whole yet.</summary>
    public const string Unfinished = ".part";

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Seal? _seal;
    private readonly SealingStream? _sealing;
    private readonly ZipArchive _zip;
    private bool _whole;

    private BackupArchive(string path, FileStream file, Seal? seal)
    {
        (_path, _file, _seal) = (path, file, seal);
        _sealing = seal is null ? null : new SealingStream(file, seal);
        _zip = new ZipArchive(_sealing ?? (Stream)file, ZipArchiveMode.Create, leaveOpen: true);
    }

    /// <exception cref="BackupException">There is such a file already, or none can be made there.</exception>
    public static BackupArchive Create(string path, string? passphrase)
    {
        if (File.Exists(path)) throw new BackupException($"{path} is there already, and nothing is written over it. Choose another name.");
        try
        {
            File.Delete(path + Unfinished); // of an attempt that was killed
            return new BackupArchive(path, PrivateFolder.New(path + Unfinished), passphrase is null ? null : Seal.Make(passphrase));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"The backup cannot be written to {path}: {e.Message}", e);
        }
    }

    /// <param name="write">Fills the entry from a stream of its own.</param>
    public async Task<T> AddAsync<T>(string name, Func<Stream, Task<T>> write)
    {
        // Text of rows and mail: the fastest level makes nearly as little of it as the best.
        await using var entry = await _zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync();
        return await write(entry);
    }

    public Task<bool> AddAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancel) => AddAsync(name, async entry =>
    {
        await entry.WriteAsync(bytes, cancel);
        return true;
    });

    /// <summary>Closes the archive, with its contents as its last entry, and moves it to its place.</summary>
    /// <returns>How large it is, in bytes.</returns>
    public async Task<long> FinishAsync(BackupContents contents, CancellationToken cancel)
    {
        await AddAsync(BackupContents.Entry, contents.ToJson(), cancel);
        await _zip.DisposeAsync();
        _sealing?.End();
        _file.Flush(flushToDisk: true); // a full disk may only be noticed here
        var size = _file.Length;
        await _file.DisposeAsync();
        File.Move(_path + Unfinished, _path);
        _whole = true;
        return size;
    }

    public async ValueTask DisposeAsync()
    {
        _seal?.Dispose();
        if (_whole) return;
        try
        {
            await _file.DisposeAsync();
        }
        catch (IOException)
        {
            // What was still to be written finds no room either; why it failed is told already.
        }
        File.Delete(_path + Unfinished);
    }
}

/// <summary>What can be told of an archive without opening it.</summary>
public static class BackupFile
{
    /// <exception cref="BackupException">It cannot be read.</exception>
    public static bool IsEncrypted(string path)
    {
        using var file = Open(path);
        var beginning = new byte[Seal.Length];
        return file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false) == Seal.Length && Seal.IsOn(beginning);
    }

    /// <summary>Whether a file that lies in the data folder is a backup of it: each would hold all that were made before.</summary>
    /// <returns>False as well for one that is not whole, which nobody can restore.</returns>
    internal static bool IsOne(FileStream file)
    {
        var beginning = new byte[Seal.Length];
        var read = file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        var isOne = Seal.IsOn(beginning) || (beginning.AsSpan(0, read).StartsWith("PK"u8) && HasContents(file));
        file.Position = 0;
        return isOne;
    }

    private static bool HasContents(FileStream file)
    {
        try
        {
            file.Position = 0;
            using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            return zip.GetEntry(BackupContents.Entry) is not null
                && zip.Entries.Any(e => e.FullName.StartsWith(BackupContents.Schema, StringComparison.Ordinal));
        }
        catch (InvalidDataException)
        {
            return false; // no ZIP file after all
        }
    }

    internal static FileStream Open(string path)
    {
        if (Directory.Exists(path)) throw new BackupException($"{path} is a folder, and not a backup. Say which file in it.");
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{path} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>An archive that is read. What is read of it is compared with what its contents say.</summary>
internal sealed class OpenedBackup : IDisposable
{
    private readonly Stream _file;
    private readonly Seal? _seal;
    private readonly ZipArchive _zip;

    private OpenedBackup(Stream file, Seal? seal, ZipArchive zip, BackupContents contents) =>
        (_file, _seal, _zip, Contents) = (file, seal, zip, contents);

    public BackupContents Contents { get; }

    /// <exception cref="BackupException">It is none, not whole, or the passphrase is missing or another.</exception>
    public static OpenedBackup Open(string path, string? passphrase)
    {
        var encrypted = BackupFile.IsEncrypted(path);
        if (encrypted && string.IsNullOrEmpty(passphrase))
            throw new BackupException($"{path} is encrypted: its passphrase is needed to open it.");
        var file = BackupFile.Open(path);
        Seal? seal = null;
        try
        {
            if (encrypted) seal = OpenSeal(file, passphrase!);
            var zip = new ZipArchive(seal is null ? file : new UnsealingStream(file, seal), ZipArchiveMode.Read);
            return new OpenedBackup(file, seal, zip, ContentsOf(zip, path));
        }
        catch (Exception e)
        {
            seal?.Dispose();
            file.Dispose();
            if (e is InvalidDataException or System.Text.Json.JsonException) throw NotWhole(path, e);
            throw;
        }
    }

    /// <summary>Passes an entry on, and compares what has passed with what it should have been.</summary>
    /// <exception cref="BackupException">It is not what was written.</exception>
    public async Task ReadAsync(string entry, string sha256, Stream to, Action<Tally>? told, CancellationToken cancel)
    {
        using var tally = new Tally();
        try
        {
            await using var from = await (_zip.GetEntry(entry) ?? throw new InvalidDataException("It is missing.")).OpenAsync(cancel);
            await tally.CopyAsync(from, to, told, cancel);
            if (tally.Sha256() != sha256) throw new InvalidDataException("It is not what was written.");
        }
        catch (InvalidDataException e)
        {
            throw new BackupException($"This backup is damaged: {entry} in it cannot be used. Use another one.", e);
        }
    }

    public async Task<string> TextAsync(string entry, string sha256, CancellationToken cancel)
    {
        using var text = new MemoryStream();
        await ReadAsync(entry, sha256, text, null, cancel);
        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }

    public void Dispose()
    {
        _zip.Dispose();
        _seal?.Dispose();
        _file.Dispose();
    }

    private static BackupContents ContentsOf(ZipArchive zip, string path)
    {
        var entry = zip.GetEntry(BackupContents.Entry) ?? throw new InvalidDataException("It has no contents.");
        using var json = entry.Open();
        var contents = BackupContents.Read(json);
        if (contents.Scripts.Count == 0) throw new InvalidDataException("Its contents name no scripts.");
        return contents.Format == BackupContents.Newest
            ? contents
            : throw new BackupException($"{path} was made by a newer Enrolment. Restore it with that one.");
    }

    private static Seal OpenSeal(Stream file, string passphrase)
    {
        var header = new byte[Seal.Length];
        file.ReadExactly(header);
        return Seal.Open(header, passphrase);
    }

    private static BackupException NotWhole(string path, Exception e) =>
        new($"{path} is no backup of Enrolment, or not a whole one: its end is missing or damaged. Use another one.", e);
}
