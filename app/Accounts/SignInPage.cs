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
    public const string Leave = "/signout";

    private const string Start = "/today";

    // Where the work of each begins.
    private static string StartOf(User user) => user.Role switch
    {
        Roles.Accountant => "/dues",
        Roles.Reader => "/leads",
        _ => Start,
    };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/signin", ShowAsync).AllowAnonymous();
        app.MapPost("/signin", SignInAsync).AllowAnonymous().Limited(AccountsRoom.RateLimit);
        app.MapPost("/signin/code", CodeAsync).AllowAnonymous().Limited(AccountsRoom.RateLimit);
        app.MapPost(Leave, SignOutAsync).RequireAuthorization(Roles.OwnPolicy);
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
        // Who presses "Sign out" twice is where they wanted to be.
        var leaves = http.Request.Path.Equals(Leave, StringComparison.Ordinal);
        if ((leaves || reads) && !http.Request.IsHtmx()) http.Response.Redirect(address);
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

    private static async Task<IResult> SignOutAsync(
        HttpContext http, SignInManager<User> signIn, Sessions sessions, CancellationToken cancel)
    {
        var user = http.User.UserId();
        await http.AuditAsync(AuditKind.SignedOut);
        if (await sessions.CurrentAsync(http) is { } current) await sessions.EndAsync(user, current.Id, cancel);
        await signIn.SignOutAsync();
        return Results.Redirect("/signin");
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
        HttpContext http, Doorkeeper door, SignInTickets tickets, HeldForms forms, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var judged = await door.PasswordAsync(http, form["email"], form["password"], cancel);
        if (judged.User is { HasAuthenticator: true } known)
        {
            form["ticket"] = tickets.Give(known);
            return SecondStep.Create(form);
        }
        if (judged.User is { } user)
        {
            await door.LetInAsync(http, user, Proof.Password, cancel);
            return GoOn(form, forms, user);
        }
        form.Refuse("", judged.IsLocked ? Doorkeeper.TooMany : "That email and password do not match an active account.");
        return new Page(SignIn.Create(new SignInView(form, form["returnUrl"], form[HeldForms.Field])), 422);
    }

    private static async Task<IResult> CodeAsync(
        HttpContext http, Doorkeeper door, SignInTickets tickets, HeldForms forms, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await tickets.OfAsync(form["ticket"]) is not { } user)
        {
            form.Refuse("", "This took too long. Sign in once more.");
            return new Page(SignIn.Create(new SignInView(form, form["returnUrl"], form[HeldForms.Field])), 422);
        }
        var judged = await door.CodeAsync(http, user, form["code"], cancel);
        if (judged.User is null)
        {
            form.Refuse("code", judged.IsLocked
                ? "Too many attempts. Try again in 15 minutes."
                : "This code is not right, or was used before.");
            return new Page(SecondStep.Create(form), 422);
        }
        await door.LetInAsync(http, user, Proof.Code, cancel);
        return GoOn(form, forms, user);
    }

    // The browser sends the sealed form on, which is opened for who typed it and for nobody else.
    internal static IResult GoOn(Form form, HeldForms forms, User user)
    {
        if (forms.Read(form[HeldForms.Field]) is { } held)
            return held.By == user.Id ? Results.LocalRedirect(held.Address, preserveMethod: true) : Results.Redirect(Start);
        return Results.LocalRedirect(IsLocal(form["returnUrl"]) ? InAscii(form["returnUrl"]) : StartOf(user));
    }

    // An address goes into a header, which has no other letters.
    private static string InAscii(string url) =>
        string.Concat(url.EnumerateRunes().Select(r => r.IsAscii ? r.ToString() : Uri.EscapeDataString(r.ToString())));

    // Browsers drop control characters out of addresses: "/", a tab and "/" would be "//".
    private static bool IsLocal(string url) =>
        url.StartsWith('/')
        && !url.StartsWith("//", StringComparison.Ordinal)
        && !url.StartsWith("/\\", StringComparison.Ordinal)
        && !url.Any(char.IsControl);
}
