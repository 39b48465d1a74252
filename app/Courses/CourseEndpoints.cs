using Crm.Accounts;
using Crm.Institute;
using Crm.Web;
using Marten;
using Npgsql;

namespace Crm.Courses;

public sealed record BatchesView(IReadOnlyList<Batch> Batches, IReadOnlyList<Course> Courses, Form Form, InstituteClock Clock);
public sealed record BatchView(Batch Batch, Course Course, IReadOnlyList<Enrolments.Enrolment> Enrolments, Form Form, bool Saved);
public sealed record CourseView(Course Course, Form Form, bool IsNew);

public static class CourseEndpoints
{
    public static void MapCourses(this IEndpointRouteBuilder app)
    {
        app.MapGet("/batches", async (IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
            Batches.Create(await ViewAsync(session, new Form(), clock, cancel)));

        app.MapGet("/batches/{id:guid}", async (Guid id, IQuerySession session, CancellationToken cancel) =>
            await BatchViewAsync(session, id, null, false, cancel) is { } view ? BatchDetail.Create(view) : Results.NotFound());

        var manager = app.MapGroup("").RequireAuthorization(AccountEndpoints.ManagerPolicy);

        manager.MapPost("/batches", async (HttpContext http, IDocumentSession session, InstituteClock clock, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            var batch = new Batch { Id = Guid.CreateVersion7() };
            if (form.Id("courseId", "a course") is { } courseId && await session.LoadAsync<Course>(courseId, cancel) is not { Open: true }) form.Refuse("courseId", "Choose one of the courses.");
            else batch.CourseId = Guid.TryParse(form["courseId"], out var chosen) ? chosen : default;
            batch.Code = form.Text("code", "a code", 20, required: true)?.ToUpperInvariant() ?? "";
            Read(form, batch);
            if (form.Ok)
            {
                session.Insert(batch);
                if (await TrySaveAsync(session, form, "code", "Another batch has this code.", cancel)) return Results.Redirect($"/batches/{batch.Id}");
            }
            return new Page(Batches.Create(await ViewAsync(session, form, clock, cancel)), 422);
        });

        manager.MapPost("/batches/{id:guid}", async (Guid id, HttpContext http, IDocumentSession session, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            await session.BeginTransactionAsync(cancel);
            // Under the same lock as enrolling, so that seats are not cut below those being taken.
            if (await session.QueryAsync<Batch>("where d.id = ? for update", cancel, id) is not [var batch]) return Results.NotFound();
            Read(form, batch);
            if (batch.Seats < batch.SeatsTaken) form.Refuse("seats", $"{batch.SeatsTaken} seats are taken already.");
            if (form.Ok)
            {
                session.Store(batch);
                await session.SaveChangesAsync(cancel);
            }
            return new Page(BatchDetail.Create((await BatchViewAsync(session, id, form.Ok ? null : form, form.Ok, cancel))!), form.Ok ? 200 : 422);
        });

        manager.MapGet("/courses/new", () => EditCourse.Create(new CourseView(new Course(), FormOf(new Course()), true)));
        manager.MapGet("/courses/{id:guid}", async (Guid id, IQuerySession session, CancellationToken cancel) =>
            await session.LoadAsync<Course>(id, cancel) is { } course ? EditCourse.Create(new CourseView(course, FormOf(course), false)) : Results.NotFound());

        manager.MapPost("/courses/{id:guid?}", async (Guid? id, HttpContext http, IDocumentSession session, CancellationToken cancel) =>
        {
            var course = id is null ? new Course { Id = Guid.CreateVersion7() } : await session.LoadAsync<Course>(id.Value, cancel);
            if (course is null) return Results.NotFound();
            var form = await Form.ReadAsync(http.Request, cancel);
            course.Name = form.Text("name", "a name", 100, required: true) ?? "";
            course.Code = form.Text("code", "a code", 12, required: true)?.ToUpperInvariant() ?? "";
            course.Summary = form.Lines("summary", "a summary", 600, required: true) ?? "";
            course.Audience = form.Lines("audience", "who it is for", 400) ?? "";
            course.Certification = form.Text("certification", "the certification", 400) ?? "";
            course.Weeks = form.Whole("weeks", "the weeks it takes", 1, 104) ?? 0;
            course.Fee = form.Rupees("fee", "the fee") ?? 0;
            course.Open = form["open"] == "true";
            course.Modules = ReadModules(form);
            if (form.Ok)
            {
                session.Store(course);
                if (await TrySaveAsync(session, form, "code", "Another course has this code.", cancel)) return Results.Redirect("/batches");
            }
            return new Page(EditCourse.Create(new CourseView(course, form, id is null)), 422);
        });
    }

    private static void Read(Form form, Batch batch)
    {
        batch.StartsOn = form.Date("startsOn", "the first day") ?? default;
        batch.Schedule = form.Text("schedule", "the days and times", 100, required: true) ?? "";
        batch.Mode = form.Choice<TeachingMode>("mode", "how it is taught") ?? default;
        batch.Seats = form.Whole("seats", "the number of seats", 1, 500) ?? 0;
    }

    // One module a line: "Anatomy and physiology, 24".
    private static List<CourseModule> ReadModules(Form form)
    {
        var modules = new List<CourseModule>();
        foreach (var line in (form.Lines("modules", "the modules", 6000) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var comma = line.LastIndexOf(',');
            if (comma > 0 && int.TryParse(line[(comma + 1)..].Trim(), out var hours) && hours is > 0 and < 1000) modules.Add(new CourseModule(line[..comma].Trim(), hours));
            else form.Refuse("modules", $"Write each line as a title, a comma and the hours: “{line}” is not.");
        }
        return modules;
    }

    private static Form FormOf(Course course) => new()
    {
        ["name"] = course.Name,
        ["code"] = course.Code,
        ["summary"] = course.Summary,
        ["audience"] = course.Audience,
        ["certification"] = course.Certification,
        ["weeks"] = course.Weeks == 0 ? "" : course.Weeks.ToString(),
        ["fee"] = course.Fee == 0 ? "" : course.Fee.ToString("0.##"),
        ["open"] = course.Open ? "true" : "",
        ["modules"] = string.Join('\n', course.Modules.Select(m => $"{m.Title}, {m.Hours}")),
    };

    private static async Task<bool> TrySaveAsync(IDocumentSession session, Form form, string field, string taken, CancellationToken cancel)
    {
        try
        {
            await session.SaveChangesAsync(cancel);
            return true;
        }
        catch (Exception e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            session.EjectAllPendingChanges();
            form.Refuse(field, taken);
            return false;
        }
    }

    private static async Task<BatchesView> ViewAsync(IQuerySession session, Form form, InstituteClock clock, CancellationToken cancel) => new(
        await session.Query<Batch>().OrderByDescending(b => b.StartsOn).ToListAsync(cancel),
        await session.Query<Course>().OrderBy(c => c.Name).ToListAsync(cancel), form, clock);

    private static async Task<BatchView?> BatchViewAsync(IQuerySession session, Guid id, Form? form, bool saved, CancellationToken cancel)
    {
        if (await session.LoadAsync<Batch>(id, cancel) is not { } batch) return null;
        var course = await session.LoadAsync<Course>(batch.CourseId, cancel);
        var enrolments = await session.Query<Enrolments.Enrolment>().Where(e => e.BatchId == id).OrderBy(e => e.RollNumber).ToListAsync(cancel);
        form ??= new Form { ["startsOn"] = batch.StartsOn.ToString("yyyy-MM-dd"), ["schedule"] = batch.Schedule, ["mode"] = batch.Mode.ToString(), ["seats"] = batch.Seats.ToString() };
        return new BatchView(batch, course!, enrolments, form, saved);
    }
}
