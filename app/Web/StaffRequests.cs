using Crm.Institute;
using Htmx;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Web;

/// <summary>What staff's requests tell of who asks and where they want to be afterwards.</summary>
public static class StaffRequests
{
    private static readonly string[] Places = ["/today", "/today?everyone=true", "/leads/board", "/leads/board?mine=true"];

    public static Stamp Stamp(this HttpContext http, InstituteClock clock) =>
        new(Actor.Staff(http.User.UserId(), http.User.DisplayName()), clock.Now);

    /// <summary>Whether the browser goes back in its history, for which htmx wants the whole page.</summary>
    public static bool IsHistoryRestore(this HttpRequest request) => request.Headers["HX-History-Restore-Request"] == "true";

    /// <returns>The id of the element of a page that htmx asks for; empty where it asks for none.</returns>
    public static string PartAsked(this HttpRequest request) =>
        request.Headers["HX-Target"].ToString() is var target && target.Contains('#') ? target[(target.LastIndexOf('#') + 1)..] : "";

    /// <summary>Whether the pipeline's script asks, which wants words and no page.</summary>
    public static bool IsBoard(this HttpContext http) => http.Request.Headers["X-Board"].Count > 0;

    /// <summary>The page that the form was sent from where that is to be come back to; only our own are believed.</summary>
    public static string? ReturnTo(this HttpContext _, Form form) => Places.FirstOrDefault(p => p == form[Form.Return]);

    /// <summary>A page of ours with all that its address said when the form was sent from it, such as the list that is gone through. What
    /// was open in it is closed.</summary>
    public static string AsItStood(this HttpContext http, string path)
    {
        // Who had to sign in again sees the page at the address of its form.
        if (!Uri.TryCreate(http.Request.Headers.Referer, UriKind.Absolute, out var from)
            || !$"{from.AbsolutePath}/".StartsWith($"{path}/", StringComparison.Ordinal)) return path;
        return QueryHelpers.AddQueryString(path, QueryHelpers.ParseQuery(from.Query).Where(said => said.Key != "edit"));
    }

    /// <summary>Sends the browser to another page, whether it or htmx asked.</summary>
    public static IResult Go(this HttpContext http, string address)
    {
        if (!http.Request.IsHtmx()) return Results.Redirect(address);
        http.Response.Htmx(h => h.Redirect(address));
        return Results.Ok();
    }
}
