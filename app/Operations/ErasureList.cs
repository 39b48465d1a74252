using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Storage;

namespace Crm.Operations;

/// <summary>A person who was erased, by ids alone.</summary>
/// <param name="Number">The erasure's.</param>
/// <param name="Person">The record that went on.</param>
/// <param name="At">UTC.</param>
public sealed record ListedErasure(string Number, Guid Person, DateTimeOffset At, string Why)
{
    /// <summary>The records that had given way to it: a backup from before a merge does not know that they are the same person.</summary>
    public IReadOnlyList<Guid> GaveWay { get; init; } = [];

    [JsonIgnore] public IReadOnlyList<Guid> People => [Person, .. GaveWay];
}

/// <summary>
/// Who was erased, in a file beside the backups and outside of each: a backup that was made before has the person in it, and one that is
/// restored would bring them back. Each start erases again whom the database does not know as erased.
/// </summary>
public sealed class ErasureList(BackupOptions options) : IDisposable
{
    /// <summary>The file's name; it is in no backup.</summary>
    public const string Name = "erasures.list";

    private const byte EndOfLine = (byte)'\n';

    private readonly SemaphoreSlim _one = new(1);

    public string Path => System.IO.Path.Combine(options.Folder, Name);

    public async Task<IReadOnlyList<ListedErasure>> ReadAsync(CancellationToken cancel)
    {
        if (!File.Exists(Path)) return [];
        await using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var text = new StreamReader(file);
        var listed = new List<ListedErasure>();
        while (await text.ReadLineAsync(cancel) is { } line)
            if (Read(line) is { } erasure) listed.Add(erasure);
        return listed;
    }

    public async Task AddAsync(ListedErasure erasure, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            PrivateFolder.Create(options.Folder);
            var cutOff = EndsWithinALine();
            await using var file = PrivateFolder.Append(Path);
            if (cutOff) file.WriteByte(EndOfLine);
            await JsonSerializer.SerializeAsync(file, erasure, cancellationToken: cancel);
            file.WriteByte(EndOfLine);
            file.Flush(flushToDisk: true);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    // Where a kill or a full disk has cut the last line off, the next would go on with it, and nobody could read either.
    private bool EndsWithinALine()
    {
        if (!File.Exists(Path)) return false;
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length == 0) return false;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() != EndOfLine;
    }

    // A line of which a kill has left a half is written once more at the next start: the database knows it.
    private static ListedErasure? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<ListedErasure>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
