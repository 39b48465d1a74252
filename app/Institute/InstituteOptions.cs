namespace Crm.Institute;

/// <summary>The institute that runs this installation; bound from the configuration section <c>Institute</c>.</summary>
public sealed class InstituteOptions
{
    public string Name { get; set; } = "Periyar School of Medical Coding";
    public string Tagline { get; set; } = "Careers in medical coding, taught by working coders";
    public string Address { get; set; } = "2nd Floor, Chittoor Road, Ernakulam, Kerala 682011";
    public string Phone { get; set; } = "+91 484 290 0100";
    public string Email { get; set; } = "admissions@periyar.example";
    public string Website { get; set; } = "https://periyar.example";

    /// <summary>A PNG or JPEG file shown at the head of documents; none where empty.</summary>
    public string? Logo { get; set; }

    /// <summary>IANA name of the zone in which every time is shown and typed.</summary>
    public string TimeZone { get; set; } = "Asia/Kolkata";

    /// <summary>Region whose phone numbers may be typed without a country code (ISO 3166-1 alpha-2).</summary>
    public string PhoneRegion { get; set; } = "IN";

    /// <summary>Address of this installation, for links in emails, without a trailing slash.</summary>
    public string PublicUrl { get; set; } = "http://localhost:5000";
}
