using Crm.Institute;

namespace Crm.Leads;

/// <summary>
/// The decisions about a lead. Each takes the lead as it stands, the moment and what else it must know, and returns what
/// then happened, or throws <see cref="Refusal"/>.
/// </summary>
public static class LeadRules
{
    /// <summary>How long a move to another stage can be taken back as if it had not been.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMinutes(1);

    private static readonly IReadOnlyList<LeadEvent> Nothing = [];
    private static readonly TimeSpan Soon = TimeSpan.FromHours(12);
    private const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

    /// <summary>A short reference without letters that are misheard or misread; 30 bits of the enquiry's id.</summary>
    public static string ReferenceOf(Guid id)
    {
        var bytes = id.ToByteArray(bigEndian: true);
        var bits = BitConverter.ToUInt32(bytes, 10);
        return "L-" + string.Create(6, bits, (span, value) =>
        {
            for (var i = 0; i < span.Length; i++, value >>= 5) span[i] = Alphabet[(int)(value & 31)];
        });
    }

    /// <param name="seen">The follow-up that the form was drawn from: the contact does not keep one planned since.</param>
    /// <param name="next">The next call, which takes the place of what was planned; null where that stays as it is.</param>
    public static IReadOnlyList<LeadEvent> LogContact(Lead lead, DateTimeOffset now, Guid? seen, ContactChannel channel,
        ContactOutcome outcome, string? note, FollowUpPlanned? next = null)
    {
        var events = new List<LeadEvent> { new ContactLogged(channel, outcome, Blank(note)) };
        var (reached, due) = (outcome == ContactOutcome.Connected, lead.FollowUp);
        if (reached && lead.Stage == Stage.New) events.Add(new StageChanged(Stage.New, Stage.Contacted));
        var isDone = reached && due?.Id == seen && due?.DueAt <= now + Soon;
        if (isDone) events.Add(new FollowUpDone(due!.Id, null));
        if (next is null) return events;
        var planned = PlanFollowUp(lead, now, next.FollowUpId, next.DueAt, next.Purpose);
        return [.. events, .. isDone ? planned.Where(e => e is FollowUpPlanned) : planned];
    }

    /// <summary>Writes a call down with what follows from it: the next call, or the loss. Of who has a seat nothing follows.</summary>
    /// <param name="next">The next call, of which a loss has none.</param>
    public static IReadOnlyList<LeadEvent> RecordCall(
        Lead lead, DateTimeOffset now, CallResult result, FollowUpPlanned next, string? note)
    {
        var outcome = result switch
        {
            CallResult.NoAnswer => ContactOutcome.NoAnswer,
            CallResult.Busy => ContactOutcome.Busy,
            _ => ContactOutcome.Connected,
        };
        var reached = outcome == ContactOutcome.Connected;
        List<LeadEvent> events = [new ContactLogged(ContactChannel.Call, outcome, Blank(note))];
        if (reached && lead.Stage == Stage.New) events.Add(new StageChanged(Stage.New, Stage.Contacted));
        if (!lead.IsOpen) return [.. events, .. reached && lead.FollowUp is { } promised ? [new FollowUpDone(promised.Id, null)] : Nothing];
        if (result == CallResult.NotInterested) return [.. events, .. Lose(lead, LostReason.NotInterested, null)];
        // What was promised for another day stays: nobody was spoken with.
        if (!reached && lead.FollowUp is { } later && later.DueAt > now + Soon) return events;
        if (next.DueAt <= now) throw new Refusal("date", "Choose a time still to come.");
        if (next.DueAt > now.AddYears(1)) throw new Refusal("date", "Choose a day within the next year.");
        IEnumerable<LeadEvent> before = reached && lead.FollowUp is { } due
            ? [new FollowUpDone(due.Id, null)]
            : Drop(lead, Format.Words(outcome));
        return [.. events, .. before, next];
    }

    public static IReadOnlyList<LeadEvent> AddNote(string? text) =>
        Blank(text) is { } note ? [new NoteAdded(note)] : throw new Refusal("text", "Write the note first.");

    public static IReadOnlyList<LeadEvent> PlanFollowUp(
        Lead lead, DateTimeOffset now, Guid followUpId, DateTimeOffset dueAt, string? purpose)
    {
        if (!lead.IsOpen) throw Closed(lead, "before planning a follow-up");
        if (dueAt <= now) throw new Refusal("date", "Choose a time still to come.");
        if (dueAt > now.AddYears(1)) throw new Refusal("date", "Choose a day within the next year.");
        return [.. Drop(lead, "Rescheduled"), new FollowUpPlanned(followUpId, dueAt, Blank(purpose) ?? "Call")];
    }

    /// <param name="seen">The follow-up that the form was drawn from: a colleague may have planned another since.</param>
    public static IReadOnlyList<LeadEvent> CompleteFollowUp(Lead lead, Guid? seen, string? outcome) =>
        lead.FollowUp is { } due && due.Id == seen
            ? [new FollowUpDone(due.Id, Blank(outcome))]
            : throw new Refusal("This follow-up was already done or rescheduled.");

    /// <summary>
    /// Moves an open lead between the stages that are a counsellor's word. Who moves it back within the moment had slipped: then it was
    /// never there. Later the stage counts as reached, and moving back is asked about.
    /// </summary>
    /// <param name="sure">Whether that was answered.</param>
    public static IReadOnlyList<LeadEvent> MoveTo(Lead lead, Stamp stamp, Stage to, bool sure)
    {
        if (lead.Stage == to) return [];
        if (!lead.IsOpen) throw new Refusal("stage", $"The lead is {Name(lead.Stage)}: reopen it first.");
        if (WhyNotMoved(to) is { } why) throw new Refusal("stage", why);
        if (lead.SlipFrom(to, stamp) is { } slip) return [new StageMoveUndone(lead.Stage, to, slip.At)];
        if (to < lead.Stage && !sure)
            throw new Refusal(AskBack,
                $"{Format.Words(lead.Stage)} was reached and stays in the figures. Move back to {Name(to)} all the same?");
        return [new StageChanged(lead.Stage, to, ByItself: true)];
    }

    /// <summary>Moves one of many leads on, which is no slip; one that has come further stays where it is.</summary>
    public static IReadOnlyList<LeadEvent> MoveOn(Lead lead, Stage to)
    {
        if (WhyNotMoved(to) is { } why) throw new Refusal("stage", why);
        if (lead.Stage == to) throw new Refusal($"Is {Name(to)} already");
        if (!lead.IsOpen) throw new Refusal($"Is {Name(lead.Stage)}");
        if (to < lead.Stage) throw new Refusal($"Has come further already: {Name(lead.Stage)}");
        return [new StageChanged(lead.Stage, to)];
    }

    /// <summary>The field in which is asked whether a lead is to move back.</summary>
    public const string AskBack = "back";

    private static string? WhyNotMoved(Stage to) => to switch
    {
        Stage.New or Stage.Contacted or Stage.Counselled => null,
        Stage.Offered => "Make the offer on the lead's page: it names a seat and a fee.",
        Stage.Enrolled => "Enrol on the lead's page: it takes a seat.",
        _ => "Mark the lead lost on its page: it needs a reason.",
    };

    public static IReadOnlyList<LeadEvent> Assign(Lead lead, Guid counsellorId, string counsellorName) =>
        lead.CounsellorId == counsellorId ? [] : [new LeadAssigned(counsellorId, counsellorName)];

    public static IReadOnlyList<LeadEvent> CorrectCourse(Lead lead, CourseRef course)
    {
        if (lead.CourseId == course.Id) return [];
        if (lead.Stage == Stage.Enrolled)
            throw new Refusal("course", $"The lead has a seat in {lead.CourseName}. Add a lead for {course.Name} instead.");
        return [new CourseCorrected(course)];
    }

    /// <param name="style">How the institute shows amounts, for the words of a refusal.</param>
    public static IReadOnlyList<LeadEvent> MakeOffer(Lead lead, Offer offer, bool byEmail, DateOnly today, MoneyStyle style)
    {
        if (!lead.IsOpen) throw Closed(lead, "before making an offer");
        if (offer.Discount < Money.Zero) throw new Refusal("discount", "A discount cannot be negative.");
        if (offer.Discount > offer.Fee) throw new Refusal("discount", $"The discount cannot exceed the fee of {style.Show(offer.Fee)}.");
        if (!offer.IsOpenOn(today)) throw new Refusal("validUntil", "Choose today or a later day.");
        return [new OfferMade(offer, byEmail)];
    }

    public static IReadOnlyList<LeadEvent> Enrol(Lead lead, LeadEnrolled enrolled)
    {
        if (lead.Stage == Stage.Enrolled) throw new Refusal("The lead already has a seat.");
        var events = new List<LeadEvent>();
        if (lead.Stage == Stage.Lost) events.Add(new LeadReopened("Enrolled after all"));
        return [.. events, .. Drop(lead, "Enrolled"), enrolled];
    }

    public static IReadOnlyList<LeadEvent> Lose(Lead lead, LostReason reason, string? note)
    {
        if (!lead.IsOpen) throw new Refusal($"The lead is already {Name(lead.Stage)}.");
        if (reason == LostReason.Withdrew) throw new Refusal("reason", "Choose a reason: there is no seat to withdraw from.");
        return [.. Drop(lead, "Lost"), new LeadLost(reason, Blank(note))];
    }

    /// <summary>The seat is given up: the lead is lost, after it was won.</summary>
    public static IReadOnlyList<LeadEvent> Withdraw(Lead lead, LeadWithdrew withdrew) => lead.IsEnrolled
        ? [.. Drop(lead, "Withdrew"), withdrew]
        : throw new Refusal("The lead has no seat any more.");

    /// <summary>The seat is changed for another.</summary>
    public static IReadOnlyList<LeadEvent> Transfer(Lead lead, LeadTransferred moved) =>
        lead.IsEnrolled ? [moved] : throw new Refusal("The lead has no seat any more.");

    public static IReadOnlyList<LeadEvent> JoinWaitlist(Lead lead, Guid batchId, string batchCode) =>
        lead.IsOpen ? [new WaitlistJoined(batchId, batchCode)] : throw Closed(lead, "before it waits for a seat");

    /// <summary>Has the counsellor call; what was planned already is kept in the words of the same call.</summary>
    public static IReadOnlyList<LeadEvent> CallAbout(Lead lead, string why, DateTimeOffset now) => lead.FollowUp is { } due
        ? [.. Drop(lead, "Joined with another call"), new FollowUpPlanned(Guid.CreateVersion7(now), now, $"{why}; {due.Purpose}")]
        : [new FollowUpPlanned(Guid.CreateVersion7(now), now, why)];

    /// <summary>Why a lead was reopened where nobody said more.</summary>
    public const string Reopened = "Reopened";

    public static IReadOnlyList<LeadEvent> Reopen(Lead lead, string? why)
    {
        if (lead.Stage != Stage.Lost) throw new Refusal("The lead is not lost.");
        return [new LeadReopened(Blank(why) ?? Reopened)];
    }

    /// <param name="stamp">A quiet one plans no call.</param>
    public static IReadOnlyList<LeadEvent> HearAgain(Lead lead, EnquiredAgain again, Stamp stamp) =>
        stamp.IsQuiet ? [again] : [again, .. CallBack(lead, "Enquired again", stamp.KnownAt)];

    public static IReadOnlyList<LeadEvent> PutRight(Lead lead, EnquiryCorrected corrected, DateTimeOffset now) =>
        [corrected, .. CallBack(lead, "Corrected the enquiry", now)];

    public static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    // Who is past the first call and has none planned would wait in nobody's queue: a call is planned for now.
    private static IEnumerable<LeadEvent> CallBack(Lead lead, string why, DateTimeOffset now) =>
        lead.FollowUp is null && lead.Stage != Stage.New ? [new FollowUpPlanned(Guid.CreateVersion7(now), now, why)] : [];

    private static IEnumerable<LeadEvent> Drop(Lead lead, string why) =>
        lead.FollowUp is { } due ? [new FollowUpCancelled(due.Id, why)] : [];

    private static Refusal Closed(Lead lead, string what) => new($"The lead is {Name(lead.Stage)}: reopen it {what}.");

    private static string Name(Stage stage) => Format.Words(stage).ToLowerInvariant();
}
