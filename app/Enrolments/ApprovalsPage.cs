using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Enrolments;

/// <summary>A discount that waits, with the form that decides on it.</summary>
/// <param name="Known">Whose lead it is, where they can be read.</param>
/// <param name="Batch">In which the seat is; null where it is there no more.</param>
public sealed record ApprovalView(Lead Lead, DiscountRequest Asked, Person? Known, Batch? Batch, Form Form, InstituteClock Clock)
{
    /// <exception cref="InvalidOperationException">The lead has no person: this one cannot be shown, and others can.</exception>
    public Person Person => Known ?? throw new InvalidOperationException($"The lead {Lead.Id} has no person.");

    public string Action => $"/approvals/{Lead.Id}";

    /// <summary>Why there is no seat to take with the approval, in a sentence; null where there is one, or none is asked for.</summary>
    public string? SeatGone => Asked.Seat is not null && Batch is { } batch && batch.TakesPeopleOn(Clock.Today)
        && !batch.HasSeatFor(Lead.Id, Clock.Now) ? OpenBatches.WhyFull(batch, Clock.Now) : null;

    /// <summary>The last day of the offer that is asked for; null where a seat is.</summary>
    public string? OpenUntil => Asked.Seat is null ? Format.Date(Asked.Offer.ValidUntil) + (HasRunOut ? ", which is over" : "") : null;

    /// <summary>Why it cannot be open until the day that was asked for; null where it can, or a seat is asked for.</summary>
    public string? WhyOtherDay => HasRunOut ? "the day that was asked for is over"
        : Asked.Seat is null && Batch is { } batch && batch.TakesPeopleOn(Clock.Today) && !batch.TakesPeopleOn(Asked.Offer.ValidUntil)
            ? $"{batch.Code} takes nobody after {Format.Date(batch.TakesPeopleUntil)} by now"
        : null;

    private bool HasRunOut => Asked.HasRunOutOn(Clock.Today);

    /// <summary>What happens when it is approved.</summary>
    public string Then(CurrentInstitute institute) => Asked.Seat switch
    {
        null => Asked.ByEmail ? "The offer is made and emailed" : "The offer is made",
        { Written.Count: > 0 } seat => "They are enrolled, to pay "
            + string.Join("; ", seat.Written.Select(i => $"{institute.Show(i.Amount)} on {Format.Date(i.DueOn)}")),
        { Parts: 1 } seat => $"They are enrolled, to pay in full on {Format.Date(seat.FirstDueOn)}",
        { } seat => $"They are enrolled, to pay in {seat.Parts} parts from {Format.Date(seat.FirstDueOn)}",
    };

    public string Share => Format.Percent((int)(Asked.Offer.Discount.Paise / 100), (int)(Asked.Offer.Fee.Paise / 100));
}

/// <param name="Waiting">Those that have waited longest first.</param>
/// <param name="Problem">Why the last decision was not taken, where its discount does not wait any more; else null.</param>
/// <param name="Decided">Whose discount was just decided on, or null.</param>
public sealed record ApprovalsView(IReadOnlyList<ApprovalView> Waiting, string? Problem, (Lead Lead, string Name)? Decided);

/// <summary>The managers' page of discounts that counsellors may not give by themselves.</summary>
public static class ApprovalsPage
{
    /// <summary>The field of another last day for an offer whose own is over.</summary>
    public const string Until = "validUntil";

    private const string Address = "/approvals";
    private const string Request = "request";
    private const string Why = "why";
    private const int Shown = 100;
    private const int LongestReason = 200;

    public static void MapApprovals(this IEndpointRouteBuilder app)
    {
        var manager = app.MapGroup(Address).RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("", async Task<IResult> (Guid? decided, IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
            Approvals.Create(await ViewAsync(session, clock, null, null, cancel) with
            {
                Decided = await DecidedAsync(session, decided, cancel),
            }));
        manager.MapPost("/{id:guid}", DecideAsync).ShowsFormAgain();
    }

    /// <summary>How many wait.</summary>
    public static Task<int> CountAsync(IQuerySession session, CancellationToken cancel) =>
        session.Query<Lead>().CountAsync(l => l.AskedAt != null, cancel);

    // Said to be services, since routes that are bound at build time would look for these parts in the body.
    public sealed record Parts([FromServices] LeadWriter Writer, [FromServices] IQuerySession Session,
        [FromServices] CurrentInstitute Institute, [FromServices] InstituteClock Clock, [FromServices] SeatTaking Taking);

    private static async Task<IResult> DecideAsync(Guid id, HttpContext http, [AsParameters] Parts parts, CancellationToken cancel)
    {
        var (session, clock) = (parts.Session, parts.Clock);
        var form = await Form.ReadAsync(http.Request, cancel);
        try
        {
            var found = await parts.Writer.ChangeAsync(id, http.Stamp(clock), work => SentForm.OnceAsync(work.Session, form,
                work.Stamp.At, () => RuleAsync(work, form, parts, cancel), cancel), cancel);
            if (found is null) return Results.NotFound();
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal.Field is Why or Until ? refusal.Field : "", refusal.Message);
            // What else is wrong with the offer has no field here.
            if (refusal.Field is not ("" or Why or Until)) form.Refuse(Why, "Refuse it with a reason, so that it is asked for anew.");
        }
        return form.Ok
            ? Results.Redirect($"{Address}?decided={id}")
            : new Page(Approvals.Create(await ViewAsync(session, clock, id, form, cancel)), StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IReadOnlyList<LeadEvent>> RuleAsync(LeadWork work, Form form, Parts parts, CancellationToken cancel)
    {
        var (institute, clock) = (parts.Institute, parts.Clock);
        var why = form.Text(Why, "the reason", LongestReason);
        var decision = form["decision"];
        if (decision is not ("approve" or "wait" or "refuse")) form.Refuse("", "Press one of the buttons: nothing is decided yet.");
        if (!form.Ok) return [];
        var seen = Guid.TryParse(form.Remembered(Request), out var request) ? request : Guid.Empty;
        var asked = DiscountRules.Waiting(work.Lead, seen, institute.Money);
        if (decision == "refuse") return DiscountRules.Refuse(work.Lead, asked, why, work.Stamp.At, institute.Money);
        var tax = ReceiptTax.OnTop(asked.Offer.Fee - asked.Offer.Discount, institute.Profile, asked.Seat?.PlaceOfSupply ?? "");
        var price = new Price((await work.Session.LoadAsync<Course>(work.Lead.CourseId, cancel))!.Fee, tax);
        if (asked.Seat is { } wish)
            return decision == "wait"
                ? await parts.Taking.WaitAsync(work, asked, why, price, cancel)
                : await parts.Taking.ApproveAsync(work, asked, wish, why, price, cancel);
        var batch = OpenBatches.Check(await work.Session.LockAsync<Batch>(asked.Offer.BatchId, cancel), work.Lead, clock);
        asked = WithOpenDay(form, asked, batch, clock.Today);
        return form.Ok ? DiscountRules.Approve(work.Lead, asked, why, price, clock.Today, work.Stamp.At, institute.Money) : [];
    }

    // An offer that waited longer than it was to be open, or whose batch takes nobody as late any more, is made until the day that the
    // manager says.
    private static DiscountRequest WithOpenDay(Form form, DiscountRequest asked, Batch batch, DateOnly today)
    {
        if (!asked.HasRunOutOn(today) && batch.TakesPeopleOn(asked.Offer.ValidUntil)) return asked;
        if (form.IsEmpty(Until))
            throw new Refusal(Until, $"It was to be open until {Format.Date(asked.Offer.ValidUntil)}. Say until when it is now.");
        if (form.Date(Until, "the last day of the offer") is not { } until) return asked;
        OpenBatches.RefuseOfferUntil(until, batch);
        return asked with { Offer = asked.Offer with { ValidUntil = until } };
    }

    // As long as any offer, and no longer than somebody can join.
    private static string NewDay(Batch? batch, DateOnly today)
    {
        var day = today.AddDays(MakeOffer.DaysOpen);
        return (batch?.NoLaterThanItTakesPeople(day) ?? day).ToString("yyyy-MM-dd");
    }

    private static async Task<(Lead, string)?> DecidedAsync(IQuerySession session, Guid? id, CancellationToken cancel)
    {
        if (id is not { } known || await session.LoadAsync<Lead>(known, cancel) is not { Answer: not null } lead) return null;
        return (lead, (await session.LoadAsync<Person>(lead.PersonId, cancel))?.Name.Text ?? lead.Reference);
    }

    private static async Task<ApprovalsView> ViewAsync(
        IQuerySession session, InstituteClock clock, Guid? refusedId, Form? refused, CancellationToken cancel)
    {
        var leads = await session.Query<Lead>().Where(l => l.AskedAt != null).OrderBy(l => l.AskedAt).Take(Shown).ToListAsync(cancel);
        var people = (await session.LoadManyAsync<Person>(cancel, [.. leads.Select(l => l.PersonId).Distinct()])).ToDictionary(p => p.Id);
        var batches = (await session.LoadManyAsync<Batch>(cancel, [.. leads.Select(l => l.Asked!.Offer.BatchId).Distinct()]))
            .ToDictionary(b => b.Id);
        ApprovalView Of(Lead lead)
        {
            var form = lead.Id == refusedId ? refused!.WithId() : Form.Fresh();
            form.Remember(Request, lead.Asked!.Id.ToString());
            if (form.IsEmpty(Until)) form[Until] = NewDay(batches.GetValueOrDefault(lead.Asked.Offer.BatchId), clock.Today);
            return new ApprovalView(lead, lead.Asked, people.GetValueOrDefault(lead.PersonId),
                batches.GetValueOrDefault(lead.Asked.Offer.BatchId), form, clock);
        }
        var isShown = leads.Any(l => l.Id == refusedId);
        return new ApprovalsView([.. leads.Select(Of)], isShown ? null : refused?.FirstError(), null);
    }
}
