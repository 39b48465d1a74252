using System.Buffers;
using System.Globalization;
using System.Text;
using Crm.Institute;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Crm.Web;

/// <summary>One cell of a file: a text, a number, a moment of the institute's clock or a day; nothing where all are null.</summary>
public readonly record struct SheetCell(string? Text, decimal? Number = null, DateTime? At = null, DateOnly? On = null)
{
    public static implicit operator SheetCell(string? text) => new(text);
}

/// <summary>
/// A list as a file for a spreadsheet, sent row by row, so that its length does not matter. What a spreadsheet would run as a formula is
/// made harmless, and numbers that are called stay text.
/// </summary>
public sealed class SheetFile(string name, IReadOnlyList<string> headings, IAsyncEnumerable<IReadOnlyList<SheetCell>> rows, bool asWorkbook)
    : IResult
{
    private static readonly SearchValues<char> WantingQuotes = SearchValues.Create(",\";\t\r\n");
    private const string DateAndTime = "yyyy-MM-dd HH:mm", Day = "yyyy-MM-dd";

    /// <summary>How a workbook shows a day, which a spreadsheet reckons with.</summary>
    public static readonly NumberFormat DayFormat = NumberFormat.Custom("yyyy-mm-dd");

    /// <summary>Whether a form asks for a workbook; else it gets text with commas.</summary>
    public static bool IsWorkbook(Form form) => form["as"] == "xlsx";

    public async Task ExecuteAsync(HttpContext http)
    {
        var cancel = http.RequestAborted;
        http.Response.ContentType = asWorkbook
            ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            : "text/csv; charset=utf-8";
        var attached = new ContentDispositionHeaderValue("attachment");
        attached.SetHttpFileName($"{name}.{(asWorkbook ? "xlsx" : "csv")}"); // in any script: a batch may be called in it
        http.Response.Headers.ContentDisposition = attached.ToString();
        // The end of a zip archive is written without waiting.
        http.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = asWorkbook;
        if (asWorkbook) await WorkbookAsync(http.Response.Body, cancel);
        else await TextAsync(http.Response.Body, cancel);
    }

    // With a mark, which Excel needs to read names right.
    private async Task TextAsync(Stream body, CancellationToken cancel)
    {
        await using var text = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        await text.WriteAsync(LineOf(headings.Select(h => (SheetCell)h)), cancel);
        await foreach (var row in rows.WithCancellation(cancel)) await text.WriteAsync(LineOf(row), cancel);
    }

    private async Task WorkbookAsync(Stream body, CancellationToken cancel)
    {
        var options = new SpreadCheetahOptions { DefaultDateTimeFormat = NumberFormat.Custom("yyyy-mm-dd hh:mm") };
        await using var book = await Spreadsheet.CreateNewAsync(body, options, cancel);
        var bold = book.AddStyle(new Style { Font = new Font { Bold = true } });
        var day = book.AddStyle(new Style { Format = DayFormat });
        var sheet = new WorksheetOptions { FrozenRows = 1 };
        for (var i = 0; i < headings.Count; i++) sheet.Column(i + 1).Width = i == 0 ? 28 : 18;
        await book.StartWorksheetAsync("List", sheet, cancel);
        await book.AddRowAsync([.. headings.Select(h => new StyledCell(CellText.ForWorkbook(h), bold))], cancel);
        await foreach (var row in rows.WithCancellation(cancel)) await book.AddRowAsync([.. row.Select(c => Cell(c, day))], cancel);
        await book.FinishAsync(cancel);
    }

    private static StyledCell Cell(SheetCell cell, StyleId day) => cell switch
    {
        { Number: { } number } => new StyledCell(number, null),
        { At: { } at } => new StyledCell(at, null),
        { On: { } on } => new StyledCell(on.ToDateTime(TimeOnly.MinValue), day),
        { Text: { Length: > 0 } text } => new StyledCell(CellText.ForWorkbook(text), null),
        _ => default,
    };

    private static ReadOnlyMemory<char> LineOf(IEnumerable<SheetCell> cells)
    {
        var line = new StringBuilder();
        foreach (var cell in cells) line.Append(Quoted(TextOf(cell))).Append(',');
        line.Length--;
        return line.Append("\r\n").ToString().AsMemory();
    }

    private static string TextOf(SheetCell cell) => cell switch
    {
        { Number: { } number } => number.ToString("0.##", CultureInfo.InvariantCulture),
        { At: { } at } => at.ToString(DateAndTime, CultureInfo.InvariantCulture),
        { On: { } on } => on.ToString(Day, CultureInfo.InvariantCulture),
        _ => CellText.ForCsv(cell.Text ?? ""),
    };

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(WantingQuotes) ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
