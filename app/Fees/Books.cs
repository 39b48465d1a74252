using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Fees;

/// <summary>Keeps the books: a line for each movement of money and a receipt for each payment, in the transaction of the event.</summary>
public sealed class Books(CurrentInstitute institute, InstituteClock clock) : ISeatReaction
{
    public async Task ReactAsync(SeatChange change, IDocumentSession session, CancellationToken cancel)
    {
        foreach (var e in change.Events)
        {
            if (LineOf(e, change) is { } line) session.Store(line);
            if (e is PaymentReceived paid) session.Store(await ReceiptOfAsync(paid, change, session, cancel));
            if (e is PaymentVoided voided)
                await VoidAsync(voided.PaymentId, voided.Why, voided.TakenBackBy ?? voided.CreditNote, session, cancel);
            if (e is ChequeBounced bounced)
                await VoidAsync(bounced.PaymentId, $"The cheque bounced: {bounced.Why}", bounced.TakenBackBy ?? bounced.CreditNote,
                    session, cancel);
        }
    }

    private static LedgerEntry? LineOf(EnrolmentEvent e, SeatChange change) => e switch
    {
        PaymentReceived p => Line(change, p.PaymentId, EntryKind.Payment, p.Amount, p.Way, p.Reference, p.On, p.Receipt),
        PaymentVoided v => Against(change, v.PaymentId, EntryKind.Void, v.On),
        ChequeBounced b => Against(change, b.PaymentId, EntryKind.Bounce, b.On),
        FeeRefunded r => Line(change, r.RefundId, EntryKind.Refund, -r.Amount, r.Way, r.Reference, r.On, ""),
        RefundReversed r => Against(change, r),
        // No way is true of it; a transfer's lines cancel each other under any, and are no cash.
        MoneyMoved m => Line(change, Guid.CreateVersion7(change.Stamp.At), EntryKind.Transfer, m.Amount, PaymentWay.BankTransfer, "",
            m.On, ""),
        _ => null,
    };

    private static LedgerEntry Against(SeatChange change, Guid paymentId, EntryKind kind, DateOnly on)
    {
        var payment = change.Seat.Payments.Single(p => p.Id == paymentId);
        var line = Line(change, Guid.CreateVersion7(change.Stamp.At), kind, -payment.Amount, payment.Way, payment.Reference, on,
            payment.Receipt);
        line.Reverses = paymentId;
        return line;
    }

    private static LedgerEntry Against(SeatChange change, RefundReversed e)
    {
        var refund = change.Seat.Refunds.Single(r => r.Id == e.RefundId);
        var line = Line(change, e.ReversalId, EntryKind.RefundReversal, refund.Amount, refund.Way, refund.Reference, e.On, "");
        line.Reverses = refund.Id;
        return line;
    }

    private static LedgerEntry Line(SeatChange change, Guid id, EntryKind kind, Money amount, PaymentWay way, string reference,
        DateOnly on, string receipt) => new()
        {
            Id = id,
            Kind = kind,
            EnrolmentId = change.Seat.Id,
            BatchId = change.Seat.BatchId,
            CourseId = change.Seat.CourseId,
            Amount = amount,
            Way = way,
            Reference = reference,
            PlainReference = KnownPayments.Plain(reference, way),
            Day = on,
            At = change.Stamp.At,
            By = change.Stamp.By,
            Receipt = receipt,
        };

    private async Task<Receipt> ReceiptOfAsync(
        PaymentReceived paid, SeatChange change, IDocumentSession session, CancellationToken cancel)
    {
        var seat = change.Seat;
        var person = await session.LoadAsync<Person>(seat.PersonId, cancel)
            ?? throw new InvalidOperationException($"The enrolment {seat.Id} has no person.");
        return new Receipt
        {
            Id = paid.PaymentId,
            Number = paid.Receipt,
            EnrolmentId = seat.Id,
            Issuer = ReceiptIssuer.Of(institute.Profile),
            Name = person.NameOnPaper,
            Address = seat.InvoiceAddress,
            RollNumber = seat.RollNumber,
            CourseName = seat.CourseName,
            BatchCode = seat.BatchCode,
            Amount = paid.Amount,
            Way = paid.Way,
            Reference = paid.Reference,
            PaidOn = paid.On,
            IssuedOn = clock.DayOf(change.Stamp.At),
            By = change.Stamp.By.Name,
            BalanceAfter = seat.Balance,
            Tax = institute.Profile is { IsTaxRegistered: true } registered
                ? ReceiptTax.Within(paid.Amount, registered, seat.PlaceOfSupply)
                : null,
        };
    }

    private static async Task VoidAsync(Guid paymentId, string why, string note, IDocumentSession session, CancellationToken cancel)
    {
        var receipt = await session.LoadAsync<Receipt>(paymentId, cancel)
            ?? throw new InvalidOperationException($"The payment {paymentId} has no receipt.");
        (receipt.Void, receipt.CreditNote) = (why, note);
        session.Store(receipt);
    }
}
