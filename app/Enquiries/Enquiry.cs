using System.Text.Json.Serialization;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;

namespace Crm.Enquiries;

/// <summary>What somebody typed into the form and may correct.</summary>
public sealed record EnquiryText(GivenDetails Who, CourseRef Course, PreferredTime PreferredTime, string? Message)
{
    /// <summary>Who agreed for somebody under 18; null for who agrees themselves.</summary>
    public Guardian? Guardian { get; init; }

    public bool SaysTheSameAs(EnquiryText other) => Who.SaysTheSameAs(other.Who) && Course.Id == other.Course.Id
        && (PreferredTime, Message, Guardian) == (other.PreferredTime, other.Message, other.Guardian);

    /// <summary>
    /// Whether this is the other put right, where both came by one form. It may also be of somebody else: at a counter the next
    /// one goes back to the form and types over it.
    /// </summary>
    /// <param name="saidSo">Whether whoever sent it was asked to look at it again.</param>
    public bool Corrects(EnquiryText other, bool saidSo) => Who.Name.CompareTo(other.Who.Name) != NameMatch.Different
        || saidSo && (Who.Phones.Intersect(other.Who.Phones).Any() || Who.Email is { } email && email == other.Who.Email);
}

/// <summary>An enquiry whose fields have been checked. <see cref="FormId"/> makes submitting it twice the same as once.</summary>
/// <param name="Phones">The one to call first stands first.</param>
/// <param name="Consent">The words that the enquirer agreed to.</param>
/// <param name="Corrects">Whether the sender was asked to look again at what was sent by this form.</param>
/// <param name="Reference">What the enquirer was told already; null for one that is still to be made.</param>
public sealed record NewEnquiry(
    Guid FormId, PersonName Name, IReadOnlyList<PhoneNumber> Phones, EmailAddress? Email, Course Course, PreferredTime PreferredTime,
    LeadSource Source, string Consent, string? Message, Actor By, bool Corrects = false, string? Reference = null)
{
    /// <summary>Other courses that were asked about at once.</summary>
    public IReadOnlyList<Course> Also { get; init; } = [];

    /// <summary>Who agreed for somebody under 18; null for who agrees themselves.</summary>
    public Guardian? Guardian { get; init; }

    /// <summary>How they agreed.</summary>
    public string Way => TakenOver?.From ?? (TypedByStaff ? $"Told to {By.Name}" : "Public form");

    /// <summary>Null for one that is made now.</summary>
    public TakenOver? TakenOver { get; init; }

    public CourseRef About => RefOf(Course);

    public IReadOnlyList<CourseRef>? AlsoAbout => Also.Count == 0 ? null : [.. Also.Select(RefOf)];

    /// <summary>Whether nobody is written to because of it.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>By which an enquiry finds whose it is: numbers (E.164) and the address.</summary>
    public string[] Keys => [.. Phones.Select(p => p.E164), .. Email is { } email ? [email.Text] : Array.Empty<string>()];

    /// <summary>What no two enquiries come in with at once: each would not see the other, and become a person of its own, or not be listed
    /// beside who has the same name.</summary>
    internal string[] Locks =>
        [.. Keys, FormId.ToString(), .. Intake.IsWhole(Name) ? [$"{Name.SortKey} {Course.Id}"] : Array.Empty<string>()];

    public EnquiryText Text => new(new GivenDetails(Name, Phones, Email), About, PreferredTime, Message) { Guardian = Guardian };

    public bool TypedByStaff => By.Kind == ActorKind.Staff;

    /// <param name="now">UTC.</param>
    public Stamp StampAt(DateTimeOffset now) => TakenOver is { } old
        ? new Stamp(By, old.At) { KnownAt = now, IsQuiet = !old.Writes }
        : new Stamp(By, now) { IsQuiet = IsQuiet };

    private static CourseRef RefOf(Course course) => new(course.Id, course.Code, course.Name);
}

/// <summary>What an enquiry brings along that was made elsewhere and stands in a file.</summary>
/// <param name="At">When it was made (UTC).</param>
/// <param name="From">Where it stands, in words.</param>
/// <param name="Change">The change as a part of which it is taken over.</param>
/// <param name="Kept">What has no field here.</param>
/// <param name="Writes">Whether the person is written to, and called, as if they had asked today.</param>
/// <param name="InTurn">Whether a lead that begins goes to the counsellors in turn.</param>
/// <param name="Counsellor">Who gets it else; null for nobody.</param>
public sealed record TakenOver(
    DateTimeOffset At, string From, Guid Change, IReadOnlyList<KeptText> Kept, bool Writes, bool InTurn, CounsellorRef? Counsellor);

/// <summary>The record that a form was received, and what was made of it: sent again, the form is known, and may be a correction.</summary>
public sealed class Enquiry
{
    /// <summary>The form's that it came by; one of its own where another came by that before.</summary>
    public Guid Id { get; set; }

    /// <summary>The form that another came by before: the next one went back to it and typed over it. Null for the first.</summary>
    public Guid? SharedForm { get; set; }

    [JsonIgnore] public Guid FormId => SharedForm ?? Id;

    /// <summary>As it was last sent, where <see cref="EnquiryTexts"/> do not find that in what it began; null also for one that is told of
    /// and came by no form, and for one whose sender was erased.</summary>
    public EnquiryText? Text { get; set; }
    public Guid PersonId { get; set; }
    public Guid LeadId { get; set; }

    /// <summary>Whether nothing was known of the person, or of the lead, before it: then it may put them right.</summary>
    public bool BeganPerson { get; set; }
    public bool BeganLead { get; set; }

    /// <summary>The change by which it was taken over from a file; null for one that was made here.</summary>
    public Guid? TakenOverBy { get; set; }

    /// <summary>Whether its sender was erased: the same line of a file does not bring them back, though it was taken back before.</summary>
    [Usual(false)] public bool IsErased { get; set; }

    /// <summary>What the enquirer may quote: of this enquiry, so that it tells nobody whether the number was known.</summary>
    public string Reference { get; set; } = "";
    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>When it last came with other words than before; null where it did not.</summary>
    public DateTimeOffset? CorrectedAt { get; set; }

    [JsonIgnore] public DateTimeOffset SentAt => CorrectedAt ?? ReceivedAt;
}
