using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Enquiries;

/// <summary>What staff make of an enquiry that looks as if a program had sent it.</summary>
public enum Suspicion { Waiting, Restored, Dismissed }

/// <summary>
/// A complete enquiry in which something stood in the field that people do not see. It is kept aside, and becomes an enquiry like
/// any other where staff say so: also a person's browser may fill a field that it should not.
/// </summary>
public sealed class SuspectedEnquiry
{
    /// <summary>One form can come from several people; sent again by the same one, it replaces what came before.</summary>
    public static Guid IdOf(Guid formId, PersonName name) => DerivedId.Of($"{formId:N}", name.SortKey);

    public Guid Id { get; set; }
    public Guid FormId { get; set; }

    /// <summary>What the sender was told: they are thanked like everybody else.</summary>
    public string Reference { get; set; } = "";
    public EnquiryText Text { get; set; } = null!;
    public LeadSource Source { get; set; } = LeadSource.Direct;

    /// <summary>The words that the sender agreed to.</summary>
    public string Consent { get; set; } = "";

    /// <summary>Who agreed for somebody under 18; null for who agrees themselves.</summary>
    public Guardian? Guardian { get; set; }

    /// <summary>What stood in the field.</summary>
    public string Trapped { get; set; } = "";
    public DateTimeOffset ReceivedAt { get; set; }
    public Suspicion State { get; set; }
    public Actor? DecidedBy { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>What it became when it was restored.</summary>
    public Guid? LeadId { get; set; }

    public static SuspectedEnquiry Of(NewEnquiry enquiry, string trapped, string reference, DateTimeOffset at) => new()
    {
        Id = IdOf(enquiry.FormId, enquiry.Name),
        FormId = enquiry.FormId,
        Reference = reference,
        Text = enquiry.Text,
        Source = enquiry.Source,
        Consent = enquiry.Consent,
        Guardian = enquiry.Guardian,
        Trapped = trapped,
        ReceivedAt = at,
    };

    /// <summary>The enquiry as it would have come in.</summary>
    public NewEnquiry ToEnquiry(Course course) => new(FormId, Text.Who.Name, Text.Who.Phones, Text.Who.Email, course, Text.PreferredTime,
        Source, Consent, Text.Message, Actor.Applicant, Reference: Reference)
    { Guardian = Guardian };

    public void Decide(Suspicion state, Stamp stamp) => (State, DecidedBy, DecidedAt) = (state, stamp.By, stamp.At);
}
