using Crm.Institute;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Accounts;

/// <param name="Done">What was done, in a sentence; null where nothing was.</param>
/// <param name="Current">The session of who looks.</param>
public sealed record AccountView(User User, Form Form, string? Done, IReadOnlyList<StaffSession> Sessions, Guid? Current,
    PasskeysView Passkeys, InstituteClock Clock);

/// <summary>Where a member of staff changes their password, and sees where they are signed in.</summary>
internal static class AccountPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var own = app.MapGroup("/account").RequireAuthorization(Roles.OwnPolicy);
        own.MapGet("", async Task<IResult> (HttpContext http, [AsParameters] Parts parts, CancellationToken cancel) =>
            Account.Create(await ViewAsync(http, parts, new Form(), null, cancel)));
        own.MapPost("/password", ChangePasswordAsync);
        own.MapPost("/sessions/{id:guid}/end", async Task<IResult> (
            Guid id, HttpContext http, [AsParameters] Parts parts, CancellationToken cancel) =>
        {
            await parts.Sessions.EndAsync(http.User.UserId(), id, cancel);
            await http.AuditAsync(AuditKind.SessionsEnded, "one", once: id);
            return Results.Redirect("/account");
        });
        own.MapPost("/sessions/end", async Task<IResult> (HttpContext http, [AsParameters] Parts parts, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            await parts.Sessions.EndAllAsync(http.User.UserId(), (await parts.Sessions.CurrentAsync(http))?.Id, cancel);
            await http.AuditAsync(AuditKind.SessionsEnded, "all others", once: form.FormId());
            return Results.Redirect("/account");
        });
    }

    internal static async Task<AccountView> ViewAsync(HttpContext http, Parts parts, Form form, string? done, CancellationToken cancel)
    {
        var id = http.User.UserId();
        var current = (await parts.Sessions.CurrentAsync(http))?.Id;
        return new AccountView((await parts.Session.LoadAsync<User>(id, cancel))!, form, done, await parts.Sessions.OfAsync(id, cancel),
            current, new PasskeysView(await parts.Passkeys.OfAsync(id, cancel), NewKey(http), parts.Clock), parts.Clock);
    }

    // Named as the device it is most likely in, which its owner may change.
    private static Form NewKey(HttpContext http) => Form.Fresh(("name", DeviceWords.Of(http.Request.Headers.UserAgent.ToString())));

    private static async Task<IResult> ChangePasswordAsync(HttpContext http, UserManager<User> users, SignInManager<User> signIn,
        Doorkeeper door, [AsParameters] Parts parts, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var (user, current) = ((await users.GetUserAsync(http.User))!, (await parts.Sessions.CurrentAsync(http))!);
        var judged = await door.ConfirmAsync(http, user, form["current"], current, cancel);
        if (judged.User is not null)
        {
            var result = await users.ChangePasswordAsync(user, form["current"], form["password"]);
            foreach (var error in result.Errors)
                form.Refuse(error.Code == "PasswordMismatch" ? "current" : "password", StaffForms.Say(error));
        }
        else form.Refuse("current", judged.IsLocked ? "Too many attempts. Try again in 15 minutes." : "This is not your present password.");
        // The same form once more, which the first has carried out. Counted as a try like others, so that nobody guesses by it.
        var before = !form.Ok && !judged.IsLocked && await users.FindByIdAsync(user.Id.ToString()) is { } now
            && await users.CheckPasswordAsync(now, form["password"]) ? now : null;
        if (judged is { User: null, IsLocked: false } && before is null) await Doorkeeper.NoteWrongAsync(http, user);
        if (!form.Ok && before is null)
            return new Page(Account.Create(await ViewAsync(http, parts, form, null, cancel)), StatusCodes.Status422UnprocessableEntity);
        if (before is not null) await door.ForgetAsync(before, current, cancel);
        await signIn.RefreshSignInAsync(before ?? user);
        await parts.Sessions.EndAllAsync(user.Id, current.Id, cancel);
        await parts.Links.EndAllAsync(user.Id, cancel);
        if (before is null)
        {
            await http.AuditAsync(AuditKind.PasswordChanged, whom: user.Id, once: form.FormId());
            await parts.Notices.SendAsync(user, "Your password was changed", cancel);
        }
        const string done = "Your password is changed. Wherever else you were signed in, you are not any more.";
        return Account.Create(await ViewAsync(http, parts, new Form(), done, cancel));
    }

    /// <summary>What the page is made with.</summary>
    internal sealed record Parts([FromServices] IQuerySession Session, [FromServices] Sessions Sessions,
        [FromServices] InstituteClock Clock, [FromServices] Passkeys Passkeys, [FromServices] AccountNotices Notices,
        [FromServices] Factors Factors, [FromServices] AccessLinks Links);
}
