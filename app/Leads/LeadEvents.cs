using Crm.Institute;

namespace Crm.Leads;

/// <summary>Something that happened to a lead: to one person's interest in one course.</summary>
public abstract record LeadEvent : StoredEvent
{
    /// <summary>Every kind there is. To look for them among all types of the program would load all of these at each start.</summary>
    public static IReadOnlyList<Type> Kinds { get; } =
    [
        typeof(LeadReceived), typeof(EnquiredAgain), typeof(EnquiryCorrected), typeof(LeadAssigned), typeof(CourseCorrected),
        typeof(ContactLogged), typeof(NoteAdded), typeof(FollowUpPlanned), typeof(FollowUpDone), typeof(FollowUpCancelled),
        typeof(StageChanged), typeof(StageMoveUndone), typeof(EmailWritten), typeof(OfferMade), typeof(DiscountAsked),
        typeof(DiscountApproved), typeof(DiscountRefused), typeof(LeadEnrolled), typeof(LeadWithdrew), typeof(LeadTransferred),
        typeof(WaitlistJoined), typeof(WaitlistLeft), typeof(LeadLost), typeof(LeadReopened), typeof(LeadRestored),
        typeof(LeadGivenTo), typeof(LeadErased),
    ];
}

/// <param name="Reference">What the enquirer may quote.</param>
/// <param name="Also">Other courses that were asked about at once.</param>
/// <param name="Kept">What a file said of it that has no field here; null for what came by a form.</param>
public sealed record LeadReceived(
    string Reference, Guid PersonId, CourseRef Course, PreferredTime PreferredTime, LeadSource Source,
    string? Message, IReadOnlyList<CourseRef>? Also = null, IReadOnlyList<KeptText>? Kept = null) : LeadEvent
{
    /// <summary>Whose turn it was; null where there was nobody.</summary>
    public CounsellorRef? Counsellor { get; init; }

    public override StoredEvent Masked() => this with { Message = null, Kept = null };
}

/// <summary>
/// The person enquired again while the lead was there. Whoever knows their number may have sent it: what was typed is
/// kept here for a counsellor to read, and changes nothing else.
/// </summary>
public sealed record EnquiredAgain(
    string Reference, string TypedName, string? TypedEmail, CourseRef Course, PreferredTime PreferredTime, LeadSource Source,
    string Consent, string? Message, IReadOnlyList<CourseRef>? Also = null, IReadOnlyList<KeptText>? Kept = null) : LeadEvent
{
    /// <summary>Whom they named as agreeing for somebody under 18, where that is no word of staff: it makes nobody under age.</summary>
    public string? TypedGuardian { get; init; }

    public override StoredEvent Masked() =>
        this with { TypedName = Erased, TypedEmail = null, TypedGuardian = null, Message = null, Kept = null };
}

/// <summary>
/// Whoever enquired sent the same form again with other content. Their name, number and address are the person's matter; what
/// was typed is kept here for a counsellor to read.
/// </summary>
/// <param name="Own">Whether the lead began with that enquiry and waits for its first call: then it is about this course now.</param>
public sealed record EnquiryCorrected(
    string TypedName, string? TypedEmail, CourseRef Course, PreferredTime PreferredTime, string? Message, bool Own) : LeadEvent
{
    public override StoredEvent Masked() => this with { TypedName = Erased, TypedEmail = null, Message = null };
}

[HoldsNothingPersonal("a member of staff")]
public sealed record LeadAssigned(Guid CounsellorId, string CounsellorName) : LeadEvent;

[HoldsNothingPersonal("a course")]
public sealed record CourseCorrected(CourseRef Course) : LeadEvent;

public sealed record ContactLogged(ContactChannel Channel, ContactOutcome Outcome, string? Note) : LeadEvent
{
    public override StoredEvent Masked() => this with { Note = null };
}

public sealed record NoteAdded(string Text) : LeadEvent
{
    public override StoredEvent Masked() => this with { Text = Erased };
}

public sealed record FollowUpPlanned(Guid FollowUpId, DateTimeOffset DueAt, string Purpose) : LeadEvent
{
    public override StoredEvent Masked() => this with { Purpose = Erased };
}

public sealed record FollowUpDone(Guid FollowUpId, string? Outcome) : LeadEvent
{
    public override StoredEvent Masked() => this with { Outcome = null };
}

[HoldsNothingPersonal("a reason that the program gives")]
public sealed record FollowUpCancelled(Guid FollowUpId, string Why) : LeadEvent;

/// <param name="ByItself">Whether a counsellor moved it and did nothing else: that can be a slip.</param>
[HoldsNothingPersonal("stages")]
public sealed record StageChanged(Stage From, Stage To, bool ByItself = false) : LeadEvent;

/// <summary>A move was a slip: the lead is where it was, and never was anywhere else.</summary>
/// <param name="Since">When the first of the moves was made that are taken back.</param>
[HoldsNothingPersonal("stages")]
public sealed record StageMoveUndone(Stage From, Stage To, DateTimeOffset Since) : LeadEvent;

/// <summary>A counsellor wrote an email. Whether it has left, its message tells.</summary>
/// <param name="MessageId">The message that carries it.</param>
public sealed record EmailWritten(Guid MessageId, string Subject, string Body, bool WithBrochure) : LeadEvent
{
    public override StoredEvent Masked() => this with { Subject = Erased, Body = Erased };
}

/// <param name="ByEmail">Whether the counsellor had it emailed: trying out discounts writes to nobody.</param>
[HoldsNothingPersonal("a batch and a price")]
public sealed record OfferMade(Offer Offer, bool ByEmail) : LeadEvent;

/// <summary>Somebody would take more off a fee than they may by themselves: it waits for a manager.</summary>
/// <param name="Offer">What is to be offered; its id is the request's.</param>
/// <param name="Seat">What was told of the seat that is to be taken at once; null where an offer was asked for.</param>
public sealed record DiscountAsked(Offer Offer, bool ByEmail, string Why, SeatWish? Seat = null) : LeadEvent
{
    public override StoredEvent Masked() => this with { Why = Erased };
}

/// <summary>A manager approved what was asked for; the offer or the seat follows.</summary>
/// <param name="RollNumber">Of the seat; empty where an offer follows.</param>
public sealed record DiscountApproved(Guid RequestId, Offer Offer, string? Why, string RollNumber = "") : LeadEvent
{
    public override StoredEvent Masked() => this with { Why = null };
}

public sealed record DiscountRefused(Guid RequestId, Offer Offer, string Why) : LeadEvent
{
    public override StoredEvent Masked() => this with { Why = Erased };
}

[HoldsNothingPersonal("a seat and a price")]
public sealed record LeadEnrolled(Guid EnrolmentId, Guid BatchId, string BatchCode, string RollNumber, Money Net) : LeadEvent;

/// <summary>The person gave up the seat that they had.</summary>
public sealed record LeadWithdrew(Guid EnrolmentId, string BatchCode, string RollNumber, string Why) : LeadEvent
{
    public override StoredEvent Masked() => this with { Why = Erased };
}

/// <summary>The person went on to a seat in another batch, perhaps of another course.</summary>
/// <param name="From">The batch that they were in.</param>
/// <param name="ByEmail">Whether they are sent a letter that confirms it.</param>
[HoldsNothingPersonal("two seats and a price")]
public sealed record LeadTransferred(
    Guid EnrolmentId, Guid BatchId, string BatchCode, string RollNumber, Money Net, string From, CourseRef Course, bool ByEmail)
    : LeadEvent
{
    public string FromRollNumber { get; init; } = "";

    /// <summary>Whether the batch that they were in does not take place.</summary>
    public bool Cancelled { get; init; }
}

/// <summary>The person waits for a seat in a batch that is full.</summary>
[HoldsNothingPersonal("a batch")]
public sealed record WaitlistJoined(Guid BatchId, string BatchCode) : LeadEvent;

[HoldsNothingPersonal("a batch, and a reason that the program gives")]
public sealed record WaitlistLeft(Guid BatchId, string BatchCode, string Why) : LeadEvent;

public sealed record LeadLost(LostReason Reason, string? Note) : LeadEvent
{
    public override StoredEvent Masked() => this with { Note = null };
}

public sealed record LeadReopened(string Why) : LeadEvent
{
    public override StoredEvent Masked() => this with { Why = Erased };
}

/// <summary>A change that had made or changed the lead was undone: it is what it was before, whatever that was.</summary>
/// <param name="Change">The undoing; empty where one act was taken back by who had just done it.</param>
/// <param name="Moments">When what is undone happened: what was written or withdrawn by it, is known by them.</param>
/// <param name="As">Null where there was no lead before.</param>
public sealed record LeadRestored(Guid Change, int ToVersion, IReadOnlyList<DateTimeOffset> Moments, Lead? As) : LeadEvent, IRestored
{
    /// <summary>Whose the lead was, where there is none any more.</summary>
    public Guid? PersonId { get; init; }

    public override StoredEvent Masked() => this with { As = As?.Masked() };
}

/// <summary>The lead went to another record of its person: two were merged, or split again.</summary>
[HoldsNothingPersonal("ids alone")]
public sealed record LeadGivenTo(Guid PersonId, bool Merged) : LeadEvent;

/// <summary>The person was erased: what was written about them is gone, here and from every event before.</summary>
/// <param name="Number">The erasure's.</param>
[HoldsNothingPersonal("the number of the erasure")]
public sealed record LeadErased(string Number) : LeadEvent;
