using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Enquiries;

/// <param name="Pairs">Undecided pairs, the most probable first, and of those the latest found.</param>
/// <param name="Next">The number of the page that follows; null at the end.</param>
public sealed record DuplicatesView(IReadOnlyList<(PossibleDuplicate Pair, Person Newer, Person Older)> Pairs, int? Next);

/// <summary>The list of possible duplicates, and the page on which two records are looked at side by side.</summary>
public static class MergePages
{
    private const int Shown = 50;
    private const int MostPages = 10_000;

    // The most probable first, along their index. Who was merged, or is gone, is no pair any more.
    internal const string Listed = $"""
        select d.id from {MartenSetup.Schema}.mt_doc_possibleduplicate d
        join {MartenSetup.Schema}.mt_doc_person n on n.id = d.newer join {MartenSetup.Schema}.mt_doc_person o on o.id = d.older
        where d.decided_at is null and n.data ->> 'MergedInto' is null and o.data ->> 'MergedInto' is null
        order by d.weight desc, d.found_at desc, d.id desc offset ? limit ?
        """;

    public static void MapMergePages(this IEndpointRouteBuilder app)
    {
        app.MapGet("/duplicates", ListAsync);
        app.MapGet("/people/{id:guid}/merges/new", LookAsync).RequireAuthorization(Roles.CounsellingPolicy);
        app.MapPost("/people/{id:guid}/merges", MergeAsync).ShowsFormAgain();
        app.MapPost("/people/{id:guid}/splits", SplitAsync);
        app.MapPost("/people/{id:guid}/others", KeepApartAsync);
    }

    private static async Task<IResult> ListAsync(IQuerySession session, int? page, CancellationToken cancel)
    {
        var at = Math.Clamp(page ?? 1, 1, MostPages);
        var ids = await session.AdvancedSql.QueryAsync<string>(Listed, cancel, (at - 1) * Shown, Shown + 1);
        var pairs = (await session.LoadManyAsync<PossibleDuplicate>(cancel, [.. ids.Take(Shown)])).ToDictionary(p => p.Id);
        Guid[] who = [.. pairs.Values.SelectMany(p => new[] { p.Newer, p.Older }).Distinct()];
        var people = (await session.LoadManyAsync<Person>(cancel, who)).ToDictionary(p => p.Id);
        var shown = ids.Take(Shown).Select(id => pairs[id]).Where(p => people.ContainsKey(p.Newer) && people.ContainsKey(p.Older));
        return Duplicates.Create(new DuplicatesView(
            [.. shown.Select(p => (p, people[p.Newer], people[p.Older]))], ids.Count > Shown ? at + 1 : null));
    }

    private static async Task<IResult> LookAsync(Guid id, Guid with, IQuerySession session, CancellationToken cancel)
    {
        // A page from before a merge leads to the records that go on.
        var into = (await session.LoadManyAsync<Person>(cancel, id, with)).Where(p => p.MergedInto is not null)
            .ToDictionary(p => p.Id, p => p.MergedInto!.Value);
        if (into.Count > 0)
        {
            var (one, other) = (into.GetValueOrDefault(id, id), into.GetValueOrDefault(with, with));
            return Results.Redirect(one == other ? $"/people/{one}" : $"/people/{one}/merges/new?with={other}");
        }
        return await ViewAsync(session, id, with, new Form(), cancel) is { } view ? Merge.Create(view) : Results.NotFound();
    }

    private static async Task<IResult> MergeAsync(
        Guid id, HttpContext http, IQuerySession session, MergePeople merging, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var other = form.Id("other", "the other person");
        try
        {
            if (form.Ok && !await merging.MergeAsync(id, other!.Value, FromOther(form), form["seen"], http.Stamp(clock), cancel))
                return Results.NotFound();
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal);
        }
        if (form.Ok) return Results.Redirect($"/people/{id}");
        return other is { } known && await ViewAsync(session, id, known, form, cancel) is { } view
            ? new Page(Merge.Create(view), 422)
            : Results.NotFound();
    }

    private static List<string> FromOther(Form form) => [.. DetailField.All.Select(f => f.Key).Where(key => form[key] == "other")];

    private static async Task<IResult> SplitAsync(
        Guid id, HttpContext http, MergePeople merging, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var other = form.Id("other", "the other person");
        try
        {
            if (!form.Ok || !await merging.SplitAsync(id, other!.Value, http.Stamp(clock), cancel)) return Results.NotFound();
        }
        catch (Refusal refusal)
        {
            return new NoticeAnswer(new Notice("Not split", refusal.Message, "Back to the person", $"/people/{id}"), 422);
        }
        return Results.Redirect($"/people/{id}");
    }

    private static async Task<IResult> KeepApartAsync(
        Guid id, HttpContext http, MergePeople merging, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (form.Id("other", "the other person") is not { } other) return Results.NotFound();
        await merging.KeepApartAsync(id, other, clock.Now, cancel);
        return Results.Redirect("/duplicates");
    }

    private static async Task<MergeView?> ViewAsync(IQuerySession session, Guid id, Guid otherId, Form form, CancellationToken cancel)
    {
        var keep = await session.LoadAsync<Person>(id, cancel);
        var other = await session.LoadAsync<Person>(otherId, cancel);
        if (keep is null || other is null || id == otherId) return null;
        var pair = await session.LoadAsync<PossibleDuplicate>(PossibleDuplicate.IdOf(id, otherId), cancel);
        var leads = await session.Query<Lead>().Where(l => l.PersonId == id || l.PersonId == otherId).OrderBy(l => l.ReceivedAt)
            .ToListAsync(cancel);
        var seats = await session.Query<Enrolment>().Where(s => s.PersonId == id || s.PersonId == otherId).OrderBy(s => s.EnrolledAt)
            .ToListAsync(cancel);
        var lists = await session.LoadManyAsync<Batch>(cancel, [.. leads.SelectMany(l => l.Waits).Distinct()]);
        form["seen"] = MergePeople.SeenOf(keep, other);
        return new MergeView(keep, other, pair?.Reason, leads, seats, lists, form);
    }
}
