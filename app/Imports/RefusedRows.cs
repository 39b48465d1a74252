using System.Text;
using Crm.Institute;
using Crm.Web;
using Marten;
using Npgsql;
using SpreadCheetah;
using SpreadCheetah.Styling;

namespace Crm.Imports;

/// <summary>The rows that were refused, as the file that they came in, with a column that says why: put right, they go in.</summary>
public static class RefusedRows
{
    /// <summary>The heading of the reasons.</summary>
    public const string Why = "Why";

    public static void Map(IEndpointRouteBuilder imports) => imports.MapGet("/{id:guid}/refused", async Task<IResult> (
        Guid id, HttpContext http, IQuerySession session, NpgsqlDataSource source, CancellationToken cancel) =>
    {
        if (await session.LoadAsync<Import>(id, cancel) is not { } import) return Results.NotFound();
        await using var database = await source.OpenConnectionAsync(cancel);
        var rows = await ImportRows.PageAsync(database, id, RowGroup.Refused, 0, SheetLimits.Rows, cancel);
        if (rows.All(r => r.Cells.Length == 0))
            return new NoticeAnswer(new Notice("No refused rows", "There are none, or they have been forgotten.",
                "Back to the import", $"/imports/{id}"), StatusCodes.Status404NotFound);
        await http.AuditAsync(AuditKind.Exported, "refused rows of an import", count: rows.Count);
        var name = $"{Path.GetFileNameWithoutExtension(import.FileName)} refused";
        return import.Form.Kind == FileKind.Csv
            ? CsvFile(import, rows, name + ".csv")
            : Results.File(await XlsxAsync(import, rows, cancel),
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name + ".xlsx");
    });

    private static string[] Headings(Import import) => [.. import.Columns.Select(c => import.HasHeadings ? c.Heading : ""), Why];

    private static string[] Line(Import import, JudgedRow row) =>
        [.. Enumerable.Range(0, import.Columns.Count).Select(i => i < row.Cells.Length ? row.Cells[i] : ""), row.Verdict.Why ?? ""];

    private static IResult CsvFile(Import import, IReadOnlyList<JudgedRow> rows, string name)
    {
        var (separator, text) = (import.Form.Separator, new StringBuilder());
        foreach (var line in rows.Select(r => Line(import, r)).Prepend(Headings(import)))
            text.AppendJoin(separator, line.Select(cell => Field(cell, separator))).Append("\r\n");
        var encoding = EncodingOf(import, text.ToString());
        byte[] bytes = [.. encoding.Preamble, .. encoding.GetBytes(text.ToString())];
        return Results.File(bytes, $"text/csv; charset={encoding.WebName}", name);
    }

    // UTF-8 leaves with a mark, also where the file came without one: Excel garbles the quotes of the reasons where it has none. Where
    // a reason has a letter that the file's encoding has not, it is UTF-8 as well.
    private static Encoding EncodingOf(Import import, string text)
    {
        var encoding = FileText.Named(import.Form.Encoding);
        return encoding is UTF8Encoding || encoding.GetString(encoding.GetBytes(text)) != text ? new UTF8Encoding(true) : encoding;
    }

    private static string Field(string cell, string separator)
    {
        // A file that came in may hold what a spreadsheet would run; it leaves harmless.
        var harmless = PhoneLike(cell) ? cell : CellText.ForCsv(cell);
        return harmless.AsSpan().IndexOfAny("\"\r\n" + separator) >= 0 || harmless != harmless.Trim()
            ? $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : harmless;
    }

    // "+91 98470 12345" begins with a sign, runs nothing, and would not be read again with an apostrophe before it.
    private static bool PhoneLike(string cell) =>
        cell.StartsWith('+') && cell.Skip(1).All(c => char.IsAsciiDigit(c) || c is ' ' or '-' or '/');

    private static async Task<byte[]> XlsxAsync(Import import, IReadOnlyList<JudgedRow> rows, CancellationToken cancel)
    {
        using var stream = new MemoryStream();
        await using (var book = await Spreadsheet.CreateNewAsync(stream, cancellationToken: cancel))
        {
            var bold = book.AddStyle(new Style { Font = new Font { Bold = true } });
            await book.StartWorksheetAsync("Refused", token: cancel);
            await book.AddRowAsync(Headings(import).Select(h => new StyledCell(CellText.ForWorkbook(h), bold)).ToArray(), cancel);
            foreach (var row in rows)
                await book.AddRowAsync(Line(import, row).Select(c => new Cell(CellText.ForWorkbook(c))).ToArray(), cancel);
            await book.FinishAsync(cancel);
        }
        return stream.ToArray();
    }
}
