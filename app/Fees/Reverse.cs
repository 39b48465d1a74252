using Crm.Institute;
using Crm.Messaging;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Fees;

public enum Reversal { RecordedByMistake, ChequeBounced, RefundNeverArrived }

/// <param name="Entries">Payments and refunds that count.</param>
/// <param name="Which">What the list is of.</param>
public sealed record ReverseView(ActView Act, IReadOnlyList<(string Value, string Text)> Entries, string Which);

/// <summary>
/// Takes a payment or a refund out of the sums, with a reason: it stays in the books, its receipt is marked void, and its credit note is
/// taken back.
/// </summary>
public sealed partial class Reverse(CurrentInstitute institute, TaxNotes notes) : SeatAct
{
    private const int LongestReason = 200;

    public override string Path => "reversals";
    public override bool IsOfMoney => true;
    public override int Order => 20;

    public override bool IsOfferedTo(Enrolment seat) => seat.Payments.Any(p => p.Counts) || seat.HasRefunds;

    public override RazorSlice Panel(SeatPanel panel) => Create(new ReverseView(
        panel.View(panel.FormOf(), panel.Seat.HasRefunds ? "Void a payment or a refund" : "Void a payment"),
        [
            .. panel.Seat.Payments.Where(p => p.Counts).Select(p => (p.Id.ToString(), Says(p.Receipt, p.Amount, p.Way, p.On))),
            .. panel.Seat.Refunds.Where(r => r.Counts).Select(r => (r.Id.ToString(), Says(NameOf(r), r.Amount, r.Way, r.On))),
        ],
        panel.Seat.HasRefunds ? "Payment or refund" : "Payment"));

    // Two of one day may be alike but for this.
    private static string NameOf(Refund refund) =>
        string.Join(' ', new[] { "Refund", refund.CreditNote, refund.Reference }.Where(p => p.Length > 0));

    private string Says(string name, Money amount, PaymentWay way, DateOnly on) =>
        $"{name} · {institute.Show(amount)} · {Format.Words(way)} · {Format.Date(on)}";

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
        var entryId = form.Id("entryId", "one from the list");
        var kind = form.Choice<Reversal>("kind", "what happened");
        var why = form.Text("why", "the reason", LongestReason, required: true);
        // It stands on the void receipt.
        form.MustBeDrawable("why");
        if (!form.Ok) return [];
        var told = new Told(entryId!.Value, kind!.Value, why!, await ChangedSeats.OfAsync(sent.Session, sent.Seat, cancel));
        EnrolmentEvent? reversed = sent.Seat.Refunds.Find(r => r.Id == entryId) is { } refund
            ? await OfRefundAsync(sent, refund, told, cancel)
            : await OfPaymentAsync(sent, told, cancel);
        return reversed is null ? [] : [reversed];
    }

    /// <param name="Seats">That were changed for each other, the one that the student has or had last at the end.</param>
    private sealed record Told(Guid EntryId, Reversal Kind, string Why, IReadOnlyList<Enrolment> Seats);

    private async Task<EnrolmentEvent?> OfPaymentAsync(SeatForm sent, Told told, CancellationToken cancel)
    {
        var (id, today) = (told.EntryId, sent.Clock.Today);
        if (told.Kind == Reversal.RefundNeverArrived) throw new Refusal("kind", "This is a payment. Only a refund never arrives.");
        if (told.Kind == Reversal.ChequeBounced)
        {
            var bounced = FeeRules.Bounce(sent.Seat, id, told.Why, today);
            var (note, before) = await NoteAsync(sent, told, cancel);
            return bounced with { CreditNote = note, TakenBackBy = before };
        }
        var voided = FeeRules.Void(sent.Seat, told.Seats, id, told.Why, today, institute.Money);
        AskAboutDue(sent.Form, told.Seats[^1], id);
        if (!sent.Form.Ok) return null;
        var (issued, takenBackBy) = await NoteAsync(sent, told, cancel);
        return voided with { CreditNote = issued, TakenBackBy = takenBackBy };
    }

    private async Task<EnrolmentEvent?> OfRefundAsync(SeatForm sent, Refund refund, Told told, CancellationToken cancel)
    {
        if (told.Kind == Reversal.ChequeBounced) throw new Refusal("kind", "This is a refund. Say that it never arrived.");
        var standing = told.Kind == Reversal.RecordedByMistake ? RefundStanding.Voided : RefundStanding.NeverArrived;
        var reversed = FeeRules.ReverseRefund(sent.Seat, refund.Id, standing, told.Why, sent.Clock.Today);
        AskAboutMore(sent.Form, told.Seats[^1], refund);
        if (!sent.Form.Ok) return null;
        return reversed with { DebitNote = await notes.ForAsync(reversed, refund, sent, cancel) };
    }

    private void AskAboutDue(Form form, Enrolment last, Guid paymentId)
    {
        if (last.Left is { IsWithdrawal: true } left)
            form.Ask("entryId", paymentId.ToString(), $"{institute.Show(left.RefundDue)} was due back, counted with this payment. "
                + "That stays, and less of the fee is kept.");
    }

    // It was given back before the seat was given up, and what is due back was counted without it.
    private void AskAboutMore(Form form, Enrolment last, Refund refund)
    {
        var due = refund.Amount - last.Balance;
        if (last.Left is { IsWithdrawal: true } left && due > left.RefundDue)
            form.Ask("entryId", refund.Id.ToString(), $"{institute.Show(left.RefundDue)} was due back when the seat was given up. "
                + $"With what was not given back before, {institute.Show(due)} is due back now.");
    }

    private Task<(string Issued, string? TakenBackBy)> NoteAsync(SeatForm sent, Told told, CancellationToken cancel) =>
        notes.ForAsync(sent.Seat.Payments.Single(p => p.Id == told.EntryId), told.Why, sent, cancel);
}
