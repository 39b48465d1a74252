using System.Globalization;
using System.IO.Compression;
using System.Text;
using Crm.Institute;
using ExcelDataReader;

namespace Crm.Fees;

/// <param name="Broken">Why it ends before the file does.</param>
/// <param name="IsOpen">Whether no line's end follows its last row, as where a file was cut off on its way.</param>
public sealed record StatementSheet(IReadOnlyList<string[]> Rows, Refusal? Broken = null, bool IsOpen = false);

/// <summary>The cells of a file that a bank exported, CSV or XLSX, as text.</summary>
public static class StatementFile
{
    /// <summary>The largest file taken, in bytes, and the most rows.</summary>
    public const int MostBytes = 5_000_000, MostRows = 20_000;

    private const string Field = "file";
    private const int MostColumns = 60, LongestQuoted = 2_000;
    private const long MostUnpacked = 100_000_000;
    private static readonly char[] Delimiters = [',', '\t', ';', '|'];

    // The reader of workbooks asks for Windows' code page, which only this has.
    static StatementFile() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <returns>The sheets of a workbook; a CSV file read with each sign that may part its fields.</returns>
    /// <exception cref="Refusal">It is no such file; the sentence says what it is and what to do.</exception>
    public static IReadOnlyList<StatementSheet> Read(byte[] content)
    {
        if (content.Length == 0) throw new Refusal(Field, "The file is empty.");
        MustFit(content.Length);
        var start = Encoding.Latin1.GetString(content, 0, Math.Min(content.Length, 512)).TrimStart();
        if (start.StartsWith("%PDF", StringComparison.Ordinal))
            throw new Refusal(Field, "This is a PDF. Download the statement as CSV or Excel instead.");
        if (start.StartsWith("\u00D0\u00CF\u0011\u00E0", StringComparison.Ordinal))
            throw new Refusal(Field, "This is an old Excel file (.xls), or one with a password. Open it in Excel and save it as .xlsx.");
        if (start.StartsWith('<'))
            throw new Refusal(Field, "This is a web page with the name of a spreadsheet. Open it in Excel and save it as .xlsx.");
        return start.StartsWith("PK", StringComparison.Ordinal) ? Workbook(content) : Text(content);
    }

    /// <exception cref="Refusal">So many bytes are too many.</exception>
    public static void MustFit(long bytes)
    {
        if (bytes > MostBytes) throw new Refusal(Field, "The file is larger than 5 MB. Export fewer days at a time.");
    }

    private static List<StatementSheet> Workbook(byte[] content)
    {
        try
        {
            // A small file can unpack to one that fills the memory.
            using (var zip = new ZipArchive(new MemoryStream(content)))
                if (zip.Entries.Sum(e => e.Length) > MostUnpacked) throw new Refusal(Field, "The workbook is too large when unpacked.");
            using var reader = ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(content));
            var sheets = new List<StatementSheet>();
            do sheets.Add(new StatementSheet(Bounded(Rows(reader)))); while (reader.NextResult());
            return sheets;
        }
        catch (Exception e) when (e is not Refusal)
        {
            // Whatever a broken file makes the reader throw, its sender can do one thing about it.
            throw new Refusal(Field, "This workbook cannot be read. Open it in Excel, save it as .xlsx, and try again.");
        }
    }

    private static IEnumerable<string[]> Rows(IExcelDataReader reader)
    {
        while (reader.Read())
            yield return [.. Enumerable.Range(0, Math.Min(reader.FieldCount, MostColumns)).Select(i => Cell(reader.GetValue(i)))];
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        DateTime day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        double number => ((decimal)Math.Round(number, 4)).ToString("0.####", CultureInfo.InvariantCulture),
        _ => Cleaned(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
    };

    private static List<StatementSheet> Text(byte[] content)
    {
        var text = Decoded(content);
        if (text.Contains('\0')) throw new Refusal(Field, "This is no CSV and no Excel file.");
        return [.. Delimiters.Select(delimiter => Sheet(text, delimiter))];
    }

    // Read here and not by a library that is strict: banks write quotes within fields, and rows of any length.
    private static StatementSheet Sheet(string text, char delimiter)
    {
        var (rows, row, at) = (new List<string[]>(), new List<string>(), 0);
        while (rows.Count <= MostRows)
        {
            if (CellAt(text, delimiter, ref at) is not { } cell) return new StatementSheet(rows, NeverClosed(rows.Count + 1));
            if (row.Count < MostColumns) row.Add(Cleaned(cell));
            if (at < text.Length && text[at] == delimiter)
            {
                at++;
                continue;
            }
            rows.Add([.. row]);
            row.Clear();
            if (at >= text.Length) return new StatementSheet(Bounded(rows), IsOpen: rows[^1] is not [""]);
            at += text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
        }
        return new StatementSheet(Bounded(rows));
    }

    /// <param name="at">Where the cell begins, and where what parts it from the next.</param>
    /// <returns>Null where a quotation mark opens it and does not close it.</returns>
    private static string? CellAt(string text, char delimiter, ref int at)
    {
        var begin = at;
        while (begin < text.Length && text[begin] == ' ') begin++;
        if (begin < text.Length && text[begin] == '"') return Quoted(text, delimiter, begin + 1, ref at);
        return Rest(text, delimiter, at, ref at);
    }

    // A mark that stands there by mistake would swallow the lines below, and their money: a cell goes over a line's end only where its
    // mark is closed as it must be, and soon.
    private static string? Quoted(string text, char delimiter, int from, ref int at)
    {
        var (cell, lines) = (new StringBuilder(), 0);
        for (var i = from; i < text.Length && cell.Length <= LongestQuoted; i++)
        {
            if (text[i] is '\r' or '\n') lines++;
            if (text[i] != '"' || i + 1 < text.Length && text[i + 1] == '"')
            {
                cell.Append(text[i]);
                if (text[i] == '"') i++;
                continue;
            }
            // What stands behind the closing mark belongs to the cell all the same.
            var rest = Rest(text, delimiter, i + 1, ref at);
            return lines > 0 && rest.Trim().Length > 0 ? null : cell.Append(rest).ToString();
        }
        return null;
    }

    private static string Rest(string text, char delimiter, int from, ref int at)
    {
        var length = text.AsSpan(from).IndexOfAny(delimiter, '\r', '\n');
        at = length < 0 ? text.Length : from + length;
        return text[from..at];
    }

    private static Refusal NeverClosed(int row) => new(Field, $"In row {row} a quotation mark opens a cell and does not close it. Remove "
        + "it there, and drop the file again: nothing was taken in.");

    private static List<string[]> Bounded(IEnumerable<string[]> rows)
    {
        List<string[]> read = [.. rows.Take(MostRows + 1)];
        return read.Count > MostRows
            ? throw new Refusal(Field, $"The file has more than {MostRows:N0} rows. Export fewer days at a time.")
            : read;
    }

    private static string Decoded(byte[] content)
    {
        using var marked = new StreamReader(new MemoryStream(content), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return marked.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(content);
        }
    }

    // Some banks keep spreadsheets from guessing with ="00123"; what cannot be seen is of no use.
    private static string Cleaned(string cell)
    {
        var line = Characters.Line(cell);
        return line.Length > 2 && line.StartsWith("=\"", StringComparison.Ordinal) && line.EndsWith('"')
            ? line[2..^1]
            : line.Trim('\'', '"').Trim();
    }
}
