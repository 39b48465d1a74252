using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>A discount that waits, with the form that decides on it.</summary>
/// <param name="Known">Whose lead it is, where they can be read.</param>
public sealed record ApprovalView(Lead Lead, DiscountRequest Asked, Person? Known, Form Form, InstituteClock Clock)
{
    /// <exception cref="InvalidOperationException">The lead has no person: this one cannot be shown, and others can.</exception>
    public Person Person => Known ?? throw new InvalidOperationException($"The lead {Lead.Id} has no person.");

    public string Action => $"/approvals/{Lead.Id}";

    public string Share => Format.Percent((int)(Asked.Offer.Discount.Paise / 100), (int)(Asked.Offer.Fee.Paise / 100));
}

/// <param name="Waiting">Those that have waited longest first.</param>
/// <param name="Problem">Why the last decision was not taken, where its discount does not wait any more; else null.</param>
public sealed record ApprovalsView(IReadOnlyList<ApprovalView> Waiting, string? Problem);

/// <summary>The managers' page of discounts that counsellors may not give by themselves.</summary>
public static class ApprovalsPage
{
    private const string Address = "/approvals";
    private const string Request = "request";
    private const int Shown = 100;
    private const int LongestReason = 200;

    public static void MapApprovals(this IEndpointRouteBuilder app)
    {
        var manager = app.MapGroup(Address).RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("", async Task<IResult> (IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
            Approvals.Create(await ViewAsync(session, clock, null, null, cancel)));
        manager.MapPost("/{id:guid}", DecideAsync).ShowsFormAgain();
    }

    /// <summary>How many wait.</summary>
    public static Task<int> CountAsync(IQuerySession session, CancellationToken cancel) =>
        session.Query<Lead>().CountAsync(l => l.AskedAt != null, cancel);

    private static async Task<IResult> DecideAsync(Guid id, HttpContext http, LeadWriter writer, IQuerySession session,
        CurrentInstitute institute, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        try
        {
            var found = await writer.ChangeAsync(id, http.Stamp(clock), work => SentForm.OnceAsync(work.Session, form, work.Stamp.At,
                () => RuleAsync(work, form, institute, clock, cancel), cancel), cancel);
            if (found is null) return Results.NotFound();
        }
        catch (Refusal refusal)
        {
            // What is wrong with the offer has no field here.
            form.Refuse(refusal.Field == "why" ? "why" : "", refusal.Message);
        }
        return form.Ok
            ? Results.Redirect(Address)
            : new Page(Approvals.Create(await ViewAsync(session, clock, id, form, cancel)), StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IReadOnlyList<LeadEvent>> RuleAsync(
        LeadWork work, Form form, CurrentInstitute institute, InstituteClock clock, CancellationToken cancel)
    {
        var why = form.Text("why", "the reason", LongestReason);
        if (!form.Ok) return [];
        var seen = Guid.TryParse(form.Remembered(Request), out var request) ? request : Guid.Empty;
        var asked = DiscountRules.Waiting(work.Lead, seen, institute.Money);
        if (form["decision"] != "approve") return DiscountRules.Refuse(work.Lead, asked, why, work.Stamp.At, institute.Money);
        OpenBatches.Check(await work.Session.LoadAsync<Batch>(asked.Offer.BatchId, cancel), work.Lead, clock);
        var course = await work.Session.LoadAsync<Course>(work.Lead.CourseId, cancel);
        return DiscountRules.Approve(work.Lead, asked, why, course!.Fee, clock.Today, work.Stamp.At, institute.Money);
    }

    private static async Task<ApprovalsView> ViewAsync(
        IQuerySession session, InstituteClock clock, Guid? refusedId, Form? refused, CancellationToken cancel)
    {
        var leads = await session.Query<Lead>().Where(l => l.AskedAt != null).OrderBy(l => l.AskedAt).Take(Shown).ToListAsync(cancel);
        var people = (await session.LoadManyAsync<Person>(cancel, [.. leads.Select(l => l.PersonId).Distinct()])).ToDictionary(p => p.Id);
        ApprovalView Of(Lead lead)
        {
            var form = lead.Id == refusedId ? refused!.WithId() : Form.Fresh();
            form.Remember(Request, lead.Asked!.Id.ToString());
            return new ApprovalView(lead, lead.Asked, people.GetValueOrDefault(lead.PersonId), form, clock);
        }
        var isShown = leads.Any(l => l.Id == refusedId);
        return new ApprovalsView([.. leads.Select(Of)], isShown ? null : refused?.FirstError());
    }
}
