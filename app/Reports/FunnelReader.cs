using Crm.Institute;
using Npgsql;

namespace Crm.Reports;

/// <summary>What some days come to for one source or one counsellor.</summary>
public sealed class FunnelFigures
{
    private long _enquiries, _contacted, _counselled, _offered, _enrolled, _lost, _fees;

    public ContactTimes Times { get; } = new();

    public long Enquiries => _enquiries;

    public static FunnelFigures Of(IEnumerable<FunnelFigures> parts)
    {
        var all = new FunnelFigures();
        foreach (var part in parts) all.Add(part);
        return all;
    }

    public FunnelRow Named(string name) => new(name, (int)_enquiries, (int)_contacted, (int)_counselled, (int)_offered, (int)_enrolled,
        (int)_lost, new Money(_fees), Times.Median());

    /// <param name="row">With the columns of <see cref="FunnelReader"/>.</param>
    internal void Add(NpgsqlDataReader row)
    {
        _enquiries += row.GetInt32(2);
        _contacted += row.GetInt32(3);
        _counselled += row.GetInt32(4);
        _offered += row.GetInt32(5);
        _enrolled += row.GetInt32(6);
        _lost += row.GetInt32(7);
        _fees += row.GetInt64(8);
        if (row.IsDBNull(9)) return;
        var (buckets, counts, waits) =
            (row.GetFieldValue<short[]>(9), row.GetFieldValue<int[]>(10), row.GetFieldValue<long[]>(11));
        for (var i = 0; i < buckets.Length; i++) Times.Add(buckets[i], counts[i], waits[i]);
    }

    private void Add(FunnelFigures part)
    {
        _enquiries += part._enquiries;
        _contacted += part._contacted;
        _counselled += part._counselled;
        _offered += part._offered;
        _enrolled += part._enrolled;
        _lost += part._lost;
        _fees += part._fees;
        Times.Add(part.Times);
    }
}

/// <summary>What some days come to, by the sources' own names and the counsellors' ids; the empty id stands for nobody.</summary>
public sealed record FunnelSums(
    NpgsqlDataSource Database, IReadOnlyDictionary<string, FunnelFigures> BySource, IReadOnlyDictionary<Guid, FunnelFigures> ByCounsellor)
{
    private const string LastNames = $"""
        select c.id, l.name from unnest($1) c(id) cross join lateral (
            select data ->> 'CounsellorName' as name from {FunnelSchema.Leads}
            where counsellor_id = c.id order by received_at desc, id desc limit 1) l
        """;

    /// <returns>What leads call counsellors of whom nothing else is known.</returns>
    public async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(IEnumerable<Guid> counsellors, CancellationToken cancel)
    {
        var (ids, names) = (counsellors.Where(id => id != Guid.Empty).ToArray(), new Dictionary<Guid, string>());
        if (ids.Length == 0) return names;
        await using var command = Database.CreateCommand(LastNames);
        command.Parameters.Add(new() { Value = ids });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            if (!rows.IsDBNull(1)) names[rows.GetGuid(0)] = rows.GetString(1);
        return names;
    }
}

/// <summary>Reads the flat tables of the funnel: whole years where there are, months and days beside, and what was told last.</summary>
public sealed class FunnelReader(NpgsqlDataSource database, InstituteClock clock)
{
    private const string Figures =
        "kind, name, enquiries, contacted, counselled, offered, enrolled, lost, fees, buckets, counts, waits";

    private const string Line = $"""
        enquiries::int, contacted::int, counselled::int, offered::int, enrolled::int, lost::int, fees,
            case when contacted <> 0 then array[{ContactTimes.Bucket}] end, array[contacted::int], array[contacted * wait]
        from {FunnelSchema.Changes} where received_at >= $5 and received_at < $6
        """;

    // One statement sees one moment: lines that are folded meanwhile are read here or there, and never twice.
    private const string Sums = $"""
        select {Figures} from {FunnelSchema.Spans} where length = 'year' and starts >= $7 and starts < $8
        union all
        select {Figures} from {FunnelSchema.Spans} where length = 'month' and starts >= $3 and starts < $7
        union all
        select {Figures} from {FunnelSchema.Spans} where length = 'month' and starts >= $8 and starts < $4
        union all
        select {Figures} from {FunnelSchema.Spans} where length = 'day' and starts >= $1 and starts < $3
        union all
        select {Figures} from {FunnelSchema.Spans} where length = 'day' and starts >= $4 and starts <= $2
        union all
        select 'source', coalesce(source, ''), {Line}
        union all
        select 'counsellor', coalesce(counsellor_id::text, ''), {Line}
        """;

    private const string Days = $"""
        select starts, sum(enquiries)::int from (
            select starts, enquiries from {FunnelSchema.Spans}
            where length = 'day' and kind = 'source' and starts >= $1 and starts <= $2
            union all
            select (received_at at time zone $5)::date, enquiries from {FunnelSchema.Changes}
            where received_at >= $3 and received_at < $4 and enquiries <> 0) d
        group by 1
        """;

    /// <summary>What the days come to, the first and the last among them.</summary>
    public async Task<FunnelSums> ReadAsync(DateOnly from, DateOnly to, CancellationToken cancel)
    {
        await new FunnelBooks(database, clock).PrepareAsync(cancel);
        var (month, end) = ReportPeriod.MonthsWithin(from, to);
        var (sources, counsellors) = (new Dictionary<string, FunnelFigures>(), new Dictionary<Guid, FunnelFigures>());
        var (year, years) = ReportPeriod.YearsWithin(month, end);
        await using var command = ReportLimit.Command(
            database, Sums, from, to, month, end, clock.StartOf(from), clock.StartOf(to.AddDays(1)), year, years);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var (ofSource, name) = (rows.GetString(0) == "source", rows.GetString(1));
            (ofSource ? Of(sources, name) : Of(counsellors, name.Length == 0 ? Guid.Empty : Guid.Parse(name))).Add(rows);
        }
        return new FunnelSums(database, sources, counsellors);
    }

    /// <returns>How many enquiries came on each day; a day on which none came is not there.</returns>
    public async Task<IReadOnlyDictionary<DateOnly, int>> EnquiriesByDayAsync(DateOnly from, DateOnly to, CancellationToken cancel)
    {
        await new FunnelBooks(database, clock).PrepareAsync(cancel);
        await using var command = ReportLimit.Command(
            database, Days, from, to, clock.StartOf(from), clock.StartOf(to.AddDays(1)), clock.Zone.Id);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var days = new Dictionary<DateOnly, int>();
        while (await rows.ReadAsync(cancel)) days[rows.GetFieldValue<DateOnly>(0)] = rows.GetInt32(1);
        return days;
    }

    private static FunnelFigures Of<TKey>(Dictionary<TKey, FunnelFigures> all, TKey key) where TKey : notnull =>
        all.TryGetValue(key, out var figures) ? figures : all[key] = new FunnelFigures();
}
