using Crm.Accounts;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Reports;

/// <summary>What came in and went out for one group, each by the day of its entry.</summary>
/// <param name="Receipts">How many payments.</param>
/// <param name="Reversed">Of payments that were voided or whose cheque bounced, whenever they had been received.</param>
/// <param name="Moved">What came from seats of other groups, less what went to them: nothing where all are counted.</param>
public sealed record CollectionRow(string Name, int Receipts, Money Received, Money Reversed, Money Refunded, Money Moved)
{
    public Money Net => Received - Reversed - Refunded + Moved;
}

/// <summary>What is owed since how long.</summary>
public sealed record AgeRow(string Name, int Seats, int Instalments, Money Owed);

/// <summary>What the seats of one batch come to until today, those that were given up among them.</summary>
/// <param name="Seats">Those that somebody has.</param>
/// <param name="Agreed">With tax, and without what was let go.</param>
/// <param name="Received">Without what was reversed.</param>
public sealed record BatchFeesRow(string Name, string CourseName, int Seats, Money Agreed, Money Received, Money Refunded)
{
    public Money Balance => Agreed - Received + Refunded;
}

/// <summary>The institute's money in figures. All are read from the lines of the books and from the seats, and add up to them.</summary>
public sealed record FeeReport(DateOnly From, DateOnly To, CollectionRow Total,
    IReadOnlyList<CollectionRow> ByDay, IReadOnlyList<CollectionRow> ByWay, IReadOnlyList<CollectionRow> ByCourse,
    IReadOnlyList<CollectionRow> ByCashier, IReadOnlyList<AgeRow> Ages, AgeRow Owed, IReadOnlyList<BatchFeesRow> Batches,
    BatchFeesRow AllBatches, IReadOnlyList<CashClosing> Closings)
{
    // Each line counts in the whole and in its day, way, course and cashier.
    private const string Collections =
        $"""
        select grouping(l.day), grouping(l.way), grouping(l.course), grouping(l.cashier), l.day, l.way, l.course, l.cashier,
            count(*) filter (where l.kind = 'Payment')::int,
            coalesce(sum(l.amount) filter (where l.kind = 'Payment'), 0)::bigint,
            -coalesce(sum(l.amount) filter (where l.kind in ('Void', 'Bounce')), 0)::bigint,
            -coalesce(sum(l.amount) filter (where l.kind = 'Refund'), 0)::bigint,
            coalesce(sum(l.amount) filter (where l.kind = 'Transfer'), 0)::bigint, max(l.name)
        from (select day, data ->> 'Kind' as kind, (data ->> 'Amount')::bigint as amount, data ->> 'Way' as way,
                (data ->> 'CourseId')::uuid as course, data -> 'By' ->> 'Name' as name,
                coalesce(data -> 'By' ->> 'UserId', data -> 'By' ->> 'Name') as cashier
            from {MartenSetup.Schema}.mt_doc_ledgerentry where day >= $1 and day <= $2) l
        group by grouping sets ((), (l.day), (l.way), (l.course), (l.cashier))
        order by l.day
        """;

    private const string OfBatches =
        $"""
        select coalesce(b.data ->> 'Code', min(e.data ->> 'BatchCode')), min(e.data ->> 'CourseName'),
            count(*) filter (where e.data ->> 'Left' is null)::int,
            sum((e.data ->> 'Fee')::bigint - (e.data ->> 'Discount')::bigint + (e.data ->> 'Tax')::bigint
                - (e.data ->> 'Waived')::bigint)::bigint,
            coalesce(sum(l.received), 0)::bigint, coalesce(sum(l.refunded), 0)::bigint
        from {MartenSetup.Schema}.mt_doc_enrolment e
        left join {MartenSetup.Schema}.mt_doc_batch b on b.id = (e.data ->> 'BatchId')::uuid
        left join (
            select (data ->> 'EnrolmentId')::uuid as seat,
                coalesce(sum((data ->> 'Amount')::bigint) filter (where data ->> 'Kind' <> 'Refund'), 0) as received,
                -coalesce(sum((data ->> 'Amount')::bigint) filter (where data ->> 'Kind' = 'Refund'), 0) as refunded
            from {MartenSetup.Schema}.mt_doc_ledgerentry group by 1) l on l.seat = e.id
        group by e.data ->> 'BatchId', b.data
        order by min(b.data ->> 'StartsOn') desc, 1
        """;

    private static readonly (string Name, int Most)[] Buckets =
        [("Not yet due", 0), ("1 to 30 days", 30), ("31 to 60 days", 60), ("61 to 90 days", 90), ("Over 90 days", int.MaxValue)];

    /// <summary>What was paid beyond what is owed: all seats together owe what is open, less this.</summary>
    public Money Credit => Owed.Owed - AllBatches.Balance;

    public static async Task<FeeReport> LoadAsync(
        NpgsqlDataSource database, IQuerySession session, DateOnly from, DateOnly to, DateOnly today, CancellationToken cancel)
    {
        var groups = await CollectAsync(database, session, from, to, cancel);
        var open = await session.Query<Enrolment>().Where(e => e.DueOn != null).ToListAsync(cancel);
        var batches = await OfBatchesAsync(database, cancel);
        var closings = await session.Query<CashClosing>().Where(c => c.Day >= from && c.Day <= to).OrderBy(c => c.Number)
            .ToListAsync(cancel);
        var total = groups[Group.All] is [var all] ? all : new CollectionRow("All", 0, default, default, default, default);
        return new FeeReport(from, to, total,
            groups[Group.Day], groups[Group.Way], groups[Group.Course], groups[Group.Cashier], AgesOf(open, today),
            AgeOf("All", open, int.MinValue, int.MaxValue, today), batches, SumOf(batches), closings);
    }

    private enum Group { All, Day, Way, Course, Cashier }

    private static async Task<IReadOnlyDictionary<Group, IReadOnlyList<CollectionRow>>> CollectAsync(
        NpgsqlDataSource database, IQuerySession session, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        var staff = StaffNames.Of(await session.Query<User>().ToListAsync(cancel)).ToDictionary(s => s.Key.ToString(), s => s.Value);
        var courses = (await session.Query<Course>().ToListAsync(cancel)).ToDictionary(c => c.Id, c => c.Name);
        var read = new List<(Group Group, CollectionRow Row)>();
        await using var command = database.CreateCommand(Collections);
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var (group, name) = rows.GetInt32(0) == 0 ? (Group.Day, rows.GetFieldValue<DateOnly>(4).ToString("yyyy-MM-dd"))
                : rows.GetInt32(1) == 0 ? (Group.Way, Format.Words(Enum.Parse<PaymentWay>(rows.GetString(5))))
                : rows.GetInt32(2) == 0 ? (Group.Course, courses.GetValueOrDefault(rows.GetGuid(6), "Not there any more"))
                : rows.GetInt32(3) == 0 ? (Group.Cashier, staff.GetValueOrDefault(rows.GetString(7), rows.GetString(13)))
                : (Group.All, "All");
            read.Add((group, new CollectionRow(name, rows.GetInt32(8), new Money(rows.GetInt64(9)), new Money(rows.GetInt64(10)),
                new Money(rows.GetInt64(11)), new Money(rows.GetInt64(12)))));
        }
        return Enum.GetValues<Group>().ToDictionary(g => g, g => (IReadOnlyList<CollectionRow>)[.. Ordered(g, read)]);
    }

    // Days run on; of all else, what brought most comes first.
    private static IEnumerable<CollectionRow> Ordered(Group group, List<(Group Group, CollectionRow Row)> read)
    {
        var rows = read.Where(r => r.Group == group).Select(r => r.Row);
        return group == Group.Day ? rows : rows.OrderByDescending(r => r.Net).ThenBy(r => r.Name, StringComparer.Ordinal);
    }

    private static async Task<IReadOnlyList<BatchFeesRow>> OfBatchesAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var batches = new List<BatchFeesRow>();
        await using var command = database.CreateCommand(OfBatches);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            batches.Add(new BatchFeesRow(rows.GetString(0), rows.GetString(1), rows.GetInt32(2), new Money(rows.GetInt64(3)),
                new Money(rows.GetInt64(4)), new Money(rows.GetInt64(5))));
        return batches;
    }

    private static BatchFeesRow SumOf(IReadOnlyList<BatchFeesRow> rows) => new("All", "", rows.Sum(r => r.Seats),
        new Money(rows.Sum(r => r.Agreed.Paise)), new Money(rows.Sum(r => r.Received.Paise)), new Money(rows.Sum(r => r.Refunded.Paise)));

    /// <summary>What is open of each instalment, by how long it has been due.</summary>
    public static IReadOnlyList<AgeRow> AgesOf(IReadOnlyList<Enrolment> seats, DateOnly today) =>
        [.. Buckets.Select((b, i) => AgeOf(b.Name, seats, i == 0 ? int.MinValue : Buckets[i - 1].Most + 1, b.Most, today))];

    private static AgeRow AgeOf(string name, IReadOnlyList<Enrolment> seats, int least, int most, DateOnly today)
    {
        var open = (from seat in seats
                    from part in seat.Settlement()
                    where part.IsOpen
                    let late = today.DayNumber - part.Instalment.DueOn.DayNumber
                    where late >= least && late <= most
                    select (seat.Id, part.Open)).ToList();
        return new AgeRow(name, open.DistinctBy(o => o.Id).Count(), open.Count, new Money(open.Sum(o => o.Open.Paise)));
    }
}
