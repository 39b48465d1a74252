using Crm.Accounts;
using Crm.Changes;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Enrolments;

/// <param name="Policy">What is given back when, in a sentence.</param>
/// <param name="Today">What would be due back today, and how that is found.</param>
/// <param name="Most">What was received, of which a manager may say that another part is due back.</param>
public sealed record WithdrawView(ActView Act, string Policy, string Today, string Most);

/// <summary>The student gives the seat up: it is free at once, and what is due back is said.</summary>
public sealed partial class Withdraw(CurrentInstitute institute, LeadWriter leads, Waitlists waitlists) : SeatAct
{
    /// <summary>Characters of a reason, here and where other acts ask for one.</summary>
    public const int LongestReason = 200;

    // By which the form says what its page said is due back.
    private const string Due = "due";

    // By which it says what its page said was received.
    private const string Kept = "kept";

    public override string Path => "withdrawal";
    public override int Order => 60;

    public override bool IsOfferedTo(Enrolment seat) => seat.IsCurrent;

    public override Task LockAsync(Enrolment shown, IDocumentSession session, CancellationToken cancel) =>
        session.LockStreamsAsync([shown.LeadId], cancel);

    public override async Task<RazorSlice> PanelAsync(SeatPanel panel, IQuerySession session, CancellationToken cancel)
    {
        var batch = await session.LoadAsync<Batch>(panel.Seat.BatchId, cancel)
            ?? throw new InvalidOperationException($"The enrolment {panel.Seat.Id} has no batch.");
        if (panel.Refused is null && !batch.IsOpenOn(panel.Today)) return NoPanel.Create();
        var due = Departures.DueOn(panel.Seat, batch, panel.Today, institute);
        var form = panel.FormOf(("on", panel.Today.ToString("yyyy-MM-dd")));
        if (form.Remembered(Due) is null) form.Remember(Due, institute.Show(due.Amount));
        if (form.Remembered(Kept) is null) form.Remember(Kept, institute.Show(panel.Seat.Kept));
        return Create(new WithdrawView(panel.View(form, "Withdraw"),
            institute.Profile.Refunds.Words(batch.StartsOn, batch.EndsOn),
            $"{institute.Show(due.Amount)} would be due back today. {due.Counted}.", institute.Show(panel.Seat.Kept)));
    }

    public override async Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel)
    {
        var on = sent.Form.Date("on", "the day");
        var why = sent.Form.Text("why", "the reason", LongestReason, required: true);
        var other = await ReadOtherAsync(sent, cancel);
        if (!sent.Form.Ok) return [];
        var batch = (await sent.Session.LockAsync<Batch>(sent.Seat.BatchId, cancel))!;
        var withdrawn = Departures.Withdraw(sent.Seat, batch, on!.Value, why!, sent.Clock, institute);
        if (!await sent.Stamp.IsManagerAsync(sent.Session, cancel))
            Departures.RefuseMoreThanToday(withdrawn, sent.Seat, batch, sent.Clock.Today, institute);
        AskAbout(sent.Form, sent.Seat, withdrawn, isCounted: other is null);
        if (!sent.Form.Ok) return [];
        if (other is { } refund) withdrawn = Departures.RefundOtherwise(withdrawn, sent.Seat, refund, sent.Stamp.By, institute);
        await leads.ChangeAsync(sent.Session, sent.Seat.LeadId, sent.Stamp, work => Task.FromResult(LeadRules.Withdraw(
            work.Lead, new LeadWithdrew(sent.Seat.Id, batch.Code, sent.Seat.RollNumber, why!))), null, cancel);
        batch.SeatsTaken--;
        await waitlists.SettleAsync(sent.Session, batch, sent.Stamp, cancel);
        return [withdrawn];
    }

    public override void Closing(Enrolment seat, IDocumentSession session, Stamp stamp) => ChangeWriter.Record(
        session, ChangeKind.Withdrawal, $"Withdrew {seat.RollNumber}", stamp, together: true);

    // It cannot be undone: another sum than the page said is told before it counts.
    private void AskAbout(Form form, Enrolment seat, SeatWithdrawn withdrawn, bool isCounted)
    {
        var (due, kept) = (institute.Show(withdrawn.RefundDue), institute.Show(seat.Kept));
        var (seenDue, seenKept) = (form.Remembered(Due), form.Remembered(Kept));
        form.Remember(Due, due);
        form.Remember(Kept, kept);
        if (isCounted && seenDue is not null && seenDue != due)
            form.Refuse("on", $"{due} would be due back, not {seenDue}. {withdrawn.Counted}. Send it again if that is right.");
        // What is not given back stays with the institute: of money that came in or went meanwhile too.
        else if (seenKept is not null && seenKept != kept)
            form.Refuse(isCounted ? "on" : "refund", $"This was changed meanwhile: {kept} was received and not given back, not {seenKept}. "
                + "Send it again if that is right.");
    }

    // Managers see these fields; whoever sends them without being one is refused.
    private async Task<OtherRefund?> ReadOtherAsync(SeatForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        if (form.IsEmpty("refund")) return null;
        var amount = form.Amount("refund", "what is due back", institute.Money);
        var because = form.Text("because", "the reason", LongestReason, required: true);
        if (!form.Ok) return null;
        if (!await sent.Stamp.IsManagerAsync(sent.Session, cancel))
            throw new Refusal("refund", "Only a manager may say that another amount is due back.");
        return new OtherRefund(amount!.Value, because!);
    }
}
