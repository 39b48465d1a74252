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

public sealed record EnrolView(ActView Act, IReadOnlyList<Batch> Batches, string CourseName, string? Fee)
{
    public static IEnumerable<(string Value, string Text)> Plans =>
        Enumerable.Range(1, Instalments.Most).Select(n => (n.ToString(), n == 1 ? "In full" : $"{n} monthly"));
}

/// <summary>Takes a seat for the lead, with the fee agreed and the instalments it is paid in.</summary>
public sealed partial class Enrol(CurrentInstitute institute) : LeadAct
{
    public override string Path => "enrolment";
    public override int Order => 44;

    public override bool IsOfferedTo(Lead lead, Person person) => !lead.IsEnrolled;

    public override async Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var course = await panel.Session.LoadAsync<Course>(panel.Lead.CourseId, cancel);
        var batches = await OpenBatches.OfAsync(panel.Session, panel.Lead.CourseId, panel.Clock.Today, cancel);
        var offer = batches.Select(b => panel.Lead.OfferOf(b.Id, panel.Clock.Today)).FirstOrDefault(o => o is not null);
        var form = panel.FormOf(("batchId", offer?.BatchId.ToString() ?? ""),
            ("discount", (offer?.Discount ?? Money.Zero).Rupees.ToString("0.##")),
            ("instalments", "1"), ("firstDueOn", panel.Clock.Today.ToString("yyyy-MM-dd")));
        var fee = offer?.Fee ?? course?.Fee;
        return Create(new EnrolView(
            panel.View(form, "Enrol"), batches, panel.Lead.CourseName, fee is { } known ? institute.Show(known) : null));
    }

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        var batchId = form.Id("batchId", "one from the list");
        var discount = form.Amount("discount", "the discount", institute.Money, required: false);
        var instalments = form.Whole("instalments", "the number of instalments", 1, Instalments.Most);
        var firstDueOn = form.Date("firstDueOn", "when the first instalment is due");
        if (!form.Ok) return [];
        if (sent.Lead.IsEnrolled) throw new Refusal("The lead already has a seat.");
        // The row's lock is what keeps the last seat from being taken twice: others wait here until this commits.
        var batch = OpenBatches.Check(await sent.Session.LockAsync<Batch>(batchId!.Value, cancel), sent.Lead);
        var today = sent.Clock.Today;
        // An offer that is still open holds its fee, whatever the course has come to cost since.
        var fee = sent.Lead.OfferOf(batch.Id, today)?.Fee ?? (await sent.Session.LoadAsync<Course>(batch.CourseId, cancel))!.Fee;
        var seat = AgreedSeat.Agree(batch, fee, discount!.Value, instalments!.Value, firstDueOn!.Value, today, institute.Money);
        var (enrolmentId, taken, enrolled) = seat.TakeFor(sent.Lead, sent.Stamp.At);
        sent.Session.Store(batch);
        SeatWriter.Take(sent.Session, enrolmentId, taken, sent.Stamp);
        return LeadRules.Enrol(sent.Lead, enrolled);
    }
}
