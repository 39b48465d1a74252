using Crm.Changes;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>The students of a batch as a file, with what they owe, in the institute's currency, and how often they came.</summary>
public static class BatchFile
{
    private static readonly string[] Headings =
    [
        "Roll number", "Name", "Name on certificates", "Phone", "Email", "Fee agreed", "Received", "Refunded", "Balance", "Days marked",
        "Attendance %", "Enrolled", "Enrolled by",
    ];

    public static void MapBatchFile(this IEndpointRouteBuilder app) => app.MapPost("/batches/{id:guid}/files", async Task<IResult> (
        Guid id, HttpContext http, IDocumentSession session, CurrentInstitute institute, InstituteClock clock, CancellationToken cancel) =>
    {
        if (await BatchRoll.LoadAsync(session, id, institute, clock, cancel) is not { } roll) return Results.NotFound();
        var form = await Form.ReadAsync(http.Request, cancel);
        var (students, workbook) = (roll.Students, SheetFile.IsWorkbook(form));
        await Exports.RecordAsync(session, form, $"students of {roll.Batch.Code}", students.Count, http, cancel);
        return new SheetFile(
            $"{roll.Batch.Code}-students", Headings, students.Select(s => RowOf(s, clock)).ToAsyncEnumerable(), workbook);
    });

    private static IReadOnlyList<SheetCell> RowOf(StudentRow row, InstituteClock clock)
    {
        var (seat, person) = (row.Seat, row.Person);
        return
        [
            seat.RollNumber, person.Name.Text, person.CertificateName?.Text, person.Phone?.Grouped, person.Email?.Text,
            new(null, seat.Net.Rupees), new(null, seat.Received.Rupees), new(null, seat.Refunded.Rupees), new(null, seat.Balance.Rupees),
            new(null, row.Attendance.Days), new(null, row.Attendance.Percent), new(null, At: clock.Local(seat.EnrolledAt).DateTime),
            seat.EnrolledBy,
        ];
    }
}
