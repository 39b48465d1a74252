using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Courses;

public sealed record CourseView(Course Course, Form Form, bool IsNew)
{
    /// <param name="word">What the institute calls a course.</param>
    public string TitleFor(Noun word) => IsNew ? $"New {word.One}" : Course.Name.Length > 0 ? Course.Name : word.Label;
}

/// <summary>The managers' pages of courses.</summary>
public static class CourseEndpoints
{
    private const string List = "/batches";
    private static readonly string[] Told = ["fee", "weeks", "open"];

    public static void MapCourses(this IEndpointRouteBuilder app)
    {
        app.MapBatchList();
        var manager = app.MapGroup("/courses").RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("/new", IResult () => EditCourse.Create(new CourseView(new Course(), Form.Fresh(Shown(new Course())), true)));
        manager.MapGet("/{id:guid}", async Task<IResult> (Guid id, IQuerySession session, CancellationToken cancel) =>
            await session.LoadAsync<Course>(id, cancel) is { } course
                ? EditCourse.Create(new CourseView(course, Form.Showing(Shown(course)), false))
                : Results.NotFound());
        manager.MapPost("", AddAsync).ShowsFormAgain();
        manager.MapPost("/{id:guid}", ChangeAsync).ShowsFormAgain();
    }

    private static async Task<IResult> AddAsync(
        HttpContext http, IDocumentSession session, CurrentInstitute institute, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        return await SentForm.ClaimAsync(session, form, clock.Now, cancel)
            ? await SaveAsync(new Course { Id = form.FormId() }, true, form, http, session, institute, cancel)
            : Results.Redirect(List);
    }

    private static async Task<IResult> ChangeAsync(
        Guid id, HttpContext http, IDocumentSession session, CurrentInstitute institute, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        // Who saves at the same moment waits, and then sees what the first has changed.
        if (await session.LockAsync<Course>(id, cancel) is not { } course) return Results.NotFound();
        form.Reconcile(Shown(course));
        return await SaveAsync(course, false, form, http, session, institute, cancel);
    }

    private static async Task<IResult> SaveAsync(
        Course course, bool isNew, Form form, HttpContext http, IDocumentSession session, CurrentInstitute institute,
        CancellationToken cancel)
    {
        List<Drawn> before = [.. Shown(course)];
        var called = (course.Code, course.Name);
        Read(form, course, institute);
        if (!string.Equals(called.Name, course.Name, StringComparison.OrdinalIgnoreCase))
            await AskAboutNameAsync(form, course, session, cancel);
        if (form.Ok)
        {
            if (isNew) session.Insert(course);
            else session.Store(course);
            if (called != (course.Code, course.Name) && !isNew)
                foreach (var names in http.RequestServices.GetServices<ICourseNames>()) names.Rename(course, session);
            if (isNew) Audit.Note(session, http.Audited(AuditKind.CourseChanged, $"{course.Code}: added"));
            else http.AuditChange(session, AuditKind.CourseChanged, course.Code, before, Shown(course), Told);
            if (await session.TrySaveAsync(form, "code", "This code is taken.", cancel))
                return Results.Redirect($"{List}?saved={course.Id}");
        }
        return new Page(EditCourse.Create(new CourseView(course, form, isNew)), 422);
    }

    // The website and every list would show both alike, and a file that names it would be matched with neither.
    private static async Task AskAboutNameAsync(Form form, Course course, IQuerySession session, CancellationToken cancel)
    {
        if (course.Name.Length == 0) return;
        var others = await session.Query<Course>().Where(c => c.Id != course.Id).ToListAsync(cancel);
        if (others.FirstOrDefault(c => string.Equals(c.Name, course.Name, StringComparison.OrdinalIgnoreCase)) is not { } other) return;
        form.Ask("name", course.Name, $"{other.Code} is called so already.", "If both are to have this name, save again.");
    }

    private static void Read(Form form, Course course, CurrentInstitute institute)
    {
        course.Name = form.Text("name", "a name", 100, required: true) ?? "";
        course.Code = form.Code("code", 12) ?? "";
        // Its enquiries would be asked for at /enquire/thanks, where visitors are thanked.
        if (course.Code == "THANKS") form.Refuse("code", "Choose another code: a page of the website has this address.");
        course.Summary = form.Lines("summary", "a summary", 600, required: true) ?? "";
        course.Audience = form.Lines("audience", "who it is for", 400) ?? "";
        course.Certification = form.Text("certification", "the certification", 400) ?? "";
        course.Weeks = form.Whole("weeks", "the weeks it takes", 1, 104) ?? 0;
        course.Fee = form.Amount("fee", "the fee", institute.Money) ?? Money.Zero;
        course.Open = form["open"] == "true";
        course.Modules = ReadModules(form);
        form.MustBeDrawable("name", "code", "summary", "audience", "certification", "modules");
    }

    // One module a line: "Anatomy and physiology, 24".
    private static List<CourseModule> ReadModules(Form form)
    {
        var modules = new List<CourseModule>();
        var text = form.Lines("modules", "the list", 6000) ?? "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var comma = line.LastIndexOf(',');
            if (comma > 0 && int.TryParse(line[(comma + 1)..].Trim(), out var hours) && hours is > 0 and < 1000)
                modules.Add(new CourseModule(line[..comma].Trim(), hours));
            else form.Refuse("modules", $"Write each line as a title, a comma and the hours: “{line}” is not.");
        }
        return modules;
    }

    private static IEnumerable<Drawn> Shown(Course course) =>
    [
        ("name", course.Name), ("code", course.Code), ("summary", course.Summary), ("audience", course.Audience),
        ("certification", course.Certification), ("weeks", course.Weeks == 0 ? "" : course.Weeks.ToString()),
        // A new one has no fee yet; one that costs nothing has.
        ("fee", course.Id == Guid.Empty ? "" : course.Fee.Rupees.ToString("0.##")),
        ("open", course.Open ? "true" : "", course.Open ? "open" : "closed"),
        ("modules", string.Join('\n', course.Modules.Select(m => $"{m.Title}, {m.Hours}"))),
    ];
}
