using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Enrolments;

public sealed record MakeOfferView(
    ActView Act, IReadOnlyList<(string Value, string Text)> Batches, Lead Lead, DiscountView Discount, bool CanBeEmailed,
    DateOnly Today);

/// <summary>Offers a seat in a batch at a price, until a day.</summary>
public sealed partial class MakeOffer(CurrentInstitute institute) : LeadAct
{
    /// <summary>How long an offer is open where nothing else is said.</summary>
    public const int DaysOpen = 7;

    private const string Until = "validUntil";

    public override string Path => "offers";
    public override ActPlace Place => ActPlace.Composer;
    public override int Order => 42;

    public override bool IsOfferedTo(Lead lead, Person person) => lead.IsOpen;

    public override async Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var course = await panel.Session.LoadAsync<Course>(panel.Lead.CourseId, cancel);
        var batches = await OpenBatches.OfAsync(panel.Session, panel.Lead, panel.Clock, cancel);
        var canBeEmailed = panel.Person.Email is not null;
        // Not ticked beforehand: who tries one discount after another would write to the applicant each time.
        var usual = panel.Clock.Today.AddDays(DaysOpen).ToString("yyyy-MM-dd");
        var form = panel.FormOf(("discount", "0"), (Until, usual)).ShowingFee(course?.Fee, institute);
        if (form.Remembered(Until) is null) form.Remember(Until, usual);
        var act = panel.View(form, "Offer");
        return Create(new MakeOfferView(act, [.. OpenBatches.Choices(batches, panel.Lead.Id, panel.Clock)], panel.Lead,
            new DiscountView(act.Fields, course?.Fee, institute), canBeEmailed, panel.Clock.Today));
    }

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        var batchId = form.Id("batchId", "one from the list");
        var discount = form.Amount("discount", "the discount", institute.Money, required: false);
        var until = form.Date(Until, "the last day of the offer");
        var why = form.Text("why", "the reason", DiscountView.LongestReason);
        if (!form.Ok) return [];
        // Whoever cancels it at this moment, or changes its days, waits, and then has this applicant called too.
        var batch = OpenBatches.Check(await sent.Session.LockAsync<Batch>(batchId!.Value, cancel), sent.Lead, sent.Clock);
        var last = LastDay(form, until!.Value, batch);
        OpenBatches.RefuseOfferUntil(last, batch);
        var course = await sent.Session.LoadAsync<Course>(batch.CourseId, cancel);
        sent.RefuseUnseen(course!.Fee, institute);
        if (!form.Ok) return [];
        var offer = new Offer(batch.Id, batch.Code, course.Fee, discount!.Value, last)
        {
            Id = Guid.CreateVersion7(sent.Stamp.At),
            Tax = ReceiptTax.OnTop(course.Fee - discount.Value, institute.Profile, ""),
        };
        var (byEmail, today) = (form["byEmail"] == "true", sent.Clock.Today);
        return await DiscountAuthority.HasAsync(sent, offer.Fee, offer.Discount, Money.Zero, institute.Profile, cancel)
            ? LeadRules.MakeOffer(sent.Lead, offer, byEmail, today, institute.Money)
            : DiscountRules.Ask(sent.Lead, offer, byEmail, why, today, institute.Money);
    }

    // The day that stood there was drawn before a batch was chosen, and nobody should be refused for it.
    private static DateOnly LastDay(Form form, DateOnly until, Batch batch) =>
        form[Until] == form.Remembered(Until) ? batch.NoLaterThanItTakesPeople(until) : until;
}
