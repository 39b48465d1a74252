using Crm.Institute;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

public sealed record SignInView(Form Form, string? ReturnUrl);

/// <summary>Where staff sign in, and out.</summary>
internal static class SignInPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/signin", ShowAsync).AllowAnonymous();
        app.MapPost("/signin", SignInAsync).AllowAnonymous().RequireRateLimiting("signin");
        app.MapPost("/signout", async (SignInManager<User> signIn) =>
        {
            await signIn.SignOutAsync();
            return Results.Redirect("/signin");
        });
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IQuerySession session, string? returnUrl, CancellationToken cancel)
    {
        if (!await session.Query<User>().AnyAsync(cancel)) return Results.Redirect("/setup");
        if (http.User.Identity?.IsAuthenticated == true) return Results.Redirect("/today");
        return SignIn.Create(new SignInView(new Form(), returnUrl));
    }

    private static async Task<IResult> SignInAsync(
        HttpContext http, SignInManager<User> signIn, UserManager<User> users, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var user = await users.FindByEmailAsync(EmailAddress.Read(form["email"]).Address?.Text ?? "");
        var result = user is { Active: true }
            ? await signIn.PasswordSignInAsync(user, form["password"], isPersistent: false, lockoutOnFailure: true)
            : SignInResult.Failed;
        if (result.Succeeded) return Results.LocalRedirect(IsLocal(form["returnUrl"]) ? form["returnUrl"] : "/today");
        form.Refuse("", result.IsLockedOut
            ? "Too many attempts. Try again in 15 minutes, or ask a manager for a new password."
            : "That email and password do not match an active account.");
        return new Page(SignIn.Create(new SignInView(form, form["returnUrl"])), StatusCodes.Status422UnprocessableEntity);
    }

    // Browsers drop control characters out of addresses: "/", a tab and "/" would be "//".
    private static bool IsLocal(string url) =>
        url.StartsWith('/')
        && !url.StartsWith("//", StringComparison.Ordinal)
        && !url.StartsWith("/\\", StringComparison.Ordinal)
        && !url.Any(char.IsControl);
}
