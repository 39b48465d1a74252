using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Fees;

/// <summary>A reminder that a member of staff has noted, last of all that happened to a seat: a press can be a slip.</summary>
/// <param name="Seat">As it was before.</param>
/// <param name="Version">Of the seat before.</param>
public sealed record NotedReminder(Enrolment Seat, int Version, FeeReminded Noted)
{
    /// <summary>By which the form that takes it back says at which version it had left the seat.</summary>
    public const string AfterField = "after";

    /// <summary>The version at which it left the seat.</summary>
    public int After => Version + 1;

    /// <returns>Null where something else happened last, or somebody else noted it.</returns>
    public static async Task<NotedReminder?> FindAsync(IQuerySession session, Guid seat, Guid? user, CancellationToken cancel)
    {
        var history = await session.Events.FetchStreamAsync(seat, token: cancel);
        List<EnrolmentEvent> known = [.. history.Select(e => e.Data).OfType<EnrolmentEvent>()];
        // What a later program wrote is not understood, and so is not put back.
        if (known.Count != history.Count || known.LastOrDefault() is not FeeReminded last) return null;
        if (user is null || last.By.UserId != user) return null;
        return known.SkipLast(1).Aggregate((Enrolment?)null, (s, e) => Enrolment.Next(s, seat, e)) is { } before
            ? new NotedReminder(before, known.Count - 1, last)
            : null;
    }

    /// <returns>What the page of dues says of it; null where that is no news, or it cannot be taken back any more.</returns>
    public static async Task<DidView?> TellAsync(
        IQuerySession session, Guid seat, Guid user, InstituteClock clock, CancellationToken cancel)
    {
        if (await FindAsync(session, seat, user, cancel) is not { } last || !DidView.IsNews(last.Noted.At, clock.Now)) return null;
        if (await session.LoadAsync<Person>(last.Seat.PersonId, cancel) is not { } person) return null;
        var form = Form.Fresh();
        form.Remember(AfterField, $"{last.After}");
        var how = last.Noted.Way == ReminderWay.Call ? "called" : "wrote";
        return new DidView($"{person.Name.Text}: noted that you {how}.", $"/enrolments/{seat}/reminders/undoing", form);
    }

    /// <summary>Puts the seat back, as if it had not been noted.</summary>
    public SeatRestored Undone() => new(Guid.Empty, Version, Seat);
}

/// <summary>Notes that staff reminded whoever owes, and takes that back.</summary>
public static class NoteReminder
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/enrolments/{id:guid}/reminders", NoteAsync).RequireAuthorization(Roles.MoneyPolicy);
        app.MapPost("/enrolments/{id:guid}/reminders/undoing", TakeBackAsync).RequireAuthorization(Roles.MoneyPolicy);
    }

    // WhatsApp tells nobody what became of a message: whoever wrote it says so.
    private static async Task<IResult> NoteAsync(Guid id, HttpContext http, [AsParameters] Parts parts, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var way = form.Choice<ReminderWay>("way", "how you reminded them");
        return await ChangeAsync(id, http, parts, form, told: true, work => Task.FromResult<IReadOnlyList<EnrolmentEvent>>(
            way is { } how ? [FeeRules.Remind(work.Seat, how, parts.Clock.Today)] : []), cancel);
    }

    private static async Task<IResult> TakeBackAsync(Guid id, HttpContext http, [AsParameters] Parts parts, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        return await ChangeAsync(id, http, parts, form, told: false, async work =>
            await NotedReminder.FindAsync(work.Session, id, work.Stamp.By.UserId, cancel) is { } last
                && form.Remembered(NotedReminder.AfterField) == $"{last.After}"
                ? [last.Undone()]
                : throw new Refusal("This was not taken back: something else happened to the seat since, as the timeline tells."), cancel);
    }

    /// <param name="told">Whether the page is told what was done, so that it offers to take it back.</param>
    private static async Task<IResult> ChangeAsync(Guid id, HttpContext http, Parts parts, Form form, bool told,
        Func<SeatWork, Task<IReadOnlyList<EnrolmentEvent>>> decide, CancellationToken cancel)
    {
        try
        {
            var seat = await parts.Writer.ChangeAsync(id, http.Stamp(parts.Clock), work =>
                SentForm.OnceAsync(work.Session, form, work.Stamp.At, () => decide(work), cancel), cancel);
            if (seat is null) return Results.NotFound();
            if (form.Ok) return Results.Redirect($"/dues{(told ? $"?{DidView.Told}={id}" : "")}#{seat.RollNumber}");
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal);
        }
        var page = await parts.Dues.ReadAsync(parts.Session, http.User, cancel);
        return new Page(Dues.Create(page with { Problem = form.FirstError() }), StatusCodes.Status422UnprocessableEntity);
    }

    // Said to be services, since routes that are bound at build time would look for these parts in the body.
    public sealed record Parts([FromServices] SeatWriter Writer, [FromServices] IQuerySession Session, [FromServices] DueList Dues,
        [FromServices] InstituteClock Clock);
}
