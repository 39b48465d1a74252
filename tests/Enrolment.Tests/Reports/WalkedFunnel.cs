using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Reports;
using Marten;
using Npgsql;

namespace Crm.Tests.Reports;

/// <summary>The funnel as all leads and seats tell it, one by one: slow, and by no other table. What the flat tables say is compared with
/// it.</summary>
public static class WalkedFunnel
{
    private const string Sql = """
        select grouping(l.source), grouping(l.counsellor_id), l.source, l.counsellor_id, max(l.data ->> 'CounsellorName'),
               count(*)::int, count(l.data ->> 'ContactedAt')::int, count(l.data ->> 'CounselledAt')::int,
               count(l.data ->> 'OfferedAt')::int, count(l.data ->> 'EnrolledAt')::int, (count(*) filter (where l.stage = 'Lost'))::int,
               coalesce(sum(e.net), 0)::bigint,
               percentile_cont(0.5) within group (
                   order by extract(epoch from (l.data ->> 'ContactedAt')::timestamptz - l.received_at)::float8)
        from (select coalesce(j.shown, d.source_name) as source, d.*
              from enrolment.mt_doc_lead d left join unnest($3::text[], $4::text[]) j(name, shown) on j.name = d.source_name
              where d.received_at >= $1 and d.received_at < $2) l
        left join (
            select (data ->> 'LeadId')::uuid as lead_id, sum(
                (data ->> 'Fee')::bigint - (data ->> 'Discount')::bigint + (data ->> 'Tax')::bigint
                    - (data ->> 'Waived')::bigint) as net
            from enrolment.mt_doc_enrolment group by 1) e on e.lead_id = l.id
        group by grouping sets ((), (l.source), (l.counsellor_id))
        """;

    public static async Task<FunnelReport> LoadAsync(
        NpgsqlDataSource database, IQuerySession session, DateOnly from, DateOnly to, InstituteClock clock)
    {
        var (book, staff) = (await SourceBook.LoadAsync(session, default), StaffNames.Of(await session.Query<User>().ToListAsync()));
        var joined = book.Joins.Select(j => j.Name).ToArray();
        await using var command = database.CreateCommand(Sql);
        command.CommandTimeout = 600;
        command.Parameters.Add(new() { Value = clock.StartOf(from) });
        command.Parameters.Add(new() { Value = clock.StartOf(to.AddDays(1)) });
        command.Parameters.Add(new() { Value = joined });
        command.Parameters.Add(new() { Value = joined.Select(book.NameOf).ToArray() });
        await using var rows = await command.ExecuteReaderAsync();
        var (total, sources, counsellors) = (new List<FunnelRow>(), new List<FunnelRow>(), new List<FunnelRow>());
        while (await rows.ReadAsync())
        {
            var (ofSource, ofCounsellor) = (rows.GetInt32(0) == 0, rows.GetInt32(1) == 0);
            var name = ofSource ? rows.GetString(2) : !ofCounsellor ? "All" : rows.IsDBNull(3) ? FunnelReport.Unassigned
                : staff.GetValueOrDefault(rows.GetGuid(3), rows.GetString(4));
            (ofSource ? sources : ofCounsellor ? counsellors : total).Add(new FunnelRow(name, rows.GetInt32(5), rows.GetInt32(6),
                rows.GetInt32(7), rows.GetInt32(8), rows.GetInt32(9), rows.GetInt32(10), new Money(rows.GetInt64(11)),
                rows.IsDBNull(12) ? null : TimeSpan.FromSeconds(rows.GetDouble(12))));
        }
        return new FunnelReport(from, to, total[0], Ordered(sources), Ordered(counsellors));
    }

    /// <returns>The first difference in words, or null. Medians may differ by what their buckets are wide.</returns>
    public static string? Difference(FunnelReport expected, FunnelReport actual)
    {
        foreach (var (what, of) in new (string, Func<FunnelReport, IReadOnlyList<FunnelRow>>)[]
            { ("all", r => [r.Total]), ("by source", r => r.BySource), ("by counsellor", r => r.ByCounsellor) })
        {
            var (right, told) = (of(expected), of(actual));
            for (var i = 0; i < Math.Max(right.Count, told.Count); i++)
                if (right.ElementAtOrDefault(i) is not { } r || told.ElementAtOrDefault(i) is not { } t || !AreAlike(r, t))
                    return $"{what}, row {i}: {right.ElementAtOrDefault(i)} and not {told.ElementAtOrDefault(i)}";
        }
        return null;
    }

    private static bool AreAlike(FunnelRow right, FunnelRow told)
    {
        var (share, beside) = ContactTimes.MostWrong;
        return right with { FirstContact = null } == told with { FirstContact = null }
            && right.FirstContact is null == told.FirstContact is null
            && (right.FirstContact is not { } r || told.FirstContact is not { } t
                || Math.Abs((r - t).TotalSeconds) <= share * Math.Abs(r.TotalSeconds) + beside.TotalSeconds);
    }

    private static IReadOnlyList<FunnelRow> Ordered(IEnumerable<FunnelRow> rows) =>
        [.. rows.OrderByDescending(r => r.Enquiries).ThenBy(r => r.Name, StringComparer.Ordinal)];
}
