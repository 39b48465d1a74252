using Crm.Storage;
using Marten;

namespace Crm.Desk;

/// <summary>
/// The list of leads whose persons were looked for. Where few persons match, the index of the search finds them, and their leads are
/// counted and put into order. Where many do, the list's own order is walked from its top: a page of them comes soon. Left to choose,
/// the planner, which can only guess how many match, may walk the order through every lead in search of one.
/// </summary>
/// <param name="order">That of the filter, or the same upwards.</param>
internal sealed class LeadSearch(IQuerySession session, LeadFilter filter, LeadConditions where, LeadOrder order)
{
    // The leads of so many persons are put into order within some 20 ms where they are at hand, and in more from the disk.
    private const int Few = 4_000;

    // Among so many leads one page of whom more than those persons have is nearly always found, within some 50 ms: not where all of them
    // asked long ago.
    private const int Far = 20_000;

    // Of what very many have, to gather the matches from the index alone takes long: a page of it is found among so few, or these tell
    // among how many it is. In a small institute nothing takes long, and there everything is counted.
    private const int Near = 1_000, Large = 50_000;

    // So many times as many leads as a page of matches is reckoned to lie among are walked, and then some more where it was not among
    // them. By name, where the walk ends with the page, they are only a bound.
    private const double Spare = 1.15, SpareByName = 1.5;
    private const int Further = 2_000;

    // At which the digits that were typed may stand in a number, but for its first, which many have alike. They are spread evenly, as
    // names are not: how many have them is reckoned.
    private const int Places = 5;

    private const string People = $"{MartenSetup.Schema}.mt_doc_person p";

    private readonly LeadOrder _order = order;
    private readonly object[] _place = LeadCursor.Read(filter) is var (key, id) ? [key, id] : [];

    /// <summary>The rows of a page, counted where that costs little, and those above it where the whole page is shown.</summary>
    public async Task<LeadPage> QueryAsync(bool whole, CancellationToken cancel)
    {
        var above = whole && _place.Length > 0;
        var found = await FindAsync(above, cancel);
        Guid[] ids = [.. found.Above.Take(LeadList.MostAbove), .. found.Below.Take(LeadList.PageSize)];
        var rows = await LeadEntry.ReadAsync(session, $"where d.id = any(?) order by {_order.By()}", [ids], cancel);
        var next = found.Below.Length > LeadList.PageSize ? LeadCursor.After([.. rows.TakeLast(LeadList.PageSize)], filter.Sort) : null;
        return new LeadPage(rows, next, found.Count ?? LeadList.PageSize, IsCut: found.Above.Length > LeadList.MostAbove)
        {
            IsMore = found.Count is null,
        };
    }

    private async Task<Found> FindAsync(bool above, CancellationToken cancel)
    {
        var people = await PeopleAsync(cancel);
        var share = people > Large && where.Digits is { } digits ? Places / Math.Pow(10, digits) : 0;
        if (people > Large && share == 0)
        {
            var near = await WalkAsync(above, _place, Near, cancel);
            if (near.IsPage) return near;
            share = (double)near.Below.Length / Near;
        }
        // Who is one of many is not looked for in the index, which is known to bring more than are put into order.
        if (share * people <= Few)
        {
            if (await MatchAsync(above, Few, cancel) is { } all) return all;
            share = (double)Few / Math.Max(people, Few);
        }
        var far = await WalkFarAsync(above, LeadList.PageSize / share, cancel);
        return far.IsPage ? far : (await MatchAsync(above, null, cancel))!;
    }

    /// <param name="reckoned">Among how many leads a page of matches should lie.</param>
    private async Task<Found> WalkFarAsync(bool above, double reckoned, CancellationToken cancel)
    {
        var spare = filter.Sort == LeadSort.Name ? SpareByName : Spare;
        var among = (int)Math.Clamp(spare * reckoned, Near, Far);
        var found = await WalkAsync(above, _place, among, cancel);
        // Where there are none among twice as many, those before were no sample of the rest.
        for (var most = Math.Min(2 * among, Far); !found.IsPage && found.Last is { } last && among < most; among += Further)
        {
            var further = await WalkAsync(above: false, [last.Key.ToUniversalTime(), last.Id], Further, cancel);
            found = found with { Below = [.. found.Below, .. further.Below], Last = further.Last };
        }
        return found;
    }

    /// <returns>How many match, however many they are.</returns>
    public async Task<int> CountAsync(CancellationToken cancel)
    {
        var sql = $"""
            with people as materialized (select p.id from {People} where {where.Indexed.Sql})
            select count(*)::int from people p join {LeadEntry.Leads} on d.person_id = p.id {where.OfLeads.Sql}
            """;
        return (await session.QueryAsync<int>(sql, cancel, [.. where.Indexed.Values, .. where.OfLeads.Values]))[0];
    }

    // By the planner's own estimate of how many there are.
    private async Task<long> PeopleAsync(CancellationToken cancel) => (await session.QueryAsync<long>(
        $"select reltuples::bigint from pg_class where oid = '{MartenSetup.Schema}.mt_doc_person'::regclass", cancel))[0];

    /// <param name="most">How many persons there may be; null for any number.</param>
    /// <returns>Null where there are more.</returns>
    private async Task<Found?> MatchAsync(bool above, int? most, CancellationToken cancel)
    {
        var (down, up) = (_order.ByKey, _order.ByKey.Upwards);
        var (limit, fits) = most is null ? ("", "true") : ($"limit {most + 1}", $"(select count(*) from people) <= {most}");
        var sql = $"""
            with people as materialized (select p.id, p.sort_name from {People} where {where.Indexed.Sql} {limit}),
                matching as materialized (
                    select d.id, {_order.Column} as key from people p join {LeadEntry.Leads} on d.person_id = p.id
                    {where.OfLeads.Sql} and {fits})
            select jsonb_build_object('Count', case when {fits} then (select count(*) from matching) end,
                'Above', array(select d.id from matching d where {(above ? up.From : "false")}
                    order by {up.By()} limit {LeadList.MostAbove + 1}),
                'Below', array(select d.id from matching d where {(_place.Length == 0 ? "true" : down.After)}
                    order by {down.By()} limit {LeadList.PageSize + 1}))
            """;
        object[] values = [.. where.Indexed.Values, .. where.OfLeads.Values, .. above ? _place : [], .. _place];
        var found = (await session.AdvancedSql.QueryAsync<Found>(sql, cancel, values))[0];
        return found.Count is null ? null : found;
    }

    /// <param name="place">After which it begins; empty for the top.</param>
    /// <param name="among">How many are looked at; above the cursor's row, where a page is longer, as many as ever.</param>
    private async Task<Found> WalkAsync(bool above, object[] place, int among, CancellationToken cancel)
    {
        var (down, values) = Walk(_order, place, _order.After, among, LeadList.PageSize + 1);
        var (up, others) = above
            ? Walk(_order.Upwards, _place, _order.Upwards.From, Far, LeadList.MostAbove + 1)
            : ("select array[]::uuid[] as ids", []);
        var sql = $"select jsonb_build_object('Above', up.ids, 'Below', down.ids, 'Last', down.last) from ({up}) up, ({down}) down";
        return (await session.AdvancedSql.QueryAsync<Found>(sql, cancel, [.. others, .. values]))[0];
    }

    // By name, persons come one by one, in order: "offset 0" keeps the planner from another way. In any other order the leads come, and
    // then all their persons at once, which takes two thirds of the time of one after the other.
    private (string Sql, object[] Values) Walk(LeadOrder order, object[] place, string after, int among, int most)
    {
        var (read, leads, from) = (where.Read, where.OfLeads, place.Length == 0 ? "true" : after);
        if (filter.Sort == LeadSort.Name)
        {
            var begins = place.Length == 0 ? "true" : order.FromKey;
            return ($"""
                select array(select d.id from (select p.id, p.sort_name, p.search_text from {People} where {begins}
                    order by {order.Column} {order.Direction} limit {among}) p,
                    lateral (select d.id from {LeadEntry.Leads} {leads.Sql} and d.person_id = p.id and {read.Sql} offset 0) d
                where {from} order by {order.By()} limit {most}) as ids, null::jsonb as last
                """, [.. place.Take(1), .. leads.Values, .. read.Values, .. place]);
        }
        return ($"""
            with walked as materialized (select d.id, d.person_id, {order.Column} as key from {LeadEntry.Leads} {leads.Sql} and {from}
                    order by {order.By()} limit {among}),
                people as materialized (select p.id from {People} where p.id = any(array(select person_id from walked)) and {read.Sql})
            select array(select d.id from walked d where d.person_id in (select id from people) order by {order.ByKey.By()} limit {most})
                as ids, (select to_jsonb(l) from (
                    select d.key as "Key", d.id as "Id" from walked d order by {order.ByKey.Upwards.By()} limit 1) l) as last
            """, [.. leads.Values, .. place, .. read.Values]);
    }

    /// <param name="Count">How many match; null where that was not counted.</param>
    /// <param name="Above">Ids from the cursor's row upwards, nearest first, and one more than a page shows.</param>
    /// <param name="Below">Ids after the cursor, and one more than a page shows.</param>
    /// <param name="Last">The last that was looked at; null where there was none, and by name.</param>
    private sealed record Found(int? Count, Guid[] Above, Guid[] Below, Place? Last)
    {
        /// <summary>Whether there are a page of them and more.</summary>
        public bool IsPage => Below.Length > LeadList.PageSize;
    }

    private sealed record Place(DateTimeOffset Key, Guid Id);
}
