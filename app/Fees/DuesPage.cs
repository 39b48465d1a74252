using Crm.Institute;
using Crm.Seats;
using Crm.Web;
using Marten;

namespace Crm.Fees;

/// <summary>Who owes what: those who have owed it longest first, and what falls due in the next days.</summary>
public static class DuesPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/dues", async Task<IResult> (
            HttpContext http, IQuerySession session, DueList dues, CancellationToken cancel) =>
            Dues.Create(await dues.ReadAsync(session, http.User, cancel)));
        app.MapPost("/enrolments/{id:guid}/reminders", RemindAsync).RequireAuthorization(Roles.MoneyPolicy);
        DuesFile.Map(app);
    }

    // WhatsApp tells nobody what became of a message: whoever wrote it says so.
    private static async Task<IResult> RemindAsync(
        Guid id, HttpContext http, SeatWriter writer, IQuerySession session, DueList dues, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var way = form.Choice<ReminderWay>("way", "how you reminded them");
        try
        {
            var seat = await writer.ChangeAsync(id, http.Stamp(clock), work => SentForm.OnceAsync<EnrolmentEvent>(
                work.Session, form, work.Stamp.At, () => Task.FromResult<IReadOnlyList<EnrolmentEvent>>(
                    way is { } told ? [FeeRules.Remind(work.Seat, told, clock.Today)] : []), cancel), cancel);
            if (seat is null) return Results.NotFound();
            if (form.Ok) return Results.Redirect($"/dues#{seat.RollNumber}");
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal);
        }
        return new Page(Dues.Create(await dues.ReadAsync(session, http.User, cancel) with { Problem = form.FirstError() }),
            StatusCodes.Status422UnprocessableEntity);
    }
}
