using Crm.Leads;
using Crm.Web;

namespace Crm.Enquiries;

/// <summary>How somebody came whose enquiry a counsellor types in.</summary>
public enum ManualSource { WalkIn, PhoneCall, WhatsApp, Referral, EducationFair }

/// <summary>Where enquiries come from, out of the link and the page that led to the form.</summary>
public static class Sources
{
    private const int LongestAddress = 80;

    public static LeadSource Of(FirstTouch touch) => Of(touch.Source, touch.Medium, touch.Campaign, touch.Referrer);

    public static LeadSource Of(string? source, string? medium, string? campaign, string? referrer)
    {
        // An app on a telephone tells its name as a web page does.
        var isPage = Uri.TryCreate(referrer, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "android-app";
        var name = SourceNames.Read(source) ?? (isPage ? SourceNames.Read(WithoutWww(uri!.Host)) : null) ?? LeadSource.Direct.Name;
        return new LeadSource(name, SourceNames.Shown(medium), SourceNames.Shown(campaign),
            isPage ? Cut(uri!.GetLeftPart(UriPartial.Path)) : null);
    }

    private static string WithoutWww(string host) => host.StartsWith("www.", StringComparison.OrdinalIgnoreCase) ? host[4..] : host;

    private static string Cut(string address) => address.Length <= LongestAddress ? address : address[..LongestAddress];
}
