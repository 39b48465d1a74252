using System.Net;
using System.Security.Claims;
using Crm.Institute;
using Htmx;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Html;

namespace Crm.Web;

/// <summary>Who asks, and the token that proves a form came from our own page.</summary>
public static class Requests
{
    private const string TokenKey = "csrf";

    public static Guid UserId(this ClaimsPrincipal user) => Guid.Parse(user.FindFirstValue(ClaimTypes.NameIdentifier)!);

    public static string DisplayName(this ClaimsPrincipal user) => user.FindFirstValue("name") ?? user.Identity?.Name ?? "";

    /// <returns>From which address of the network it comes; null where that is none, as in tests.</returns>
    public static string? NetworkAddress(this HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        IPAddress address => address.ToString(),
        null => null,
    };

    public static bool IsManager(this ClaimsPrincipal user) => user.IsInRole(Roles.Manager);

    /// <summary>Whether they act on leads.</summary>
    public static bool MayCounsel(this ClaimsPrincipal user) => user.IsInRole(Roles.Counsellor) || user.IsManager();

    /// <summary>Whether they take and give money.</summary>
    public static bool MayTakeMoney(this ClaimsPrincipal user) => user.IsInRole(Roles.Accountant) || user.MayCounsel();

    /// <summary>Whether they keep the books: the bank's statements and the drawer.</summary>
    public static bool MayKeepBooks(this ClaimsPrincipal user) => user.IsInRole(Roles.Accountant) || user.IsManager();

    /// <summary>Whether they read the reports.</summary>
    public static bool MayReadReports(this ClaimsPrincipal user) => user.IsInRole(Roles.Reader) || user.MayKeepBooks();

    /// <summary>The hidden field that every form of a signed-in page carries.</summary>
    /// <remarks>With it goes who has the form open, for the case that they are signed out when they send it.</remarks>
    public static IHtmlContent Csrf(this HttpContext? http)
    {
        if (http?.Items[TokenKey] is not AntiforgeryTokenSet tokens)
            throw new InvalidOperationException("This page has no antiforgery token: its endpoint must not be marked WithoutCsrf.");
        var token = Fields.Hidden(tokens.FormFieldName, tokens.RequestToken!);
        return http.User.Identity?.IsAuthenticated != true
            ? token
            : new HtmlContentBuilder([token, Fields.Hidden(HeldForms.TypedBy, http.User.UserId().ToString())]);
    }

    /// <summary>Issues the token for a page that is shown where none was asked for.</summary>
    public static void IssueCsrf(this HttpContext http) =>
        http.Items[TokenKey] = http.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(http);

    /// <summary>The same where that was not done yet.</summary>
    internal static void NeedCsrf(this HttpContext http)
    {
        if (http.Items[TokenKey] is null) http.IssueCsrf();
    }

    /// <summary>Marks a public form that changes nothing on a visitor's behalf and so needs no token.</summary>
    public static TBuilder WithoutCsrf<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new NoCsrf());

    /// <summary>
    /// A refusal that no form of ours can show: a page of its own, or, where htmx or the board asked, words beside what was
    /// sent, which stays.
    /// </summary>
    public static Task RefuseAsync(this HttpContext http, int status, string title, string text)
    {
        http.Response.StatusCode = status;
        if (http.Request.Headers["X-Board"].Count > 0) return http.Response.WriteAsync($"{title}. {text}");
        if (!http.Request.IsHtmx())
        {
            // Who works here does not look for the institute's website.
            var (back, link) = http.User.Identity?.IsAuthenticated == true ? ("Back to today", "/today") : ("Back to the start", "/");
            var notice = new Notice(title, text, back, link);
            // The frame reads the database, which may be what is wrong.
            return status < StatusCodes.Status429TooManyRequests
                ? new NoticeAnswer(notice, status).ExecuteAsync(http)
                : new Page(NoticePage.Create(notice), status).ExecuteAsync(http);
        }
        http.Response.Htmx(h => h.Reswap("afterbegin"));
        return new Page(RefusedNote.Create(new Notice(title, text)), status).ExecuteAsync(http);
    }

    /// <summary>Issues a token for every page and demands it of every other method.</summary>
    public static void UseCsrf(this WebApplication app) => app.Use(async (http, next) =>
    {
        if (http.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<NoCsrf>() is null)
        {
            var antiforgery = http.RequestServices.GetRequiredService<IAntiforgery>();
            var sent = !HttpMethods.IsGet(http.Request.Method) && HeldForms.WhyShown(http) is null && !HeldForms.WasChecked(http);
            if (sent && !await antiforgery.IsRequestValidAsync(http) && !await HeldForms.ShowAgainAsync(http))
            {
                await http.RefuseAsync(400, "This form has expired", "Keep what you typed, reload the page and send it again.");
                return;
            }
            // Before the page is rendered, which needs the token; its cookie is a header.
            http.IssueCsrf();
        }
        await next(http);
    });

    private sealed class NoCsrf;
}
