using Crm.Changes;
using Crm.Institute;
using Crm.Web;
using Marten;
using Npgsql;

namespace Crm.Imports;

/// <param name="Imports">The latest first.</param>
/// <param name="Changes">How far what each changed has come, or was taken back.</param>
public sealed record ImportsView(
    IReadOnlyList<Import> Imports, IReadOnlyDictionary<Guid, ChangeStatus> Changes, Form Form, InstituteClock Clock)
{
    public ImportLineView LineOf(Import import) =>
        new(import, Changes.TryGetValue(import.Id, out var status) ? status : null, Clock);
}

/// <summary>The list of what was imported, and where a file is dropped.</summary>
public static class ImportList
{
    /// <summary>A file as large as is taken, with the form around it: everywhere else a request may have far less.</summary>
    public const int MostBytes = SheetLimits.Bytes + 1024 * 1024;

    private const int Shown = 100;
    private static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    // A file at a time: each takes tens of megabytes while it is read.
    private static readonly SemaphoreSlim OneAtATime = new(1);

    public static void Map(IEndpointRouteBuilder imports)
    {
        imports.MapGet("", async Task<IResult> (IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
            ImportsPage.Create(await ViewAsync(session, Form.Fresh(), clock, cancel)));
        imports.MapPost("", DropAsync).TakesFilesOf(MostBytes);
    }

    private static async Task<IResult> DropAsync(
        HttpContext http, IDocumentStore store, NpgsqlDataSource source, Drop drop, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var file = (await http.Request.ReadFormAsync(cancel)).Files.GetFile("file");
        if (file is not { FileName.Length: > 0 }) form.Refuse("file", "Choose a file first.");
        else if (file.Length > SheetLimits.Bytes) form.Refuse("file", $"{NameOf(file)}: {SheetLimits.TooLarge(file.Length).Message}");
        var id = form.FormId();
        var stamp = http.Stamp(clock);
        if (form.Ok) await TryReadAsync(form, file!, () => KeepAsync(id, form, file!, stamp, store, source, drop, cancel), cancel);
        if (form.Ok) return http.Go($"/imports/{id}");
        await using var session = store.QuerySession();
        form.Renew();
        return new Page(ImportsPage.Create(await ViewAsync(session, form, clock, cancel)), StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task TryReadAsync(Form form, IFormFile file, Func<Task> keep, CancellationToken cancel)
    {
        await OneAtATime.WaitAsync(cancel);
        try
        {
            await keep();
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal.Field, $"{NameOf(file)}: {refusal.Message}");
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private static async Task KeepAsync(Guid id, Form form, IFormFile file, Stamp stamp, IDocumentStore store, NpgsqlDataSource source,
        Drop drop, CancellationToken cancel)
    {
        await using var work = await ImportSession.OpenAsync(store, source, cancel);
        if (!await SentForm.ClaimAsync(work.Documents, form, stamp.At, cancel) || !form.Ok) return;
        var bytes = new byte[file.Length];
        await using (var stream = file.OpenReadStream()) await stream.ReadExactlyAsync(bytes, cancel);
        var import = new Import { Id = id, FileName = NameOf(file), By = stamp.By, DroppedAt = stamp.At };
        await drop.ReadAsync(work.Database, work.Documents, import, bytes, cancel);
        await ImportRows.KeepFileAsync(work.Database, id, bytes, cancel);
        await ImportRows.ForgetOlderAsync(work.Database, stamp.At - Kept, cancel);
        work.Documents.Insert(import); // an id that a form sends may be of anything
        await work.CommitAsync(cancel);
    }

    // Some browsers tell the folder, too.
    private static string NameOf(IFormFile file)
    {
        const int longest = 100;
        var name = string.Concat(CellText.Held(file.FileName).Split('/', '\\')[^1].Where(c => !char.IsControl(c))).Trim();
        return name.Length <= longest ? name : name[^longest..];
    }

    private static async Task<ImportsView> ViewAsync(IQuerySession session, Form form, InstituteClock clock, CancellationToken cancel)
    {
        var imports = await session.Query<Import>().OrderByDescending(i => i.DroppedAt).Take(Shown).ToListAsync(cancel);
        var changes = (await session.LoadManyAsync<Change>(cancel, [.. imports.Select(i => i.Id)])).ToDictionary(c => c.Id, c => c.Status);
        return new ImportsView(imports, changes, form.WithId(), clock);
    }
}

/// <param name="Change">How far what it changed has come, or was taken back; null where it changed nothing.</param>
public sealed record ImportLineView(Import Import, ChangeStatus? Change, InstituteClock Clock)
{
    public string State => Import.State switch
    {
        _ when ColumnWords.IsTakenBack(Change) => Format.Words(Change!.Value),
        ImportState.Draft => "Not started",
        ImportState.Running => $"{Format.Percent(Import.Taken, Import.Planned)} done",
        var state => Format.Words(state),
    };

    /// <summary>As the badges of messages have them.</summary>
    public string Look => Import.State switch
    {
        _ when ColumnWords.IsTakenBack(Change) => "",
        ImportState.Running => "sending",
        ImportState.Done => "sent",
        ImportState.Stopped => "failed",
        _ => "",
    };
}
