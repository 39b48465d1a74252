using Crm.Institute;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>A payment as it was told at the desk.</summary>
/// <param name="Reference">What the bank, the cheque or the terminal calls it; empty for cash.</param>
public sealed record ToldPayment(Money Amount, PaymentWay Way, string Reference, DateOnly On, bool ByEmail);

/// <summary>What may be done with the money of a seat. Pure: each makes events or refuses with a sentence.</summary>
public static class FeeRules
{
    /// <summary>How long ago a payment may lie that is recorded now.</summary>
    public const int MostDaysBack = 366;

    /// <summary>The most parts in which a fee may be paid.</summary>
    public const int MostParts = 24;

    /// <summary>How far ahead an instalment may fall due: a year mistyped is none that anybody agreed on.</summary>
    public const int MostYearsAhead = 3;

    /// <returns>The payment, whose receipt has no number yet.</returns>
    public static PaymentReceived Receive(ToldPayment told, DateOnly today)
    {
        if (told.Amount <= Money.Zero) throw new Refusal("amount", "Enter what was paid.");
        RefuseDay(told.On, today);
        if (told.Way != PaymentWay.Cash && told.Reference.Length == 0)
            throw new Refusal("reference", $"Enter {ReferenceOf(told.Way)}: by it the payment is found again.");
        return new PaymentReceived(Guid.CreateVersion7(), "", told.Amount, told.Way, told.Reference, told.On, told.ByEmail);
    }

    /// <summary>Takes a payment that was recorded by mistake out of the sums. What was given back did come in: no payment is a mistake
    /// without which it could not have been.</summary>
    /// <param name="seats">The seat and all that it was changed for or came from, since their money went along.</param>
    public static PaymentVoided Void(
        Enrolment seat, IReadOnlyList<Enrolment> seats, Guid paymentId, string why, DateOnly today, MoneyStyle money)
    {
        var payment = Reversible(seat, paymentId);
        // A cheque was money until it bounced.
        var came = seats.SelectMany(s => s.Payments).Where(p => p.Standing != PaymentStanding.Voided)
            .Aggregate(-payment.Amount, (sum, p) => sum + p.Amount);
        var back = seats.Aggregate(Money.Zero, (sum, s) => sum + s.Refunded);
        if (came < back)
            throw new Refusal("entryId", $"{money.Show(back)} was given back, more than would have come in without this payment.");
        return new PaymentVoided(paymentId, today, why);
    }

    /// <summary>Takes a cheque out of the sums, whatever of it was given back: that is owed again.</summary>
    public static ChequeBounced Bounce(Enrolment seat, Guid paymentId, string why, DateOnly today)
    {
        if (Reversible(seat, paymentId).Way != PaymentWay.Cheque)
            throw new Refusal("entryId", "Only a cheque bounces. Void the payment if it was recorded by mistake.");
        return new ChequeBounced(paymentId, today, why);
    }

    /// <summary>Gives back some of what was received.</summary>
    public static FeeRefunded Refund(Enrolment seat, ToldPayment told, string why, DateOnly today, MoneyStyle money)
    {
        if (told.Amount <= Money.Zero) throw new Refusal("amount", "Enter what is given back.");
        if (told.Amount > seat.Kept)
            throw new Refusal("amount", $"No more than {money.Show(seat.Kept)} was received and not given back yet.");
        RefuseDay(told.On, today);
        // What came along from another seat came on days that are not known here.
        var come = seat.Payments.Where(p => p.Counts && p.On <= told.On).Aggregate(seat.MovedIn, (sum, p) => sum + p.Amount);
        if (come < seat.Refunded + told.Amount)
            throw new Refusal("on", $"By {Format.Date(told.On)} less than that had been received. Choose a later day.");
        return new FeeRefunded(Guid.CreateVersion7(), told.Amount, told.Way, told.Reference, told.On, why);
    }

    /// <summary>Takes a refund out of the sums that was recorded by mistake, or never arrived: what was not given back is not.</summary>
    public static RefundReversed ReverseRefund(Enrolment seat, Guid refundId, RefundStanding standing, string why, DateOnly today)
    {
        if (seat.Refunds.Find(r => r.Id == refundId) is not { } refund) throw new Refusal("entryId", "Choose one from the list.");
        if (!refund.Counts) throw new Refusal("entryId", "This refund counts no more already.");
        if (standing == RefundStanding.NeverArrived && refund.Way == PaymentWay.Cash)
            throw new Refusal("entryId", "Cash was handed over, or recorded by mistake. If they brought it back, record a payment.");
        return new RefundReversed(refundId, Guid.CreateVersion7(), standing, today, why);
    }

    /// <summary>Notes that staff reminded whoever owes.</summary>
    public static FeeReminded Remind(Enrolment seat, ReminderWay way, DateOnly today) => seat.DueOn is null
        ? throw new Refusal($"Nothing is owed for {seat.RollNumber} any more.")
        : new FeeReminded(way, seat.DueNext(today));

    /// <summary>Has what was agreed fall due on other days or in other parts.</summary>
    public static InstalmentsRescheduled Reschedule(
        Enrolment seat, IReadOnlyList<Instalment> parts, string why, DateOnly today, MoneyStyle money)
    {
        if (!seat.IsCurrent) throw new Refusal("The seat was given up: nothing of it falls due any more.");
        RefuseParts(parts, seat.Net, today, money);
        if (parts.SequenceEqual(seat.Instalments)) throw new Refusal("instalments", "These are the instalments as they are.");
        return new InstalmentsRescheduled(parts, why);
    }

    /// <param name="field">In which they were written.</param>
    /// <exception cref="Refusal">The parts do not add up to what is owed, or are not in the order of their days.</exception>
    public static void RefuseParts(
        IReadOnlyList<Instalment> parts, Money net, DateOnly today, MoneyStyle money, string field = "instalments")
    {
        if (parts.Count is 0 or > MostParts) throw new Refusal(field, $"Write between 1 and {MostParts} instalments.");
        if (net > Money.Zero && parts.Any(p => p.Amount <= Money.Zero)) throw new Refusal(field, "No instalment can be nothing.");
        if (parts.Zip(parts.Skip(1)).Any(pair => pair.First.DueOn >= pair.Second.DueOn))
            throw new Refusal(field, "Write each instalment with a later day than the one before.");
        if (parts[^1].DueOn > today.AddYears(MostYearsAhead))
            throw new Refusal(field, $"{Format.Date(parts[^1].DueOn)} is more than {MostYearsAhead} years ahead.");
        var sum = parts.Aggregate(Money.Zero, (s, p) => s + p.Amount);
        if (sum != net)
            throw new Refusal(field,
                $"They add up to {money.Show(sum)}, {money.Show(Apart(sum, net))} {(sum < net ? "less" : "more")} than {money.Show(net)}.");
    }

    private static Payment Reversible(Enrolment seat, Guid paymentId)
    {
        if (seat.Payments.FirstOrDefault(p => p.Id == paymentId) is not { } payment)
            throw new Refusal("entryId", "Choose one from the list.");
        return payment.Counts ? payment : throw new Refusal("entryId", $"{payment.Receipt} counts no more already.");
    }

    private static void RefuseDay(DateOnly on, DateOnly today)
    {
        if (on > today) throw new Refusal("on", "This day has not come yet.");
        if (on < today.AddDays(-MostDaysBack)) throw new Refusal("on", "This is more than a year ago.");
    }

    private static Money Apart(Money a, Money b) => a > b ? a - b : b - a;

    private static string ReferenceOf(PaymentWay way) => way switch
    {
        PaymentWay.Cheque => "the number of the cheque and its bank",
        PaymentWay.Card => "the number on the slip",
        _ => "the bank's reference (UTR)",
    };
}
