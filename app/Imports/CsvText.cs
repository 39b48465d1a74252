using System.Text;
using Crm.Institute;

namespace Crm.Imports;

/// <summary>The records of a CSV file as RFC 4180 has them, with the liberties that programs take: any line ends, quotes inside a cell
/// that is not quoted, spaces around one that is.</summary>
public static class CsvText
{
    private const int RecordsToTry = 40;
    private static readonly char[] Separators = [',', ';', '\t'];

    /// <returns>The sign that parts the cells, and where the records begin: a first line may name the sign (<c>sep=;</c>).</returns>
    public static (char Separator, int Start) SeparatorOf(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        var first = (end < 0 ? text : text[..end]).Trim('"');
        if (first.Length == 5 && first.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && Separators.Contains(first[4]))
            return (first[4], Math.Max(end, 0));
        return (Separators.MaxBy(s => Score(text, s)), 0);
    }

    /// <summary>Reads one record after the other; blank lines are records without cells, so that rows are counted as
    /// spreadsheets do.</summary>
    /// <exception cref="Refusal">A cell is too long, or its quotation mark is never closed.</exception>
    public static IEnumerable<string[]> Records(string text, char separator, int start = 0)
    {
        var at = start;
        var number = 0;
        if (start > 0) at = AfterLine(text, at);
        while (at < text.Length)
        {
            number++;
            yield return Record(text, separator, ref at, number);
        }
    }

    private static string[] Record(string text, char separator, ref int at, int number)
    {
        var cells = new List<string>();
        while (true)
        {
            cells.Add(Cell(text, separator, ref at, number));
            if (cells.Count > SheetLimits.Columns) throw SheetLimits.TooManyColumns(number);
            if (at >= text.Length || text[at] != separator) break;
            at++;
        }
        at = AfterLine(text, at);
        return cells is [""] ? [] : [.. cells];
    }

    private static string Cell(string text, char separator, ref int at, int number)
    {
        var begin = at;
        while (begin < text.Length && text[begin] == ' ') begin++;
        if (begin < text.Length && text[begin] == '"') return Quoted(text, separator, ref at, begin + 1, number);
        var end = text.AsSpan(at).IndexOfAny(separator, '\r', '\n');
        var cell = end < 0 ? text[at..] : text.Substring(at, end);
        at += cell.Length;
        return Checked(cell, number);
    }

    private static string Quoted(string text, char separator, ref int at, int begin, int number)
    {
        var cell = new StringBuilder();
        for (var from = begin; ;)
        {
            var quote = text.IndexOf('"', from);
            if (quote < 0 || cell.Length + quote - from > SheetLimits.CellLength) throw NeverClosed(number);
            cell.Append(text, from, quote - from);
            var next = quote + 1;
            if (next < text.Length && text[next] == '"')
            {
                cell.Append('"');
                from = next + 1;
                continue;
            }
            // What stands behind the closing mark belongs to the cell all the same: nothing is thrown away.
            var end = text.AsSpan(next).IndexOfAny(separator, '\r', '\n');
            var rest = end < 0 ? text[next..] : text.Substring(next, end);
            at = next + rest.Length;
            return Checked(cell.Append(rest.TrimEnd(' ')).ToString(), number);
        }
    }

    private static string Checked(string cell, int number) =>
        cell.Length <= SheetLimits.CellLength ? cell : throw SheetLimits.CellTooLong(number);

    private static Refusal NeverClosed(int number) =>
        new("file", $"In row {number} a quotation mark opens a cell and never closes it within the {SheetLimits.CellLength:N0} "
            + "characters that a cell can have. Remove it there, and drop the file again.");

    private static int AfterLine(string text, int at)
    {
        if (at < text.Length && text[at] == '\r') at++;
        if (at < text.Length && text[at] == '\n') at++;
        return at;
    }

    // The sign is the one that makes most rows equally wide.
    private static double Score(string text, char separator)
    {
        try
        {
            var widths = Records(text, separator).Where(r => r.Length > 0).Take(RecordsToTry).Select(r => r.Length).ToList();
            var usual = widths.Where(w => w > 1).GroupBy(w => w).MaxBy(g => g.Count());
            return usual is null ? 0 : (double)usual.Count() / widths.Count + Math.Min(usual.Key, 20) / 100.0;
        }
        catch (Refusal)
        {
            return 0; // another sign may read it
        }
    }
}
