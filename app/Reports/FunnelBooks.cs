using Crm.Institute;
using Npgsql;

namespace Crm.Reports;

/// <summary>
/// Folds the changes of the funnel into its days, months and years, and makes them anew from the leads. Whoever reads sees spans and
/// changes as of one moment, before or after a folding, and the same figures either way.
/// </summary>
public sealed class FunnelBooks(NpgsqlDataSource database, InstituteClock clock)
{
    /// <summary>So many lines are read as they are; more are folded first.</summary>
    public const int MostRead = 2000;

    // Who folds waits for who folds. Readers, and whoever writes leads, wait for neither.
    private const string Lock = $"lock table {FunnelSchema.Spans} in share row exclusive mode";

    private static readonly string Look = $"""
        select (select zone from {FunnelSchema.Zone}),
            (select count(*) from (select 1 from {FunnelSchema.Changes} limit {MostRead + 1}) few)
        """;

    private const string FromChanges = $"facts as (delete from {FunnelSchema.Changes} returning *)";

    // In one statement, and so of one moment: a change is either in a lead that is read here, or still to be told by its line.
    private const string FromLeads = $"""
        told_already as (delete from {FunnelSchema.Changes}),
        facts as (
            select received_at, source_name as source, counsellor_id, 1 as enquiries,
                (data ->> 'ContactedAt' is not null)::int as contacted,
                round(extract(epoch from (data ->> 'ContactedAt')::timestamptz - received_at) * 1000)::bigint as wait,
                (data ->> 'CounselledAt' is not null)::int as counselled, (data ->> 'OfferedAt' is not null)::int as offered,
                (data ->> 'EnrolledAt' is not null)::int as enrolled, (stage = 'Lost')::int as lost, coalesce(agreed, 0) as fees
            from {FunnelSchema.Leads} left join (
                select (seat ->> 'LeadId')::uuid as lead, sum({FunnelSchema.Net}) as agreed
                from (select data as seat from {FunnelSchema.Seats}) seats group by 1) seats on lead = id)
        """;

    // Each fact counts in its day, its month and its year, for its source and for its counsellor.
    private const string IntoSpans = $"""
        told as (
            select length, starts, kind, name, {ContactTimes.Bucket} as bucket, f.*
            from (select facts.*, (received_at at time zone $1)::date as day from facts) f
            cross join lateral (values ('day', day), ('month', date_trunc('month', day::timestamp)::date),
                ('year', date_trunc('year', day::timestamp)::date)) s(length, starts)
            cross join lateral (values ('source', coalesce(source, '')), ('counsellor', coalesce(counsellor_id::text, ''))) k(kind, name)),
        added as (
            select length, starts, kind, name, sum(enquiries) as enquiries, sum(contacted) as contacted, sum(counselled) as counselled,
                sum(offered) as offered, sum(enrolled) as enrolled, sum(lost) as lost, sum(fees) as fees
            from told group by 1, 2, 3, 4),
        was as (select s.* from {FunnelSchema.Spans} s join added using (length, starts, kind, name)),
        times as (
            select length, starts, kind, name, bucket, sum(contacted) as count, sum(contacted * wait) as wait
            from told where contacted <> 0 group by 1, 2, 3, 4, 5
            union all
            select length, starts, kind, name, b.bucket, b.count, b.wait from was, unnest(buckets, counts, waits) b(bucket, count, wait)),
        buckets as (
            select length, starts, kind, name, array_agg(bucket order by bucket) as buckets, array_agg(count order by bucket) as counts,
                array_agg(wait order by bucket) as waits
            from (select length, starts, kind, name, bucket, sum(count)::int as count, sum(wait)::bigint as wait
                  from times group by 1, 2, 3, 4, 5 having sum(count) <> 0) b
            group by 1, 2, 3, 4)
        insert into {FunnelSchema.Spans}
        select length, starts, kind, name, added.enquiries + coalesce(was.enquiries, 0), added.contacted + coalesce(was.contacted, 0),
            added.counselled + coalesce(was.counselled, 0), added.offered + coalesce(was.offered, 0),
            added.enrolled + coalesce(was.enrolled, 0), added.lost + coalesce(was.lost, 0), added.fees + coalesce(was.fees, 0),
            coalesce(buckets.buckets, array[]::smallint[]), coalesce(buckets.counts, array[]::int[]),
            coalesce(buckets.waits, array[]::bigint[])
        from added left join was using (length, starts, kind, name) left join buckets using (length, starts, kind, name)
        on conflict (length, starts, kind, name) do update set
            enquiries = excluded.enquiries, contacted = excluded.contacted, counselled = excluded.counselled, offered = excluded.offered,
            enrolled = excluded.enrolled, lost = excluded.lost, fees = excluded.fees,
            buckets = excluded.buckets, counts = excluded.counts, waits = excluded.waits
        """;

    private const string DropEmpty = $"delete from {FunnelSchema.Spans} where enquiries = 0";

    private const string SetZone = $"insert into {FunnelSchema.Zone} (zone) values ($1) on conflict do nothing";

    /// <summary>Sees to it that a report need not read many lines, and that days are the institute's.</summary>
    public Task PrepareAsync(CancellationToken cancel) => TidyAsync(MostRead, cancel);

    /// <summary>Folds whatever there is, now and then.</summary>
    public Task SweepAsync(CancellationToken cancel) => TidyAsync(0, cancel);

    private async Task TidyAsync(int most, CancellationToken cancel)
    {
        await using var look = database.CreateCommand(Look);
        await using var answer = await look.ExecuteReaderAsync(cancel);
        await answer.ReadAsync(cancel);
        var (zone, lines) = (answer.IsDBNull(0) ? null : answer.GetString(0), answer.GetInt64(1));
        await answer.CloseAsync();
        if (zone is not null && zone != clock.Zone.Id) await RebuildAsync(cancel);
        else if (lines > most) await FoldAsync(cancel);
    }

    /// <summary>Folds what was told since the last time. Several may do so at once, and be stopped at any time.</summary>
    public Task FoldAsync(CancellationToken cancel) => FlatTables.ChangeAsync(database,
        [(Lock, []), (SetZone, [clock.Zone.Id]), ($"with {FromChanges},\n{IntoSpans}", [clock.Zone.Id]), (DropEmpty, [])], cancel);

    /// <summary>Makes days, months and years anew from the leads and seats, while others work and read.</summary>
    public Task RebuildAsync(CancellationToken cancel) => FlatTables.ChangeAsync(database,
        [
            (Lock, []), ($"delete from {FunnelSchema.Spans}", []), ($"delete from {FunnelSchema.Zone}", []),
            (SetZone, [clock.Zone.Id]), ($"with {FromLeads},\n{IntoSpans}", [clock.Zone.Id]),
        ], cancel);
}
