namespace Crm.Leads;

/// <summary>How far a lead has come. The order is the funnel's; <see cref="Lost"/> stands outside it.</summary>
public enum LeadStage { New, Contacted, Counselled, Offered, Enrolled, Lost }

public enum PreferredTime { Anytime, Morning, Afternoon, Evening }

public enum ContactChannel { Call, WhatsApp, Visit, Email }

public enum ContactOutcome { Connected, NoAnswer, Busy, SwitchedOff, WrongNumber }

public enum LostReason { Unreachable, Fee, Timing, JoinedElsewhere, NotEligible, NotInterested, Duplicate }

/// <summary>How somebody came whose enquiry a counsellor types in.</summary>
public enum ManualSource { WalkIn, PhoneCall, WhatsApp, Referral, EducationFair }

/// <summary>Where an enquiry came from: the UTM parameters of the link and the page that referred to it.</summary>
/// <param name="Name">What reports group by: <c>utm_source</c>, else the referring host, else "Direct".</param>
public sealed record LeadSource(string Name, string? Medium = null, string? Campaign = null, string? Referrer = null)
{
    public static readonly LeadSource Direct = new("Direct");
}

/// <summary>Something that happened to a lead. <see cref="By"/> is the person's name, or "Applicant" or "System".</summary>
public interface ILeadEvent
{
    DateTimeOffset At { get; }
    string By { get; }
}

public sealed record LeadReceived(
    DateTimeOffset At, string By, string Reference, string Name, string Phone, string? Email,
    Guid CourseId, string CourseName, PreferredTime PreferredTime, LeadSource Source, string Consent, string? Message) : ILeadEvent;

/// <summary>The same phone number enquired again while its lead exists.</summary>
public sealed record EnquiredAgain(
    DateTimeOffset At, string By, string Name, string? Email, Guid CourseId, string CourseName,
    PreferredTime PreferredTime, LeadSource Source, string? Message, string? Consent = null) : ILeadEvent;

public sealed record LeadAssigned(DateTimeOffset At, string By, Guid CounsellorId, string CounsellorName) : ILeadEvent;

public sealed record DetailsCorrected(DateTimeOffset At, string By, string Name, string Phone, string? Email, Guid CourseId, string CourseName) : ILeadEvent;

public sealed record ContactLogged(DateTimeOffset At, string By, ContactChannel Channel, ContactOutcome Outcome, string? Note) : ILeadEvent;

public sealed record NoteAdded(DateTimeOffset At, string By, string Text) : ILeadEvent;

public sealed record FollowUpScheduled(DateTimeOffset At, string By, Guid FollowUpId, DateTimeOffset DueAt, string Purpose) : ILeadEvent;

public sealed record FollowUpDone(DateTimeOffset At, string By, Guid FollowUpId, string? Outcome) : ILeadEvent;

public sealed record FollowUpCancelled(DateTimeOffset At, string By, Guid FollowUpId, string Why) : ILeadEvent;

public sealed record StageChanged(DateTimeOffset At, string By, LeadStage From, LeadStage To) : ILeadEvent;

public sealed record BrochureSent(DateTimeOffset At, string By, Guid MessageId, string CourseName) : ILeadEvent;

public sealed record EmailQueued(DateTimeOffset At, string By, Guid MessageId, string Subject) : ILeadEvent;

public sealed record OfferMade(DateTimeOffset At, string By, Offer Offer) : ILeadEvent;

public sealed record LeadEnrolled(DateTimeOffset At, string By, Guid EnrolmentId, Guid BatchId, string BatchCode, string RollNumber, decimal NetFee) : ILeadEvent;

public sealed record LeadLost(DateTimeOffset At, string By, LostReason Reason, string? Note) : ILeadEvent;

public sealed record LeadReopened(DateTimeOffset At, string By, string Why) : ILeadEvent;

public sealed record EmailsStopped(DateTimeOffset At, string By) : ILeadEvent;

/// <summary>A seat offered at a price. Money is in rupees.</summary>
public sealed record Offer(Guid BatchId, string BatchCode, decimal Fee, decimal Discount, DateOnly ValidUntil)
{
    public decimal Net => Fee - Discount;
}

/// <summary>What a counsellor has promised to do next, and when (UTC).</summary>
public sealed record FollowUp(Guid Id, DateTimeOffset DueAt, string Purpose);
