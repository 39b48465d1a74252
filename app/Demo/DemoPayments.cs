using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using Marten;

namespace Crm.Demo;

/// <summary>Has the demo's students pay: most on time, some late, a few not yet, and a cheque that bounced here and there.</summary>
public sealed class DemoPayments(
    SeatWriter writer, CurrentInstitute institute, InstituteClock clock, IReadOnlyList<Actor> cashiers, Random random)
{
    private const double Pays = 0.94;
    private const double Bounces = 0.08;
    private static readonly TimeOnly OpensAt = new(9, 30);

    /// <summary>Records, day after day, what was paid until now for each seat there is.</summary>
    public async Task TellAsync(IDocumentStore store, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var seats = await session.Query<Enrolment>().OrderBy(s => s.RollNumber).ToListAsync(cancel);
        // In the order of days, so that the numbers of receipts run with them.
        foreach (var (seatId, told, at) in seats.SelectMany(Told).OrderBy(t => t.At))
            await PayAsync(seatId, told, new Stamp(cashiers[random.Next(cashiers.Count)], at), cancel);
    }

    private IEnumerable<(Guid SeatId, ToldPayment Told, DateTimeOffset At)> Told(Enrolment seat)
    {
        var day = clock.DayOf(seat.EnrolledAt);
        foreach (var instalment in seat.Instalments.TakeWhile(_ => random.NextDouble() < Pays))
        {
            var wished = instalment.DueOn.AddDays(random.Next(-4, 9));
            day = wished > day ? wished : day;
            var at = clock.At(day, OpensAt.AddMinutes(random.Next(480)));
            if (at < seat.EnrolledAt) at = seat.EnrolledAt.AddMinutes(random.Next(5, 60));
            if (at > clock.Now) yield break;
            var way = Way();
            yield return (seat.Id, new ToldPayment(instalment.Amount, way, Reference(way), clock.DayOf(at), false), at);
        }
    }

    private async Task PayAsync(Guid seatId, ToldPayment told, Stamp stamp, CancellationToken cancel)
    {
        var paid = FeeRules.Receive(told, clock.DayOf(stamp.At));
        await writer.ChangeAsync(seatId, stamp, async work =>
            [paid with { Receipt = await ReceiptNumbers.TakeAsync(work.Session, institute, clock.DayOf(stamp.At), cancel) }], cancel);
        var later = stamp with { At = stamp.At.AddDays(3) };
        if (told.Way == PaymentWay.Cheque && later.At < clock.Now && random.NextDouble() < Bounces)
            await writer.ChangeAsync(seatId, later, work => Task.FromResult<IReadOnlyList<EnrolmentEvent>>(
                [FeeRules.Bounce(work.Seat, paid.PaymentId, "Funds insufficient", clock.DayOf(later.At))]), cancel);
    }

    private PaymentWay Way() => random.Next(100) switch
    {
        < 58 => PaymentWay.Upi,
        < 74 => PaymentWay.BankTransfer,
        < 86 => PaymentWay.Cash,
        < 95 => PaymentWay.Card,
        _ => PaymentWay.Cheque,
    };

    private string Reference(PaymentWay way) => way switch
    {
        PaymentWay.Cash => "",
        PaymentWay.Cheque => $"{random.Next(100_000, 999_999)}",
        _ => $"{random.NextInt64(100_000_000_000, 999_999_999_999)}",
    };
}
