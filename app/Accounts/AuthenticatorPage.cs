using Crm.Institute;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Accounts;

/// <param name="Draft">What is being set up; null where one is set up already, or may not be.</param>
/// <param name="Address">What the app reads as a QR.</param>
/// <param name="Recovery">The codes for when the app is lost, shown once.</param>
public sealed record AuthenticatorView(
    User User, Form Form, NewAuthenticator? Draft, string Address, IReadOnlyList<string> Recovery, bool IsMust)
{
    /// <summary>Why nothing may be changed here; null where it may.</summary>
    public string? WhyNot { get; init; }
}

/// <summary>Where somebody sets up an app that shows codes, as a second thing besides their password.</summary>
internal static class AuthenticatorPage
{
    public const string Path = "/account/authenticator";

    public static void Map(IEndpointRouteBuilder app)
    {
        var own = app.MapGroup(Path).RequireAuthorization(Roles.OwnPolicy);
        own.MapGet("", async Task<IResult> (HttpContext http, [AsParameters] Parts parts, CancellationToken cancel) =>
            AuthenticatorSetUp.Create(await ViewAsync(http, parts, new Form(), null, cancel)));
        // Whoever finds a screen open would keep its owner out with an app of their own, and be taken for them from then on.
        own.MapPost("", SetUpAsync).AsksAgain();
        own.MapPost("/removal", async Task<IResult> (HttpContext http, [AsParameters] Parts parts, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            var view = await ViewAsync(http, parts, form, null, cancel);
            if (view.WhyNot is not null) return new Page(AuthenticatorSetUp.Create(view), 422);
            await parts.Authenticators.RemoveAsync(http.User.UserId(), cancel);
            await http.AuditAsync(AuditKind.FactorRemoved, whom: http.User.UserId(), once: form.FormId());
            return Results.Redirect(Path);
        }).AsksAgain();
    }

    private static async Task<IResult> SetUpAsync(HttpContext http, [AsParameters] Parts parts, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var draft = parts.Authenticators.Open(form["draft"], http.User.UserId());
        var before = await ViewAsync(http, parts, new Form(), null, cancel);
        if (before is { WhyNot: not null, User.HasAuthenticator: false }) return new Page(AuthenticatorSetUp.Create(before), 422);
        if (draft is null) form.Refuse("code", "This took too long. Scan the new QR, and type the code that the app shows then.");
        else if (!await parts.Authenticators.SetUpAsync(draft, form["code"], cancel))
            form.Refuse("code", "This is not what the app shows now. Is the clock of the phone right?");
        if (!form.Ok) return new Page(AuthenticatorSetUp.Create(await ViewAsync(http, parts, form, draft, cancel)), 422);
        if (await parts.Sessions.CurrentAsync(http) is { } current) await parts.Sessions.ConfirmAsync(current, strong: true, cancel);
        await http.AuditAsync(AuditKind.FactorAdded, whom: http.User.UserId(), once: form.FormId());
        return AuthenticatorSetUp.Create(await ViewAsync(http, parts, form, null, cancel) with { Recovery = draft!.Recovery });
    }

    private static async Task<AuthenticatorView> ViewAsync(
        HttpContext http, Parts parts, Form form, NewAuthenticator? draft, CancellationToken cancel)
    {
        var user = (await parts.Session.LoadAsync<User>(http.User.UserId(), cancel))!;
        var (must, whyNot) = (parts.Factors.IsMust(user), await parts.Factors.WhyNotAsync(http, user, cancel));
        if (user.HasAuthenticator || whyNot is not null)
            return new AuthenticatorView(user, form, null, "", [], must) { WhyNot = whyNot };
        draft ??= Authenticators.Draft(user.Id);
        form["draft"] = parts.Authenticators.Seal(draft);
        return new AuthenticatorView(user, form, draft, parts.Authenticators.AddressOf(draft, user), [], must);
    }

    /// <summary>What the page is made with.</summary>
    internal sealed record Parts([FromServices] IQuerySession Session, [FromServices] Authenticators Authenticators,
        [FromServices] Sessions Sessions, [FromServices] Factors Factors);
}
