using System.Security.Cryptography;
using System.Text;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Enquiries;

/// <summary>An enquiry whose fields have been checked. <see cref="FormId"/> makes submitting it twice the same as once.</summary>
/// <param name="Phones">The one to call first stands first.</param>
/// <param name="Consent">The words that the enquirer agreed to.</param>
public sealed record NewEnquiry(
    Guid FormId, PersonName Name, IReadOnlyList<PhoneNumber> Phones, EmailAddress? Email, Course Course, PreferredTime PreferredTime,
    LeadSource Source, string Consent, string? Message, Actor By)
{
    public CourseRef About => new(Course.Id, Course.Code, Course.Name);

    public bool TypedByStaff => By.Kind == ActorKind.Staff;
}

/// <summary>
/// The record that a form was received. Its id is made of the form's and the number, so that sending the same form again
/// finds it, while a form sent again with a corrected number is another enquiry.
/// </summary>
public sealed class Enquiry
{
    public static Guid IdOf(Guid formId, PhoneNumber phone) =>
        new(SHA256.HashData([.. formId.ToByteArray(), .. Encoding.UTF8.GetBytes(phone.E164)]).AsSpan(0, 16));

    public Guid Id { get; set; }
    public Guid LeadId { get; set; }

    /// <summary>What the enquirer may quote: of this enquiry, so that it tells nobody whether the number was known.</summary>
    public string Reference { get; set; } = "";
    public DateTimeOffset ReceivedAt { get; set; }
}
