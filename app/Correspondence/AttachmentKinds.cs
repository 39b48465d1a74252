namespace Crm.Correspondence;

/// <summary>What messages call the files that are made for them.</summary>
public static class AttachmentKinds
{
    public const string Brochure = "brochure";
    public const string EnrolmentLetter = "enrolment-letter";
}
