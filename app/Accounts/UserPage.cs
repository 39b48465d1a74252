using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <param name="InHand">How many leads wait for them, which somebody takes over when they leave.</param>
/// <param name="Others">Who may.</param>
public sealed record UserView(User User, Form Form, bool Saved, int InHand, IReadOnlyList<User> Others)
{
    /// <summary>Who may take over: one of the others, or the counsellors among them in turn.</summary>
    public IEnumerable<(string Value, string Text)> Heirs =>
    [
        .. StaffNames.Choices(Others),
        .. Others.Count(UserPage.Counsels) > 1 ? [(UserPage.InTurn, "All counsellors, in turn")] : Array.Empty<(string, string)>(),
    ];
}

/// <summary>The managers' page of one member of staff.</summary>
internal sealed class UserPage(UserManager<User> users, IWorkInHand work, CurrentInstitute institute, InstituteClock clock)
{
    public const string InTurn = "turn";

    public static void Map(IEndpointRouteBuilder app)
    {
        var staff = app.MapGroup("/users").RequireAuthorization(Roles.ManagerPolicy);
        staff.MapGet("/{id:guid}", async Task<IResult> (Guid id, IQuerySession session, UserPage page, CancellationToken cancel) =>
            await session.LoadAsync<User>(id, cancel) is { } user
                ? EditUser.Create(await page.ViewAsync(session, user, null, false, cancel))
                : Results.NotFound());
        staff.MapPost("/{id:guid}", (Guid id, HttpContext http, IDocumentSession session, UserPage page, CancellationToken cancel) =>
            page.SaveAsync(id, http, session, cancel)).ShowsFormAgain();
    }

    public static bool Counsels(User user) => user is { Active: true, Role: Roles.Counsellor };

    private async Task<UserView> ViewAsync(IQuerySession session, User user, Form? form, bool saved, CancellationToken cancel) => new(
        user, form ?? Form.Showing(Shown(user)), saved, await work.CountAsync(session, user.Id, cancel),
        await OthersAsync(session, user.Id, cancel));

    private static async Task<IReadOnlyList<User>> OthersAsync(IQuerySession session, Guid id, CancellationToken cancel) =>
        (await session.Query<User>().Where(u => u.Active && u.Id != id).ToListAsync(cancel)).InReadingOrder(u => u.Name);

    private async Task<IResult> SaveAsync(Guid id, HttpContext http, IDocumentSession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        // Who saves at the same moment waits, and then sees what the first has changed.
        if (await session.LockAsync<User>(id, cancel) is not { } user) return Results.NotFound();
        form.Reconcile(Shown(user));
        var change = await ReadAsync(form, user, institute.Profile.PhoneRegion);
        if (id == http.User.UserId() && (!change.Active || change.Role != Roles.Manager))
            form.Refuse("", "You cannot take away your own access; another manager can.");
        var heirs = await HeirsAsync(form, user, leaves: user.Active && !change.Active, session, cancel);
        if (!form.Ok) return new Page(EditUser.Create(await ViewAsync(session, user, form, false, cancel)), 422);
        foreach (var entry in AuditOf(change, user, http)) Audit.Note(session, entry);
        Apply(change, user);
        session.Update(user);
        if (heirs.Count > 0) await work.HandOverAsync(session, id, heirs, http.Stamp(clock), cancel);
        await session.SaveChangesAsync(cancel);
        return EditUser.Create(await ViewAsync(session, user, null, true, cancel));
    }

    // Whoever waits for somebody who leaves would wait in nobody's queue.
    private async Task<IReadOnlyList<User>> HeirsAsync(
        Form form, User leaving, bool leaves, IQuerySession session, CancellationToken cancel)
    {
        if (form["heir"].Length == 0 && !leaves) return [];
        if (await work.CountAsync(session, leaving.Id, cancel) is var waiting && waiting == 0) return [];
        var others = await OthersAsync(session, leaving.Id, cancel);
        List<User> heirs = [.. form["heir"] == InTurn
            ? others.Where(Counsels)
            : others.Where(u => u.Id.ToString() == form["heir"])];
        if (heirs.Count == 0)
            form.Refuse("heir", $"{leaving.Name} has {waiting} {(waiting == 1 ? "lead" : "leads")} in hand. Choose who takes over.");
        return heirs;
    }

    private async Task<Change> ReadAsync(Form form, User user, string phoneRegion)
    {
        var name = form.Name("name", "a name")?.Text ?? "";
        form.MustBeDrawable("name");
        var phone = form.Phone("phone", phoneRegion, required: false, ask: true);
        var password = form["password"];
        if (password.Length > 0)
            foreach (var validator in users.PasswordValidators)
                foreach (var error in (await validator.ValidateAsync(users, user, password)).Errors)
                    form.Refuse("password", StaffForms.Say(error));
        return new Change(name, phone, StaffForms.RoleIn(form), form["active"] == "true", password);
    }

    private void Apply(Change change, User user)
    {
        // A new stamp ends the sessions that hold the old rights.
        if (user.Role != change.Role || user.Active != change.Active || change.Password.Length > 0)
            user.SecurityStamp = Guid.NewGuid().ToString("N");
        (user.Name, user.Phone, user.Role, user.Active) = (change.Name, change.Phone, change.Role, change.Active);
        if (change.Password.Length == 0) return;
        user.PasswordHash = users.PasswordHasher.HashPassword(user, change.Password);
        (user.LockedUntil, user.FailedSignIns) = (null, 0);
    }

    private bool HasPassword(User user, string password) =>
        users.PasswordHasher.VerifyHashedPassword(user, user.PasswordHash, password) != PasswordVerificationResult.Failed;

    private IEnumerable<AuditEntry> AuditOf(Change change, User before, HttpContext http)
    {
        if (change.Role != before.Role) yield return http.Audited(AuditKind.StaffChanged, $"{before.Role} → {change.Role}", before.Id);
        else if (change.Name != before.Name || change.Phone != before.Phone)
            yield return http.Audited(AuditKind.StaffChanged, "name or phone", before.Id);
        if (change.Active != before.Active)
            yield return http.Audited(change.Active ? AuditKind.StaffActivated : AuditKind.StaffDeactivated, whom: before.Id);
        if (change.Password.Length > 0 && !HasPassword(before, change.Password))
            yield return http.Audited(AuditKind.PasswordReset, whom: before.Id);
    }

    private static IEnumerable<Drawn> Shown(User user) =>
    [
        ("name", user.Name), ("phone", user.Phone?.Grouped ?? ""), ("role", user.Role),
        ("active", user.Active ? "true" : "", user.Active ? "may sign in" : "may not sign in"),
    ];

    /// <param name="Password">The new one; empty to keep the present one.</param>
    private sealed record Change(string Name, PhoneNumber? Phone, string Role, bool Active, string Password);
}
