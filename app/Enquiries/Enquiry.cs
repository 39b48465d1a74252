using System.Security.Cryptography;
using System.Text;

namespace Crm.Enquiries;

/// <summary>The record that a form was received. Its id is made of the form's and the number, so that sending the same form again finds it,
/// while a form sent again with a corrected number is another enquiry.</summary>
public sealed class Enquiry
{
    public static Guid IdOf(Guid formId, string phone) => new(SHA256.HashData([.. formId.ToByteArray(), .. Encoding.UTF8.GetBytes(phone)]).AsSpan(0, 16));

    public Guid Id { get; set; }
    public Guid LeadId { get; set; }
    public string Reference { get; set; } = "";
    public DateTimeOffset ReceivedAt { get; set; }
}
