using System.Globalization;
using Crm.Changes;
using Crm.Institute;

namespace Crm.Imports;

/// <summary>What the page of an import says of its columns, and of the whole.</summary>
public static class ColumnWords
{
    private const int Longest = 28;

    /// <summary>What stands in a column, so that nobody has to open the file.</summary>
    public static string ExamplesOf(Column column) => string.Join(", ", column.Examples.Select(e => CellWords.Cut(e, Longest)));

    public static string NameOf(string name) => name.Length == 0 ? "(nothing)" : $"“{CellWords.Cut(name)}”";

    public static string RowsOf(int rows, MoneyStyle style) => $"{style.Number(rows)} {(rows == 1 ? "row" : "rows")}";

    public static string StayOut(int rows, MoneyStyle style) =>
        $"{RowsOf(rows, style)} {(rows == 1 ? "is refused and stays" : "are refused and stay")} out.";

    /// <summary>Above the choice of who gets the leads.</summary>
    public static string GoTo(Import import) => import.Has(Field.Counsellor) ? "New leads that name nobody go to" : "New leads go to";

    /// <summary>What came of an import that is over.</summary>
    public static string Outcome(Import import, MoneyStyle style)
    {
        var went = $"{style.Number(import.WentIn)} of {style.Number(import.Planned)} rows went in";
        var were = import.WereHere == 1 ? "was" : "were";
        var here = import.WereHere == 0 ? "" : $", {style.Number(import.WereHere)} of which {were} here already";
        return $"{(import.IsStopped ? "Stopped: " : "")}{went}{here}";
    }

    /// <summary>Whether what an import brought is not here any more, or not all of it.</summary>
    public static bool IsTakenBack(ChangeStatus? change) =>
        change is ChangeStatus.Undoing or ChangeStatus.PartlyUndone or ChangeStatus.Undone;

    /// <summary>Of an import that was taken back.</summary>
    public static string TakenBack(ChangeStatus? change) => change switch
    {
        ChangeStatus.Undoing => "It is being undone just now.",
        ChangeStatus.PartlyUndone => "It was undone since, but for what was left as it is.",
        _ => "It was undone since: what went in is not here any more.",
    };

    public static string Who(Import import, InstituteClock clock)
    {
        var ended = import.EndedAt is { } end ? $", {(import.IsStopped ? "stopped" : "done")} {clock.Brief(end)}" : "";
        var mail = import.Writes ? "People were written to." : "Nobody was written to.";
        return string.Create(CultureInfo.InvariantCulture, $"By {import.By.Name}{ended}. {mail}");
    }
}
