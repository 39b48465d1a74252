using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Reports;

/// <summary>How far the leads of one group came. A lead counts in every stage it has reached, also where it was lost later.</summary>
/// <param name="Fees">Agreed with those who enrolled.</param>
/// <param name="FirstContact">The median time from the enquiry to the first conversation, or null where there was none.</param>
public sealed record FunnelRow(
    string Name, int Enquiries, int Contacted, int Counselled, int Offered, int Enrolled, int Lost, Money Fees, TimeSpan? FirstContact)
{
    public IReadOnlyList<(string Name, int Count)> Stages =>
        [("Enquiries", Enquiries), ("Contacted", Contacted), ("Counselled", Counselled), ("Offered", Offered), ("Enrolled", Enrolled)];

    /// <summary>The stages, and those lost.</summary>
    public IReadOnlyList<int> Counts => [.. Stages.Select(s => s.Count), Lost];

    /// <summary>A time in its one unit, such as "5.5 h".</summary>
    public static string InWords(TimeSpan? time) => time switch
    {
        null => "–",
        { TotalHours: < 1 } t => $"{t.TotalMinutes:0} min",
        { TotalHours: < 48 } t => $"{t.TotalHours:0.#} h",
        { } t => $"{t.TotalDays:0.#} days",
    };
}

/// <param name="Title">What the rows are grouped by.</param>
public sealed record FunnelTableView(string Title, IReadOnlyList<FunnelRow> Rows);

/// <summary>The leads received from the first day to the last, both included, in the institute's time.</summary>
public sealed record FunnelReport(
    DateOnly From, DateOnly To, FunnelRow Total, IReadOnlyList<FunnelRow> BySource, IReadOnlyList<FunnelRow> ByCounsellor)
{
    /// <summary>What the report calls leads that nobody has taken.</summary>
    public const string Unassigned = "Unassigned";

    private const string Sql = $"""
        select grouping(l.source), grouping(l.counsellor_id), l.source, l.counsellor_id, max(l.data ->> 'CounsellorName'),
               count(*)::int, count(l.data ->> 'ContactedAt')::int, count(l.data ->> 'CounselledAt')::int,
               count(l.data ->> 'OfferedAt')::int, count(l.data ->> 'EnrolledAt')::int, (count(*) filter (where l.stage = 'Lost'))::int,
               coalesce(sum(e.net), 0)::bigint,
               percentile_cont(0.5) within group (
                   order by extract(epoch from (l.data ->> 'ContactedAt')::timestamptz - l.received_at)::float8)
        from (select coalesce(j.shown, d.source_name) as source, d.*
              from {MartenSetup.Schema}.mt_doc_lead d left join unnest($3::text[], $4::text[]) j(name, shown) on j.name = d.source_name
              where d.received_at >= $1 and d.received_at < $2) l
        left join (
            select (data ->> 'LeadId')::uuid as lead_id, sum(
                (data ->> 'Fee')::bigint - (data ->> 'Discount')::bigint + (data ->> 'Tax')::bigint
                    - (data ->> 'Waived')::bigint) as net
            from {MartenSetup.Schema}.mt_doc_enrolment group by 1) e on e.lead_id = l.id
        group by grouping sets ((), (l.source), (l.counsellor_id))
        order by 6 desc, 3
        """;

    /// <param name="session">To ask what sources and counsellors are called by now.</param>
    public static async Task<FunnelReport> LoadAsync(
        NpgsqlDataSource database, IQuerySession session, DateOnly from, DateOnly to, InstituteClock clock, CancellationToken cancel)
    {
        var (book, staff) = (await SourceBook.LoadAsync(session, cancel), await session.Query<User>().ToListAsync(cancel));
        var joined = book.Joins.Select(j => j.Name).ToArray();
        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = clock.StartOf(from) });
        command.Parameters.Add(new() { Value = clock.StartOf(to.AddDays(1)) });
        command.Parameters.Add(new() { Value = joined });
        command.Parameters.Add(new() { Value = joined.Select(book.NameOf).ToArray() });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        return await ReadAsync(rows, new FunnelReport(from, to, Nothing, [], []), StaffNames.Of(staff), cancel);
    }

    private static readonly FunnelRow Nothing = new("All", 0, 0, 0, 0, 0, 0, Money.Zero, null);

    private static async Task<FunnelReport> ReadAsync(
        NpgsqlDataReader rows, FunnelReport report, IReadOnlyDictionary<Guid, string> staff, CancellationToken cancel)
    {
        var (total, sources, counsellors) = (report.Total, new List<FunnelRow>(), new List<FunnelRow>());
        while (await rows.ReadAsync(cancel))
        {
            var (ofSource, ofCounsellor) = (rows.GetInt32(0) == 0, rows.GetInt32(1) == 0);
            var name = ofSource ? rows.GetString(2) : !ofCounsellor ? total.Name : rows.IsDBNull(3) ? Unassigned
                : staff.GetValueOrDefault(rows.GetGuid(3), rows.GetString(4));
            var row = new FunnelRow(name, rows.GetInt32(5), rows.GetInt32(6), rows.GetInt32(7), rows.GetInt32(8), rows.GetInt32(9),
                rows.GetInt32(10), new Money(rows.GetInt64(11)), rows.IsDBNull(12) ? null : TimeSpan.FromSeconds(rows.GetDouble(12)));
            if (ofSource) sources.Add(row);
            else if (ofCounsellor) counsellors.Add(row);
            else total = row;
        }
        return report with { Total = total, BySource = sources, ByCounsellor = counsellors };
    }
}
