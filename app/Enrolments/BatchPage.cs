using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>The page of one batch: who has its seats and who waits, and, for managers, when it begins and how many seats it has.</summary>
public static class BatchPage
{
    public static void MapBatchPage(this IEndpointRouteBuilder app)
    {
        app.MapGet("/batches/{id:guid}", async Task<IResult> (
            Guid id, IQuerySession session, InstituteClock clock, CurrentInstitute institute, CancellationToken cancel) =>
            await BatchRoll.LoadAsync(session, id, institute, clock, cancel) is { } roll
                ? BatchStudents.Create(new BatchStudentsView(roll, Form.Showing(BatchList.Shown(roll.Batch)), false))
                : Results.NotFound());
        app.MapPost("/batches/{id:guid}", ChangeAsync).RequireAuthorization(Roles.ManagerPolicy).ShowsFormAgain();
        app.MapPost("/batches/{id:guid}/waits/{lead:guid}", PreferAsync);
    }

    private static async Task<IResult> ChangeAsync(Guid id, HttpContext http, IDocumentSession session, InstituteClock clock,
        CurrentInstitute institute, Waitlists waitlists, LeadWriter leads, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await session.LoadAsync<Batch>(id, cancel) is not { } seen) return Results.NotFound();
        // Leads before batches, as everybody locks them.
        var known = (await ToldDays.OfAsync(session, seen, clock, cancel)).Leads;
        await session.LockStreamsAsync(known, cancel);
        // Under the same lock as enrolling, so that seats are not cut below those being taken.
        if (await session.LockAsync<Batch>(id, cancel) is not { } batch) return Results.NotFound();
        var (before, told, stamp) = (BatchDays.Of(batch), await ToldDays.OfAsync(session, batch, clock, cancel), http.Stamp(clock));
        List<Drawn> shownBefore = [.. BatchList.Shown(batch)];
        form.Reconcile(shownBefore);
        var isOpen = batch.IsOpenOn(clock.Today);
        BatchList.Read(form, batch);
        if (WhyTooFew(batch, clock.Now) is { } why) form.Refuse("seats", why);
        if (told.Leads.Except(known).Any()) form.Refuse("", "Somebody was given a seat at this moment. Send it again.");
        // Of what is over and stays so, nobody has to be told other days.
        var other = isOpen || batch.IsOpenOn(clock.Today) ? BatchDays.Of(batch).FieldThatDiffers(before) : null;
        if (form.Ok && other is not null) told.AskAbout(form, other, before, BatchDays.Of(batch));
        if (form.Ok)
        {
            if (other is not null) await CallAsync(session, told, $"{batch.Code} {BatchDays.Of(batch).Now(other)}", leads, stamp, cancel);
            http.AuditChange(session, AuditKind.BatchChanged, batch.Code, shownBefore, BatchList.Shown(batch), BatchList.Told);
            await waitlists.SettleAsync(session, batch, stamp, cancel);
            await session.SaveChangesAsync(cancel);
        }
        var roll = (await BatchRoll.LoadAsync(session, id, institute, clock, cancel))!;
        var shown = form.Ok ? Form.Showing(BatchList.Shown(roll.Batch)) : form;
        return new Page(BatchStudents.Create(new BatchStudentsView(roll, shown, form.Ok)), form.Ok ? 200 : 422);
    }

    private static async Task CallAsync(
        IDocumentSession session, ToldDays told, string what, LeadWriter leads, Stamp stamp, CancellationToken cancel)
    {
        foreach (var id in told.Leads) await leads.CallAboutAsync(session, id, $"{what}: they were told otherwise", stamp, cancel);
    }

    private static string? WhyTooFew(Batch batch, DateTimeOffset now)
    {
        var bound = batch.SeatsBoundAt(now);
        if (batch.Seats >= bound) return null;
        var held = batch.HeldAt(now) is > 0 and var count ? $", and {count} {(count == 1 ? "is" : "are")} held" : "";
        var taken = batch.SeatsTaken == 1 ? "1 seat is" : $"{batch.SeatsTaken} seats are";
        return $"{taken} taken already{held}. Leave {bound}, or move or withdraw somebody first.";
    }

    // Setting it twice is the same, under the lock.
    private static async Task<IResult> PreferAsync(
        Guid id, Guid lead, HttpContext http, IDocumentSession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await session.LockAsync<Batch>(id, cancel) is not { } batch) return Results.NotFound();
        if (form.Whole("priority", "the priority", 0, WaitingPlace.MostPriority) is { } priority)
        {
            batch.Prefer(lead, priority);
            session.Store(batch);
            await session.SaveChangesAsync(cancel);
        }
        return Results.Redirect($"/batches/{id}#waiting");
    }
}
