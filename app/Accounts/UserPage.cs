using Crm.Institute;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

public sealed record UserView(User User, Form Form, bool Saved);

/// <summary>The managers' page of one member of staff.</summary>
internal static class UserPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var staff = app.MapGroup("/users").RequireAuthorization(Roles.ManagerPolicy);
        staff.MapGet("/{id:guid}", async (Guid id, IQuerySession session, CancellationToken cancel) =>
            await session.LoadAsync<User>(id, cancel) is { } user
                ? EditUser.Create(new UserView(user, FormOf(user), false))
                : Results.NotFound());
        staff.MapPost("/{id:guid}", SaveAsync);
    }

    private static async Task<IResult> SaveAsync(
        Guid id, HttpContext http, UserManager<User> users, CurrentInstitute institute, CancellationToken cancel)
    {
        if (await users.FindByIdAsync(id.ToString()) is not { } user) return Results.NotFound();
        var form = await Form.ReadAsync(http.Request, cancel);
        var change = await ReadAsync(form, user, users, institute.Profile.PhoneRegion);
        if (id == http.User.UserId() && (!change.Active || change.Role != Roles.Manager))
            form.Refuse("", "You cannot take away your own access; another manager can.");
        if (form.Ok) await ApplyAsync(change, user, users, form);
        return form.Ok
            ? EditUser.Create(new UserView(user, FormOf(user), true))
            : new Page(EditUser.Create(new UserView(user, form, false)), 422);
    }

    private static async Task<Change> ReadAsync(Form form, User user, UserManager<User> users, string phoneRegion)
    {
        var name = form.Name("name", "a name")?.Text ?? "";
        var phone = form.Phone("phone", phoneRegion, required: false, ask: true);
        var password = form["password"];
        if (password.Length > 0)
            foreach (var validator in users.PasswordValidators)
                foreach (var error in (await validator.ValidateAsync(users, user, password)).Errors)
                    form.Refuse("password", StaffForms.Say(error));
        return new Change(name, phone, StaffForms.RoleIn(form), form["active"] == "true", password);
    }

    private static async Task ApplyAsync(Change change, User user, UserManager<User> users, Form form)
    {
        var rights = user.Role != change.Role || user.Active != change.Active || change.Password.Length > 0;
        (user.Name, user.Phone, user.Role, user.Active) = (change.Name, change.Phone, change.Role, change.Active);
        if (change.Password.Length > 0)
        {
            user.PasswordHash = users.PasswordHasher.HashPassword(user, change.Password);
            (user.LockedUntil, user.FailedSignIns) = (null, 0);
        }
        // A new stamp ends the sessions that hold the old rights.
        var result = await (rights ? users.UpdateSecurityStampAsync(user) : users.UpdateAsync(user));
        foreach (var error in result.Errors) form.Refuse("", StaffForms.Say(error));
    }

    private static Form FormOf(User user) => new()
    {
        ["name"] = user.Name,
        ["email"] = user.Email,
        ["phone"] = user.Phone?.Grouped ?? "",
        [Form.AskedAbout("phone")] = user.Phone?.E164 ?? "",
        ["role"] = user.Role,
        ["active"] = user.Active ? "true" : "",
    };

    /// <param name="Password">The new one; empty to keep the present one.</param>
    private sealed record Change(string Name, PhoneNumber? Phone, string Role, bool Active, string Password);
}
