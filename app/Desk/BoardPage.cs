using System.Data;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Desk;

public sealed record BoardColumn(Stage Stage, int Count, IReadOnlyList<LeadRow> Rows)
{
    public bool HasMore => Count > Rows.Count;
}

/// <param name="Counsellor">Whose leads are shown; null for everybody's.</param>
public sealed record BoardView(IReadOnlyList<BoardColumn> Columns, Guid? Counsellor, InstituteClock Clock)
{
    public string ListOf(Stage stage) => $"/leads?stage={stage}{(Counsellor is { } id ? $"&counsellor={id}" : "")}";
}

/// <summary>The pipeline: the leads in the lanes of their stages.</summary>
public static class BoardPage
{
    private const int TilesInLane = 30;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/leads/board", async (
            HttpContext http, IDocumentStore store, InstituteClock clock, bool? mine, CancellationToken cancel) =>
            Board.Create(await LoadAsync(store, mine == true ? http.User.UserId() : null, clock, cancel)));

    private static async Task<BoardView> LoadAsync(IDocumentStore store, Guid? counsellor, InstituteClock clock, CancellationToken cancel)
    {
        // One moment for all columns: a lead moved meanwhile must not stand in two of them, or in none.
        await using var session = store.LightweightSession(IsolationLevel.RepeatableRead);
        await session.BeginTransactionAsync(cancel);
        var columns = new List<BoardColumn>();
        foreach (var stage in Stages.Funnel)
        {
            var query = session.Query<Lead>().Where(l => l.Stage == stage);
            if (counsellor is { } id) query = query.Where(l => l.CounsellorId == id);
            var count = await query.CountAsync(cancel);
            var leads = await query.OrderByDescending(l => l.ReceivedAt).Take(TilesInLane).ToListAsync(cancel);
            var people = await session.PeopleOfAsync(leads, cancel);
            columns.Add(new BoardColumn(stage, count, [.. leads.Select(l => new LeadRow(l, people[l.PersonId]))]));
        }
        return new BoardView(columns, counsellor, clock);
    }
}
