using Crm.Institute;
using Crm.Messaging;
using Crm.Seats;
using Crm.Web;
using RazorSlices;

namespace Crm.Fees;

public enum Reversal { RecordedByMistake, ChequeBounced }

public sealed record ReversePaymentView(ActView Act, IReadOnlyList<(string Value, string Text)> Payments);

/// <summary>Takes a payment out of the sums, with a reason: it stays in the books, and its receipt is marked void.</summary>
public sealed partial class ReversePayment(CurrentInstitute institute) : SeatAct
{
    private const int LongestReason = 200;

    public override string Path => "reversals";
    public override int Order => 20;

    public override bool IsOfferedTo(Enrolment seat) => seat.Payments.Any(p => p.Counts);

    public override RazorSlice Panel(SeatPanel panel) => Create(new ReversePaymentView(
        panel.View(panel.FormOf(), "Void a payment"),
        [.. panel.Seat.Payments.Where(p => p.Counts).Select(p =>
            (p.Id.ToString(), $"{p.Receipt} · {institute.Show(p.Amount)} · {Format.Words(p.Way)} · {Format.Date(p.On)}"))]));

    public override Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        var paymentId = form.Id("paymentId", "one from the list");
        var kind = form.Choice<Reversal>("kind", "what happened");
        var why = form.Text("why", "the reason", LongestReason, required: true);
        // It stands on the void receipt.
        form.MustBeDrawable("why");
        return sent.Decide(() => kind == Reversal.ChequeBounced
            ? [FeeRules.Bounce(sent.Seat, paymentId!.Value, why!, institute.Money)]
            : [FeeRules.Void(sent.Seat, paymentId!.Value, why!, institute.Money)]);
    }
}
