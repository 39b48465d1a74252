using Crm.Institute;
using Crm.Messaging;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <param name="Mailed">Whether a mail server is set, so that links reach whom they are for.</param>
public sealed record UsersView(IReadOnlyList<User> Users, Form Form, bool Mailed);

/// <summary>The managers' list of staff, where somebody new is added.</summary>
internal static class UsersPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var staff = app.MapGroup("/users").RequireAuthorization(Roles.ManagerPolicy);
        staff.MapGet("", async Task<IResult> (IQuerySession session, IMailTransport mail, CancellationToken cancel) =>
            Users.Create(new UsersView(await AllAsync(session, cancel), Form.Fresh(), mail.LeavesMachine)));
        staff.MapPost("", AddAsync).ShowsFormAgain().AsksAgain();
    }

    private static async Task<IResult> AddAsync(HttpContext http, IDocumentSession session, UserManager<User> users,
        IMailTransport mail, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var by = http.Stamp(clock).By;
        if (await StaffForms.CreateAsync(form, users, StaffForms.RoleIn(form), password: null) is not { } user)
            return new Page(Users.Create(new UsersView(await AllAsync(session, cancel), form, mail.LeavesMachine)), 422);
        if (!await SentForm.ClaimAsync(session, form, clock.Now, cancel)) return Results.Redirect("/users");
        session.Store(LinkMail.Invite(user, by.Name, clock.Now));
        await session.SaveChangesAsync(cancel);
        await http.AuditAsync(AuditKind.StaffAdded, Roles.Words(user.Role), user.Id);
        return Results.Redirect("/users");
    }

    private static async Task<IReadOnlyList<User>> AllAsync(IQuerySession session, CancellationToken cancel) =>
        (await session.Query<User>().ToListAsync(cancel)).InReadingOrder(u => u.Name);
}
