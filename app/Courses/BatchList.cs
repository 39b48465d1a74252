using Crm.Institute;
using Crm.Messaging;
using Crm.Web;
using Marten;

namespace Crm.Courses;

/// <param name="Coming">The soonest first.</param>
/// <param name="Begun">The latest first.</param>
/// <param name="Over">Ended or cancelled; the latest first.</param>
/// <param name="Now">Decides which holds have run out (UTC).</param>
public sealed record BatchesView(
    IReadOnlyList<Batch> Coming, IReadOnlyList<Batch> Begun, IReadOnlyList<Batch> Over, IReadOnlyList<Course> Courses, Form Form,
    DateTimeOffset Now)
{
    /// <summary>The course that was saved just now; null where none was.</summary>
    public Guid? SavedId { get; init; }

    public Course? Saved => Courses.FirstOrDefault(c => c.Id == SavedId);

    public IReadOnlyList<(string Title, IReadOnlyList<Batch> Batches)> Sections =>
        [("Coming", Coming), ("Begun", Begun), .. Over.Count == 0 ? [] : new[] { ("Over", Over) }];

    /// <summary>Who has no seat yet and may get one, in words; empty where there is nobody.</summary>
    public string WaitWords(Batch batch) => (batch.HeldAt(Now), batch.Waiting) switch
    {
        (0, 0) => "",
        (var held, 0) => $"{held} held",
        (0, var waiting) => $"{waiting} waiting",
        var (held, waiting) => $"{held} held, {waiting} waiting",
    };

    public string NameOf(Guid courseId) => Courses.FirstOrDefault(c => c.Id == courseId)?.Name ?? "";
}

/// <param name="Hint">What to do where there is none.</param>
public sealed record BatchTableView(string Title, IReadOnlyList<Batch> Batches, BatchesView View, string Hint);

/// <summary>The page of all batches, on which managers add one.</summary>
public static class BatchList
{
    public static void MapBatchList(this IEndpointRouteBuilder app)
    {
        app.MapGet("/batches", async Task<IResult> (Guid? saved, IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
            Batches.Create(await ViewAsync(session, Form.Fresh(), clock, cancel) with { SavedId = saved }));
        app.MapPost("/batches", AddAsync).RequireAuthorization(Roles.ManagerPolicy).ShowsFormAgain();
    }

    /// <summary>Which of <see cref="Shown"/> the audit tells.</summary>
    public static readonly string[] Told = ["startsOn", "endsOn", "mode", "seats"];

    /// <summary>What may be changed of a batch at any time, as forms show it.</summary>
    public static IEnumerable<Drawn> Shown(Batch batch) =>
    [
        ("startsOn", batch.StartsOn.ToString("yyyy-MM-dd"), Format.Date(batch.StartsOn)),
        ("endsOn", batch.EndsOn?.ToString("yyyy-MM-dd") ?? "", batch.EndsOn is { } end ? Format.Date(end) : ""),
        ("schedule", batch.Schedule),
        ("mode", batch.Mode.ToString(), Format.Words(batch.Mode)), ("seats", batch.Seats.ToString()),
    ];

    /// <summary>Reads the same.</summary>
    public static void Read(Form form, Batch batch)
    {
        batch.StartsOn = form.Date("startsOn", "the first day") ?? default;
        batch.EndsOn = form.IsEmpty("endsOn") ? null : form.Date("endsOn", "the last day");
        if (batch.HasEndedOn(batch.StartsOn)) form.Refuse("endsOn", "The last day comes before the first.");
        batch.Schedule = form.Text("schedule", "the days and times", 100, required: true) ?? "";
        batch.Mode = form.Choice<TeachingMode>("mode", "how it is taught") ?? default;
        batch.Seats = form.Whole("seats", "the number of seats", 1, 500) ?? 0;
        form.MustBeDrawable("code", "schedule");
    }

    private static async Task<IResult> AddAsync(HttpContext http, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var address = $"/batches/{form.FormId()}";
        if (!await SentForm.ClaimAsync(session, form, clock.Now, cancel)) return Results.Redirect(address);
        var batch = new Batch { Id = form.FormId(), CourseId = form.Id("courseId", "one from the list") ?? default };
        var course = await session.LoadAsync<Course>(batch.CourseId, cancel);
        if (batch.CourseId != default && course is not { Open: true }) form.Refuse("courseId", "Choose one from the list.");
        batch.Code = form.Code("code", 20) ?? "";
        Read(form, batch);
        if (form.Ok)
        {
            batch.EndsOn ??= batch.StartsOn.AddDays((course?.Weeks ?? 1) * 7 - 1);
            session.Insert(batch);
            Audit.Note(session, http.Audited(AuditKind.BatchChanged, $"{batch.Code}: added"));
            if (await session.TrySaveAsync(form, "code", "This code is taken.", cancel))
                return Results.Redirect($"/batches/{batch.Id}");
        }
        return new Page(Batches.Create(await ViewAsync(session, form, clock, cancel)), 422);
    }

    private static async Task<BatchesView> ViewAsync(IQuerySession session, Form form, InstituteClock clock, CancellationToken cancel)
    {
        var batches = await session.Query<Batch>().OrderByDescending(b => b.StartsOn).ToListAsync(cancel);
        var courses = (await session.Query<Course>().ToListAsync(cancel)).InReadingOrder(c => c.Name);
        var open = batches.Where(b => b.IsOpenOn(clock.Today)).ToLookup(b => b.HasBegunOn(clock.Today));
        var over = batches.Where(b => !b.IsOpenOn(clock.Today));
        return new BatchesView([.. open[false].Reverse()], [.. open[true]], [.. over], courses, form, clock.Now);
    }
}
