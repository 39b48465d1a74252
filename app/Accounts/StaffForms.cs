using Crm.Institute;
using Crm.Messaging;
using Crm.Web;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <summary>What the forms of staff have in common.</summary>
internal static class StaffForms
{
    /// <returns>The new member of staff, or null where the form was refused.</returns>
    public static async Task<User?> CreateAsync(Form form, UserManager<User> users, string role)
    {
        var name = form.Name("name", "a name");
        var email = form.Email("email", required: true);
        form.MustBeDrawable("name"); // it stands on brochures and letters
        if (!form.Ok) return null;
        var user = new User { Id = form.FormId(), Name = name!.Text, Email = email!.Text, Role = role };
        var result = await users.CreateAsync(user, form["password"]);
        // The same form once more, which the first has carried out.
        if (!result.Succeeded && await users.FindByIdAsync(user.Id.ToString()) is { } made
            && (made.Name, made.Email, made.Role) == (user.Name, user.Email, role))
            return made;
        foreach (var error in result.Errors) form.Refuse(IsOfPassword(error) ? "password" : "email", Say(error));
        return result.Succeeded ? user : null;
    }

    public static string RoleIn(Form form) => form["role"] == Roles.Manager ? Roles.Manager : Roles.Counsellor;

    /// <summary>Identity's refusal as a sentence of this house.</summary>
    public static string Say(IdentityError error) => error.Code switch
    {
        "PasswordTooShort" => "Use at least 10 characters.",
        "PasswordMismatch" => "This is not your present password.",
        "ConcurrencyFailure" => "This account was changed at the same moment. Look at it again and save once more.",
        "DuplicateEmail" or "DuplicateUserName" => "Somebody already signs in with this email.",
        _ => error.Description,
    };

    private static bool IsOfPassword(IdentityError error) => error.Code.StartsWith("Password", StringComparison.Ordinal);
}
