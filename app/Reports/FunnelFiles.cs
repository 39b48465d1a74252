using Crm.Institute;
using CsvHelper;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Crm.Reports;

/// <summary>The report as files for a spreadsheet. Money is in the currency of the institute, times in hours.</summary>
public static class FunnelFiles
{
    private static readonly string[] Columns =
    [
        "Enquiries", "Contacted", "Counselled", "Offered", "Enrolled", "Lost", "Enrolled %", "Fees agreed",
        "Hours to first contact (median)",
    ];

    /// <summary>
    /// UTF-8 with a mark, which Excel needs to read names right. Text that a spreadsheet would run as a formula is defused.
    /// </summary>
    public static async Task<byte[]> CsvAsync(FunnelReport report, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        var options = new CsvWriterOptions { Injection = CsvInjection.Escape, WriteByteOrderMark = true };
        await using (var csv = CsvWriter.Create(stream, options, leaveOpen: true))
        {
            csv.WriteHeader(["From", "To", "Group", "Name", .. Columns]);
            foreach (var (group, row) in Rows(report))
            {
                csv.WriteField(report.From.ToString("yyyy-MM-dd"));
                csv.WriteField(report.To.ToString("yyyy-MM-dd"));
                csv.WriteField(group);
                csv.WriteField(row.Name);
                foreach (var value in Values(row)) csv.WriteField(value, "0.##");
                await csv.EndRecordAsync(cancel);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A workbook with a sheet for each grouping.</summary>
    public static async Task<byte[]> XlsxAsync(FunnelReport report, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        await using (var book = await Spreadsheet.CreateNewAsync(stream, cancellationToken: cancel))
        {
            var bold = book.AddStyle(new Style { Font = new Font { Bold = true } });
            await SheetAsync(book, "Funnel", bold, report, [report.Total], cancel);
            await SheetAsync(book, "By source", bold, report, report.BySource, cancel);
            await SheetAsync(book, "By counsellor", bold, report, report.ByCounsellor, cancel);
            await book.FinishAsync(cancel);
        }
        return stream.ToArray();
    }

    private static async Task SheetAsync(
        Spreadsheet book, string name, StyleId bold, FunnelReport report, IReadOnlyList<FunnelRow> rows, CancellationToken cancel)
    {
        var options = new WorksheetOptions { FrozenRows = 3 };
        options.Column(1).Width = 28;
        for (var i = 0; i < Columns.Length; i++) options.Column(i + 2).Width = Math.Max(11, Columns[i].Length + 1);
        await book.StartWorksheetAsync(name, options, cancel);
        await book.AddRowAsync([new StyledCell($"Enquiries received {report.From:yyyy-MM-dd} to {report.To:yyyy-MM-dd}", bold)], cancel);
        await book.AddRowAsync(Array.Empty<StyledCell>(), cancel);
        await book.AddRowAsync([new StyledCell("Name", bold), .. Columns.Select(c => new StyledCell(c, bold))], cancel);
        foreach (var row in rows)
            await book.AddRowAsync([new StyledCell(row.Name, null), .. Values(row).Select(v => new StyledCell(v, null))], cancel);
    }

    private static IEnumerable<(string Group, FunnelRow Row)> Rows(FunnelReport report) =>
        [("All", report.Total), .. report.BySource.Select(r => ("Source", r)), .. report.ByCounsellor.Select(r => ("Counsellor", r))];

    private static decimal?[] Values(FunnelRow row) =>
    [
        row.Enquiries, row.Contacted, row.Counselled, row.Offered, row.Enrolled, row.Lost,
        row.Enquiries == 0 ? null : Math.Round(100m * row.Enrolled / row.Enquiries, 1), row.Fees.Rupees,
        row.FirstContact is { } t ? Math.Round((decimal)t.TotalHours, 1) : null,
    ];
}
