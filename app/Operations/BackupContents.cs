using System.Text.Json;

namespace Crm.Operations;

/// <summary>
/// What an archive holds, told by its last entry: an archive without it is not whole. Next to it lie the schema as SQL
/// (<c>schema/</c>), the rows of each table as PostgreSQL's COPY writes them (<c>tables/</c>), and files of the data folder.
/// </summary>
public sealed record BackupContents
{
    public const string Entry = "contents.json";

    /// <summary>Where the scripts lie in it.</summary>
    public const string Schema = "schema/";

    public const int Newest = 1;

    public int Format { get; init; } = Newest;
    public DateTimeOffset MadeAt { get; init; }

    /// <summary>Of the server that the rows come from, such as "18.4".</summary>
    public string Postgres { get; init; } = "";

    /// <summary>The scripts that made the schema, in their order.</summary>
    public IReadOnlyList<ScriptEntry> Scripts { get; init; } = [];

    /// <summary>In an order in which each stands behind those it refers to.</summary>
    public IReadOnlyList<TableEntry> Tables { get; init; } = [];

    public IReadOnlyList<SequenceEntry> Sequences { get; init; } = [];
    public IReadOnlyList<FileEntry> Files { get; init; } = [];

    /// <summary>Names of what was set, without what it was set to: that may be secret, and is another on another machine.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>What the rooms count by themselves, such as the sum of the books.</summary>
    public IReadOnlyDictionary<string, string> Figures { get; init; } = new Dictionary<string, string>();

    public long Rows => Tables.Sum(t => t.Rows);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Written);

    public static BackupContents Read(Stream json) =>
        JsonSerializer.Deserialize<BackupContents>(json, Written) ?? throw new JsonException("There is nothing in it.");

    private static readonly JsonSerializerOptions Written = new(JsonSerializerDefaults.Web) { WriteIndented = true };
}

/// <param name="Sha256">Of the script's text.</param>
public sealed record ScriptEntry(string Name, string Sha256);

/// <param name="Name">With its schema.</param>
/// <param name="Columns">Those that are stored, in the order of the rows.</param>
/// <param name="Bytes">Of the text of all rows.</param>
/// <param name="Sha256">Of the text of all rows.</param>
/// <param name="Digest">The sum of a number made of each row: the same for the same rows, in whatever order they lie.</param>
public sealed record TableEntry(string Name, IReadOnlyList<string> Columns, long Rows, long Bytes, string Sha256, string Digest)
{
    public string Entry => $"tables/{Name}.copy";
}

/// <param name="Last">The number that was given out last, or is the first to be.</param>
/// <param name="Called">Whether it was given out.</param>
public sealed record SequenceEntry(string Name, long Last, bool Called);

/// <param name="Path">Under the data folder, with <c>/</c>.</param>
public sealed record FileEntry(string Path, long Bytes, string Sha256)
{
    public string Entry => "files/" + Path;
}

/// <summary>One number that a room keeps an eye on, counted in the backup and again in what is restored from it.</summary>
/// <param name="Name">In the institute's words, such as "received less refunded, in paise".</param>
/// <param name="Sql">Gives one text.</param>
public sealed record BackupFigure(string Name, string Sql);
