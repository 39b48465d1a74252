using Crm.Institute;
using Crm.Messaging;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Fees;

public enum Reversal { RecordedByMistake, ChequeBounced }

public sealed record ReversePaymentView(ActView Act, IReadOnlyList<(string Value, string Text)> Payments);

/// <summary>Takes a payment out of the sums, with a reason: it stays in the books, and its receipt is marked void.</summary>
public sealed partial class ReversePayment(CurrentInstitute institute, CreditNotes notes) : SeatAct
{
    private const int LongestReason = 200;

    public override string Path => "reversals";
    public override bool IsOfMoney => true;
    public override int Order => 20;

    public override bool IsOfferedTo(Enrolment seat) => seat.Payments.Any(p => p.Counts);

    public override RazorSlice Panel(SeatPanel panel) => Create(new ReversePaymentView(
        panel.View(panel.FormOf(), "Void a payment"),
        [.. panel.Seat.Payments.Where(p => p.Counts).Select(p =>
            (p.Id.ToString(), $"{p.Receipt} · {institute.Show(p.Amount)} · {Format.Words(p.Way)} · {Format.Date(p.On)}"))]));

    // The seats that the money went on to: it is taken back there, and a refund there may name the same invoices. Each is newer than the
    // one before, so that this is the order of their ids.
    public override async Task LockAsync(Enrolment shown, IDocumentSession session, CancellationToken cancel)
    {
        for (Guid? next = shown.Id; next is { } id; next = (await session.LoadAsync<Enrolment>(id, cancel))?.Left?.To)
            await session.LockStreamsAsync([id], cancel);
    }

    public override async Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        var paymentId = form.Id("paymentId", "one from the list");
        var kind = form.Choice<Reversal>("kind", "what happened");
        var why = form.Text("why", "the reason", LongestReason, required: true);
        // It stands on the void receipt.
        form.MustBeDrawable("why");
        if (!form.Ok) return [];
        var (id, today) = (paymentId!.Value, sent.Clock.Today);
        if (kind == Reversal.ChequeBounced)
        {
            var bounced = FeeRules.Bounce(sent.Seat, id, why!, today);
            var (note, before) = await NoteAsync(sent, id, why!, cancel);
            return [bounced with { CreditNote = note, TakenBackBy = before }];
        }
        var seats = await ChangedSeats.OfAsync(sent.Session, sent.Seat, cancel);
        var voided = FeeRules.Void(sent.Seat, seats, id, why!, today, institute.Money);
        AskAboutDue(form, sent.Seat, id);
        if (!form.Ok) return [];
        var (issued, takenBackBy) = await NoteAsync(sent, id, why!, cancel);
        return [voided with { CreditNote = issued, TakenBackBy = takenBackBy }];
    }

    private void AskAboutDue(Form form, Enrolment seat, Guid paymentId)
    {
        if (seat.Left is { IsWithdrawal: true } left)
            form.Ask("paymentId", paymentId.ToString(), $"{institute.Show(left.RefundDue)} was due back, counted with this payment. "
                + "That stays, and less of the fee is kept.");
    }

    private Task<(string Issued, string? TakenBackBy)> NoteAsync(SeatForm sent, Guid paymentId, string why, CancellationToken cancel) =>
        notes.ForAsync(sent.Seat.Payments.Single(p => p.Id == paymentId), why, sent, cancel);
}
