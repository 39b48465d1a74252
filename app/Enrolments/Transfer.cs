using System.Globalization;
using Crm.Changes;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Enrolments;

public sealed record TransferView(
    ActView Act, IReadOnlyList<(string Value, string Text)> Batches, IReadOnlyList<(string Value, string Text)> Plans, string Now);

/// <summary>Changes the seat for one in another batch, of the same course or another, in one step.</summary>
public sealed partial class Transfer(CurrentInstitute institute, SeatMoves moves, Waitlists waitlists) : SeatAct
{
    // The sum that was asked about: sent again, it is agreed to.
    private const string Asked = "agreed";

    // What is left falls due on the days that were agreed for the seat.
    private const string SameDays = "same";

    public override string Path => "transfer";
    public override int Order => 50;

    public override bool IsOfferedTo(Enrolment seat) => seat.IsCurrent;

    public override Task LockAsync(Enrolment shown, IDocumentSession session, CancellationToken cancel) =>
        session.LockStreamsAsync([shown.LeadId], cancel);

    public override async Task<RazorSlice> PanelAsync(SeatPanel panel, IQuerySession session, CancellationToken cancel)
    {
        var seat = panel.Seat;
        var goesOn = (await session.LoadAsync<Batch>(seat.BatchId, cancel))?.IsOpenOn(panel.Today) == true;
        if (panel.Refused is null && !goesOn) return NoPanel.Create();
        var plans = PlansFor(seat);
        var form = panel.FormOf(("discount", seat.Discount.Rupees.ToString("0.##", CultureInfo.InvariantCulture)),
            ("instalments", plans[0].Value), ("firstDueOn", (seat.DueOn ?? panel.Today).ToString("yyyy-MM-dd")), ("byEmail", "true"));
        var along = seat.Overdrawn > Money.Zero
            ? $"{institute.Show(seat.Overdrawn)} was given back and never came in, which goes along."
            : $"{institute.Show(seat.Kept)} was received and goes along.";
        return Create(new TransferView(panel.View(form, $"Move to another {institute.Profile.BatchWord.One}"),
            await TransferChoices.OfAsync(session, seat, institute, panel.Clock, cancel), plans,
            $"{institute.Show(seat.Net)} was agreed, {along}"));
    }

    // Who moves has agreed on days, and nobody should have to type them again.
    private static IReadOnlyList<(string Value, string Text)> PlansFor(Enrolment seat) => AgreedSeat.OpenDays(seat).Count switch
    {
        0 => [.. EnrolView.Plans],
        1 => [(SameDays, "1 part, on the day agreed before"), .. EnrolView.Plans],
        var many => [(SameDays, $"{many} parts, on the days agreed before"), .. EnrolView.Plans],
    };

    public override async Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        var batchId = form.Id("batchId", "one from the list");
        var discount = form.Amount("discount", "the discount", institute.Money, required: false);
        var parts = form["instalments"] == SameDays ? 1 : form.Whole("instalments", "the number of instalments", 1, Instalments.Most);
        var firstDueOn = form.Date("firstDueOn", "when the first instalment is due");
        var why = form.Text("why", "the reason", Withdraw.LongestReason, required: true);
        if (!form.Ok) return [];
        Departures.RefuseLeft(sent.Seat);
        var (from, to) = await LockBothAsync(sent, batchId!.Value, cancel);
        var course = (await sent.Session.LoadAsync<Course>(to.CourseId, cancel))!;
        var terms = new SeatTerms(to.Id, discount!.Value, parts!.Value, firstDueOn!.Value, [], sent.Seat.PlaceOfSupply);
        var agreed = await AgreeAsync(sent, to, course, terms, cancel);
        if (!form.Ok) return [];
        var about = new CourseRef(course.Id, course.Code, course.Name);
        var move = new SeatMove(sent.Seat, from, agreed, about, why!, form["byEmail"] == "true");
        var events = await moves.MoveAsync(sent.Session, move, sent.Stamp, cancel);
        await waitlists.SettleAsync(sent.Session, from, sent.Stamp, cancel);
        await waitlists.SettleAsync(sent.Session, to, sent.Stamp, cancel);
        return events;
    }

    public override void Closing(Enrolment seat, IDocumentSession session, Stamp stamp) => ChangeWriter.Record(
        session, ChangeKind.Transfer, $"Moved {seat.RollNumber} to {seat.Left!.ToRollNumber}", stamp, together: true);

    private static async Task<(Batch From, Batch To)> LockBothAsync(SeatForm sent, Guid toId, CancellationToken cancel)
    {
        if (toId == sent.Seat.BatchId) throw new Refusal("batchId", "This is where the seat is. Choose another.");
        var batches = await sent.Session.LockAllAsync<Batch>([sent.Seat.BatchId, toId], cancel);
        var from = batches.First(b => b.Id == sent.Seat.BatchId);
        if (OpenBatches.WhyClosed(from, sent.Clock.Today) is { } closed) throw new Refusal($"{closed} Nobody moves from it any more.");
        var to = OpenBatches.CheckOpen(batches.FirstOrDefault(b => b.Id == toId), sent.Seat.LeadId, sent.Clock);
        await SeatTaking.RefuseSecondAsync(sent.Session, to, sent.Seat.PersonId, cancel);
        return (from, to);
    }

    private async Task<AgreedSeat> AgreeAsync(SeatForm sent, Batch to, Course course, SeatTerms terms, CancellationToken cancel)
    {
        var (seat, fee) = (sent.Seat, TransferChoices.FeeOf(sent.Seat, course));
        var tax = TransferChoices.TaxOf(seat, course, terms.Discount);
        var agreed = AgreedSeat.AgreeAfter(
            seat, sent.Form["instalments"] == SameDays, to, fee, terms, sent.Clock.Today, institute, tax);
        var held = DiscountAuthority.Along(seat, fee);
        if (!await DiscountAuthority.HasAsync(sent.Stamp, sent.Session, fee, agreed.Discount, held, institute.Profile, cancel))
            throw new Refusal("discount", "This is more than you may take off by yourself. Ask a manager to move the student.");
        AskAbout(sent.Form, seat, agreed);
        return agreed;
    }

    // Another price is said in numbers before it is agreed to.
    private void AskAbout(Form form, Enrolment seat, AgreedSeat agreed)
    {
        if (TransferChoices.Difference(seat, agreed, institute) is not { } difference) return;
        var sum = agreed.Net.Paise.ToString(CultureInfo.InvariantCulture);
        if (form[Asked] == sum) return;
        form[Asked] = sum;
        form.Refuse("discount", $"{difference} Change the discount, or send it again if that is right.");
    }
}
