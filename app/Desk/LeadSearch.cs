using Marten;

namespace Crm.Desk;

/// <summary>
/// The list of leads whose persons were looked for. Matches are found once, by the index of the search, and then counted and put into
/// order. Left to choose, the planner, which can only guess how many match, may walk the order's index through every lead in search of
/// one.
/// </summary>
internal static class LeadSearch
{
    /// <summary>The rows of a page, counted, and those above it where the whole page is shown.</summary>
    public static async Task<LeadPage> QueryAsync(
        IQuerySession session, LeadFilter filter, LeadConditions where, bool whole, CancellationToken cancel)
    {
        var order = LeadOrder.Of(filter.Sort);
        var found = await FindAsync(session, order, where, LeadCursor.Read(filter), whole, cancel);
        Guid[] ids = [.. found.Above.Take(LeadList.MostAbove), .. found.Below.Take(LeadList.PageSize)];
        var rows = await LeadEntry.ReadAsync(session, $"where d.id = any(?) order by {order.By()}", [ids], cancel);
        var next = found.Below.Length > LeadList.PageSize ? LeadCursor.After([.. rows.TakeLast(LeadList.PageSize)], filter.Sort) : null;
        return new LeadPage(rows, next, found.Count, IsCut: found.Above.Length > LeadList.MostAbove);
    }

    private static async Task<Found> FindAsync(IQuerySession session, LeadOrder order, LeadConditions where,
        (object Key, Guid Id)? cursor, bool whole, CancellationToken cancel)
    {
        var (down, up) = (order.ByKey, order.ByKey.Upwards);
        var place = cursor is var (key, id) ? new[] { key, id } : [];
        var above = whole && cursor is not null;
        var sql = $"""
            with matching as materialized (select d.id, {order.Column} as key from {LeadEntry.From} {where})
            select jsonb_build_object(
                'Count', (select count(*) from matching),
                'Above', array(select d.id from matching d where {(above ? up.From : "false")}
                    order by {up.By()} limit {LeadList.MostAbove + 1}),
                'Below', array(select d.id from matching d where {(cursor is null ? "true" : down.After)}
                    order by {down.By()} limit {LeadList.PageSize + 1}))
            """;
        return (await session.AdvancedSql.QueryAsync<Found>(sql, cancel, [.. where.Values, .. above ? place : [], .. place]))[0];
    }

    /// <param name="Above">Ids from the cursor's row upwards, nearest first, and one more than a page shows.</param>
    /// <param name="Below">Ids after the cursor, and one more than a page shows.</param>
    private sealed record Found(int Count, Guid[] Above, Guid[] Below);
}
