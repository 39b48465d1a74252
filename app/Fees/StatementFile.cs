using System.Globalization;
using System.IO.Compression;
using System.Text;
using Crm.Institute;
using ExcelDataReader;

namespace Crm.Fees;

/// <summary>The cells of a file that a bank exported, CSV or XLSX, as text.</summary>
public static class StatementFile
{
    /// <summary>The largest file taken, in bytes, and the most rows.</summary>
    public const int MostBytes = 5_000_000, MostRows = 20_000;

    private const string Field = "file";
    private const int MostColumns = 60;
    private const long MostUnpacked = 100_000_000;
    private static readonly char[] Delimiters = [',', '\t', ';', '|'];

    // The reader of workbooks asks for Windows' code page, which only this has.
    static StatementFile() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <returns>The sheets of a workbook; a CSV file read with each sign that may part its fields.</returns>
    /// <exception cref="Refusal">It is no such file; the sentence says what it is and what to do.</exception>
    public static IReadOnlyList<IReadOnlyList<string[]>> Read(byte[] content)
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

    private static List<IReadOnlyList<string[]>> Workbook(byte[] content)
    {
        try
        {
            // A small file can unpack to one that fills the memory.
            using (var zip = new ZipArchive(new MemoryStream(content)))
                if (zip.Entries.Sum(e => e.Length) > MostUnpacked) throw new Refusal(Field, "The workbook is too large when unpacked.");
            using var reader = ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(content));
            var sheets = new List<IReadOnlyList<string[]>>();
            do sheets.Add(Bounded(Rows(reader))); while (reader.NextResult());
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

    private static List<IReadOnlyList<string[]>> Text(byte[] content)
    {
        var text = Decoded(content);
        if (text.Contains('\0')) throw new Refusal(Field, "This is no CSV and no Excel file.");
        return [.. Delimiters.Select(delimiter => Bounded(Rows(text, delimiter)))];
    }

    // Read here and not by a library that is strict: banks write quotes within fields, and rows of any length.
    private static IEnumerable<string[]> Rows(string text, char delimiter)
    {
        var (row, field, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
            else if (quoted && c == '"') quoted = false;
            else if (!quoted && c == '"' && string.IsNullOrWhiteSpace(field.ToString())) quoted = true;
            else if (quoted || c != delimiter && c is not ('\n' or '\r')) field.Append(c);
            else if (c != '\r')
            {
                row.Add(Cleaned(field.ToString()));
                field.Clear();
                if (c == delimiter) continue;
                yield return [.. row.Take(MostColumns)];
                row.Clear();
            }
        }
        row.Add(Cleaned(field.ToString()));
        yield return [.. row.Take(MostColumns)];
    }

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
