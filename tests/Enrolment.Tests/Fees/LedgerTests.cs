using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using CsCheck;

namespace Crm.Tests.Fees;

/// <summary>What is owed for a seat, whatever was paid, voided, given back and put off, in any order.</summary>
public sealed class LedgerTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);
    private static readonly MoneyStyle Style = new();

    private static readonly Gen<(int Kind, int Amount, int Choice)[]> Steps =
        Gen.Select(Gen.Int[0, 7], Gen.Int[1, 4_000_000], Gen.Int[0, 1000]).Array[0, 40];

    private static Enrolment SeatOf(params (string Day, decimal Rupees)[] parts)
    {
        var instalments = parts.Select(p => new Instalment(DateOnly.Parse(p.Day), Money.FromRupees(p.Rupees))).ToList();
        var net = instalments.Aggregate(Money.Zero, (sum, i) => sum + i.Amount);
        return new Enrolment { Id = Guid.NewGuid() }.After(new SeatTaken(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), "CPC-2701",
            Guid.NewGuid(), "CPC", "CPC-2701-01", net + Money.FromRupees(500), Money.FromRupees(500), instalments));
    }

    private static PaymentReceived Paid(decimal rupees, PaymentWay way = PaymentWay.Cash) =>
        FeeRules.Receive(new ToldPayment(Money.FromRupees(rupees), way, way == PaymentWay.Cash ? "" : "UTR1", Today, false), Today);

    private static ToldPayment Told(decimal rupees) => new(Money.FromRupees(rupees), PaymentWay.Cash, "", Today, false);

    private static (string, string) Refused(Action act)
    {
        var refusal = Assert.Throws<Refusal>(act);
        return (refusal.Field, refusal.Message);
    }

    [Fact]
    public void What_is_paid_settles_the_oldest_instalment_first()
    {
        var seat = SeatOf(("2026-11-01", 10_000), ("2026-12-01", 10_000), ("2027-01-01", 10_000.01m)).After(Paid(14_000));

        Assert.Equal([10_000, 4_000, 0], seat.Settlement().Select(s => s.Settled.Rupees));
        Assert.Equal((16_000.01m, new DateOnly(2026, 12, 1)), (seat.Balance.Rupees, seat.DueOn));
        Assert.Equal((Money.Zero, Money.FromRupees(6_000)), (seat.DueBy(Today), seat.DueNext(Today)));
        Assert.Equal(6_000, seat.DueBy(new DateOnly(2026, 12, 1)).Rupees);
        Assert.True(SeatOf(("2026-11-22", 1)).Settlement()[0].IsLateOn(Today));
        Assert.False(SeatOf(("2026-11-23", 1)).Settlement()[0].IsLateOn(Today));
    }

    [Fact]
    public void What_is_paid_beyond_all_that_is_owed_is_kept_as_credit()
    {
        var seat = SeatOf(("2026-11-01", 10_000)).After(Paid(12_500.50m));

        Assert.Equal((2_500.50m, -2_500.50m, null), (seat.Credit.Rupees, seat.Balance.Rupees, seat.DueOn));
        Assert.Equal([10_000], seat.Settlement().Select(s => s.Settled.Rupees));
    }

    [Fact]
    public void A_void_payment_stays_in_the_books_and_counts_no_more()
    {
        var (wrong, right) = (Paid(4_000), Paid(6_000));
        var seat = SeatOf(("2026-11-01", 10_000)).After(wrong).After(right);

        seat = seat.After(FeeRules.Void(seat, [seat], wrong.PaymentId, "typed for another seat", Today, Style));

        Assert.Equal((6_000, 4_000), (seat.Received.Rupees, seat.Balance.Rupees));
        Assert.Equal([(PaymentStanding.Voided, "typed for another seat"), (PaymentStanding.Received, "")],
            seat.Payments.Select(p => (p.Standing, p.Why)));
        Assert.Equal(("entryId", " counts no more already."),
            Refused(() => FeeRules.Void(seat, [seat], wrong.PaymentId, "again", Today, Style)));
        Assert.Equal(("entryId", "Choose one from the list."),
            Refused(() => FeeRules.Void(seat, [seat], Guid.NewGuid(), "none", Today, Style)));
    }

    [Fact]
    public void Only_a_cheque_bounces()
    {
        var (cash, cheque) = (Paid(1_000), Paid(2_000, PaymentWay.Cheque));
        var seat = SeatOf(("2026-11-01", 10_000)).After(cash).After(cheque);

        Assert.Equal("entryId", Refused(() => FeeRules.Bounce(seat, cash.PaymentId, "no funds", Today)).Item1);
        Assert.Equal(1_000, seat.After(FeeRules.Bounce(seat, cheque.PaymentId, "no funds", Today)).Received.Rupees);
    }

    [Fact]
    public void No_payment_is_a_mistake_without_which_less_came_in_than_was_given_back()
    {
        var (first, second) = (Paid(1_000), Paid(2_000));
        var seat = SeatOf(("2026-11-01", 10_000)).After(first).After(second);
        var told = Told(2_500);

        seat = seat.After(FeeRules.Refund(seat, told, "left early", Today, Style));

        Assert.Equal((9_500, 500), (seat.Balance.Rupees, seat.Settlement()[0].Settled.Rupees));
        Assert.Equal(("amount", "No more than ₹500 was received and not given back yet."),
            Refused(() => FeeRules.Refund(seat, told, "again", Today, Style)));
        Assert.Equal(("entryId", "₹2,500 was given back, more than would have come in without this payment."),
            Refused(() => FeeRules.Void(seat, [seat], first.PaymentId, "mistake", Today, Style)));
    }

    [Fact]
    public void A_cheque_bounces_whatever_was_given_back_and_that_is_owed_at_once_beside_the_fee()
    {
        var cheque = Paid(6_000, PaymentWay.Cheque);
        var seat = SeatOf(("2026-11-01", 4_000), ("2027-03-01", 6_000)).After(cheque);
        seat = seat.After(FeeRules.Refund(seat, Told(5_000), "left early", Today, Style));

        seat = seat.After(FeeRules.Bounce(seat, cheque.PaymentId, "no funds", Today));

        Assert.Equal((15_000, 5_000, 0), (seat.Balance.Rupees, seat.Overdrawn.Rupees, seat.Kept.Rupees));
        Assert.Equal([("2026-11-01", 1, 4_000), ("2026-11-23", null, 5_000), ("2027-03-01", (int?)2, 6_000m)],
            seat.Settlement().Select(s => ($"{s.Instalment.DueOn:yyyy-MM-dd}", s.Number, s.Open.Rupees)));
        Assert.Equal((9_000, new DateOnly(2026, 11, 1)), (seat.DueBy(Today).Rupees, seat.DueOn));

        // What comes in now covers that first; typed for another seat, it is taken out again.
        var cash = Paid(5_500);
        seat = seat.After(cash);
        Assert.Equal((null, 3_500), (seat.OverdrawnOn, seat.DueBy(Today).Rupees));
        seat = seat.After(FeeRules.Void(seat, [seat], cash.PaymentId, "other seat", Today.AddDays(1), Style));
        Assert.Equal((Today.AddDays(1), 15_000), (seat.OverdrawnOn, seat.Balance.Rupees));
        Assert.Equal(("amount", "No more than ₹0 was received and not given back yet."),
            Refused(() => FeeRules.Refund(seat, Told(1), "again", Today, Style)));
    }

    [Fact]
    public void A_refund_that_was_none_stays_in_the_books_and_counts_no_more()
    {
        var seat = SeatOf(("2026-11-01", 4_000), ("2026-12-01", 6_000)).After(Paid(5_000));
        seat = seat.After(FeeRules.Refund(seat, Told(2_000), "goodwill", Today, Style));
        Assert.Equal((7_000, 1_000), (seat.Balance.Rupees, seat.DueBy(Today).Rupees));
        var refund = Assert.Single(seat.Refunds);
        EnrolmentEvent Reverse(Guid id, RefundStanding how) => FeeRules.ReverseRefund(seat, id, how, "typed twice", Today);

        Assert.Equal(("entryId", "Cash was handed over, or recorded by mistake. If they brought it back, record a payment."),
            Refused(() => Reverse(refund.Id, RefundStanding.NeverArrived)));
        seat = seat.After(Reverse(refund.Id, RefundStanding.Voided));

        Assert.Equal((5_000, 0, new DateOnly(2026, 12, 1)), (seat.Balance.Rupees, seat.Refunded.Rupees, seat.DueOn));
        Assert.Equal((RefundStanding.Voided, "typed twice", "goodwill"),
            seat.Refunds.Select(r => (r.Standing, r.WhyReversed, r.Why)).Single());
        Assert.Equal((StoredEvent.Erased, StoredEvent.Erased),
            seat.Masked().Refunds.Select(r => (r.WhyReversed, r.Why)).Single());
        Assert.Equal(("entryId", "This refund counts no more already."), Refused(() => Reverse(refund.Id, RefundStanding.Voided)));
        Assert.Equal(("entryId", "Choose one from the list."), Refused(() => Reverse(Guid.NewGuid(), RefundStanding.Voided)));
    }

    [Theory]
    [InlineData("2026-12-01 4000, 2027-01-01 5999.99", "They add up to ₹9,999.99, ₹0.01 less than ₹10,000.")]
    [InlineData("2026-12-01 4000, 2027-01-01 6000.01", "They add up to ₹10,000.01, ₹0.01 more than ₹10,000.")]
    [InlineData("2027-01-01 4000, 2026-12-01 6000", "Write each instalment with a later day than the one before.")]
    [InlineData("2027-01-01 4000, 2027-01-01 6000", "Write each instalment with a later day than the one before.")]
    [InlineData("2026-12-01 0, 2027-01-01 10000", "No instalment can be nothing.")]
    [InlineData("2026-11-01 10000", "These are the instalments as they are.")]
    [InlineData("2062-12-01 10000", "1 Dec 2062 is more than 3 years ahead.")]
    [InlineData("", "Write between 1 and 24 instalments.")]
    public void Instalments_are_changed_to_what_adds_up_to_the_fee_agreed(string parts, string refusal)
    {
        var seat = SeatOf(("2026-11-01", 10_000));
        Instalment[] written = [.. parts.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split(' '))
            .Select(p => new Instalment(DateOnly.Parse(p[0]), Money.FromRupees(decimal.Parse(p[1]))))];

        Assert.Equal(("instalments", refusal), Refused(() => FeeRules.Reschedule(seat, written, "asked for", Today, Style)));
    }

    [Theory]
    [InlineData("amount", 0, "UTR1", "2026-11-23")]
    [InlineData("reference", 100, "", "2026-11-23")]
    [InlineData("on", 100, "UTR1", "2026-11-24")]
    [InlineData("on", 100, "UTR1", "2025-11-21")]
    public void A_payment_is_refused_at_the_field_that_cannot_be(string field, int rupees, string reference, string on) =>
        Assert.Equal(field, Refused(() => FeeRules.Receive(
            new ToldPayment(Money.FromRupees(rupees), PaymentWay.Upi, reference, DateOnly.Parse(on), false), Today)).Item1);

    // Anything that a desk could do, with amounts and choices out of random numbers; what the rules refuse does not happen.
    private static EnrolmentEvent? Happen(Enrolment seat, int kind, int amount, int choice)
    {
        var told = new ToldPayment(new Money(amount), choice % 2 == 0 ? PaymentWay.Cash : PaymentWay.Cheque, "C1", Today, false);
        var payment = seat.Payments.Count == 0 ? Guid.Empty : seat.Payments[choice % seat.Payments.Count].Id;
        try
        {
            return kind switch
            {
                0 or 1 or 2 => FeeRules.Receive(told, Today),
                3 => FeeRules.Void(seat, [seat], payment, "void", Today, Style),
                4 => FeeRules.Bounce(seat, payment, "bounced", Today),
                5 => FeeRules.Refund(seat, told, "refund", Today, Style),
                6 => FeeRules.ReverseRefund(seat, seat.Refunds.Count == 0 ? Guid.Empty : seat.Refunds[choice % seat.Refunds.Count].Id,
                    RefundStanding.Voided, "mistake", Today),
                _ => FeeRules.Reschedule(seat, Instalments.Split(seat.Net, choice % 7 + 1, Today.AddDays(choice)), "later", Today, Style),
            };
        }
        catch (Refusal)
        {
            return null;
        }
    }

    [Fact]
    public void Agreed_less_received_plus_refunded_is_always_the_balance() =>
        Gen.Select(Gen.Long[1, 9_999_999], Steps).Sample((net, steps) =>
        {
            var seat = SeatOf(("2026-11-01", new Money(net).Rupees));
            var (received, refunded) = (0L, 0L);
            foreach (var (kind, amount, choice) in steps)
            {
                if (Happen(seat, kind, amount, choice) is not { } e) continue;
                // Counted a second time, from what happened and not from what the seat says of itself.
                received += e switch
                {
                    PaymentReceived p => p.Amount.Paise,
                    PaymentVoided v => -seat.Payments.Single(p => p.Id == v.PaymentId).Amount.Paise,
                    ChequeBounced b => -seat.Payments.Single(p => p.Id == b.PaymentId).Amount.Paise,
                    _ => 0,
                };
                refunded += e switch
                {
                    FeeRefunded back => back.Amount.Paise,
                    RefundReversed r => -seat.Refunds.Single(x => x.Id == r.RefundId).Amount.Paise,
                    _ => 0,
                };
                seat = seat.Copy().After(e);
                var parts = seat.Settlement();
                Assert.Equal(net - received + refunded, seat.Balance.Paise);
                Assert.Equal(net, parts.Where(p => p.Number is not null).Sum(p => p.Instalment.Amount.Paise));
                Assert.Equal(Math.Clamp(received - refunded, 0, net), parts.Sum(p => p.Settled.Paise));
                Assert.Equal(Math.Max(0, seat.Balance.Paise), parts.Sum(p => p.Open.Paise));
                Assert.All(parts, p => Assert.InRange(p.Settled.Paise, 0, p.Instalment.Amount.Paise));
                // An instalment is begun only when those before it are settled.
                Assert.True(parts.SkipWhile(p => !p.IsOpen).Skip(1).All(p => p.Settled == Money.Zero));
                Assert.Equal(parts.FirstOrDefault(p => p.IsOpen)?.Instalment.DueOn, seat.DueOn);
            }
        }, iter: 5_000);
}
