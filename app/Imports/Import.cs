using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Imports;

public enum ImportState
{
    /// <summary>Being looked at: nothing of it is stored as leads.</summary>
    Draft,

    /// <summary>Going in, or waiting for another one.</summary>
    Running,

    /// <summary>Somebody stopped it: what went in stays.</summary>
    Stopped,
    Done,
}

/// <summary>What is to become of a row, or has.</summary>
public enum RowGroup { New, Joins, Twice, Duplicate, Refused }

/// <summary>A column as it stands in the file.</summary>
/// <param name="Examples">The first few things in it.</param>
public sealed record Column(string Heading, Field Field, IReadOnlyList<string> Examples);

/// <summary>What a file calls a course, how many rows do, and which course that is.</summary>
/// <param name="Guessed">The course of that name; null where none is.</param>
public sealed record CourseName(string Key, string Name, int Rows, Guid? Guessed)
{
    /// <summary>What the form calls the choice.</summary>
    [JsonIgnore] public string FormField => "course-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)).AsSpan(0, 8));
}

/// <summary>What a file calls a member of staff, in how many rows, and who that is.</summary>
/// <param name="Guessed">The one of that name; null where there is none.</param>
public sealed record StaffName(string Key, string Name, int Rows, Guid? Guessed)
{
    /// <summary>What the form calls the choice.</summary>
    [JsonIgnore] public string FormField => "staff-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)).AsSpan(0, 8));
}

/// <summary>One file that a manager brings in, from its dropping to its last row.</summary>
public sealed class Import
{
    public Guid Id { get; set; }
    public string FileName { get; set; } = "";
    public FileForm Form { get; set; } = new(FileKind.Csv);
    public Actor By { get; set; } = Actor.System;
    public DateTimeOffset DroppedAt { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public ImportState State { get; set; }

    /// <summary>Of a workbook.</summary>
    public List<string> Sheets { get; set; } = [];
    public string Sheet { get; set; } = "";

    /// <summary>The row in which the headings stand; 0 where the file has none.</summary>
    public int HeadingsAt { get; set; }
    public List<Column> Columns { get; set; } = [];

    /// <summary>Rows that look like totals or headings once more, and so are nobody.</summary>
    public List<SheetRow> LeftOut { get; set; } = [];

    /// <summary>How dates are written, where the file or a manager has decided it.</summary>
    public DateOrder? DateOrder { get; set; }

    /// <summary>What a manager has said of it; null where the file decides.</summary>
    public DateOrder? ChosenOrder { get; set; }

    /// <summary>Whether dates stand in it of which only their order tells what they are.</summary>
    public bool AsksForOrder { get; set; }
    public List<CourseName> CourseNames { get; set; } = [];

    /// <summary>The course of each name that a manager has chosen, by its key; an empty id for what goes with the rest.</summary>
    public Dictionary<string, Guid> ChosenCourses { get; set; } = [];

    public List<StaffName> StaffNames { get; set; } = [];

    /// <summary>Who was chosen for each name of a counsellor, by its key; an empty id for nobody: the name is kept as text.</summary>
    public Dictionary<string, Guid> ChosenCounsellors { get; set; } = [];

    /// <summary>The course of rows that name none, or one that is not matched.</summary>
    public Guid? CourseOfRest { get; set; }

    /// <summary>How many rows there are of each group; while they go in and afterwards, as they turn out.</summary>
    public Dictionary<RowGroup, int> Counts { get; set; } = [];

    /// <summary>Rows that go in, and how many of them have.</summary>
    public int Planned { get; set; }
    public int Taken { get; set; }

    /// <summary>How many of those were left out, each with its reason, when it was their turn.</summary>
    public int Failed { get; set; }

    [JsonIgnore] public int WentIn => Taken - Failed;

    /// <summary>How many of those were here already, and changed nothing.</summary>
    public int WereHere { get; set; }

    /// <summary>Grows with each change of the mapping: a page tells by it what it was drawn from.</summary>
    public int Revision { get; set; }

    /// <summary>Whether people are written to and called as if they had asked today.</summary>
    public bool Writes { get; set; }

    /// <summary>Who gets the leads: <see cref="InTurn"/>, an id of staff, or empty for nobody.</summary>
    public string Counsellor { get; set; } = InTurn;
    public string? CounsellorName { get; set; }

    public const string InTurn = "turn";

    [JsonIgnore] public bool HasHeadings => HeadingsAt > 0;

    [JsonIgnore] public bool IsDraft => State == ImportState.Draft;

    [JsonIgnore] public bool IsRunning => State == ImportState.Running;

    [JsonIgnore] public bool IsStopped => State == ImportState.Stopped;

    [JsonIgnore] public int Rows => Counts.Values.Sum();

    public int CountOf(RowGroup group) => Counts.GetValueOrDefault(group);

    /// <summary>Where a field stands; none where the file has none.</summary>
    public IEnumerable<int> At(Field field) => Enumerable.Range(0, Columns.Count).Where(i => Columns[i].Field == field);

    public bool Has(Field field) => Columns.Exists(c => c.Field == field);
}

/// <summary>What was said of a file with the same headings before: the next one begins with it.</summary>
public sealed class RememberedColumns
{
    /// <summary>The headings, folded.</summary>
    public string Id { get; set; } = "";
    public List<Field> Fields { get; set; } = [];
    public DateOrder? Order { get; set; }
    public Dictionary<string, Guid> Courses { get; set; } = [];
    public Guid? CourseOfRest { get; set; }
    public Dictionary<string, Guid> Counsellors { get; set; } = [];

    public static string IdOf(IEnumerable<string> headings) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\n', headings.Select(Columns.Folded)))));
}
