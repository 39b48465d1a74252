using Crm.Accounts;
using Crm.Changes;
using Crm.Institute;
using Crm.People;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Desk;

/// <param name="Next">The place after which the next page begins; null at the end.</param>
/// <param name="Names">Whom a change of few people is about, as they are called by now.</param>
public sealed record ChangesView(
    IReadOnlyList<Change> Changes, IReadOnlyDictionary<Guid, string> Names, string? Next, InstituteClock Clock);

/// <param name="OnlyLeft">Whether those alone are shown that were left out or left as they are.</param>
/// <param name="Next">The row after which the next page begins; null at the end.</param>
/// <param name="Related">What it undoes, and by what it was undone.</param>
public sealed record ChangeView(
    Change Change, IReadOnlyList<ChangeLine> Lines, bool OnlyLeft, int? Next, bool MayBeUndone, bool MayBeStopped,
    IReadOnlyList<(string Says, Change Other)> Related, InstituteClock Clock)
{
    public string Address => $"/changes/{Change.Id}";

    /// <summary>Of one that is being undone, its undoing's page shows that.</summary>
    public bool ShowsProgress => Change is { Status: ChangeStatus.Running, Total: > 0 };

    /// <summary>How far it has come, of a hundred.</summary>
    public int Percent => Change.Total == 0 ? 0 : (int)Math.Min(100, 100L * Change.Seen / Change.Total);
}

/// <summary>The pages of acts on many things: who did what, when and to how many, and to whom each.</summary>
public static class ChangesPage
{
    private const int RowsOnPage = 100;
    private const int Few = 3;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/changes", ListAsync);
        app.MapGet("/changes/{id:guid}", ShowAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, IQuerySession session, InstituteClock clock, Sight sight, string? before, CancellationToken cancel)
    {
        var (shown, next) = await ChangeList.ReadAsync(session, before, sight.OnlyOf(http.User), cancel);
        return ChangeTable.Create(new ChangesView(shown, await NamesAsync(session, shown, cancel), next, clock));
    }

    private static async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(
        IQuerySession session, IReadOnlyList<Change> changes, CancellationToken cancel)
    {
        Guid[] few = [.. changes.Where(c => c.People is > 0 and <= Few).Select(c => c.Id)];
        var of = await ChangeRows.PeopleOfAsync(session, few, cancel);
        var people = (await session.LoadManyAsync<Person>(cancel, [.. of.SelectMany(c => c).Distinct()])).ToDictionary(p => p.Id);
        return of.ToDictionary(c => c.Key, c => string.Join(", ",
            c.Where(people.ContainsKey).Select(id => people[id].Name.Text).Distinct()));
    }

    private static async Task<IResult> ShowAsync(Guid id, HttpContext http, IQuerySession session, ChangeLines lines, InstituteClock clock,
        int? after, bool? left, CancellationToken cancel)
    {
        if (await session.LoadAsync<Change>(id, cancel) is not { } change) return Results.NotFound();
        RowState[] states = left == true ? [RowState.Skipped, RowState.Left] : [];
        var rows = await ChangeRows.AfterAsync(session, id, after ?? 0, RowsOnPage + 1, cancel, states);
        List<ChangeRow> shown = [.. rows.Take(RowsOnPage)];
        var related = new List<(string, Change)>();
        if (change.Undoes is { } undoes && await session.LoadAsync<Change>(undoes, cancel) is { } first) related.Add(("It undid", first));
        if (change.UndoneBy is { } by && await session.LoadAsync<Change>(by, cancel) is { } undo) related.Add(("Undone by", undo));
        var view = new ChangeView(change, await lines.ReadAsync(session, shown, cancel), left == true,
            rows.Count > RowsOnPage ? shown[^1].Seq : null, change.MayBeUndoneBy(http.User.UserId(), http.User.IsManager()),
            change.MayBeStoppedBy(http.User.UserId(), http.User.IsManager()), related, clock);
        if (change.IsAtWork && !http.Request.IsHtmx()) http.Response.Headers["Refresh"] = "5";
        return http.Request.IsHtmx() && !http.Request.IsHistoryRestore() ? ChangeBody.Create(view) : ChangeDetail.Create(view);
    }
}
