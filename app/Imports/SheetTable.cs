using Crm.Institute;

namespace Crm.Imports;

/// <summary>Where in a sheet the headings stand, and which of the rows below them are people.</summary>
public sealed class SheetTable
{
    private const int RowsToLook = 25;
    private const int ShortLine = 3;
    private static readonly string[] Totals = ["total", "grand total", "sub total", "subtotal", "totals", "ആകെ", "മൊത്തം"];

    private readonly IEnumerable<SheetRow> _rows;
    private readonly Noun _courseWord;
    private readonly string _region;

    private SheetTable(IEnumerable<SheetRow> rows, Noun courseWord, string region) =>
        (_rows, _courseWord, _region) = (rows, courseWord, region);

    /// <summary>The row of the headings; 0 where people begin at once.</summary>
    public int HeadingsAt { get; private set; }
    public IReadOnlyList<string> Headings { get; private set; } = [];

    /// <summary>Known when <see cref="People"/> has been read to its end.</summary>
    public List<SheetRow> LeftOut { get; } = [];

    /// <exception cref="Refusal">There is nothing in it.</exception>
    public static SheetTable Of(DroppedFile file, string sheet, Noun courseWord, string region)
    {
        var table = new SheetTable(file.Rows(sheet), courseWord, region);
        var first = table._rows.Take(RowsToLook).ToList();
        if (first.Count == 0)
            throw new Refusal("file", file.Sheets.Count == 0 ? "This file is empty." : $"The sheet “{sheet}” is empty.");
        if (table.HeadingsIn(first) is { } headings)
            (table.HeadingsAt, table.Headings) = (headings.Number, [.. headings.Cells.Select(c => Characters(c))]);
        return table;
    }

    /// <summary>The rows below the headings that are neither totals nor the headings again.</summary>
    public IEnumerable<SheetRow> People()
    {
        var count = 0;
        foreach (var row in _rows.SkipWhile(r => r.Number <= HeadingsAt))
        {
            if (IsTotal(row) || IsHeadings(row)) LeftOut.Add(row);
            else if (++count > SheetLimits.Rows) throw SheetLimits.TooManyRows();
            else yield return row;
        }
        if (count == 0) throw new Refusal("file", $"There are headings in row {HeadingsAt}, and nobody below them.");
    }

    /// <summary>How many headings are known: by it the sheet with the people is told from others.</summary>
    public int KnownHeadings => Known(Headings);

    // The row with the most known headings; else the first that is as wide as the rest and holds nothing that is of one person.
    private SheetRow? HeadingsIn(List<SheetRow> rows)
    {
        var best = rows.Where(r => !IsOfSomebody(r)).MaxBy(r => (Known(r.Cells) * 1000) - rows.IndexOf(r));
        if (best is not null && Known(best.Cells) > 0) return best;
        var usual = rows.GroupBy(Width).MaxBy(g => g.Count())!.Key;
        return rows.TakeWhile(r => !IsOfSomebody(r)).FirstOrDefault(r => Width(r) > 1 && Width(r) * 2 > usual && rows.Count > 1);
    }

    private int Known(IEnumerable<string> cells) =>
        cells.Where(c => c.Length <= 80).Select(c => Columns.OfHeading(c, _courseWord)).OfType<Field>().Distinct().Count();

    private bool IsOfSomebody(SheetRow row) => row.Cells.Any(c =>
        c.Length is > 5 and < 80 && (c.Any(char.IsDigit) && PhoneNumber.Read(c, _region).Number is not null
            || c.Contains('@') && EmailAddress.Read(c).Address is not null));

    private bool IsTotal(SheetRow row) => Width(row) <= ShortLine && !IsOfSomebody(row)
        && row.Cells.FirstOrDefault(c => c.Any(char.IsLetter)) is { } words && Totals.Contains(Columns.Folded(words));

    private bool IsHeadings(SheetRow row) =>
        HeadingsAt > 0 && Width(row) > 1 && row.Cells.Select(Characters).SequenceEqual(Headings, StringComparer.OrdinalIgnoreCase);

    private static int Width(SheetRow row) => row.Cells.Count(c => !string.IsNullOrWhiteSpace(c));

    private static string Characters(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
