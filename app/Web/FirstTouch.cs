using Crm.Institute;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Crm.Web;

/// <summary>
/// Where a visitor came from when they first opened a public page: the campaign in the link, and the page that led here. The links
/// of public pages carry it on, up to the form: a cookie for it would need everybody's consent first.
/// </summary>
/// <param name="Referrer">Without its query, which may tell who the visitor is.</param>
public sealed record FirstTouch(string? Source = null, string? Medium = null, string? Campaign = null, string? Referrer = null)
{
    /// <summary>What links and forms call them.</summary>
    public static readonly IReadOnlyList<string> Fields = ["utm_source", "utm_medium", "utm_campaign", "referrer"];

    private const int Longest = 200;

    /// <summary>Of a page that is opened: what its link carries, and the page that led to it, unless that is one of our own.</summary>
    public static FirstTouch Of(HttpContext http)
    {
        if (http.Items[typeof(FirstTouch)] is FirstTouch known) return known;
        var own = new OwnSites(http);
        var query = http.Request.Query;
        var came = own.Foreign(http.Request.Headers.Referer) ?? own.Foreign(query["referrer"]);
        return Keep(http, new FirstTouch(own.Name(query["utm_source"]), Cut(query["utm_medium"]), Cut(query["utm_campaign"]), came));
    }

    /// <summary>Of a form that was sent: what it carried along.</summary>
    public static FirstTouch Of(HttpContext http, Form form)
    {
        var own = new OwnSites(http);
        return Keep(http, new FirstTouch(
            own.Name(form["utm_source"]), Cut(form["utm_medium"]), Cut(form["utm_campaign"]), own.Foreign(form["referrer"])));
    }

    /// <summary>Has a form carry it along.</summary>
    public void PutInto(Form form)
    {
        foreach (var (field, value) in Values) form[field] = value ?? "";
    }

    /// <summary>An address of ours that carries it on.</summary>
    public string Carry(string address) => QueryHelpers.AddQueryString(address, Values.Where(v => v.Value is not null));

    private IEnumerable<KeyValuePair<string, string?>> Values =>
        Fields.Zip([Source, Medium, Campaign, Referrer], KeyValuePair.Create);

    private static FirstTouch Keep(HttpContext http, FirstTouch touch)
    {
        http.Items[typeof(FirstTouch)] = touch;
        return touch;
    }

    // Cut between characters, so that a link can carry it; of half a one nothing can be made.
    private static string? Cut(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var trimmed = text.Trim();
        if (trimmed.Length <= Longest) return trimmed;
        return trimmed[..(char.IsHighSurrogate(trimmed[Longest - 1]) ? Longest - 1 : Longest)];
    }

    /// <summary>The sites of the institute: the one that was asked, and those that its settings name.</summary>
    private sealed class OwnSites
    {
        private readonly HashSet<string> _hosts;

        public OwnSites(HttpContext http)
        {
            var services = http.RequestServices;
            string[] addresses =
            [
                services.GetRequiredService<CurrentInstitute>().Profile.Website,
                services.GetRequiredService<IOptions<InstituteOptions>>().Value.PublicUrl,
            ];
            _hosts = [.. addresses.Select(a => Uri.TryCreate(a, UriKind.Absolute, out var url) ? url.IdnHost : ""), http.Request.Host.Host];
            _hosts = [.. _hosts.Where(h => h.Length > 0).Select(Bare)];
        }

        /// <returns>The page, where it is one of the web and of somebody else.</returns>
        public string? Foreign(string? referrer) =>
            Uri.TryCreate(referrer, UriKind.Absolute, out var from) && from is { Scheme: "http" or "https", Host.Length: > 0 }
                && !_hosts.Contains(Bare(from.IdnHost))
                ? Cut(from.GetLeftPart(UriPartial.Path))
                : null;

        public string? Name(string? source) => Cut(source) is { } name && !_hosts.Contains(Bare(name)) ? name : null;

        // With and without www, in any case of letters, and with the point that ends a whole name.
        private static string Bare(string host)
        {
            var bare = host.ToLowerInvariant().TrimEnd('.');
            return bare.StartsWith("www.", StringComparison.Ordinal) ? bare[4..] : bare;
        }
    }
}
