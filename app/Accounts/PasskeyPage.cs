using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Accounts;

/// <param name="Keys">Those that there are, in the order in which they were added.</param>
/// <param name="Form">In which another is named.</param>
public sealed record PasskeysView(IReadOnlyList<Passkey> Keys, Form Form, InstituteClock Clock);

/// <summary>Where passkeys are added, taken away and used.</summary>
internal static class PasskeyPage
{
    public const string Own = "/account/passkeys", AtTheDoor = "/signin/passkeys", Challenge = "/challenge";

    private const int LongestName = 40;
    private const string NotTaken = "The passkey was not taken: it took too long, or the device has one already. Try once more.";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(AtTheDoor + Challenge, async Task<IResult> (HttpContext http, Passkeys passkeys) =>
            Results.Text(await passkeys.AskAsync(http), "application/json")).AllowAnonymous();
        app.MapPost(AtTheDoor, SignInAsync).AllowAnonymous().Limited(AccountsRoom.RateLimit);
        var own = app.MapGroup(Own).RequireAuthorization(Roles.OwnPolicy);
        own.MapGet(Challenge, async Task<IResult> (HttpContext http, IQuerySession session, Passkeys passkeys, CancellationToken cancel) =>
            Results.Text(await passkeys.AskForNewAsync(http, await UserOfAsync(session, http, cancel)), "application/json"));
        own.MapPost("", AddAsync).AsksAgain();
        own.MapPost("/{id:guid}/removal", RemoveAsync).AsksAgain();
    }

    private static async Task<IResult> SignInAsync(HttpContext http, Doorkeeper door, HeldForms forms, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if ((await door.PasskeyAsync(http, form["challenge"], form["credential"], cancel)).User is { } user)
        {
            await door.LetInAsync(http, user, Proof.Passkey, cancel);
            return SignInPage.GoOn(form, forms, user);
        }
        form.Refuse("", "That passkey is none of an active account here. Sign in with your password.");
        return new Page(SignIn.Create(new SignInView(form, form["returnUrl"], form[HeldForms.Field])), 422);
    }

    private static async Task<IResult> AddAsync(HttpContext http, IDocumentSession session,
        [AsParameters] AccountPage.Parts parts, CancellationToken cancel)
    {
        var (form, user) = (await Form.ReadAsync(http.Request, cancel), await UserOfAsync(session, http, cancel));
        var name = form.Text("name", "what you call it", LongestName, required: true);
        if (await parts.Factors.WhyNotAsync(http, user, cancel) is { } why) form.Refuse("", why);
        if (form.Ok && await SentForm.ClaimAsync(session, form, parts.Clock.Now, cancel) && form.Ok)
        {
            if (await parts.Passkeys.JudgeNewAsync(http, session, user, form["challenge"], form["credential"], cancel) is not { } key)
                form.Refuse("", NotTaken);
            else await StoreAsync(http, session, parts, user, key, name!, cancel);
        }
        var view = await AccountPage.ViewAsync(http, parts, new Form(), form.Ok ? $"The passkey “{name}” is added." : null, cancel);
        if (form.Ok) return Account.Create(view);
        return new Page(Account.Create(view with { Passkeys = view.Passkeys with { Form = form } }), 422);
    }

    private static async Task StoreAsync(HttpContext http, IDocumentSession session, AccountPage.Parts parts, User user, Passkey key,
        string name, CancellationToken cancel)
    {
        key.Name = name;
        session.Insert(key);
        session.Store(parts.Notices.Of(user, $"The passkey “{name}” was added: with it one signs in without a password"));
        Audit.Note(session, http.Audited(AuditKind.PasskeyAdded, whom: user.Id));
        await session.SaveChangesAsync(cancel);
        if (await parts.Sessions.CurrentAsync(http) is { } current) await parts.Sessions.ConfirmAsync(current, strong: true, cancel);
    }

    private static async Task<IResult> RemoveAsync(Guid id, HttpContext http, IDocumentSession session,
        [AsParameters] AccountPage.Parts parts, CancellationToken cancel)
    {
        var user = await UserOfAsync(session, http, cancel);
        if (await parts.Factors.WhyNotAsync(http, user, cancel) is { } why)
        {
            var view = await AccountPage.ViewAsync(http, parts, new Form(), null, cancel);
            view.Passkeys.Form.Refuse("", why);
            return new Page(Account.Create(view), 422);
        }
        // Who presses twice, or on a page that is old, finds it gone.
        if (await Storage.RowLocks.LockAsync<Passkey>(session, id, cancel) is not { } key || key.UserId != user.Id)
            return Results.Redirect("/account");
        session.Delete(key);
        session.Store(parts.Notices.Of(user, $"The passkey “{key.Name}” was removed"));
        Audit.Note(session, http.Audited(AuditKind.PasskeyRemoved, whom: user.Id));
        await session.SaveChangesAsync(cancel);
        return Results.Redirect("/account");
    }

    private static async Task<User> UserOfAsync(IQuerySession session, HttpContext http, CancellationToken cancel) =>
        (await session.LoadAsync<User>(http.User.UserId(), cancel))!;
}
