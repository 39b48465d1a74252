using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using RazorSlices;

namespace Crm.Enrolments;

public sealed record EnrolView(ActView Act, IReadOnlyList<(string Value, string Text)> Batches, string CourseName, DiscountView Discount)
{
    public static IEnumerable<(string Value, string Text)> Plans =>
        Enumerable.Range(1, Instalments.Most).Select(n => (n.ToString(), n == 1 ? "In full" : $"{n} monthly"));
}

/// <summary>Takes a seat for the lead, with the fee agreed and the instalments it is paid in.</summary>
public sealed partial class Enrol(CurrentInstitute institute, SeatTaking taking) : LeadAct
{
    // The button that has the instalments written out, to be changed by hand.
    private const string WriteOut = "writeOut";

    public override string Path => "enrolment";
    public override ActPlace Place => ActPlace.Composer;
    public override int Order => 44;

    public override bool IsOfferedTo(Lead lead, Person person) => !lead.IsEnrolled;

    public override async Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var course = await panel.Session.LoadAsync<Course>(panel.Lead.CourseId, cancel);
        var batches = await OpenBatches.OfAsync(panel.Session, panel.Lead, panel.Clock, cancel);
        var offer = batches.Select(b => panel.Lead.OfferOf(b.Id, panel.Clock.Today)).FirstOrDefault(o => o is not null);
        var held = batches.FirstOrDefault(b => b.PlaceOf(panel.Lead.Id) is not null);
        // What was asked for with a seat that had gone stands here for the next one.
        var wish = panel.Lead.Answer?.Seat ?? new SeatWish(1, panel.Clock.Today, [], "");
        var fee = offer?.Fee ?? course?.Fee;
        var form = panel.FormOf(("batchId", (held?.Id ?? offer?.BatchId)?.ToString() ?? ""),
            ("discount", (offer?.Discount ?? Money.Zero).Rupees.ToString("0.##")),
            ("instalments", $"{wish.Parts}"), ("firstDueOn", wish.FirstDueOn.ToString("yyyy-MM-dd")),
            (AgreedSeat.ByHand, InstalmentLines.Write(wish.Written)), ("placeOfSupply", wish.PlaceOfSupply))
            .ShowingFee(fee, institute);
        var act = panel.View(form, "Enrol");
        return Create(new EnrolView(act, [.. OpenBatches.Choices(batches, panel.Lead.Id, panel.Clock)], panel.Lead.CourseName,
            new DiscountView(act.Fields, fee, institute)));
    }

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        if (Read(sent.Form) is not { } terms) return [];
        if (sent.Lead.IsEnrolled) throw new Refusal("The lead already has a seat.");
        // The row's lock is what keeps the last seat from being taken twice: others wait here until this commits.
        var batches = await sent.Session.LockAllAsync<Batch>([terms.BatchId, .. sent.Lead.Waits], cancel);
        var batch = OpenBatches.Check(batches.FirstOrDefault(b => b.Id == terms.BatchId), sent.Lead, sent.Clock);
        var today = sent.Clock.Today;
        // An offer that is still open holds its fee, whatever the course has come to cost since.
        var offer = sent.Lead.OfferOf(batch.Id, today);
        var fee = offer?.Fee ?? (await sent.Session.LoadAsync<Course>(batch.CourseId, cancel))!.Fee;
        var promised = offer?.Discount == terms.Discount ? offer : null;
        sent.RefuseUnseen(fee, institute, isPromised: promised is not null);
        if (!sent.Form.Ok) return [];
        var seat = AgreedSeat.Agree(batch, fee, terms, today, institute, promised?.Tax);
        if (sent.Form[WriteOut] == "true")
        {
            ShowParts(sent.Form, seat);
            return [];
        }
        var held = offer?.Discount ?? Money.Zero;
        if (!await DiscountAuthority.HasAsync(sent, fee, seat.Discount, held, institute.Profile, cancel)) return Ask(sent, seat, terms);
        return LeadRules.Enrol(sent.Lead, await taking.TakeAsync(sent.Session, sent.Lead, seat, batches, sent.Stamp, cancel));
    }

    // The manager who approves it takes the seat, as it was told here.
    private IReadOnlyList<LeadEvent> Ask(LeadForm sent, AgreedSeat seat, SeatTerms terms)
    {
        var today = sent.Clock.Today;
        var offer = new Offer(seat.Batch.Id, seat.Batch.Code, seat.Fee, seat.Discount, today.AddDays(MakeOffer.DaysOpen))
        {
            Id = Guid.CreateVersion7(sent.Stamp.At),
            Tax = seat.Tax,
        };
        var wish = new SeatWish(terms.Parts, terms.FirstDueOn, terms.Written, terms.PlaceOfSupply);
        return DiscountRules.Ask(sent.Lead, offer, false, sent.Form["why"], today, institute.Money, wish);
    }

    private SeatTerms? Read(Form form)
    {
        var batchId = form.Id("batchId", "one from the list");
        var discount = form.Amount("discount", "the discount", institute.Money, required: false);
        var count = form.Whole("instalments", "the number of instalments", 1, Instalments.Most);
        var firstDueOn = form.Date("firstDueOn", "when the first instalment is due");
        // Written out anew where that is asked: what stands there was for another discount or count.
        if (form[WriteOut] == "true") form[AgreedSeat.ByHand] = "";
        var written = InstalmentLines.Read(form, AgreedSeat.ByHand, institute.Money, required: false);
        form.Text("why", "the reason", DiscountView.LongestReason);
        var place = institute.Profile.IsTaxRegistered ? PlacesOfSupply.Read(form, "placeOfSupply", institute.Profile) : "";
        return form.Ok ? new SeatTerms(batchId!.Value, discount!.Value, count!.Value, firstDueOn!.Value, written, place) : null;
    }

    private void ShowParts(Form form, AgreedSeat seat)
    {
        form[AgreedSeat.ByHand] = InstalmentLines.Write(seat.Instalments);
        form.Tell(AgreedSeat.ByHand, $"Change the days and amounts, which are to add up to {institute.Show(seat.Net)}, then enrol.");
    }
}
