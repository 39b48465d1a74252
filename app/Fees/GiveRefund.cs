using Crm.Institute;
using Crm.Messaging;
using Crm.Seats;
using Crm.Web;
using RazorSlices;

namespace Crm.Fees;

public sealed record GiveRefundView(ActView Act, string Most);

/// <summary>Gives back some of what was received, with a reason.</summary>
public sealed partial class GiveRefund(CurrentInstitute institute, CreditNotes notes) : SeatAct
{
    private const int LongestReason = 200;

    public override string Path => "refunds";
    public override bool IsOfMoney => true;
    public override int Order => 30;

    public override bool IsOfferedTo(Enrolment seat) => seat.Kept > Money.Zero;

    public override RazorSlice Panel(SeatPanel panel)
    {
        var credit = panel.Seat.Credit;
        var form = panel.FormOf(("amount", credit > Money.Zero ? credit.Rupees.ToString("0.##") : ""),
            ("way", nameof(PaymentWay.BankTransfer)), ("on", panel.Today.ToString("yyyy-MM-dd")))
            .Showing(panel.Seat);
        return Create(new GiveRefundView(panel.View(form, "Refund"), institute.Show(panel.Seat.Kept)));
    }

    public override async Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel)
    {
        var told = ToldPayments.Read(sent.Form, institute.Money);
        var why = sent.Form.Text("why", "the reason", LongestReason, required: true);
        // It stands on the credit note.
        sent.Form.MustBeDrawable("why");
        if (sent.Form.Ok) sent.RefuseUnseen(institute);
        if (!sent.Form.Ok) return [];
        var back = FeeRules.Refund(sent.Seat, told!, why!, sent.Clock.Today, institute.Money);
        AskAbout(sent.Form, sent.Seat, back.Amount);
        if (!sent.Form.Ok) return [];
        return [back with { CreditNote = await notes.ForAsync(back, sent, cancel) }];
    }

    // Where less is due back, the rest would be owed again.
    private void AskAbout(Form form, Enrolment seat, Money amount)
    {
        var asked = Form.AskedAbout("amount");
        if (!seat.HasCredit || amount <= seat.Credit || form[asked] == amount.ToString()) return;
        form[asked] = amount.ToString();
        form.Refuse("amount", $"{institute.Show(seat.Credit)} is due back, and {institute.Show(amount - seat.Credit)} would be owed again. "
            + "If that is right, send it again.");
    }
}
