using System.Data;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Desk;

/// <summary>Leads of one stage, as many as are shown, and how many there are more of.</summary>
/// <param name="More">How many follow.</param>
public sealed record LaneView(Stage Stage, Guid? Counsellor, LeadPage Leads, int More, InstituteClock Clock)
{
    /// <summary>Whether these are the first of the lane.</summary>
    public bool IsFirst { get; init; } = true;

    /// <summary>The list of all of them, for who has no script.</summary>
    public string List => "/leads" + Filter().ToQuery();

    /// <summary>The tiles that follow.</summary>
    public string Following => $"/leads/board/{Stage}" + new LeadFilter(Counsellor: Counsellor?.ToString()).ToQuery(Leads.Next);

    private LeadFilter Filter() => new(Stage: Stage.ToString(), Counsellor: Counsellor?.ToString());
}

/// <param name="Count">How many leads the lane has, also those that are not shown.</param>
public sealed record BoardColumn(int Count, LaneView Lane)
{
    /// <summary>What they are worth; null where nothing can be told.</summary>
    public LaneSum? Sum { get; init; }
}

/// <param name="Counsellor">Whose leads are shown; null for everybody's.</param>
public sealed record BoardView(IReadOnlyList<BoardColumn> Columns, Guid? Counsellor)
{
    /// <summary>Where the board stands, to come back to.</summary>
    public string Address => Counsellor is null ? "/leads/board" : "/leads/board?mine=true";

    /// <summary>What the forms of the board carry along.</summary>
    public Fields Form { get; } = Fields.For(Web.Form.Fresh());
}

/// <summary>One lead on the board.</summary>
/// <param name="MayMove">Whether whoever looks moves leads.</param>
public sealed record TileView(LeadLineView Line, bool MayMove)
{
    /// <summary>The stages that somebody may say of it.</summary>
    public IEnumerable<Stage> Moves => MayMove && Line.Row.Lead.IsOpen
        ? Stages.Funnel.Where(s => s.IsSaidByStaff() && s != Line.Row.Lead.Stage)
        : [];
}

/// <summary>The pipeline: the leads in the lanes of their stages.</summary>
public static class BoardPage
{
    private const int TilesInLane = 30;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/leads/board", async Task<IResult> (
            HttpContext http, IDocumentStore store, InstituteClock clock, Sight sight, bool? mine, CancellationToken cancel) =>
        {
            var board = await LoadAsync(store, mine == true ? http.User.UserId() : sight.OnlyOf(http.User), clock, cancel);
            return http.Request.IsHtmx() && http.Request.PartAsked() == "totals" ? LaneTotals.Create(board) : Board.Create(board);
        });
        app.MapGet("/leads/board/{stage}", FollowingAsync);
    }

    private static async Task<BoardView> LoadAsync(IDocumentStore store, Guid? counsellor, InstituteClock clock, CancellationToken cancel)
    {
        // One moment for all columns: a lead moved meanwhile must not stand in two of them, or in none.
        await using var session = store.LightweightSession(IsolationLevel.RepeatableRead);
        await session.BeginTransactionAsync(cancel);
        var columns = new List<BoardColumn>();
        var sums = await LaneSum.ReadAsync(session, counsellor, cancel);
        var counts = await CountsAsync(session, counsellor, cancel);
        foreach (var stage in Stages.Funnel)
        {
            var count = counts.GetValueOrDefault(stage);
            columns.Add(new BoardColumn(count, await LaneAsync(session, stage, counsellor, null, count, clock, cancel))
            {
                Sum = sums.GetValueOrDefault(stage),
            });
        }
        return new BoardView(columns, counsellor);
    }

    // Who asks for a lane as a page gets the list of its leads.
    private static async Task<IResult> FollowingAsync(
        string stage, HttpContext http, IQuerySession session, InstituteClock clock, Sight sight, CancellationToken cancel)
    {
        if (!Enum.TryParse<Stage>(stage, true, out var lane) || !Enum.IsDefined(lane)) return Results.NotFound();
        var asked = LeadFilter.Read(http.Request.Query);
        var counsellor = sight.OnlyOf(http.User) ?? (Guid.TryParse(asked.Counsellor, out var id) ? id : null);
        if (!http.Request.IsHtmx())
            return Results.Redirect("/leads" + new LeadFilter(Stage: lane.ToString(), Counsellor: counsellor?.ToString()).ToQuery());
        var count = await LeadList.CountAfterAsync(session,
            new LeadFilter(Stage: lane.ToString(), Counsellor: counsellor?.ToString(), After: asked.After), clock, cancel);
        return LaneTiles.Create(await LaneAsync(session, lane, counsellor, asked.After, count, clock, cancel));
    }

    // One index has all of it: a counsellor's leads with their stages, or the stages.
    private static async Task<IReadOnlyDictionary<Stage, int>> CountsAsync(
        IQuerySession session, Guid? counsellor, CancellationToken cancel)
    {
        object[] values = [Stages.Funnel.Select(s => s.ToString()).ToArray(), .. counsellor is { } id ? [id] : Array.Empty<object>()];
        var whose = counsellor is null ? "" : "and d.counsellor_id = ?";
        var read = await session.AdvancedSql.QueryAsync<StageCount>($"""
            select jsonb_build_object('Stage', d.stage, 'Count', count(*)) from {LeadEntry.Leads}
            where d.stage = any(?) {whose} group by d.stage
            """, cancel, values);
        return read.ToDictionary(c => c.Stage, c => c.Count);
    }

    private sealed record StageCount(Stage Stage, int Count);

    /// <param name="count">How many there are from the cursor on.</param>
    private static async Task<LaneView> LaneAsync(IQuerySession session, Stage stage, Guid? counsellor, string? after, int count,
        InstituteClock clock, CancellationToken cancel)
    {
        var filter = new LeadFilter(Stage: stage.ToString(), Counsellor: counsellor?.ToString(), After: after);
        var leads = await LeadList.FirstAsync(session, filter, clock, TilesInLane, cancel);
        return new LaneView(stage, counsellor, leads, count - leads.Rows.Count, clock) { IsFirst = after is null };
    }
}
