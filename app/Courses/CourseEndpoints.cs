using Crm.Institute;
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
    public static void MapCourses(this IEndpointRouteBuilder app)
    {
        app.MapBatchList();
        var manager = app.MapGroup("/courses").RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("/new", () => EditCourse.Create(new CourseView(new Course(), FormOf(new Course()), true)));
        manager.MapGet("/{id:guid}", async (Guid id, IQuerySession session, CancellationToken cancel) =>
            await session.LoadAsync<Course>(id, cancel) is { } course
                ? EditCourse.Create(new CourseView(course, FormOf(course), false))
                : Results.NotFound());
        manager.MapPost("", (HttpContext http, IDocumentSession session, CurrentInstitute institute, CancellationToken cancel) =>
            SaveAsync(new Course { Id = Guid.CreateVersion7() }, true, http, session, institute, cancel));
        manager.MapPost("/{id:guid}", async (
            Guid id, HttpContext http, IDocumentSession session, CurrentInstitute institute, CancellationToken cancel) =>
            await session.LoadAsync<Course>(id, cancel) is { } course
                ? await SaveAsync(course, false, http, session, institute, cancel)
                : Results.NotFound());
    }

    private static async Task<IResult> SaveAsync(
        Course course, bool isNew, HttpContext http, IDocumentSession session, CurrentInstitute institute, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (!isNew && form.IsOvertaken(course.Version)) form.Refuse("", Form.Overtaken);
        form["version"] = isNew ? "" : course.Version.ToString();
        Read(form, course, institute);
        if (form.Ok)
        {
            session.Store(course);
            if (await session.TrySaveAsync(form, "code", "This code is taken.", cancel)) return Results.Redirect("/batches");
        }
        return new Page(EditCourse.Create(new CourseView(course, form, isNew)), 422);
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

    private static Form FormOf(Course course) => new()
    {
        ["version"] = course.Version == Guid.Empty ? "" : course.Version.ToString(),
        ["name"] = course.Name,
        ["code"] = course.Code,
        ["summary"] = course.Summary,
        ["audience"] = course.Audience,
        ["certification"] = course.Certification,
        ["weeks"] = course.Weeks == 0 ? "" : course.Weeks.ToString(),
        ["fee"] = course.Fee == Money.Zero ? "" : course.Fee.Rupees.ToString("0.##"),
        ["open"] = course.Open ? "true" : "",
        ["modules"] = string.Join('\n', course.Modules.Select(m => $"{m.Title}, {m.Hours}")),
    };
}
