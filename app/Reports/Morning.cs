using Crm.Courses;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Reports;

/// <summary>What stands open this morning.</summary>
/// <param name="New">Leads that nobody has spoken with, as many as are counted.</param>
/// <param name="Overdue">Follow-ups that should have been done before now.</param>
/// <param name="Received">Today, less what was taken back or refunded.</param>
public sealed record OpenToday(int New, int Overdue, Money Received);

/// <summary>How the institute stands on a morning: today, the month beside the month before, and half a year of weeks.</summary>
/// <param name="Today">The day at the institute.</param>
/// <param name="Month">From its first day until today.</param>
/// <param name="Before">As many days of the month before.</param>
/// <param name="Days">Enquiries of each day of the last 26 weeks.</param>
/// <param name="Batches">Those that are open, the next first.</param>
public sealed record MorningReport(
    DateOnly Today, DateTimeOffset Now, OpenToday Open, FunnelReport Month, FunnelReport Before,
    IReadOnlyDictionary<DateOnly, int> Days, IReadOnlyList<Batch> Batches)
{
    public const int Weeks = 26;

    /// <summary>Beyond it nobody reads the number.</summary>
    public const int MostCounted = 999;
    private const int MostBatches = 8, DaysOfWeek = 7;

    private static readonly string OpenSql = $"""
        select (select count(*) from (select 1 from {FunnelSchema.Leads} where stage = 'New' limit {MostCounted + 1}) n)::int,
            (select count(*) from (select 1 from {FunnelSchema.Leads} where follow_up_due_at < $1 limit {MostCounted + 1}) o)::int,
            (select coalesce(sum((data ->> 'Amount')::bigint), 0) from {MartenSetup.Schema}.mt_doc_ledgerentry where day = $2)::bigint
        """;

    /// <summary>The Monday of the present week.</summary>
    public DateOnly Monday => Today.AddDays(-(((int)Today.DayOfWeek + 6) % DaysOfWeek));

    public int EnquiriesOf(DateOnly day) => Days.GetValueOrDefault(day);

    /// <summary>Each week by its Monday, the present one last.</summary>
    public IEnumerable<(DateOnly Monday, int Enquiries)> ByWeek =>
        from back in Enumerable.Range(0, Weeks)
        let monday = Monday.AddDays(-DaysOfWeek * (Weeks - 1 - back))
        select (monday, Enumerable.Range(0, DaysOfWeek).Sum(d => EnquiriesOf(monday.AddDays(d))));

    public static async Task<MorningReport> LoadAsync(
        NpgsqlDataSource database, IQuerySession session, InstituteClock clock, CancellationToken cancel)
    {
        var (today, now) = (clock.Today, clock.Now);
        var month = ReportPeriod.MonthOf(today);
        var before = month.AddMonths(-1);
        var sameDay = before.AddDays(Math.Min(today.Day, DateTime.DaysInMonth(before.Year, before.Month)) - 1);
        var batches = await session.Query<Batch>().Where(b => b.Cancelled == null && (b.EndsOn == null || b.EndsOn >= today))
            .OrderBy(b => b.StartsOn).ToListAsync(cancel);
        return new MorningReport(today, now, await OpenAsync(database, now, today, cancel),
            await FunnelReport.LoadAsync(database, session, month, today, clock, cancel),
            await FunnelReport.LoadAsync(database, session, before, sameDay, clock, cancel),
            await new FunnelReader(database, clock).EnquiriesByDayAsync(today.AddDays(-DaysOfWeek * Weeks), today, cancel),
            [.. batches.Where(b => b.TakesPeopleOn(today)).Take(MostBatches)]);
    }

    private static async Task<OpenToday> OpenAsync(NpgsqlDataSource database, DateTimeOffset now, DateOnly today, CancellationToken cancel)
    {
        await using var command = ReportLimit.Command(database, OpenSql, now, today);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        return new OpenToday(rows.GetInt32(0), rows.GetInt32(1), new Money(rows.GetInt64(2)));
    }
}
