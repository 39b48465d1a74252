namespace Crm.Institute;

/// <summary>
/// What of the institute the machine must know; bound from the configuration section <c>Institute</c>. The rest is its
/// <see cref="InstituteProfile"/>.
/// </summary>
public sealed class InstituteOptions
{
    /// <summary>A PNG or JPEG file shown at the head of documents; none where empty.</summary>
    public string? Logo { get; set; }

    /// <summary>IANA name of the zone in which every time is shown and typed.</summary>
    public string TimeZone { get; set; } = "Asia/Kolkata";

    /// <summary>Address of this installation, for links in emails, without a trailing slash; where nothing is said, that at which it
    /// listens.</summary>
    public string PublicUrl { get; set; } = "http://localhost:5000";
}
