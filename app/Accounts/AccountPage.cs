using Crm.Institute;
using Crm.Web;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

public sealed record AccountView(string Name, Form Form, bool Saved);

/// <summary>Where a member of staff changes their password.</summary>
internal static class AccountPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/account", IResult (HttpContext http) => Account.Create(new AccountView(http.User.DisplayName(), new Form(), false)));
        app.MapPost("/account/password", ChangePasswordAsync);
    }

    private static async Task<IResult> ChangePasswordAsync(
        HttpContext http, UserManager<User> users, SignInManager<User> signIn, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var user = (await users.GetUserAsync(http.User))!;
        var result = await users.ChangePasswordAsync(user, form["current"], form["password"]);
        var changed = result.Succeeded;
        // The same form once more, which the first has carried out.
        if (!result.Succeeded && await users.FindByIdAsync(user.Id.ToString()) is { } now
            && await users.CheckPasswordAsync(now, form["password"]))
            (user, result) = (now, IdentityResult.Success);
        foreach (var error in result.Errors) form.Refuse(error.Code == "PasswordMismatch" ? "current" : "password", StaffForms.Say(error));
        if (changed) await http.AuditAsync(AuditKind.PasswordChanged, whom: user.Id);
        if (form.Ok) await signIn.RefreshSignInAsync(user);
        return new Page(Account.Create(new AccountView(user.Name, form, form.Ok)), form.Ok ? 200 : 422);
    }
}
