using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using Crm.Seats;
using Crm.Web;
using RazorSlices;

namespace Crm.Fees;

/// <param name="Hint">What is due back, and what else was received.</param>
public sealed record GiveRefundView(ActView Act, string Hint);

/// <summary>Gives back some of what was received, with a reason.</summary>
public sealed partial class GiveRefund(CurrentInstitute institute, TaxNotes notes) : SeatAct
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
        var (due, most) = (institute.Show(credit), institute.Show(panel.Seat.Kept));
        return Create(new GiveRefundView(panel.View(form, "Refund"),
            credit == panel.Seat.Kept ? $"At most {most}" : $"{due} is due back; a manager may give back up to {most}"));
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
        await AskAboutMoreAsync(sent, back.Amount, cancel);
        if (ToldPayments.WhyUnusual(back.On, sent.Clock.Today, institute) is { } unusual)
            sent.Form.Ask("on", $"{back.On:yyyy-MM-dd}", unusual);
        if (back.Way == PaymentWay.Cash) await AskAboutDrawerAsync(sent, back.Amount, cancel);
        if (!sent.Form.Ok) return [];
        return [back with { CreditNote = await notes.ForAsync(back, sent, cancel) }];
    }

    // Where less is due back, the rest would be owed again; and who could give back what the rules do not, would make their own.
    private async Task AskAboutMoreAsync(SeatForm sent, Money amount, CancellationToken cancel)
    {
        var due = sent.Seat.Credit;
        if (amount <= due) return;
        if (!await sent.Stamp.IsManagerAsync(sent.Session, cancel))
            throw new Refusal("amount", $"{institute.Show(due)} is due back. Only a manager may give back more.");
        sent.Form.Ask("amount", amount.ToString(),
            $"{institute.Show(due)} is due back, and {institute.Show(amount - due)} would be owed again.");
    }

    // Cash that is not in the drawer came from elsewhere, or went another way.
    private async Task AskAboutDrawerAsync(SeatForm sent, Money amount, CancellationToken cancel)
    {
        var drawer = await CashDrawer.ReadAsync(sent.Session, cancel);
        if (amount > drawer.Expected) sent.Form.Ask("way", amount.ToString(), "This is more cash than should be in the drawer.");
    }
}
