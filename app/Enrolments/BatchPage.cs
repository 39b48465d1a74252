using Crm.Courses;
using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <param name="Students">Each seat with the name of who has it now, in the order of roll numbers.</param>
public sealed record BatchStudentsView(
    Batch Batch, Course Course, IReadOnlyList<(Enrolment Enrolment, string Name)> Students, Form Form, bool Saved);

/// <summary>The page of one batch: who has its seats, and, for managers, when it begins and how many seats it has.</summary>
public static class BatchPage
{
    public static void MapBatchPage(this IEndpointRouteBuilder app)
    {
        app.MapGet("/batches/{id:guid}", async (Guid id, IQuerySession session, CancellationToken cancel) =>
            await ViewAsync(session, id, null, false, cancel) is { } view ? BatchStudents.Create(view) : Results.NotFound());
        app.MapPost("/batches/{id:guid}", ChangeAsync).RequireAuthorization(Roles.ManagerPolicy).ShowsFormAgain();
    }

    private static async Task<IResult> ChangeAsync(Guid id, HttpContext http, IDocumentSession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        // Under the same lock as enrolling, so that seats are not cut below those being taken.
        if (await session.LockAsync<Batch>(id, cancel) is not { } batch) return Results.NotFound();
        form.Reconcile(BatchList.Shown(batch));
        BatchList.Read(form, batch);
        if (batch.Seats < batch.SeatsTaken) form.Refuse("seats", $"{batch.SeatsTaken} seats are taken already.");
        if (form.Ok)
        {
            session.Store(batch);
            await session.SaveChangesAsync(cancel);
        }
        var view = await ViewAsync(session, id, form.Ok ? null : form, form.Ok, cancel);
        return new Page(BatchStudents.Create(view!), form.Ok ? 200 : 422);
    }

    private static async Task<BatchStudentsView?> ViewAsync(
        IQuerySession session, Guid id, Form? form, bool saved, CancellationToken cancel)
    {
        if (await session.LoadAsync<Batch>(id, cancel) is not { } batch) return null;
        var course = await session.LoadAsync<Course>(batch.CourseId, cancel);
        var enrolments = await session.Query<Enrolment>().Where(e => e.BatchId == id).ToListAsync(cancel);
        var people = (await session.LoadManyAsync<Person>(cancel, enrolments.Select(e => e.PersonId).ToArray())).ToDictionary(p => p.Id);
        form ??= Form.Showing(BatchList.Shown(batch));
        var students = enrolments.InReadingOrder(e => e.RollNumber).Select(e => (e, people[e.PersonId].Name.Text));
        return new BatchStudentsView(batch, course!, [.. students], form, saved);
    }
}
