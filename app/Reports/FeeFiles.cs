using Crm.Institute;
using Crm.Web;
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

    /// <summary>UTF-8 with a mark, a line for each line of each table. All tables have the same columns, and the same days.</summary>
    /// <param name="days">Of all tables that do not say until when they count.</param>
    public static async Task<byte[]> CsvAsync(
        (DateOnly From, DateOnly To) days, IReadOnlyList<ReportTable> tables, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        var options = new CsvWriterOptions { WriteByteOrderMark = true };
        await using (var csv = CsvWriter.Create(stream, options, leaveOpen: true))
        {
            string[] ofDays = tables[0].Until is null ? ["From", "To"] : ["Until"];
            csv.WriteHeader([.. ofDays, "Group", "Name", .. tables[0].Columns.Select(CellText.ForCsv)]);
            foreach (var (table, line) in tables.SelectMany(t => t.All.Select(l => (t, l))))
            {
                foreach (var day in DaysOf(table, days)) csv.WriteField(day);
                csv.WriteField(CellText.ForCsv(table.Title));
                csv.WriteField(CellText.ForCsv(line.Name));
                foreach (var cell in line.Cells)
                    if (cell.Number is { } number) csv.WriteField(number, cell.Count is null ? "0.00" : "0");
                    else if (cell.Day is { } day) csv.WriteField($"{day:yyyy-MM-dd}");
                    else csv.WriteField(CellText.ForCsv(cell.Text ?? ""));
                await csv.EndRecordAsync(cancel);
            }
        }
        return stream.ToArray();
    }

    // What stands under "Until today" on the page is of no chosen days.
    private static string[] DaysOf(ReportTable table, (DateOnly From, DateOnly To) days) => table.Until is { } until
        ? [$"{until:yyyy-MM-dd}"]
        : [$"{days.From:yyyy-MM-dd}", $"{days.To:yyyy-MM-dd}"];

    /// <summary>A workbook with a sheet for each table, which says the days that it is of.</summary>
    /// <param name="days">Of all tables that do not say until when they count.</param>
    /// <param name="currency">What stands beside amounts, such as "₹".</param>
    public static async Task<byte[]> XlsxAsync(
        (DateOnly From, DateOnly To) days, IReadOnlyList<ReportTable> tables, string currency, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        await using (var book = await Spreadsheet.CreateNewAsync(stream, cancellationToken: cancel))
        {
            var bold = book.AddStyle(new Style { Font = new Font { Bold = true } });
            var money = book.AddStyle(new Style { Format = NumberFormat.Custom("#,##0.00") });
            var day = book.AddStyle(new Style { Format = SheetFile.DayFormat });
            var named = new HashSet<string>(OfAnyCase);
            foreach (var table in tables)
            {
                var about = $"{(table.Until is null ? "" : "until ")}{string.Join(" to ", DaysOf(table, days))}, in {currency}";
                await SheetAsync(book, (SheetName(table.Title, named), table), about, new Styles(bold, money, day), cancel);
            }
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
        Spreadsheet book, (string Name, ReportTable Table) sheet, string about, Styles styles, CancellationToken cancel)
    {
        var (name, table) = sheet;
        var options = new WorksheetOptions { FrozenRows = 3 };
        for (var i = 0; i <= table.Columns.Count; i++) options.Column(i + 1).Width = i == 0 ? Wide : Wide / 2 + 3;
        await book.StartWorksheetAsync(name, options, cancel);
        await book.AddRowAsync([Text($"{table.Title}, {about}", styles.Bold)], cancel);
        await book.AddRowAsync(Array.Empty<StyledCell>(), cancel);
        await book.AddRowAsync([Text(table.Of, styles.Bold), .. table.Columns.Select(c => Text(c, styles.Bold))], cancel);
        foreach (var line in table.All)
            await book.AddRowAsync([NameOf(line, table, styles), .. line.Cells.Select(c => Of(c, styles))], cancel);
    }

    private static StyledCell NameOf(ReportLine line, ReportTable table, Styles styles) =>
        line.Day is { } day ? OnDay(day, styles) : Text(line.Name, ReferenceEquals(line, table.Total) ? styles.Bold : null);

    private static StyledCell Of(Cell cell, Styles styles) =>
        cell.Number is { } number ? new StyledCell(number, cell.Count is null ? styles.Money : null)
        : cell.Day is { } day ? OnDay(day, styles)
        : Text(cell.Text ?? "", null);

    private static StyledCell OnDay(DateOnly day, Styles styles) => new(day.ToDateTime(TimeOnly.MinValue), styles.Day);

    private static StyledCell Text(string text, StyleId? style) => new(CellText.ForWorkbook(text), style);

    private sealed record Styles(StyleId Bold, StyleId Money, StyleId Day);
}
