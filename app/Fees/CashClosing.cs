using Crm.Institute;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Fees;

/// <summary>
/// One count of the cash drawer: what should have been in it, what was, who counted and when. It is never changed; a mistake shows as
/// the difference of the next.
/// </summary>
public sealed class CashClosing
{
    public Guid Id { get; set; }

    /// <summary>Counted from 1.</summary>
    public int Number { get; set; }
    public DateOnly Day { get; set; }
    public DateTimeOffset At { get; set; }
    public Actor By { get; set; } = Actor.System;

    /// <summary>What the closing before left in the drawer.</summary>
    public Money Opening { get; set; }
    public Money Received { get; set; }

    /// <summary>Of cash that was recorded by mistake.</summary>
    public Money Reversed { get; set; }

    /// <summary>Without what counts no more: below zero where that is more.</summary>
    public Money Refunded { get; set; }
    public Money Counted { get; set; }

    /// <summary>What was taken out after counting, as to the bank.</summary>
    public Money TakenOut { get; set; }
    public string Note { get; set; } = "";

    /// <summary>Closes on what is seen in the drawer.</summary>
    /// <exception cref="Refusal">More is taken out than was counted, or a difference has no explanation.</exception>
    public static CashClosing Of(CashDrawer drawer, Money counted, Money takenOut, string note, Stamp stamp, DateOnly day)
    {
        if (takenOut > counted) throw new Refusal("takenOut", "No more can be taken out than was counted.");
        if (counted != drawer.Expected && note.Length == 0)
            throw new Refusal("note", "Say what the difference may come from, or that nobody knows yet.");
        return new CashClosing
        {
            Id = Guid.CreateVersion7(stamp.At),
            Number = (drawer.Last?.Number ?? 0) + 1,
            Day = day,
            At = stamp.At,
            By = stamp.By,
            Opening = drawer.Opening,
            Received = drawer.Received,
            Reversed = drawer.Reversed,
            Refunded = drawer.Refunded,
            Counted = counted,
            TakenOut = takenOut,
            Note = note,
        };
    }
}

/// <summary>What follows from a closing, kept off it so that only what was said is stored.</summary>
public static class CashClosingSums
{
    extension(CashClosing closing)
    {
        public Money Expected => closing.Opening + closing.Received - closing.Reversed - closing.Refunded;

        /// <summary>Above zero where more was counted than there should have been.</summary>
        public Money Difference => closing.Counted - closing.Expected;

        public Money Left => closing.Counted - closing.TakenOut;
    }
}

/// <summary>
/// The cash that no closing has counted yet. It is what all lines of the books come to, less what the closings have taken in: a payment
/// that was being stored while somebody counted is in the next one, and none is in two or in none.
/// </summary>
public sealed record CashDrawer(CashClosing? Last, Money Received, Money Reversed, Money Refunded)
{
    private const string Sums =
        $"""
        with lines as (
            select coalesce(sum((data ->> 'Amount')::bigint) filter (where data ->> 'Kind' = 'Payment'), 0) as received,
                -coalesce(sum((data ->> 'Amount')::bigint) filter (where data ->> 'Kind' in ('Void', 'Bounce')), 0) as reversed,
                -coalesce(sum((data ->> 'Amount')::bigint) filter (where data ->> 'Kind' in ('Refund', 'RefundReversal')), 0)
                    as refunded
            from {MartenSetup.Schema}.mt_doc_ledgerentry where data ->> 'Way' = '{nameof(PaymentWay.Cash)}'),
        closed as (
            select coalesce(sum((data ->> 'Received')::bigint), 0) as received, coalesce(sum((data ->> 'Reversed')::bigint), 0) as reversed,
                coalesce(sum((data ->> 'Refunded')::bigint), 0) as refunded
            from {MartenSetup.Schema}.mt_doc_cashclosing)
        select unnest(array[l.received - c.received, l.reversed - c.reversed, l.refunded - c.refunded])::bigint from lines l, closed c
        """;

    public Money Opening => Last?.Left ?? Money.Zero;

    public Money Expected => Opening + Received - Reversed - Refunded;

    public static async Task<CashDrawer> ReadAsync(IQuerySession session, CancellationToken cancel)
    {
        var sums = await session.AdvancedSql.QueryAsync<long>(Sums, cancel);
        var last = await session.Query<CashClosing>().OrderByDescending(c => c.Number).FirstOrDefaultAsync(cancel);
        return new CashDrawer(last, new Money(sums[0]), new Money(sums[1]), new Money(sums[2]));
    }

    /// <summary>The same for who closes: others who close wait until the session is saved.</summary>
    public static async Task<CashDrawer> LockAsync(IDocumentSession session, CancellationToken cancel)
    {
        await session.BeginTransactionAsync(cancel);
        await session.QueryAsync<string>("select pg_advisory_xact_lock(hashtextextended('cash drawer', 0))::text", cancel);
        return await ReadAsync(session, cancel);
    }
}
