using Crm.Leads;
using Crm.Web;

namespace Crm.Enquiries;

/// <summary>How somebody came whose enquiry a counsellor types in.</summary>
public enum ManualSource { WalkIn, PhoneCall, WhatsApp, Referral, EducationFair }

/// <summary>Where enquiries come from, out of the link and the page that led to the form.</summary>
public static class Sources
{
    private const int Longest = 80;

    public static LeadSource Of(FirstTouch touch) => Of(touch.Source, touch.Medium, touch.Campaign, touch.Referrer);

    public static LeadSource Of(string? source, string? medium, string? campaign, string? referrer)
    {
        var host = Uri.TryCreate(referrer, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? WithoutWww(uri.Host) : null;
        var name = Cut(source)?.ToLowerInvariant() ?? host ?? LeadSource.Direct.Name;
        return new LeadSource(name, Cut(medium), Cut(campaign), host is null ? null : Cut(uri!.GetLeftPart(UriPartial.Path)));
    }

    private static string WithoutWww(string host) => host.StartsWith("www.", StringComparison.OrdinalIgnoreCase) ? host[4..] : host;

    // A sheet cannot hold some characters, and a name of only them is no name.
    private static string? Cut(string? text) =>
        LeadRules.Blank(text) is { } t && new string([.. t.Where(IsWritten).Take(Longest)]) is { Length: > 0 } cut ? cut : null;

    private static bool IsWritten(char c) => !char.IsControl(c) && !char.IsSurrogate(c) && c < '\uFFF0';
}
