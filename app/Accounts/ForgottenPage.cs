using Crm.Institute;
using Crm.Web;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <param name="Asked">Whether a link was asked for, and is on its way where anybody has the address.</param>
public sealed record ForgottenView(Form Form, bool Asked);

/// <param name="User">Whose password it is; null where the link does not hold any more.</param>
/// <param name="Done">Whether it is set.</param>
public sealed record NewPasswordView(string Token, User? User, Form Form, bool Done = false);

/// <summary>Where who has forgotten their password, or never had one, gets to choose one.</summary>
internal static class ForgottenPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/signin/forgotten", IResult () => Forgotten.Create(new ForgottenView(new Form(), false))).AllowAnonymous();
        app.MapPost("/signin/forgotten", AskAsync).AllowAnonymous().Limited(AccountsRoom.RateLimit);
        app.MapGet(AccessLinks.Path + "{token}", ShowAsync).AllowAnonymous();
        app.MapPost(AccessLinks.Path + "{token}", SetAsync).AllowAnonymous().Limited(AccountsRoom.RateLimit);
    }

    private static async Task<IResult> AskAsync(
        HttpContext http, UserManager<User> users, AccessLinks links, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var email = form.Email("email", required: true);
        if (email is null) return new Page(Forgotten.Create(new ForgottenView(form, false)), StatusCodes.Status422UnprocessableEntity);
        var user = await users.FindByEmailAsync(email.Text);
        await links.AskAsync(email.Text, user, cancel);
        await http.AuditAsync(AuditKind.LinkSent, user is null ? "no such account" : "asked for at the sign-in", user?.Id);
        return Forgotten.Create(new ForgottenView(form, true));
    }

    private static async Task<IResult> ShowAsync(HttpContext http, string token, AccessLinks links, CancellationToken cancel)
    {
        // The address of this page is told to no other.
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        var user = await links.FindAsync(token, cancel);
        return new Page(NewPassword.Create(new NewPasswordView(token, user, new Form())), user is null ? 410 : 200);
    }

    private static async Task<IResult> SetAsync(HttpContext http, string token, UserManager<User> users, AccessLinks links,
        TryCounter tries, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await links.FindAsync(token, cancel) is not { } user)
            return await links.FindUsedAsync(token, cancel) is { } same && await users.CheckPasswordAsync(same, form["password"])
                ? NewPassword.Create(new NewPasswordView(token, same, form, Done: true))
                : Gone(token);
        await StaffForms.CheckPasswordAsync(form, "password", users, user);
        if (!form.Ok) return new Page(NewPassword.Create(new NewPasswordView(token, user, form)), 422);
        if (await links.UseAsync(token, form["password"], users.PasswordHasher, cancel) is not { } set) return Gone(token);
        await tries.UnlockAsync(set.Email, cancel);
        await http.AuditAsync(AuditKind.PasswordReset, "by a link", set.Id, by: Actor.Staff(set.Id, set.Name));
        return NewPassword.Create(new NewPasswordView(token, set, form, Done: true));
    }

    private static Page Gone(string token) => new(NewPassword.Create(new NewPasswordView(token, null, new Form())), 410);
}
