using Crm.Leads;
using Crm.Web;

namespace Crm.Enquiries;

/// <summary>How somebody came whose enquiry a counsellor types in.</summary>
public enum ManualSource { WalkIn, PhoneCall, WhatsApp, Referral, EducationFair }

/// <summary>Where enquiries come from, out of the link and the page that led to the form.</summary>
public static class Sources
{
    private const int Longest = 80;

    /// <summary>What the form carries along of the first touch.</summary>
    public static readonly IReadOnlyList<string> Fields = ["utm_source", "utm_medium", "utm_campaign", "referrer"];

    /// <summary>The source of an enquiry, out of the fields that the form carried along.</summary>
    public static LeadSource Of(Form form) => Of(form["utm_source"], form["utm_medium"], form["utm_campaign"], form["referrer"]);

    public static LeadSource Of(string? source, string? medium, string? campaign, string? referrer)
    {
        var host = Uri.TryCreate(referrer, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? WithoutWww(uri.Host) : null;
        var name = Cut(source)?.ToLowerInvariant() ?? host ?? LeadSource.Direct.Name;
        return new LeadSource(name, Cut(medium), Cut(campaign), host is null ? null : Cut(uri!.GetLeftPart(UriPartial.Path)));
    }

    /// <summary>
    /// Fills a new form with what the request tells. The institute's
    /// own pages are no source: with and without www, and at any port.
    /// </summary>
    public static void Remember(Form form, HttpContext http, string website)
    {
        foreach (var field in Fields.SkipLast(1)) form[field] = http.Request.Query[field].ToString();
        var referrer = http.Request.Headers.Referer.ToString();
        if (!Uri.TryCreate(referrer, UriKind.Absolute, out var from)) return;
        var own = new[] { http.Request.Host.Host, Uri.TryCreate(website, UriKind.Absolute, out var site) ? site.IdnHost : "" };
        if (!own.Select(WithoutWww).Contains(WithoutWww(from.IdnHost), StringComparer.OrdinalIgnoreCase)) form["referrer"] = referrer;
    }

    private static string WithoutWww(string host) => host.StartsWith("www.", StringComparison.OrdinalIgnoreCase) ? host[4..] : host;

    // A sheet cannot hold some characters, and a name of only them is no name.
    private static string? Cut(string? text) =>
        LeadRules.Blank(text) is { } t && new string([.. t.Where(IsWritten).Take(Longest)]) is { Length: > 0 } cut ? cut : null;

    private static bool IsWritten(char c) => !char.IsControl(c) && !char.IsSurrogate(c) && c < '\uFFF0';
}
