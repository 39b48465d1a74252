using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Crm.Web;
using RazorSlices;

namespace Crm.Fees;

public sealed record RecordPaymentView(ActView Act, string Hint);

/// <summary>Records what was paid for a seat: what is due is already there.</summary>
public sealed partial class RecordPayment(CurrentInstitute institute) : SeatAct
{
    public override string Path => "payments";
    public override bool IsOfMoney => true;
    public override int Order => 10;

    public override bool IsOfferedTo(Enrolment seat) => seat.IsCurrent || seat.HasDebt;

    public override RazorSlice Panel(SeatPanel panel)
    {
        var due = panel.Seat.DueNext(panel.Today);
        var form = panel.FormOf(("amount", due > Money.Zero ? due.Rupees.ToString("0.##") : ""), ("way", nameof(PaymentWay.Upi)),
            ("on", panel.Today.ToString("yyyy-MM-dd"))).Showing(panel.Seat);
        var hint = panel.Seat.Balance > Money.Zero
            ? $"{institute.Show(panel.Seat.Balance)} is owed in all"
            : "All is paid: more is kept as credit";
        return Create(new RecordPaymentView(panel.View(form, "Record a payment"), hint));
    }

    public override async Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel)
    {
        var today = sent.Clock.Today;
        if (ToldPayments.Read(sent.Form, institute.Money) is not { } told) return [];
        // A page may still show the seat that a colleague has changed for another meanwhile.
        if (sent.Seat.Left is { IsWithdrawal: false } left)
            throw new Refusal($"They moved to {left.ToRollNumber}: record the payment there.");
        sent.RefuseUnseen(institute);
        if (!sent.Form.Ok) return [];
        var paid = FeeRules.Receive(told, today);
        AskAboutMore(sent.Form, sent.Seat, told.Amount);
        await AskAboutDayAsync(sent, told.On, cancel);
        RefuseKnown(sent.Form, told, await KnownPayments.FindAsync(sent.Session, told.Reference, told.Way, cancel));
        if (!sent.Form.Ok) return [];
        var person = await sent.Session.LoadAsync<Person>(sent.Seat.PersonId, cancel);
        if (ReceiptMaker.WhyNot(person) is { } why) throw new Refusal(why);
        if (told.ByEmail && person?.AddressForPapers is null)
            throw new Refusal("byEmail", "There is no address that it could go to. Add one first, or record the payment without it.");
        // The number last: until this is stored, whoever records another payment waits for it.
        return [paid with { Receipt = await ReceiptNumbers.TakeAsync(sent.Session, institute, today, cancel) }];
    }

    // A zero too many is typed easily, and its receipt is on its way at once.
    private void AskAboutMore(Form form, Enrolment seat, Money amount)
    {
        var owed = seat.HasDebt ? seat.Balance : Money.Zero;
        if (amount <= owed) return;
        form.Ask("amount", amount.ToString(), owed == Money.Zero
            ? $"Nothing is owed: {institute.Show(amount)} would be kept as credit."
            : $"{institute.Show(owed)} is owed in all, and {institute.Show(amount - owed)} would be kept as credit.");
    }

    // A year mistyped in January is the usual slip, and changes what was reported long ago.
    private async Task AskAboutDayAsync(SeatForm sent, DateOnly on, CancellationToken cancel)
    {
        var first = sent.Seat.PaidAs == sent.Seat.Id ? sent.Seat : await sent.Session.LoadAsync<Enrolment>(sent.Seat.PaidAs, cancel);
        var agreed = sent.Clock.DayOf((first ?? sent.Seat).EnrolledAt);
        List<string> asks = [];
        if (on < agreed) asks.Add($"They enrolled after this day, on {Format.Date(agreed)}.");
        if (ToldPayments.WhyUnusual(on, sent.Clock.Today, institute) is { } unusual) asks.Add(unusual);
        if (asks.Count > 0) sent.Form.Ask("on", $"{on:yyyy-MM-dd}", string.Join(' ', asks));
    }

    // One picture of a transfer must not pay two fees. Each bank numbers its cheques by itself, and may be written in many ways: who
    // holds the cheque is asked whether it is another one.
    private void RefuseKnown(Form form, ToldPayment told, IReadOnlyList<LedgerEntry> known)
    {
        if (known.Count == 0) return;
        var beside = KnownPayments.BesideNumber(told.Reference);
        var like = known.FirstOrDefault(k => KnownPayments.BesideNumber(k.Reference) == beside);
        var other = like ?? known[0];
        var cheque = $"{other.Receipt} is cheque {other.Reference}, {institute.Show(other.Amount)} of {Format.Date(other.Day)}.";
        var (asked, receipts) = (Form.AskedAbout("reference"), string.Join(' ', known.Select(k => k.Receipt)));
        if (told.Way != PaymentWay.Cheque) form.Refuse("reference", $"{other.Receipt} has this reference already.");
        else if (like is not null || beside.Length == 0)
            form.Refuse("reference", $"{cheque} If this is another, write its bank behind the number, and its account at the same bank.");
        else if (form[asked] != receipts) form.Refuse("reference", $"{cheque} If this is another, send it again.");
        form[asked] = receipts;
    }
}
