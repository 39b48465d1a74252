using System.Net;
using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace Crm.Tests.House;

/// <summary>Goes from link to link as somebody who is signed in, sends nothing, and notes what is offered and would be refused.</summary>
internal static partial class OfferWalk
{
    // Of each sort of page some are looked at: what they offer depends on what they are of.
    private const int MostOfOneSort = 4;

    private static readonly string[] NoPages = [".pdf", ".csv", ".xlsx", ".eml", "/live"];

    /// <param name="isFor">Whether a method and path are for whoever walks.</param>
    public static async Task<(int Pages, List<string> Wrong)> WalkAsync(Browser browser, Func<string, string, bool> isFor)
    {
        var (wrong, sorts, known, pages) = (new List<string>(), new Dictionary<string, int>(), new HashSet<string>(), 0);
        var ahead = new Queue<string>(["/today?everyone=true"]);
        while (ahead.TryDequeue(out var address))
        {
            var page = await browser.GetAsync(address);
            pages++;
            if (page.Status is HttpStatusCode.Forbidden or HttpStatusCode.InternalServerError)
                wrong.Add($"{address} answers {page.Status}");
            foreach (var (method, to) in OfferedBy(page))
            {
                var path = to.Split('?')[0];
                if (!isFor(method, path)) wrong.Add($"{Sort(address)} offers {method} {Sort(path)}");
                else if (method == "GET" && !NoPages.Any(path.EndsWith) && known.Add(to)
                    && (sorts[Sort(to)] = sorts.GetValueOrDefault(Sort(to)) + 1) <= MostOfOneSort) ahead.Enqueue(to);
            }
        }
        return (pages, wrong);
    }

    private static IEnumerable<(string Method, string To)> OfferedBy(WebPage page)
    {
        (string Method, string? To)[] all =
        [
            .. page.Html.QuerySelectorAll("a[href]").Select(a => ("GET", a.GetAttribute("href"))),
            .. page.Html.QuerySelectorAll("[hx-get]").Select(e => ("GET", e.GetAttribute("hx-get"))),
            .. page.Html.QuerySelectorAll("[hx-post]").Select(e => ("POST", e.GetAttribute("hx-post"))),
            .. page.Html.QuerySelectorAll("form[action]").Select(f => (Method(f), f.GetAttribute("action"))),
            .. page.Html.QuerySelectorAll("button[formaction]").Select(b => ("POST", b.GetAttribute("formaction"))),
        ];
        return all.Select(o => (o.Method, To: o.To!.Split('#')[0]))
            .Where(o => o.To.StartsWith('/') && !o.To.StartsWith("//", StringComparison.Ordinal));
    }

    private static string Method(IElement form) => form.GetAttribute("method")?.ToUpperInvariant() ?? "GET";

    // The path without ids, and the names of what follows it.
    private static string Sort(string address)
    {
        var (path, query) = (address.Split('?')[0], address.Split('?').ElementAtOrDefault(1) ?? "");
        var names = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')[0]).Order().Distinct();
        return Ids().Replace(path, "{id}") + string.Concat(names.Select(n => "&" + n));
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex Ids();
}
