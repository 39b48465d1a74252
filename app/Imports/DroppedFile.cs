using System.Text;
using Crm.Institute;

namespace Crm.Imports;

/// <param name="Number">As a spreadsheet counts: the first row is 1.</param>
public sealed record SheetRow(int Number, string[] Cells);

public enum FileKind { Csv, Xlsx }

/// <summary>How a file is written, so that what is given back of it is written alike.</summary>
/// <param name="Separator">Of CSV: the sign between cells.</param>
/// <param name="Encoding">Of CSV: by its name in <see cref="FileText"/>.</param>
public sealed record FileForm(FileKind Kind, string Separator = ",", string Encoding = "utf-8-mark");

/// <summary>A file that somebody dropped, as a table of texts.</summary>
public sealed class DroppedFile : IDisposable
{
    private static readonly byte[] Packed = "PK"u8.ToArray(), Old = [0xD0, 0xCF, 0x11, 0xE0];
    private static readonly string[] Others = ["%PDF", "<!doctype", "<html", "<?xml", "{\\rtf", "GIF8"];

    private readonly Workbook? _book;
    private readonly string _text = "";
    private readonly int _start;

    private DroppedFile(Workbook book) => (_book, Form, Sheets) = (book, new FileForm(FileKind.Xlsx), book.Sheets);

    private DroppedFile(string text, FileForm form, int start) => (_text, Form, _start, Sheets) = (text, form, start, []);

    public FileForm Form { get; }

    /// <summary>Names of a workbook's sheets; none of a CSV file.</summary>
    public IReadOnlyList<string> Sheets { get; }

    /// <summary>Whether whoever opens the workbook does not see this sheet.</summary>
    public bool IsHidden(string sheet) => _book?.IsHidden(sheet) == true;

    /// <exception cref="Refusal">It is no spreadsheet.</exception>
    public static DroppedFile Open(byte[] bytes)
    {
        if (bytes.Length > SheetLimits.Bytes) throw SheetLimits.TooLarge(bytes.Length);
        if (bytes.Length == 0) throw new Refusal("file", "This file is empty.");
        if (bytes.AsSpan().StartsWith(Packed)) return new DroppedFile(Workbook.Open(bytes));
        if (bytes.AsSpan().StartsWith(Old))
            throw new Refusal("file", "This is an old Excel file (.xls), or a workbook with a password. Save it as .xlsx without a "
                + "password, and drop that.");
        var (encoding, mark) = FileText.EncodingOf(bytes);
        var text = encoding.GetString(bytes, mark, bytes.Length - mark);
        if (!IsTable(text)) throw new Refusal("file", "This is no spreadsheet. Drop a CSV or an XLSX file.");
        if (string.IsNullOrWhiteSpace(text)) throw new Refusal("file", "This file is empty.");
        var (separator, start) = CsvText.SeparatorOf(text);
        return new DroppedFile(text, new FileForm(FileKind.Csv, separator.ToString(), FileText.NameOf(encoding)), start);
    }

    /// <summary>Rows with anything in them.</summary>
    /// <param name="sheet">One of <see cref="Sheets"/>; nothing matters of a CSV file.</param>
    public IEnumerable<SheetRow> Rows(string sheet) => (_book is not null ? _book.Rows(sheet) : Records())
        // The refused rows of an earlier import come back, also when a spreadsheet saved them as a workbook.
        .Select(r => r with { Cells = Array.ConvertAll(r.Cells, CellText.FromCsv) });

    public void Dispose() => _book?.Dispose();

    private IEnumerable<SheetRow> Records()
    {
        var number = 0;
        foreach (var cells in CsvText.Records(_text, Form.Separator[0], _start))
        {
            number++;
            if (cells.Any(c => !string.IsNullOrWhiteSpace(c))) yield return new SheetRow(number, cells);
        }
    }

    private static bool IsTable(string text)
    {
        var begin = text.AsSpan().TrimStart();
        foreach (var other in Others)
            if (begin.StartsWith(other, StringComparison.OrdinalIgnoreCase)) return false;
        // Pictures and programs are full of what no text has.
        var beginning = text.AsSpan(0, Math.Min(text.Length, 4096));
        var odd = 0;
        foreach (var c in beginning)
            if (char.IsControl(c) && c is not ('\r' or '\n' or '\t')) odd++;
        return odd * 50 <= beginning.Length && !beginning.Contains('\0');
    }
}
