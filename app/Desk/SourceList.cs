using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Crm.Web;
using Marten;
using Marten.Services.BatchQuerying;

namespace Crm.Desk;

/// <summary>A source as it is called by now, with what was joined under its name.</summary>
/// <param name="Leads">How many came from it, and from those joined with it.</param>
public sealed record SourceRow(string Name, int Leads, IReadOnlyList<SourceJoin> Joined);

/// <param name="AreMore">Not all are shown: anybody can write a link with a source of their own.</param>
public sealed record SourcesView(IReadOnlyList<SourceRow> Rows, bool AreMore, Form Form, InstituteClock Clock)
{
    /// <summary>Whether the box of a source was ticked on a form that was refused.</summary>
    public bool IsChosen(string name) => Form.All("names").Contains(name);
}

/// <summary>The page on which managers say which sources are one.</summary>
public static class SourceList
{
    public const int MostNames = 200;

    // Walks from one name to the next by the index, whatever the number of leads.
    private static readonly string Names = $"""
        with recursive names as (
            (select source_name from {MartenSetup.Schema}.mt_doc_lead order by source_name limit 1)
            union all
            select (
                select l.source_name from {MartenSetup.Schema}.mt_doc_lead l
                where l.source_name > n.source_name order by l.source_name limit 1)
            from names n where n.source_name is not null)
        select source_name from names where source_name is not null limit {MostNames}
        """;

    private const string Counts = $"""
        select row(source_name), row(count(*)::int) from {MartenSetup.Schema}.mt_doc_lead group by source_name
        """;

    public static void Map(IEndpointRouteBuilder app)
    {
        var manager = app.MapGroup("/sources").RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("", async Task<IResult> (IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
            SourceTable.Create(await ViewAsync(session, Form.Fresh(), clock, cancel)));
        manager.MapPost("/joins", JoinAsync).ShowsFormAgain();
        manager.MapPost("/partings", PartAsync).ShowsFormAgain();
    }

    /// <summary>Asks for all names that are stored, as they are of some seconds ago.</summary>
    internal static async Task<IReadOnlyList<string>> Ask(IBatchedQuery batch, IDocumentStore store)
    {
        if (Remembered.TryGet<IReadOnlyList<string>>(store, Names, out var known)) return known!;
        return Remembered.Keep(store, Names, await batch.Query<string>(Names));
    }

    /// <param name="stored">As <see cref="Ask"/> finds them.</param>
    /// <returns>The names that sources have by now, in the order in which they are read.</returns>
    public static IReadOnlyList<string> NamesOf(IEnumerable<string> stored, SourceBook book) =>
        stored.Select(book.NameOf).Distinct().InReadingOrder(name => name);

    private static async Task<IResult> JoinAsync(
        HttpContext http, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var into = SourceNames.Shown(form.Text("into", "the name that they are to have", SourceNames.Longest, required: true));
        if (form.Ok && into is null) form.Refuse("into", "Enter the name that they are to have.");
        if (!form.Ok) return await RefusedAsync(session, form, clock, cancel);
        return await ChangeAsync(http, session, form, clock,
            (book, stamp) => book.Join(form.All("names"), SourceNames.Usual(into!), stamp.By.Name, stamp.At), cancel);
    }

    private static async Task<IResult> PartAsync(
        HttpContext http, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (!form.Ok) return await RefusedAsync(session, form, clock, cancel);
        return await ChangeAsync(http, session, form, clock, (book, _) => book.Part(form["name"]), cancel);
    }

    private static async Task<IResult> ChangeAsync(HttpContext http, IDocumentSession session, Form form, InstituteClock clock,
        Action<SourceBook, Stamp> change, CancellationToken cancel)
    {
        if (!await SentForm.ClaimAsync(session, form, clock.Now, cancel)) return Results.Redirect("/sources");
        if (!form.Ok) return await RefusedAsync(session, form, clock, cancel);
        var book = await SourceBook.LoadAsync(session, cancel);
        try
        {
            change(book, http.Stamp(clock));
            session.Store(book);
            if (await session.TrySaveAsync(form, "", Form.Overtaken, cancel)) return Results.Redirect("/sources");
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal);
        }
        session.EjectAllPendingChanges();
        return await RefusedAsync(session, form, clock, cancel);
    }

    private static async Task<IResult> RefusedAsync(IQuerySession session, Form form, InstituteClock clock, CancellationToken cancel) =>
        new Page(SourceTable.Create(await ViewAsync(session, form, clock, cancel)), StatusCodes.Status422UnprocessableEntity);

    private static async Task<SourcesView> ViewAsync(IQuerySession session, Form form, InstituteClock clock, CancellationToken cancel)
    {
        var book = await SourceBook.LoadAsync(session, cancel);
        var counts = await session.AdvancedSql.QueryAsync<string, int>(Counts, cancel);
        var rows = counts.GroupBy(c => book.NameOf(c.Item1)).Select(named => new SourceRow(named.Key, named.Sum(c => c.Item2),
            [.. book.SourcesOf(named.Key).Skip(1).Select(name => book.Joins.First(j => j.Name == name))]))
            .OrderByDescending(r => r.Leads).ThenBy(r => ReadingOrder.KeyOf(r.Name), StringComparer.Ordinal).ToList();
        return new SourcesView([.. rows.Take(MostNames)], rows.Count > MostNames, form, clock);
    }
}
