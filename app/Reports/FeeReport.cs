using Crm.Accounts;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
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
/// <param name="Today">The day of what is owed and of what batches come to, whatever days were chosen.</param>
public sealed record FeeReport(DateOnly From, DateOnly To, DateOnly Today, CollectionRow Total,
    IReadOnlyList<CollectionRow> ByDay, IReadOnlyList<CollectionRow> ByWay, IReadOnlyList<CollectionRow> ByCourse,
    IReadOnlyList<CollectionRow> ByCashier, IReadOnlyList<AgeRow> Ages, AgeRow Owed, IReadOnlyList<BatchFeesRow> Batches,
    BatchFeesRow AllBatches, IReadOnlyList<CashClosing> Closings)
{
    private static readonly (string Name, int Most)[] Buckets =
        [("Not yet due", -1), ("Due today", 0), ("1 to 30 days", 30), ("31 to 60 days", 60), ("61 to 90 days", 90),
            ("Over 90 days", int.MaxValue)];

    /// <summary>What was paid beyond what is owed: all seats together owe what is open, less this.</summary>
    public Money Credit => Owed.Owed - AllBatches.Balance;

    public static async Task<FeeReport> LoadAsync(
        NpgsqlDataSource database, IQuerySession session, DateOnly from, DateOnly to, DateOnly today, CancellationToken cancel)
    {
        var figures = await FeeReader.ReadAsync(database, from, to, cancel);
        var (open, batches) = (await FeeReader.OpenAsync(database, cancel), await FeeReader.OfBatchesAsync(database, cancel));
        var closings = await session.Query<CashClosing>().Where(c => c.Day >= from && c.Day <= to).OrderBy(c => c.Number)
            .ToListAsync(cancel);
        var staff = StaffNames.Of(await session.Query<User>().ToListAsync(cancel)).ToDictionary(s => s.Key.ToString(), s => s.Value);
        var courses = (await session.Query<Course>().ToListAsync(cancel)).ToDictionary(c => c.Id.ToString(), c => c.Name);
        IReadOnlyList<CollectionRow> By(string kind, Func<FeeFigure, string> nameOf) =>
            [.. figures.Where(f => f.Kind == kind).Select(f => f.Row with { Name = nameOf(f) })
                .OrderByDescending(r => r.Net).ThenBy(r => r.Name, StringComparer.Ordinal)];
        IReadOnlyList<CollectionRow> days =
            [.. figures.Where(f => f.Kind == "day").Select(f => f.Row).OrderBy(r => r.Name, StringComparer.Ordinal)];
        return new FeeReport(from, to, today, SumOf(days), days, By("way", f => Format.Words(Enum.Parse<PaymentWay>(f.Row.Name))),
            By("course", f => courses.GetValueOrDefault(f.Row.Name, "Not there any more")),
            By("cashier", f => staff.GetValueOrDefault(f.Row.Name, f.Label)), AgesOf(open, today),
            AgeOf("All", open, int.MinValue, int.MaxValue, today), batches, SumOf(batches), closings);
    }

    private static CollectionRow SumOf(IReadOnlyList<CollectionRow> days) => days.Aggregate(
        new CollectionRow("All", 0, default, default, default, default), (all, day) => new CollectionRow("All",
            all.Receipts + day.Receipts, all.Received + day.Received, all.Reversed + day.Reversed, all.Refunded + day.Refunded,
            all.Moved + day.Moved));

    private static BatchFeesRow SumOf(IReadOnlyList<BatchFeesRow> rows) => new("All", "", rows.Sum(r => r.Seats),
        new Money(rows.Sum(r => r.Agreed.Paise)), new Money(rows.Sum(r => r.Received.Paise)), new Money(rows.Sum(r => r.Refunded.Paise)));

    private static IReadOnlyList<AgeRow> AgesOf(IReadOnlyList<OpenPart> open, DateOnly today) =>
        [.. Buckets.Select((b, i) => AgeOf(b.Name, open, i == 0 ? int.MinValue : Buckets[i - 1].Most + 1, b.Most, today))];

    // What is open of each instalment, by how long it has been due.
    private static AgeRow AgeOf(string name, IReadOnlyList<OpenPart> all, int least, int most, DateOnly today)
    {
        var open = all.Where(o => today.DayNumber - o.DueOn.DayNumber is var late && late >= least && late <= most).ToList();
        return new AgeRow(name, open.DistinctBy(o => o.Seat).Count(), open.Count, new Money(open.Sum(o => o.Open.Paise)));
    }
}
