using Crm.Institute;
using Crm.Web;
using Htmx;
using Marten;
using Microsoft.AspNetCore.Authorization;

namespace Crm.Accounts;

/// <param name="Held">What was sent, sealed: it is carried out when it is clear who sent it.</param>
public sealed record ConfirmView(Form Form, string Held);

/// <summary>
/// Asks before what is dangerous whether it is still them. What was sent lies sealed in the page meanwhile, and is carried out, as it was
/// sent, when the password is right.
/// </summary>
public static class ConfirmPage
{
    private const string Path = "/account/confirmation";

    internal static void Map(IEndpointRouteBuilder app) =>
        app.MapPost(Path, ConfirmAsync).RequireAuthorization(Roles.OwnPolicy);

    /// <summary>Stands after the tokens were asked for.</summary>
    public static void UseConfirmation(this WebApplication app)
    {
        var sessions = app.Services.GetRequiredService<Sessions>();
        var institute = app.Services.GetRequiredService<CurrentInstitute>();
        app.Use(async (http, next) =>
        {
            if (await sessions.CurrentAsync(http) is not { } session) await next(http);
            else if (LacksFactor(http, session, institute.Profile)) await AskForFactorAsync(http);
            else if (http.GetEndpoint()?.Metadata.GetMetadata<AsksAgain>() is null || sessions.IsConfirmed(session)) await next(http);
            else await AskAsync(http);
        });
    }

    /// <summary>For a form of which only some of what it changes is dangerous.</summary>
    /// <returns>The page that asks; null where whoever sent it has just proved that it is them.</returns>
    public static async Task<IResult?> AskWhereNeededAsync(this Sessions sessions, HttpContext http) =>
        await sessions.CurrentAsync(http) is { } session && !sessions.IsConfirmed(session) ? new Asking() : null;

    // Until they have more than a password they get to their own account and nowhere else.
    private static bool LacksFactor(HttpContext http, StaffSession session, InstituteProfile profile) =>
        profile.ManagersNeedSecondFactor && !session.IsStrong && http.User.IsManager()
        && http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null
        && !http.Request.Path.StartsWithSegments("/account", StringComparison.Ordinal)
        && !http.Request.Path.StartsWithSegments(SignInPage.Leave, StringComparison.Ordinal);

    private static Task AskForFactorAsync(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method) || http.Request.IsHtmx())
            return http.RefuseAsync(StatusCodes.Status403Forbidden, "More than a password is needed",
                "At this institute managers need a passkey, or a code besides the password: see your account's page.");
        http.Response.Redirect(AuthenticatorPage.Path);
        return Task.CompletedTask;
    }

    private static async Task AskAsync(HttpContext http)
    {
        var held = await http.RequestServices.GetRequiredService<HeldForms>().HoldCheckedAsync(http);
        if (held is null || http.Request.IsHtmx())
        {
            await http.RefuseAsync(StatusCodes.Status401Unauthorized, "Is it still you?",
                "This asks for your password. Sign out, sign in, and send it again.");
            return;
        }
        await new Page(Confirm.Create(new ConfirmView(new Form(), held)), StatusCodes.Status401Unauthorized).ExecuteAsync(http);
    }

    private sealed class Asking : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => AskAsync(httpContext);
    }

    private static async Task<IResult> ConfirmAsync(
        HttpContext http, IQuerySession session, Doorkeeper door, Sessions sessions, HeldForms forms, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var (user, current) = (await session.LoadAsync<User>(http.User.UserId(), cancel), await sessions.CurrentAsync(http));
        if (user is null || current is null || forms.Read(form[HeldForms.Field]) is not { } held) return Results.Redirect("/account");
        var judged = await door.ConfirmAsync(http, user, form["password"], current, cancel);
        if (judged is { User: null, IsLocked: false }) await Doorkeeper.NoteWrongAsync(http, user);
        if (judged.User is not null) return Results.LocalRedirect(held.Address, preserveMethod: true);
        form.Refuse("password", judged.IsLocked ? "Too many attempts. Try again in 15 minutes." : "This is not your password.");
        return new Page(Confirm.Create(new ConfirmView(form, form[HeldForms.Field])), StatusCodes.Status422UnprocessableEntity);
    }
}
