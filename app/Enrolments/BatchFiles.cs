using Crm.Institute;
using CsvHelper;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Crm.Enrolments;

/// <summary>The students of a batch as files for a spreadsheet. Money is in the currency of the institute.</summary>
public static class BatchFiles
{
    /// <summary>
    /// UTF-8 with a mark, which Excel needs to read names right. Text that a spreadsheet would run as a formula is defused.
    /// </summary>
    /// <param name="currency">What stands beside amounts, such as "₹".</param>
    public static async Task<byte[]> CsvAsync(BatchRoll roll, string currency, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        await using (var csv = CsvWriter.Create(stream, new CsvWriterOptions { WriteByteOrderMark = true }, leaveOpen: true))
        {
            csv.WriteHeader([.. Columns(currency).Select(CellText.ForCsv)]);
            foreach (var row in roll.Students)
            {
                foreach (var text in TextsOf(row)) csv.WriteField(CellText.ForCsv(text));
                foreach (var value in NumbersOf(row)) csv.WriteField(value, "0.##");
                await csv.EndRecordAsync(cancel);
            }
        }
        return stream.ToArray();
    }

    /// <param name="currency">What stands beside amounts, such as "₹".</param>
    public static async Task<byte[]> XlsxAsync(BatchRoll roll, string currency, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        await using (var book = await Spreadsheet.CreateNewAsync(stream, cancellationToken: cancel))
        {
            var bold = book.AddStyle(new Style { Font = new Font { Bold = true } });
            var (options, columns) = (new WorksheetOptions { FrozenRows = 1 }, Columns(currency));
            for (var i = 0; i < columns.Length; i++) options.Column(i + 1).Width = i == 1 ? 28 : Math.Max(14, columns[i].Length + 1);
            await book.StartWorksheetAsync("Students", options, cancel);
            StyledCell Text(string text, StyleId? style) => new(CellText.ForWorkbook(text), style);
            await book.AddRowAsync([.. columns.Select(c => Text(c, bold))], cancel);
            foreach (var row in roll.Students)
                await book.AddRowAsync(
                    [.. TextsOf(row).Select(t => Text(t, null)), .. NumbersOf(row).Select(v => new StyledCell(v, null))], cancel);
            await book.FinishAsync(cancel);
        }
        return stream.ToArray();
    }

    private static string[] Columns(string currency) =>
    [
        "Roll number", "Name", "Phone", "Enrolled by", $"Fee agreed ({currency})", $"Received ({currency})", $"Refunded ({currency})",
        $"Balance ({currency})", "Days marked", "Attendance %",
    ];

    private static string[] TextsOf(StudentRow row) =>
        [row.Seat.RollNumber, row.Person.Name.Text, row.Person.Phone?.Grouped ?? "", row.Seat.EnrolledBy];

    private static decimal?[] NumbersOf(StudentRow row) =>
    [
        row.Seat.Net.Rupees, row.Seat.Received.Rupees, row.Seat.Refunded.Rupees, row.Seat.Balance.Rupees, row.Attendance.Days,
        row.Attendance.Percent,
    ];
}
