namespace Crm.Enquiries;

/// <summary>The record that a form was received. Its id is the form's own, so that a second submission of the same form finds the first.</summary>
public sealed class Enquiry
{
    public Guid Id { get; set; }
    public Guid LeadId { get; set; }
    public string Reference { get; set; } = "";
    public DateTimeOffset ReceivedAt { get; set; }
}
