using Crm.Institute;
using Crm.Seats;

namespace Crm.Leads;

/// <summary>How far a lead has come. The order is the funnel's; <see cref="Lost"/> stands outside it.</summary>
public enum Stage { New, Contacted, Counselled, Offered, Enrolled, Lost }

public static class Stages
{
    /// <summary>The stages of the funnel, in its order.</summary>
    public static readonly IReadOnlyList<Stage> Funnel = [Stage.New, Stage.Contacted, Stage.Counselled, Stage.Offered, Stage.Enrolled];

    public static readonly IReadOnlyList<Stage> Open = [Stage.New, Stage.Contacted, Stage.Counselled, Stage.Offered];

    /// <summary>Those to which many leads can be moved on.</summary>
    public static readonly IReadOnlyList<Stage> MovedOnTo = [Stage.Contacted, Stage.Counselled];

    /// <summary>Whether there is still something to win.</summary>
    public static bool IsOpen(this Stage stage) => stage is not (Stage.Enrolled or Stage.Lost);

    /// <returns>"past", "now" or, for what is still to come, nothing.</returns>
    public static string Against(this Stage stage, Stage now) => stage == now ? "now" : stage < now ? "past" : "";

    /// <summary>Whether the stage is a counsellor's word: an offer, an enrolment and a loss have forms of their own.</summary>
    public static bool IsSaidByStaff(this Stage stage) => stage is Stage.New or Stage.Contacted or Stage.Counselled;
}

public enum PreferredTime { Anytime, Morning, Afternoon, Evening }

public enum ContactChannel { Call, WhatsApp, Visit, Email }

public enum ContactOutcome { Connected, NoAnswer, Busy, SwitchedOff, WrongNumber }

/// <summary>What came of a call, in the words of who called.</summary>
public enum CallResult { NoAnswer, Busy, CallBack, Interested, NotInterested }

/// <summary>Why a lead is lost. <see cref="Withdrew"/> is said by the seat that was given up, <see cref="Erased"/> by the erasure of the
/// person, and by nobody else.</summary>
public enum LostReason { Unreachable, Fee, Timing, JoinedElsewhere, NotEligible, NotInterested, Duplicate, Withdrew, Erased }

public static class LostReasons
{
    /// <summary>Those that a counsellor chooses from.</summary>
    public static IEnumerable<(string Value, string Text)> Choices => Enum.GetValues<LostReason>()
        .Where(r => r is not (LostReason.Withdrew or LostReason.Erased)).Select(r => (r.ToString(), Format.Words(r)));
}

/// <summary>Where an enquiry came from: the UTM parameters of the link and the page that referred to it.</summary>
/// <param name="Name">As it came: <c>utm_source</c>, else the referring host, else "Direct". Reports group by what
/// <see cref="SourceNames"/> and <see cref="SourceBook"/> make of it.</param>
public sealed record LeadSource(string Name, string? Medium = null, string? Campaign = null, string? Referrer = null)
{
    public static readonly LeadSource Direct = new("Direct");
}

/// <summary>Something that was said of a lead elsewhere, under a heading that has no field of its own here.</summary>
/// <param name="Label">As the heading was written.</param>
public sealed record KeptText(string Label, string Text);

/// <summary>A course as it was called when something was said of it.</summary>
public sealed record CourseRef(Guid Id, string Code, string Name);

/// <summary>A member of staff as they were called when something happened.</summary>
public sealed record CounsellorRef(Guid Id, string Name);

/// <summary>A seat offered at a price. Two offers of the same seat at the same price are two: <see cref="Id"/> tells them apart.</summary>
/// <param name="ValidUntil">The last day on which it can be accepted, in the institute's time.</param>
public sealed record Offer(Guid BatchId, string BatchCode, Money Fee, Money Discount, DateOnly ValidUntil)
{
    public Guid Id { get; init; }

    /// <summary>What is added to the fee less the discount; zero where fees hold their tax.</summary>
    public Money Tax { get; init; }

    /// <summary>What is to be paid, tax and all.</summary>
    public Money Net => Fee - Discount + Tax;

    public bool IsOpenOn(DateOnly day) => ValidUntil >= day;
}

/// <summary>What a seat costs: the fee before a discount, and the tax on top of what that leaves.</summary>
public sealed record Price(Money Fee, Money Tax);

/// <summary>What was told of a seat that waits for a manager with its discount, and is taken so once that is approved.</summary>
/// <param name="Parts">How many instalments were wished, the first on <paramref name="FirstDueOn"/>.</param>
/// <param name="Written">The instalments, where they were written by hand; else empty.</param>
/// <param name="PlaceOfSupply">The two digits of a state; empty for the institute's own.</param>
public sealed record SeatWish(int Parts, DateOnly FirstDueOn, IReadOnlyList<Instalment> Written, string PlaceOfSupply);

/// <summary>A discount that waits for a manager.</summary>
/// <param name="Offer">What is offered once it is approved.</param>
/// <param name="ByEmail">Whether that is emailed then.</param>
/// <param name="By">Who asked.</param>
public sealed record DiscountRequest(Offer Offer, bool ByEmail, string Why, string By)
{
    /// <summary>Another each time that something is asked.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public Guid Id => Offer.Id;

    /// <summary>The seat that is taken once it is approved; null where an offer is made.</summary>
    public SeatWish? Seat { get; init; }

    /// <summary>Whether the offer would not be open any more; a seat is taken on the day of its approval.</summary>
    public bool HasRunOutOn(DateOnly day) => Seat is null && !Offer.IsOpenOn(day);
}

/// <summary>What a manager decided on a discount that was asked for.</summary>
/// <param name="Id">The request's.</param>
/// <param name="Why">Empty where no reason was given.</param>
public sealed record DiscountAnswer(Guid Id, bool Approved, Offer Offer, string Why, string By)
{
    /// <summary>What had been told of the seat, where one was asked for; else null.</summary>
    public SeatWish? Seat { get; init; }

    /// <summary>Of the seat that was taken with the approval; empty where none was.</summary>
    public string RollNumber { get; init; } = "";

    /// <summary>Whether a seat was asked for that had gone when it was approved.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public bool CameTooLate => Approved && Seat is not null && RollNumber.Length == 0;
}

/// <summary>What a counsellor has promised to do next, and when (UTC).</summary>
public sealed record FollowUp(Guid Id, DateTimeOffset DueAt, string Purpose)
{
    public bool IsOverdueAt(DateTimeOffset now) => DueAt < now;
}

/// <summary>A move to another stage that may still turn out to be a slip, with what is put back then.</summary>
public sealed record StageMove(Stage From, DateTimeOffset At, Guid? By, DateTimeOffset? ContactedAt, DateTimeOffset? CounselledAt);
