using Crm.Accounts;
using Crm.Changes;
using Crm.Institute;
using Crm.Web;
using Hangfire;
using Marten;
using Npgsql;

namespace Crm.Imports;

/// <summary>Starts an import, stops it, has it go on, and forgets a file.</summary>
public static class RunImport
{
    private const string Seen = "seen";

    public static void Map(IEndpointRouteBuilder imports)
    {
        imports.MapPost("/{id:guid}/start", (
            Guid id, HttpContext http, IDocumentStore store, NpgsqlDataSource source, ImportPage page, InstituteClock clock,
            IBackgroundJobClient jobs, CancellationToken cancel) => new Act(id, http, store, source, page, clock, cancel)
            .CarryOutAsync(StartAsync, () => jobs.Enqueue<ImportRunner>(r => r.RunAsync(CancellationToken.None)))).ShowsFormAgain();
        imports.MapPost("/{id:guid}/continuation", (
            Guid id, HttpContext http, IDocumentStore store, NpgsqlDataSource source, ImportPage page, InstituteClock clock,
            IBackgroundJobClient jobs, CancellationToken cancel) => new Act(id, http, store, source, page, clock, cancel)
            .CarryOutAsync(GoOnAsync, () => jobs.Enqueue<ImportRunner>(r => r.RunAsync(CancellationToken.None))));
        imports.MapPost("/{id:guid}/stop", (
            Guid id, HttpContext http, IDocumentStore store, NpgsqlDataSource source, ImportPage page, InstituteClock clock,
            CancellationToken cancel) => new Act(id, http, store, source, page, clock, cancel).CarryOutAsync(StopAsync));
        imports.MapPost("/{id:guid}/removal", (
            Guid id, HttpContext http, IDocumentStore store, NpgsqlDataSource source, ImportPage page, InstituteClock clock,
            CancellationToken cancel) => new Act(id, http, store, source, page, clock, cancel).CarryOutAsync(ForgetAsync));
    }

    /// <summary>A fresh form to start with.</summary>
    public static Form FormOf(Import import) => Form.Fresh((Seen, $"{import.Revision}"), ("counsellor", import.Counsellor));

    /// <summary>One that was refused, on the page as it is now.</summary>
    public static Form Again(Import import, Form refused)
    {
        refused[Seen] = $"{import.Revision}";
        return refused.WithId();
    }

    private static async Task StartAsync(Act act, ImportSession work, Import import, Form form)
    {
        if (!import.IsDraft) return; // a colleague was quicker: it runs
        if (form[Seen] != $"{import.Revision}")
            form.Refuse("", "The columns were changed meanwhile. Look at the rows again, then start.");
        if (form["consent"] != "true") form.Refuse("consent", "Make sure of their consent before keeping their details.");
        if (import.Planned == 0) form.Refuse("", "No row can go in as the columns are now.");
        var (counsellor, name) = await WhoAsync(work.Documents, form, act.Cancel);
        if (!form.Ok) return;
        (import.State, import.StartedAt, import.By) = (ImportState.Running, act.Stamp.At, act.Stamp.By);
        (import.Counsellor, import.CounsellorName, import.Writes) = (counsellor, name, form["writes"] == "true");
        await ImportRows.ForgetFileAsync(work.Database, import.Id, act.Cancel);
        var change = ChangeWriter.Begin(work.Documents, ChangeKind.Import, $"Imported {import.FileName}", act.Stamp, import.Id);
        change.Total = import.Planned;
        work.Documents.Store(MemoryOf(import));
        work.Documents.Store(import);
    }

    private static async Task<(string Id, string? Name)> WhoAsync(IDocumentSession session, Form form, CancellationToken cancel)
    {
        if (form["counsellor"] is "" or Import.InTurn) return (form["counsellor"], null);
        if (Guid.TryParse(form["counsellor"], out var id) && await session.LoadAsync<User>(id, cancel) is { Active: true } user)
            return (id.ToString(), user.Name);
        form.Refuse("counsellor", "Choose somebody who may sign in.");
        return ("", null);
    }

    private static RememberedColumns MemoryOf(Import import) => new()
    {
        Id = RememberedColumns.IdOf(import.Columns.Select(c => c.Heading)),
        Fields = [.. import.Columns.Select(c => c.Field)],
        Order = import.ChosenOrder,
        Courses = import.ChosenCourses,
        CourseOfRest = import.CourseOfRest,
        Counsellors = import.ChosenCounsellors,
    };

    private static async Task GoOnAsync(Act act, ImportSession work, Import import, Form form)
    {
        if (!import.IsStopped) return;
        var change = await ImportSession.ChangeOfAsync(work, import, act.Cancel);
        if (change.Status != ChangeStatus.Stopped) form.Refuse("", "What went in was taken back: drop the file again.");
        if (!form.Ok) return;
        (import.State, import.EndedAt) = (ImportState.Running, null);
        (change.Status, change.EndedAt) = (ChangeStatus.Running, null);
        work.Documents.Store(import);
        work.Documents.Store(change);
    }

    // No batch is on its way while the import is locked: what went in is what it says.
    private static async Task StopAsync(Act act, ImportSession work, Import import, Form form)
    {
        if (!import.IsRunning) return;
        (import.State, import.EndedAt) = (ImportState.Stopped, act.Stamp.At);
        import.Counts = await ImportRows.CountAsync(work.Database, import.Id, act.Cancel);
        (await ImportSession.ChangeOfAsync(work, import, act.Cancel)).End(work.Documents, act.Stamp.At, ChangeStatus.Stopped);
        work.Documents.Store(import);
    }

    // Of one that went in, what was refused is forgotten; the list of what went in stays.
    private static async Task ForgetAsync(Act act, ImportSession work, Import import, Form form)
    {
        if (import.IsRunning) form.Refuse("", "Stop the import first.");
        if (!form.Ok) return;
        if (!import.IsDraft)
        {
            await ImportRows.ForgetCellsAsync(work.Database, import.Id, act.Cancel);
            return;
        }
        await ImportRows.ForgetAllAsync(work.Database, import.Id, act.Cancel);
        work.Documents.Delete(import);
        act.GoTo = "/imports";
    }

    /// <summary>One form of an import's page, carried out once, on the import as it stands when nobody else can change it.</summary>
    private sealed record Act(
        Guid Id, HttpContext Http, IDocumentStore Store, NpgsqlDataSource Source, ImportPage Page, InstituteClock Clock,
        CancellationToken Cancel)
    {
        public Stamp Stamp { get; } = Http.Stamp(Clock);

        public string GoTo { get; set; } = $"/imports/{Id}";

        /// <param name="then">Done when all is stored.</param>
        public async Task<IResult> CarryOutAsync(Func<Act, ImportSession, Import, Form, Task> act, Action? then = null)
        {
            var form = await Form.ReadAsync(Http.Request, Cancel);
            await using (var work = await ImportSession.OpenAsync(Store, Source, Cancel))
            {
                var isNew = form.Ok && await SentForm.ClaimAsync(work.Documents, form, Clock.Now, Cancel);
                if (await work.LockAsync(Id, Cancel) is not { } import) return isNew ? Results.NotFound() : Http.Go("/imports");
                if (isNew && form.Ok) await act(this, work, import, form);
                if (form.Ok) await work.CommitAsync(Cancel);
            }
            if (!form.Ok) return await Page.AgainAsync(Id, Http, form, Cancel);
            then?.Invoke();
            return Http.Go(GoTo);
        }
    }
}
