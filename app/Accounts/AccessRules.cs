using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Accounts;

public sealed record AccessRulesView(Form Form, bool Saved);

/// <summary>Where managers say what counsellors see, and what managers need to sign in.</summary>
internal static class AccessRules
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var manager = app.MapGroup("/users/rules").RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("", async Task<IResult> (IQuerySession session, CancellationToken cancel) =>
        {
            var profile = await session.LoadAsync<InstituteProfile>(InstituteProfile.TheOne, cancel) ?? new InstituteProfile();
            return Rules.Create(new AccessRulesView(Form.Showing(Shown(profile)), false));
        });
        manager.MapPost("", SaveAsync).ShowsFormAgain().AsksAgain();
    }

    private static async Task<IResult> SaveAsync(
        HttpContext http, IDocumentSession session, CurrentInstitute institute, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var profile = await session.LockAsync<InstituteProfile>(InstituteProfile.TheOne, cancel) ?? new InstituteProfile();
        List<Drawn> before = [.. Shown(profile)];
        form.Reconcile(before);
        if (!form.Ok) return new Page(Rules.Create(new AccessRulesView(form, false)), StatusCodes.Status422UnprocessableEntity);
        profile.CounsellorsSeeAll = form["sight"] != Own;
        profile.ManagersNeedSecondFactor = form["secondFactor"] == "true";
        session.Store(profile);
        http.AuditSettings(session, "access", before, Shown(profile));
        if (!await session.TrySaveAsync(form, "", Form.Overtaken, cancel))
            return new Page(Rules.Create(new AccessRulesView(form, false)), StatusCodes.Status422UnprocessableEntity);
        await institute.RefreshAsync(cancel, now: true);
        return Rules.Create(new AccessRulesView(Form.Showing(Shown(profile)), true));
    }

    private const string Own = "own";

    internal static readonly IReadOnlyList<(string Value, string Text)> Sights =
        [("all", "Everybody's people"), (Own, "People who have a lead in their hands")];

    private static IEnumerable<Drawn> Shown(InstituteProfile p) =>
    [
        p.CounsellorsSeeAll ? ("sight", "all", "everybody's people") : ("sight", Own, "their own people"),
        ("secondFactor", p.ManagersNeedSecondFactor ? "true" : "", p.ManagersNeedSecondFactor ? "needed" : "not needed"),
    ];
}
