using Crm.Institute;
using Crm.People;
using Crm.Web;
using Marten;

namespace Crm.Privacy;

/// <param name="IsGone">Whether they were taken back with the import that had brought them: they have no page.</param>
/// <param name="WhyNot">Why they cannot be erased yet; null where they can.</param>
/// <param name="Erased">What was erased before; null where nothing was.</param>
public sealed record DataView(Person Person, bool IsGone, HeldView Held, string? WhyNot, Erasure? Erased, Form Form, InstituteClock Clock)
{
    public string Address => $"/people/{Person.Id}/data";
}

/// <summary>The managers' page of what is held of a person: a file of it for them, and their erasure.</summary>
public sealed class DataPage(IDocumentStore store, HeldFile file, Eraser eraser, PersonViews views, InstituteClock clock)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var data = app.MapGroup("/people/{id:guid}/data").RequireAuthorization(Roles.ManagerPolicy);
        data.MapGet("", (Guid id, HttpContext http, DataPage page, CancellationToken cancel) =>
            page.ShowAsync(id, http, Form.Fresh(), cancel));
        data.MapPost("/files", (Guid id, HttpContext http, DataPage page, CancellationToken cancel) => page.SendAsync(id, http, cancel));
        data.MapPost("/erasure", (Guid id, HttpContext http, DataPage page, CancellationToken cancel) =>
            page.EraseAsync(id, http, cancel)).ShowsFormAgain();
    }

    private async Task<IResult> ShowAsync(Guid id, HttpContext http, Form form, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        if (await Subject.LoadAsync(session, id, cancel, gone: true) is not { } subject) return Results.NotFound();
        await views.NoteAsync(http, subject.Person.Id);
        var erased = subject.ErasedAs.Length > 0 ? await session.LoadAsync<Erasure>(subject.ErasedAs, cancel) : null;
        var held = file.View(subject, await file.FindAsync(subject, session, cancel));
        var whyNot = await eraser.WhyNotAsync(session, subject, cancel);
        var view = new DataView(subject.Person, subject.IsGone, held, whyNot, erased, form, clock);
        return new Page(PersonData.Create(view), form.Ok ? 200 : 422);
    }

    private async Task<IResult> SendAsync(Guid id, HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        await using var session = store.LightweightSession();
        if (await Subject.LoadAsync(session, id, cancel, gone: true) is not { } subject) return Results.NotFound();
        var found = await file.FindAsync(subject, session, cancel);
        var json = form["as"] == "json";
        Audit.Note(session, http.Audited(AuditKind.AccessGiven, json ? "JSON" : "a page", subject.Person.Id, found.Count));
        await session.SaveChangesAsync(cancel);
        var name = $"held-{clock.Today:yyyy-MM-dd}";
        if (json) return Results.File(file.Json(subject, found), "application/json", name + ".json");
        http.Response.Headers.ContentDisposition = $"attachment; filename={name}.html";
        return new Page(HeldPaper.Create(file.View(subject, found)));
    }

    private async Task<IResult> EraseAsync(Guid id, HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (form["sure"] != "true") form.Refuse("sure", "Tick this if it is right: what is erased cannot be brought back.");
        if (!form.Ok) return await ShowAsync(id, http, form, cancel);
        try
        {
            await eraser.EraseAsync(id, ErasureReason.Asked, http.Stamp(clock), http.Audited(AuditKind.Erased), cancel,
                async session => await SentForm.ClaimAsync(session, form, clock.Now, cancel) && form.Ok);
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal);
        }
        return form.Ok ? Results.Redirect($"/people/{id}/data") : await ShowAsync(id, http, form, cancel);
    }
}
