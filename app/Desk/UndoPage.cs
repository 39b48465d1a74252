using Crm.Changes;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <param name="Left">The first of those that would be left.</param>
public sealed record UndoView(Change Change, UndoPreview Preview, IReadOnlyList<ChangeLine> Left, Form Form)
{
    public string Address => $"/changes/{Change.Id}";

    public bool HasMore => Preview.Left.Count > Left.Count;
}

/// <summary>Asks before a change is undone, with what would come of it, and has it undone.</summary>
public static class UndoPage
{
    // So many are looked at while somebody waits for the page.
    private const int Looked = 4000;
    private const int Shown = 100;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/changes/{id:guid}/undoings/new", async Task<IResult> (
            Guid id, HttpContext http, IQuerySession session, ChangeLines lines, CancellationToken cancel) =>
            await session.LoadAsync<Change>(id, cancel) is { } change
                ? await AskAsync(http, session, lines, change, Form.Fresh(), 200, cancel)
                : Results.NotFound());
        app.MapPost("/changes/{id:guid}/undoings", UndoAsync).ShowsFormAgain();
    }

    private static async Task<IResult> AskAsync(HttpContext http, IQuerySession session, ChangeLines lines, Change change, Form form,
        int status, CancellationToken cancel)
    {
        if (!change.MayBeUndoneBy(http.User.UserId(), http.User.IsManager())) return Results.Redirect($"/changes/{change.Id}");
        var preview = await ChangeUndo.LookAsync(session, change.Id, Looked, cancel);
        var left = await lines.ReadAsync(session, [.. preview.Left.Take(Shown)], cancel);
        return new Page(Undo.Create(new UndoView(change, preview, left, form)), status);
    }

    private static async Task<IResult> UndoAsync(
        Guid id, HttpContext http, IDocumentSession session, ChangeLines lines, ChangeWorker worker, InstituteClock clock,
        CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await session.LoadAsync<Change>(id, cancel) is not { } change) return Results.NotFound();
        var stamp = http.Stamp(clock);
        try
        {
            if (!form.Ok) return await AskAsync(http, session, lines, change, form.WithId(), 422, cancel);
            if (!await SentForm.ClaimAsync(session, form, stamp.At, cancel)) return Results.Redirect($"/changes/{id}");
            if (!change.MayBeUndoneBy(stamp.By.UserId!.Value, http.User.IsManager())) return Results.Redirect($"/changes/{id}");
            if (await ChangeUndo.BeginAsync(session, id, stamp, cancel) is not { } undoing) return Results.NotFound();
            await session.SaveChangesAsync(cancel);
            await worker.StartAsync(undoing, cancel);
        }
        catch (Refusal refusal)
        {
            return new NoticeAnswer(new Notice("Not undone", refusal.Message, "Back to the change", $"/changes/{id}"), 422);
        }
        return Results.Redirect($"/changes/{id}");
    }
}
