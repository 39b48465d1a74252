using System.Globalization;
using Crm.Institute;
using Crm.People;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Privacy;

/// <param name="Due">The first of those who are due.</param>
/// <param name="More">Whether there are more of them than are shown.</param>
/// <param name="Refused">The form that was refused, of the person that it is about; null where none was.</param>
/// <param name="Gone">Whom an import had brought that was taken back, as far as they were looked for.</param>
public sealed record RetentionView(Form Form, bool Saved, PrivacySettings Settings, IReadOnlyList<Person> Due, bool More,
    IReadOnlyList<(KeptLonger Kept, string Name)> Kept, IReadOnlyList<RetentionRun> Runs, IReadOnlyList<Erasure> Erasures,
    (Guid Person, Form Form)? Refused, GoneSearch Gone, InstituteClock Clock)
{
    public Form FormOf(Person person) => Refused is { } refused && refused.Person == person.Id
        ? refused.Form
        : Form.Fresh(("until", Clock.Today.AddMonths(6).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
}

/// <summary>The managers' page of how long what is kept: who is due to be erased, who is kept longer, and what the nights came to.
/// </summary>
public sealed class RetentionPage(IDocumentStore store, Retention retention, CurrentInstitute institute, InstituteClock clock)
{
    public const string Address = "/privacy";

    private const int Shown = 50, LongestMonths = 120, LongestPaperMonths = 360;

    public static void Map(IEndpointRouteBuilder app)
    {
        var privacy = app.MapGroup(Address).RequireAuthorization(Roles.ManagerPolicy);
        privacy.MapGet("", (string? gone, RetentionPage page, CancellationToken cancel) =>
            page.ShowAsync(null, null, false, cancel, gone));
        privacy.MapPost("", (HttpContext http, RetentionPage page, CancellationToken cancel) => page.SaveAsync(http, cancel))
            .ShowsFormAgain();
        privacy.MapPost("/kept/{id:guid}", (Guid id, HttpContext http, RetentionPage page, CancellationToken cancel) =>
            page.KeepAsync(id, http, cancel)).ShowsFormAgain();
        privacy.MapPost("/kept/{id:guid}/removal", (Guid id, HttpContext http, RetentionPage page, CancellationToken cancel) =>
            page.LetGoAsync(id, http, cancel));
    }

    private async Task<IResult> ShowAsync(
        Form? form, (Guid Person, Form Form)? refused, bool saved, CancellationToken cancel, string? sought = null)
    {
        await using var session = store.QuerySession();
        var settings = await PrivacySettings.LoadAsync(session, cancel);
        var due = await retention.DueAsync(session, settings, Shown + 1, cancel);
        var kept = await session.Query<KeptLonger>().OrderBy(k => k.Until).ToListAsync(cancel);
        var gone = await GonePeople.FindAsync(session, sought, institute.Profile.PhoneRegion, cancel);
        var names = (await session.LoadManyAsync<Person>(cancel, [.. kept.Select(k => k.Id)])).ToDictionary(p => p.Id, p => p.Name.Text);
        var view = new RetentionView(form ?? Form.Showing(Drawn(settings)), saved, settings, [.. due.Take(Shown)], due.Count > Shown,
            [.. kept.Select(k => (k, names.GetValueOrDefault(k.Id, "")))],
            await session.Query<RetentionRun>().Where(r => !r.IsEmpty).OrderByDescending(r => r.At).Take(Shown).ToListAsync(cancel),
            await session.Query<Erasure>().OrderByDescending(e => e.At).Take(Shown).ToListAsync(cancel), refused, gone,
            clock);
        return new Page(Keeping.Create(view), form is null or { Ok: true } && refused is null && gone.Form.Ok ? 200 : 422);
    }

    private async Task<IResult> SaveAsync(HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        await using var session = store.LightweightSession();
        var settings = await session.LockAsync<PrivacySettings>(PrivacySettings.TheOne, cancel) ?? new PrivacySettings();
        List<Drawn> before = [.. Drawn(settings)];
        form.Reconcile(before);
        settings.AuditMonths = form.Whole("auditMonths", "the months", PrivacySettings.FewestAuditMonths, LongestMonths) ?? 0;
        settings.PaperMonths = form.Whole("paperMonths", "the months", PrivacySettings.FewestPaperMonths, LongestPaperMonths) ?? 0;
        settings.LostMonths = form.IsEmpty("lostMonths") ? null : form.Whole("lostMonths", "the months", 1, LongestMonths);
        if (!form.Ok) return await ShowAsync(form, null, false, cancel);
        session.Store(settings);
        http.AuditSettings(session, "retention", before, Drawn(settings));
        return await session.TrySaveAsync(form, "", Form.Overtaken, cancel)
            ? await ShowAsync(null, null, true, cancel)
            : await ShowAsync(form, null, false, cancel);
    }

    private async Task<IResult> KeepAsync(Guid id, HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        await using var session = store.LightweightSession();
        if (await session.LoadAsync<Person>(id, cancel) is not { IsErased: false }) return Results.Redirect(Address);
        var until = form.Date("until", "the last day");
        if (until is { } day && KeptLonger.WhyNot(day, clock.Today) is { } why) form.Refuse("until", why);
        var reason = form.Text("why", "why they are kept", 200, required: true);
        if (form.Ok && await SentForm.ClaimAsync(session, form, clock.Now, cancel) && form.Ok)
        {
            var stamp = http.Stamp(clock);
            session.Store(new KeptLonger { Id = id, Until = until!.Value, Why = reason!, By = stamp.By.Name, At = stamp.At });
            Audit.Note(session, http.Audited(AuditKind.Kept, $"until {Format.Date(until.Value)}", id));
            await session.SaveChangesAsync(cancel);
        }
        return form.Ok ? Results.Redirect(Address) : await ShowAsync(null, (id, form), false, cancel);
    }

    private async Task<IResult> LetGoAsync(Guid id, HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        await using var session = store.LightweightSession();
        if (await SentForm.ClaimAsync(session, form, clock.Now, cancel) && await session.LoadAsync<KeptLonger>(id, cancel) is { } kept)
        {
            session.Delete(kept);
            Audit.Note(session, http.Audited(AuditKind.Kept, "no longer", id));
            await session.SaveChangesAsync(cancel);
        }
        return Results.Redirect(Address);
    }

    private static IEnumerable<Drawn> Drawn(PrivacySettings settings) =>
    [
        ("auditMonths", settings.AuditMonths.ToString(CultureInfo.InvariantCulture)),
        ("paperMonths", settings.PaperMonths.ToString(CultureInfo.InvariantCulture)),
        ("lostMonths", settings.LostMonths?.ToString(CultureInfo.InvariantCulture) ?? ""),
    ];
}
