using Crm.Institute;
using CsvHelper;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Crm.Reports;

/// <summary>The report as files for a spreadsheet. Money is in the currency of the institute, times in hours.</summary>
public static class FunnelFiles
{
    /// <summary>
    /// UTF-8 with a mark, which Excel needs to read names right. Text that a spreadsheet would run as a formula is defused.
    /// </summary>
    /// <param name="currency">What stands beside amounts, such as "₹".</param>
    public static async Task<byte[]> CsvAsync(FunnelReport report, string currency, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        var options = new CsvWriterOptions { WriteByteOrderMark = true };
        await using (var csv = CsvWriter.Create(stream, options, leaveOpen: true))
        {
            csv.WriteHeader(["From", "To", "Group", "Name", .. Columns(currency).Select(CellText.ForCsv)]);
            foreach (var (group, row) in Rows(report))
            {
                csv.WriteField(report.From.ToString("yyyy-MM-dd"));
                csv.WriteField(report.To.ToString("yyyy-MM-dd"));
                csv.WriteField(group);
                csv.WriteField(CellText.ForCsv(row.Name));
                foreach (var value in Values(row)) csv.WriteField(value, "0.##");
                await csv.EndRecordAsync(cancel);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A workbook with a sheet for each grouping.</summary>
    /// <param name="currency">What stands beside amounts, such as "₹".</param>
    public static async Task<byte[]> XlsxAsync(FunnelReport report, string currency, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        await using (var book = await Spreadsheet.CreateNewAsync(stream, cancellationToken: cancel))
        {
            var bold = book.AddStyle(new Style { Font = new Font { Bold = true } });
            var (title, columns) = ($"Enquiries received {report.From:yyyy-MM-dd} to {report.To:yyyy-MM-dd}", Columns(currency));
            await SheetAsync(book, "Funnel", bold, title, columns, [report.Total], cancel);
            await SheetAsync(book, "By source", bold, title, columns, report.BySource, cancel);
            await SheetAsync(book, "By counsellor", bold, title, columns, report.ByCounsellor, cancel);
            await book.FinishAsync(cancel);
        }
        return stream.ToArray();
    }

    private static async Task SheetAsync(
        Spreadsheet book, string name, StyleId bold, string title, string[] columns, IReadOnlyList<FunnelRow> rows,
        CancellationToken cancel)
    {
        var options = new WorksheetOptions { FrozenRows = 3 };
        options.Column(1).Width = 28;
        for (var i = 0; i < columns.Length; i++) options.Column(i + 2).Width = Math.Max(11, columns[i].Length + 1);
        await book.StartWorksheetAsync(name, options, cancel);
        await book.AddRowAsync([new StyledCell(title, bold)], cancel);
        await book.AddRowAsync(Array.Empty<StyledCell>(), cancel);
        StyledCell Text(string text, StyleId? style) => new(CellText.ForWorkbook(text), style);
        await book.AddRowAsync([Text("Name", bold), .. columns.Select(c => Text(c, bold))], cancel);
        foreach (var row in rows)
            await book.AddRowAsync([Text(row.Name, null), .. Values(row).Select(v => new StyledCell(v, null))], cancel);
    }

    private static string[] Columns(string currency) =>
    [
        "Enquiries", "Contacted", "Counselled", "Offered", "Enrolled", "Lost", "Enrolled %", $"Fees agreed ({currency})",
        "Hours to first contact (median)",
    ];

    private static IEnumerable<(string Group, FunnelRow Row)> Rows(FunnelReport report) =>
        [("All", report.Total), .. report.BySource.Select(r => ("Source", r)), .. report.ByCounsellor.Select(r => ("Counsellor", r))];

    private static decimal?[] Values(FunnelRow row) =>
    [
        row.Enquiries, row.Contacted, row.Counselled, row.Offered, row.Enrolled, row.Lost,
        row.Enquiries == 0 ? null : Math.Round(100m * row.Enrolled / row.Enquiries, 1), row.Fees.Rupees,
        row.FirstContact is { } t ? Math.Round((decimal)t.TotalHours, 1) : null,
    ];
}
