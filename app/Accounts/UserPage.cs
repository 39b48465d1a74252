using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Accounts;

/// <param name="InHand">How many leads wait for them, which somebody takes over when they leave.</param>
/// <param name="Others">Who may.</param>
public sealed record UserView(User User, Form Form, string? Done, int InHand, IReadOnlyList<User> Others, InstituteClock Clock)
{
    /// <summary>What is locked because it was tried too often, each in a sentence.</summary>
    public IReadOnlyList<string> Locked { get; init; } = [];

    /// <summary>Of the buttons beside the form, each by its own id.</summary>
    public Fields Link { get; } = Fields.For(Form.Fresh());

    /// <summary>Who may take over: one of the others, or the counsellors among them in turn.</summary>
    public IEnumerable<(string Value, string Text)> Heirs =>
    [
        .. StaffNames.Choices(Others),
        .. Others.Count(UserPage.Counsels) > 1 ? [(UserPage.InTurn, "All counsellors, in turn")] : Array.Empty<(string, string)>(),
    ];
}

/// <summary>The managers' page of one member of staff.</summary>
internal sealed class UserPage(
    IWorkInHand work, CurrentInstitute institute, InstituteClock clock, TryCounter tries, Sessions sessions, IMailTransport mail)
{
    public const string InTurn = "turn";

    // Held while managers are made or unmade, so that two who remove each other at one moment do not leave nobody.
    private const string Managers = "managers";

    public static void Map(IEndpointRouteBuilder app)
    {
        var staff = app.MapGroup("/users").RequireAuthorization(Roles.ManagerPolicy);
        staff.MapGet("/{id:guid}", async Task<IResult> (Guid id, IQuerySession session, UserPage page, CancellationToken cancel) =>
            await session.LoadAsync<User>(id, cancel) is { } user
                ? EditUser.Create(await page.ViewAsync(session, user, null, null, cancel))
                : Results.NotFound());
        staff.MapPost("/{id:guid}", (Guid id, HttpContext http, IDocumentSession session, UserPage page, CancellationToken cancel) =>
            page.SaveAsync(id, http, session, cancel)).ShowsFormAgain().AsksAgain();
        staff.MapPost("/{id:guid}/links", (Guid id, HttpContext http, IDocumentSession session, UserPage page, CancellationToken cancel) =>
            page.SendLinkAsync(id, http, session, cancel)).AsksAgain();
        staff.MapPost("/{id:guid}/unlocking", (Guid id, HttpContext http, IQuerySession session, UserPage page, CancellationToken cancel) =>
            page.UnlockAsync(id, http, session, cancel)).AsksAgain();
    }

    public static bool Counsels(User user) => user is { Active: true, Role: Roles.Counsellor };

    private async Task<UserView> ViewAsync(IQuerySession session, User user, Form? form, string? done, CancellationToken cancel) => new(
        user, form ?? Form.Showing(Shown(user)), done, await work.CountAsync(session, user.Id, cancel),
        await OthersAsync(session, user.Id, cancel), clock)
    { Locked = await tries.LockedAsync(user.Email, cancel) };

    private static async Task<IReadOnlyList<User>> OthersAsync(IQuerySession session, Guid id, CancellationToken cancel) =>
        (await session.Query<User>().Where(u => u.Active && u.Id != id && (u.Role == Roles.Counsellor || u.Role == Roles.Manager))
            .ToListAsync(cancel)).InReadingOrder(u => u.Name);

    private async Task<IResult> SaveAsync(Guid id, HttpContext http, IDocumentSession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        await session.LockNameAsync(Managers, cancel);
        // Who saves at the same moment waits, and then sees what the first has changed.
        if (await session.LockAsync<User>(id, cancel) is not { } user) return Results.NotFound();
        form.Reconcile(Shown(user));
        var change = Read(form, institute.Profile.PhoneRegion);
        if (id == http.User.UserId() && (!change.Active || change.Role != Roles.Manager))
            form.Refuse("", "You cannot take away your own access; another manager can.");
        await KeepAManagerAsync(form, user, change, session, cancel);
        var heirs = await HeirsAsync(form, user, leaves: user.MayCounsel && !change.MayCounsel, session, cancel);
        if (!form.Ok) return new Page(EditUser.Create(await ViewAsync(session, user, form, null, cancel)), 422);
        foreach (var entry in AuditOf(change, user, http)) Audit.Note(session, entry);
        // An invitation outlives another role, and no link a deactivation.
        if (!change.Active) session.DeleteWhere<AccessLink>(l => l.UserId == id);
        var (before, rights) = (user.Name, Apply(change, user));
        session.Update(user);
        if (user.Name != before) work.Rename(session, user);
        if (heirs.Count > 0) await work.HandOverAsync(session, id, heirs, http.Stamp(clock), cancel);
        await session.SaveChangesAsync(cancel);
        if (rights) await sessions.EndAllAsync(user.Id, null, cancel); // wherever they are signed in, it is over at once
        return EditUser.Create(await ViewAsync(session, user, null, $"{user.Name}'s account is saved.", cancel));
    }

    // An institute without anybody who can manage it could only be opened from its machine.
    private static async Task KeepAManagerAsync(Form form, User user, Change change, IQuerySession session, CancellationToken cancel)
    {
        if (!user.IsManagerNow || change is { Active: true, Role: Roles.Manager }) return;
        var others = await session.Query<User>().Where(u => u.Role == Roles.Manager && u.Active && u.Id != user.Id).ToListAsync(cancel);
        if (!others.Any(u => u.IsManagerNow))
            form.Refuse("", $"{user.Name} is the last manager who can sign in. Make somebody else a manager first.");
    }

    private async Task<IResult> SendLinkAsync(Guid id, HttpContext http, IDocumentSession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await session.LoadAsync<User>(id, cancel) is not { Active: true } user) return Results.NotFound();
        var (by, now) = (http.Stamp(clock).By, clock.Now);
        if (await SentForm.ClaimAsync(session, form, now, cancel))
        {
            session.Store(user.IsInvited ? LinkMail.Invite(user, by.Name, now) : LinkMail.Reset(user, now));
            await session.SaveChangesAsync(cancel);
            await http.AuditAsync(AuditKind.LinkSent, whom: id);
        }
        var where = mail.LeavesMachine
            ? $"A link is on its way to {user.Email}."
            : "No mail server is set, so the link is written to a file in the data folder's outbox: pass it on from there.";
        return EditUser.Create(await ViewAsync(session, user, null, where, cancel));
    }

    private async Task<IResult> UnlockAsync(Guid id, HttpContext http, IQuerySession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await session.LoadAsync<User>(id, cancel) is not { } user) return Results.NotFound();
        await tries.UnlockAsync(user.Email, cancel);
        await http.AuditAsync(AuditKind.Unlocked, whom: id, once: form.FormId());
        return EditUser.Create(await ViewAsync(session, user, null, "Anybody may try again to sign in with this address.", cancel));
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
            form.Refuse("heir", $"{leaving.Name} has {waiting:N0} {(waiting == 1 ? "lead" : "leads")} in hand. Choose who takes over.");
        return heirs;
    }

    private static Change Read(Form form, string phoneRegion)
    {
        var name = form.Name("name", "a name")?.Text ?? "";
        form.MustBeDrawable("name");
        var phone = form.Phone("phone", phoneRegion, required: false, ask: true);
        return new Change(name, phone, StaffForms.RoleIn(form), form["active"] == "true");
    }

    /// <returns>Whether what they may do has changed.</returns>
    private static bool Apply(Change change, User user)
    {
        var rights = user.Role != change.Role || user.Active != change.Active;
        // A new stamp ends the sessions that hold the old rights.
        if (rights) user.SecurityStamp = Guid.NewGuid().ToString("N");
        (user.Name, user.Phone, user.Role, user.Active) = (change.Name, change.Phone, change.Role, change.Active);
        return rights;
    }

    private static IEnumerable<AuditEntry> AuditOf(Change change, User before, HttpContext http)
    {
        if (change.Role != before.Role) yield return http.Audited(AuditKind.StaffChanged, $"{before.Role} → {change.Role}", before.Id);
        else if (change.Name != before.Name || change.Phone != before.Phone)
            yield return http.Audited(AuditKind.StaffChanged, "name or phone", before.Id);
        if (change.Active != before.Active)
            yield return http.Audited(change.Active ? AuditKind.StaffActivated : AuditKind.StaffDeactivated, whom: before.Id);
    }

    private static IEnumerable<Drawn> Shown(User user) =>
    [
        ("name", user.Name), ("phone", user.Phone?.Grouped ?? ""), ("role", user.Role, Roles.Words(user.Role)),
        ("active", user.Active ? "true" : "", user.Active ? "may sign in" : "may not sign in"),
    ];

    private sealed record Change(string Name, PhoneNumber? Phone, string Role, bool Active)
    {
        public bool MayCounsel => Active && Role is (Roles.Counsellor or Roles.Manager);
    }
}
