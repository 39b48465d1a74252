using Crm.Institute;
using Crm.Storage;
using Npgsql;

namespace Crm.Reports;

/// <summary>What came in and went out for a day, a way, a course or a cashier, by its own name: the day, the way, or an id.</summary>
/// <param name="Label">What a cashier was called who is not among the staff.</param>
internal sealed record FeeFigure(string Kind, CollectionRow Row, string Label);

/// <summary>What is open of an instalment.</summary>
internal sealed record OpenPart(Guid Seat, DateOnly DueOn, Money Open);

/// <summary>Reads the flat tables of the fees.</summary>
internal static class FeeReader
{
    private const string Sums = "receipts, received, reversed, refunded, moved";

    // Days as they are; of all else whole months, the days around them, and what was told last: in one statement, as of one moment.
    // A seat that goes to another batch of its course moves money from a group to the same group, which comes to nothing.
    private const string Figures = $"""
        select kind, name, max(label), sum(receipts)::int, sum(received)::bigint, sum(reversed)::bigint, sum(refunded)::bigint,
            sum(moved)::bigint
        from (
            select 'day' as kind, starts::text as name, label, lines, {Sums} from {FeeSchema.Spans}
            where length = 'day' and kind = 'all' and starts >= $1 and starts <= $2
            union all
            select kind, name, label, lines, {Sums} from {FeeSchema.Spans}
            where length = 'month' and kind <> 'all' and starts >= $3 and starts < $4
            union all
            select kind, name, label, lines, {Sums} from {FeeSchema.Spans}
            where length = 'day' and kind <> 'all' and starts >= $1 and starts < $3
            union all
            select kind, name, label, lines, {Sums} from {FeeSchema.Spans}
            where length = 'day' and kind <> 'all' and starts >= $4 and starts <= $2
            union all
            select k.kind, k.name, label, 1, {Sums} from {FeeSchema.Changes} cross join lateral (values
                ('day', day::text), ('way', way), ('course', course_id::text), ('cashier', cashier)) k(kind, name)
            where day >= $1 and day <= $2) told
        group by 1, 2
        having (sum(receipts), sum(received), sum(reversed), sum(refunded), sum(moved)) <> (0, 0, 0, 0, 0)
        """;

    private const string Open = $"""
        select id, (part ->> 'DueOn')::date, (part ->> 'Amount')::bigint
        from {FunnelSchema.Seats} cross join lateral jsonb_array_elements(data -> 'Open') part where due_on is not null
        """;

    // A batch or course that is not there any more is called what its seats call it.
    private const string Batches = $"""
        select coalesce(b.data ->> 'Code', s.data ->> 'BatchCode'), coalesce(c.data ->> 'Name', s.data ->> 'CourseName'), seats, agreed,
            received, refunded
        from (
            select name::uuid as id, sum(seats)::int as seats, sum(agreed)::bigint as agreed,
                sum(received - reversed + moved)::bigint as received, sum(refunded)::bigint as refunded
            from (
                select name, seats, known, agreed, {Sums} from {FeeSchema.Spans} where kind = 'batch'
                union all
                select batch_id::text, seats, known, agreed, {Sums} from {FeeSchema.Changes}) told
            group by 1 having sum(known) > 0) f
        left join {MartenSetup.Schema}.mt_doc_batch b on b.id = f.id
        left join {MartenSetup.Schema}.mt_doc_course c on c.id = (b.data ->> 'CourseId')::uuid
        left join lateral (
            select data from {FunnelSchema.Seats} e
            where cast(e.data ->> 'BatchId' as uuid) = f.id and (b.id is null or c.id is null) limit 1) s on true
        order by b.data ->> 'StartsOn' desc, 1
        """;

    /// <summary>What the days came to, the first and the last among them.</summary>
    public static async Task<IReadOnlyList<FeeFigure>> ReadAsync(
        NpgsqlDataSource database, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        await new FeeBooks(database).PrepareAsync(cancel);
        var (month, end) = ReportPeriod.MonthsWithin(from, to);
        return await ReportLimit.RowsAsync(database, Figures, r => new FeeFigure(r.GetString(0), new CollectionRow(
            r.GetString(1), r.GetInt32(3), new Money(r.GetInt64(4)), new Money(r.GetInt64(5)), new Money(r.GetInt64(6)),
            new Money(r.GetInt64(7))), r.IsDBNull(2) ? "" : r.GetString(2)), cancel, from, to, month, end);
    }

    /// <summary>All that is open now.</summary>
    public static Task<IReadOnlyList<OpenPart>> OpenAsync(NpgsqlDataSource database, CancellationToken cancel) =>
        ReportLimit.RowsAsync(database, Open,
            r => new OpenPart(r.GetGuid(0), r.GetFieldValue<DateOnly>(1), new Money(r.GetInt64(2))), cancel);

    /// <summary>What the seats of each batch come to, the batch that begins last first.</summary>
    public static Task<IReadOnlyList<BatchFeesRow>> OfBatchesAsync(NpgsqlDataSource database, CancellationToken cancel) =>
        ReportLimit.RowsAsync(database, Batches, r => new BatchFeesRow(r.GetString(0), r.GetString(1), r.GetInt32(2),
            new Money(r.GetInt64(3)), new Money(r.GetInt64(4)), new Money(r.GetInt64(5))), cancel);
}
