using Crm.Institute;
using Crm.Messaging;
using Crm.Web;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <summary>What the forms of staff have in common.</summary>
internal static class StaffForms
{
    /// <param name="password">Null where they choose their own, with a link that is sent to them.</param>
    /// <returns>The new member of staff, or null where the form was refused.</returns>
    public static async Task<User?> CreateAsync(Form form, UserManager<User> users, string role, string? password)
    {
        var name = form.Name("name", "a name");
        var email = form.Email("email", required: true);
        form.MustBeDrawable("name"); // it stands on brochures and letters
        if (!form.Ok) return null;
        var user = new User { Id = form.FormId(), Name = name!.Text, Email = email!.Text, Role = role };
        var result = password is null ? await users.CreateAsync(user) : await users.CreateAsync(user, password);
        // The same form once more, which the first has carried out.
        if (!result.Succeeded && await users.FindByIdAsync(user.Id.ToString()) is { } made
            && (made.Name, made.Email, made.Role) == (user.Name, user.Email, role))
            return made;
        foreach (var error in result.Errors) form.Refuse(IsOfPassword(error) ? "password" : "email", Say(error));
        return result.Succeeded ? user : null;
    }

    public static string RoleIn(Form form)
    {
        if (!Roles.IsKnown(form["role"])) form.Refuse("role", "Choose what they may do.");
        return form["role"];
    }

    /// <summary>Refuses a new password that the rules refuse.</summary>
    public static async Task CheckPasswordAsync(Form form, string field, UserManager<User> users, User user)
    {
        foreach (var validator in users.PasswordValidators)
            foreach (var error in (await validator.ValidateAsync(users, user, form[field])).Errors)
                form.Refuse(field, Say(error));
    }

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
