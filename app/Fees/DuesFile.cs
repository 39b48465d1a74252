using System.Runtime.CompilerServices;
using Crm.Changes;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Fees;

/// <summary>Who owes what, as a file. Amounts are in the institute's currency.</summary>
public static class DuesFile
{
    private static readonly string[] Headings =
        ["Name", "Phone", "Email", "Roll number", "Course", "Due on", "Days late", "Amount due", "Balance"];

    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/dues/files", async Task<IResult> (
        HttpContext http, IDocumentSession session, DueList dues, InstituteClock clock, CancellationToken cancel) =>
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var workbook = SheetFile.IsWorkbook(form);
        var count = await dues.CountAsync(session, http.User, cancel);
        await Exports.RecordAsync(session, form, "dues", count, http, cancel);
        return new SheetFile($"dues-{clock.Today:yyyy-MM-dd}", Headings,
            RowsAsync(dues.StreamAsync(session, http.User, cancel), cancel), workbook);
    }).RequireAuthorization(Roles.MoneyPolicy).AsksAgain();

    private static async IAsyncEnumerable<IReadOnlyList<SheetCell>> RowsAsync(
        IAsyncEnumerable<DueRow> dues, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var due in dues.WithCancellation(cancel))
            yield return
            [
                due.Person.Name.Text, due.Person.Phone?.Grouped, due.Person.Email?.Text, due.Seat.RollNumber, due.Seat.CourseName,
                new(null, On: due.Seat.DueOn), new(null, due.DaysLate), new(null, due.Due.Rupees),
                new(null, due.Seat.Balance.Rupees),
            ];
    }
}
