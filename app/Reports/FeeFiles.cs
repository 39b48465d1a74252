using Crm.Institute;
using CsvHelper;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Crm.Reports;

/// <summary>Tables of a report as files for a spreadsheet. Money is in the currency of the institute, to its hundredth.</summary>
public static class FeeFiles
{
    private const int Wide = 24, LongestSheetName = 31;
    private const string NotInSheetNames = @"/\*?[]:";
    private static readonly StringComparer OfAnyCase = StringComparer.OrdinalIgnoreCase;

    /// <summary>UTF-8 with a mark, a line for each line of each table; all tables have the same columns.</summary>
    public static async Task<byte[]> CsvAsync(
        (DateOnly From, DateOnly To) days, IReadOnlyList<ReportTable> tables, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        var options = new CsvWriterOptions { WriteByteOrderMark = true };
        await using (var csv = CsvWriter.Create(stream, options, leaveOpen: true))
        {
            csv.WriteHeader(["From", "To", "Group", "Name", .. tables[0].Columns.Select(CellText.ForCsv)]);
            foreach (var (table, line) in tables.SelectMany(t => t.All.Select(l => (t, l))))
            {
                csv.WriteField(days.From.ToString("yyyy-MM-dd"));
                csv.WriteField(days.To.ToString("yyyy-MM-dd"));
                csv.WriteField(CellText.ForCsv(table.Title));
                csv.WriteField(CellText.ForCsv(line.Name));
                foreach (var cell in line.Cells)
                    if (cell.Number is { } number) csv.WriteField(number, cell.Count is null ? "0.00" : "0");
                    else csv.WriteField(CellText.ForCsv(cell.Text ?? ""));
                await csv.EndRecordAsync(cancel);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A workbook with a sheet for each table.</summary>
    /// <param name="currency">What stands beside amounts, such as "₹".</param>
    public static async Task<byte[]> XlsxAsync(
        (DateOnly From, DateOnly To) days, IReadOnlyList<ReportTable> tables, string currency, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        await using (var book = await Spreadsheet.CreateNewAsync(stream, cancellationToken: cancel))
        {
            var bold = book.AddStyle(new Style { Font = new Font { Bold = true } });
            var money = book.AddStyle(new Style { Format = NumberFormat.Custom("#,##0.00") });
            var (about, named) = ($"{days.From:yyyy-MM-dd} to {days.To:yyyy-MM-dd}, in {currency}", new HashSet<string>(OfAnyCase));
            foreach (var table in tables)
                await SheetAsync(book, (SheetName(table.Title, named), table), about, (bold, money), cancel);
            await book.FinishAsync(cancel);
        }
        return stream.ToArray();
    }

    // The institute's own words are in titles: a sheet's name has no such signs, is short, and is there once.
    private static string SheetName(string title, HashSet<string> named)
    {
        var plain = string.Concat(CellText.Held(title).Select(c => NotInSheetNames.Contains(c) || char.IsControl(c) ? ' ' : c));
        for (var n = 1; ; n++)
        {
            var number = n == 1 ? "" : $" {n}";
            var cut = plain[..Math.Min(plain.Length, LongestSheetName - number.Length)];
            if (char.IsHighSurrogate(cut[^1])) cut = cut[..^1];
            var name = cut.TrimEnd(' ', '\'') + number;
            if (named.Add(name)) return name;
        }
    }

    private static async Task SheetAsync(
        Spreadsheet book, (string Name, ReportTable Table) sheet, string about, (StyleId Bold, StyleId Money) styles,
        CancellationToken cancel)
    {
        var (name, table) = sheet;
        var options = new WorksheetOptions { FrozenRows = 3 };
        for (var i = 0; i <= table.Columns.Count; i++) options.Column(i + 1).Width = i == 0 ? Wide : Wide / 2 + 3;
        await book.StartWorksheetAsync(name, options, cancel);
        StyledCell Text(string text, StyleId? style) => new(CellText.ForWorkbook(text), style);
        await book.AddRowAsync([Text($"{table.Title}, {about}", styles.Bold)], cancel);
        await book.AddRowAsync(Array.Empty<StyledCell>(), cancel);
        await book.AddRowAsync([Text(table.Of, styles.Bold), .. table.Columns.Select(c => Text(c, styles.Bold))], cancel);
        foreach (var line in table.All)
            await book.AddRowAsync([Text(line.Name, ReferenceEquals(line, table.Total) ? styles.Bold : null),
                .. line.Cells.Select(c => c.Number is { } number
                    ? new StyledCell(number, c.Count is null ? styles.Money : null)
                    : Text(c.Text ?? "", null))], cancel);
    }
}
