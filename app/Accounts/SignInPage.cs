using Crm.Institute;
using Crm.Web;
using Htmx;
using Marten;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <param name="Held">What was typed when the session was over, sealed; null where nothing was.</param>
/// <param name="Why">Why one is asked, where one wanted to do something.</param>
public sealed record SignInView(Form Form, string? ReturnUrl, string? Held = null, string? Why = null);

/// <summary>Where staff sign in, and out.</summary>
internal static class SignInPage
{
    private const string Start = "/today";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/signin", ShowAsync).AllowAnonymous();
        app.MapPost("/signin", SignInAsync).AllowAnonymous().RequireRateLimiting("signin");
        app.MapPost("/signout", async Task<IResult> (HttpContext http, SignInManager<User> signIn) =>
        {
            await http.AuditAsync(AuditKind.SignedOut);
            await signIn.SignOutAsync();
            return Results.Redirect("/signin");
        });
    }

    /// <summary>
    /// Asks who is not signed in. A page is come back to; of a form, what was typed is kept. With htmx or the pipeline the page stays
    /// where it is: its script then sends the form as browsers do.
    /// </summary>
    /// <param name="address">Of this page, with the way back.</param>
    public static async Task AskAsync(HttpContext http, string address)
    {
        var reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        var page = Uri.TryCreate(PageOf(http.Request), UriKind.Absolute, out var from) && from.Authority == http.Request.Host.Value
            ? from.PathAndQuery
            : Start;
        if (reads && !http.Request.IsHtmx()) http.Response.Redirect(address);
        else if (reads)
        {
            // An htmx request cannot follow a redirect to a whole page: the browser is sent there instead.
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            http.Response.Htmx(h => h.Redirect("/signin?returnUrl=" + Uri.EscapeDataString(page)));
        }
        else if (http.Request.IsHtmx() || http.IsBoard())
            await http.RefuseAsync(StatusCodes.Status401Unauthorized, "You are signed out",
                "What you typed is still here: sign in in another window, then send it again.");
        else
        {
            var held = await http.RequestServices.GetRequiredService<HeldForms>().HoldAsync(http);
            var why = held is null ? "You were signed out, so nothing was sent." : "You were signed out. What you typed is kept.";
            http.IssueCsrf();
            await new Page(SignIn.Create(new SignInView(new Form(), page, held, why)), 401).ExecuteAsync(http);
        }
    }

    private static string PageOf(HttpRequest request) =>
        (request.IsHtmx() ? request.Headers["HX-Current-URL"] : request.Headers.Referer).ToString();

    private static async Task<IResult> ShowAsync(HttpContext http, IQuerySession session, string? returnUrl, CancellationToken cancel)
    {
        if (!await session.Query<User>().AnyAsync(cancel)) return Results.Redirect("/setup");
        if (http.User.Identity?.IsAuthenticated == true) return Results.Redirect(Start);
        return SignIn.Create(new SignInView(new Form(), returnUrl));
    }

    private static async Task<IResult> SignInAsync(
        HttpContext http, SignInManager<User> signIn, UserManager<User> users, HeldForms forms, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var user = await users.FindByEmailAsync(EmailAddress.Read(form["email"]).Address?.Text ?? "");
        var result = user is { Active: true }
            ? await signIn.PasswordSignInAsync(user, form["password"], isPersistent: false, lockoutOnFailure: true)
            : SignInResult.Failed;
        await NoteAsync(http, user, result);
        // The browser sends the sealed form on, which is opened for who typed it and for nobody else.
        if (result.Succeeded && forms.Read(form[HeldForms.Field]) is { } held)
            return held.By == user!.Id ? Results.LocalRedirect(held.Action, preserveMethod: true) : Results.Redirect(Start);
        if (result.Succeeded) return Results.LocalRedirect(IsLocal(form["returnUrl"]) ? form["returnUrl"] : Start);
        form.Refuse("", result.IsLockedOut
            ? "Too many attempts. Try again in 15 minutes, or ask a manager for a new password."
            : "That email and password do not match an active account.");
        return new Page(SignIn.Create(new SignInView(form, form["returnUrl"], form[HeldForms.Field])), 422);
    }

    // An address that nobody has here is not kept: it may be a password, or a stranger's.
    private static Task NoteAsync(HttpContext http, User? user, SignInResult result) => http.AuditAsync(
        result.Succeeded ? AuditKind.SignedIn : result.IsLockedOut ? AuditKind.SignInLocked : AuditKind.WrongPassword,
        user is null ? "no such account" : user.Active ? "" : "deactivated", user?.Id,
        by: result.Succeeded ? Actor.Staff(user!.Id, user.Name) : null);

    // Browsers drop control characters out of addresses: "/", a tab and "/" would be "//".
    private static bool IsLocal(string url) =>
        url.StartsWith('/')
        && !url.StartsWith("//", StringComparison.Ordinal)
        && !url.StartsWith("/\\", StringComparison.Ordinal)
        && !url.Any(char.IsControl);
}
