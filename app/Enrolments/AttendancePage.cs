using Crm.Courses;
using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>One student of the list of a day.</summary>
/// <param name="Field">The name of the field.</param>
/// <param name="Chosen">What is chosen in the form.</param>
/// <param name="Error">Why it was refused, or null.</param>
public sealed record AttendanceRow(string Field, string Name, string RollNumber, string Chosen, string? Error);

/// <param name="Closed">Why nobody can be marked on that day, in a sentence; null where they can.</param>
/// <param name="Changes">What was corrected after the day had been saved, in words.</param>
/// <param name="Counts">Whether the day was saved, and somebody was taught on it.</param>
/// <param name="Saved">What was just saved, in words; null where nothing was.</param>
public sealed record AttendanceView(
    Batch Batch, DateOnly Day, DateOnly Today, IReadOnlyList<AttendanceRow> Rows, Form Form, string? Closed, string State,
    IReadOnlyList<string> Changes, bool Counts, string? Saved)
{
    public string Address(int days) => $"/batches/{Batch.Id}/attendance?day={Day.AddDays(days):yyyy-MM-dd}";

    public bool HasNext => Batch.IsTaughtOn(Day.AddDays(1)) && !IsToday;

    public bool HasPrevious => Batch.IsTaughtOn(Day.AddDays(-1));

    public bool IsToday => Day == Today;
}

/// <summary>Who came on a day: everybody is there until somebody says otherwise, and all of it is saved at once.</summary>
public static class AttendancePage
{
    public static void MapAttendance(this IEndpointRouteBuilder app)
    {
        app.MapGet("/batches/{id:guid}/attendance", async Task<IResult> (
            Guid id, HttpContext http, IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
            await AttendanceList.LoadAsync(session, id, DayOf(http.Request.Query["day"], clock), clock, cancel) is { } list
                ? Attendance.Create(list.View(Form.Showing(list.Shown()), null))
                : Results.NotFound());
        app.MapPost("/batches/{id:guid}/attendance", SaveAsync).ShowsFormAgain();
        app.MapPost("/batches/{id:guid}/attendance/no-class", HasNoClassAsync);
    }

    private static async Task<IResult> SaveAsync(Guid id, HttpContext http, IDocumentSession session, InstituteClock clock,
        AbsenceCalls calls, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var day = DayOf(form["day"], clock);
        var fresh = await SentForm.ClaimAsync(session, form, clock.Now, cancel);
        await session.LockNameAsync(AttendanceDay.IdOf(id, day), cancel);
        if (await AttendanceList.LoadAsync(session, id, day, clock, cancel) is not { } list) return Results.NotFound();
        if (fresh && form.Ok) await TakeAsync(form, list, session, http.Stamp(clock), calls, cancel);
        if (!form.Ok) return new Page(Attendance.Create(list.View(form, null)), StatusCodes.Status422UnprocessableEntity);
        return Attendance.Create(list.View(Form.Showing(list.Shown()), list.Words()));
    }

    // Who saved a day on which nobody was taught would have it count in everybody's attendance, and on their certificates.
    private static async Task<IResult> HasNoClassAsync(
        Guid id, HttpContext http, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var day = DayOf(form["day"], clock);
        var fresh = await SentForm.ClaimAsync(session, form, clock.Now, cancel);
        await session.LockNameAsync(AttendanceDay.IdOf(id, day), cancel);
        if (await session.LoadAsync<AttendanceDay>(AttendanceDay.IdOf(id, day), cancel) is not { } marked) return Results.NotFound();
        if (fresh)
        {
            var stamp = http.Stamp(clock);
            marked.NoClass ??= new NoClass(stamp.By.Name, stamp.At);
            session.Store(marked);
            await session.SaveChangesAsync(cancel);
        }
        return Results.Redirect($"/batches/{id}/attendance?day={day:yyyy-MM-dd}");
    }

    private static async Task TakeAsync(
        Form form, AttendanceList list, IDocumentSession session, Stamp stamp, AbsenceCalls calls, CancellationToken cancel)
    {
        if (list.Closed is { } closed) form.Refuse("", closed);
        // Who came to the batch since the page was drawn is not on it, and is marked on another.
        form.Reconcile(list.Shown().Where(f => form[f.Field].Length > 0 || form.Remembered(f.Field) is not null));
        var marks = new Dictionary<Guid, Mark>();
        foreach (var (id, field) in list.Fields.Where(f => form[f.Field].Length > 0))
            if (form.Choice<Mark>(field, "present, late or absent") is { } mark) marks[id] = mark;
        if (!form.Ok) return;
        list.Set(marks, stamp);
        await calls.AskAsync(session, list, stamp, cancel);
        session.Store(list.Marked!);
        await session.SaveChangesAsync(cancel);
    }

    private static DateOnly DayOf(string? text, InstituteClock clock) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", out var day) && day.Year is >= 2001 and <= 2099 ? day : clock.Today;
}
