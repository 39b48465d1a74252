using Npgsql;

namespace Crm.Reports;

/// <summary>Folds what was told of fees into days and months, and makes them anew from the books and seats, as <see cref="FunnelBooks"/>
/// does for the funnel.</summary>
public sealed class FeeBooks(NpgsqlDataSource database)
{
    private const string Lock = $"lock table {FeeSchema.Spans} in share row exclusive mode";
    private const string Count = $"select count(*) from (select 1 from {FeeSchema.Changes} limit $1) few";
    private const string Clear = $"delete from {FeeSchema.Spans}";
    private const string FromChanges = $"facts as (delete from {FeeSchema.Changes} returning *)";

    // The lines that are made here are read as the same statement, and so of one moment.
    private static readonly string FromBooks = $"""
        told_already as (delete from {FeeSchema.Changes}),
        facts(day, way, course_id, batch_id, cashier, label, {string.Join(", ", FeeSchema.Sums)}) as (
            select {FeeSchema.OfEntry} from (select data as entry, 1 as sign from {FeeSchema.Ledger}) entries
            union all
            select {FeeSchema.OfSeat} from (select data as seat, 1 as sign from {FunnelSchema.Seats}) seats)
        """;

    private static readonly string IntoSpans = $"""
        told as (
            select length, starts, kind, name, case when kind = 'cashier' then label end as label, {string.Join(", ", FeeSchema.Sums)}
            from facts cross join lateral (values
                ('day', day, 'all', ''), ('day', day, 'way', way), ('day', day, 'course', course_id::text),
                ('day', day, 'cashier', cashier),
                ('month', date_trunc('month', day::timestamp)::date, 'all', ''),
                ('month', date_trunc('month', day::timestamp)::date, 'way', way),
                ('month', date_trunc('month', day::timestamp)::date, 'course', course_id::text),
                ('month', date_trunc('month', day::timestamp)::date, 'cashier', cashier),
                ('ever', date '2000-01-01', 'batch', batch_id::text)) s(length, starts, kind, name)
            where starts is not null)
        insert into {FeeSchema.Spans}
        select length, starts, kind, name, max(label), count(*), {string.Join(", ", FeeSchema.Sums.Select(s => $"sum({s})"))}
        from told group by 1, 2, 3, 4
        on conflict (length, starts, kind, name) do update set label = coalesce(excluded.label, fee_spans.label),
            lines = fee_spans.lines + excluded.lines, {string.Join(", ", FeeSchema.Sums.Select(s => $"{s} = fee_spans.{s} + excluded.{s}"))}
        """;

    /// <summary>Folds what there is, where it is more than a report reads as it is.</summary>
    public Task PrepareAsync(CancellationToken cancel) => TidyAsync(FunnelBooks.MostRead, cancel);

    /// <summary>Folds whatever there is, now and then.</summary>
    public Task SweepAsync(CancellationToken cancel) => TidyAsync(0, cancel);

    /// <summary>Makes the sums anew, while others work and read.</summary>
    public Task RebuildAsync(CancellationToken cancel) => ChangeAsync([Lock, Clear, $"with {FromBooks},\n{IntoSpans}"], cancel);

    private async Task TidyAsync(int most, CancellationToken cancel)
    {
        await using var count = database.CreateCommand(Count);
        count.Parameters.Add(new() { Value = most + 1 });
        if ((long)(await count.ExecuteScalarAsync(cancel))! > most) await ChangeAsync([Lock, $"with {FromChanges},\n{IntoSpans}"], cancel);
    }

    private Task ChangeAsync(IEnumerable<string> statements, CancellationToken cancel) =>
        FlatTables.ChangeAsync(database, statements.Select(s => (s, Array.Empty<object>())), cancel);
}
