using System.Security.Cryptography;
using System.Text;
using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <summary>The code that lets whoever starts a new installation, and nobody else, make its first manager. Printed to the log.</summary>
public sealed class SetupCode
{
    public string Value { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    // Takes the same time however much of it is right.
    public bool Is(string typed) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(typed.Trim()), Encoding.UTF8.GetBytes(Value));
}

/// <summary>Where the first manager of a new installation is made.</summary>
internal static class SetupPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/setup", ShowAsync).AllowAnonymous();
        app.MapPost("/setup", MakeManagerAsync).AllowAnonymous().Limited(AccountsRoom.RateLimit);
    }

    private static async Task<IResult> ShowAsync(IQuerySession session, string? code, CancellationToken cancel) =>
        await session.Query<User>().AnyAsync(cancel) ? Results.Redirect("/signin") : Setup.Create(new Form { ["code"] = code ?? "" });

    private static async Task<IResult> MakeManagerAsync(HttpContext http, IDocumentSession session, SetupCode code,
        UserManager<User> users, Doorkeeper door, CancellationToken cancel)
    {
        await session.LockNameAsync("the first manager", cancel); // of several who send it at once there is one
        if (await session.Query<User>().AnyAsync(cancel)) return Results.Redirect("/signin");
        var form = await Form.ReadAsync(http.Request, cancel);
        if (!code.Is(form["code"])) form.Refuse("code", "This is not the code that the program printed when it started.");
        var user = await StaffForms.CreateAsync(form, users, Roles.Manager, form["password"]);
        if (user is null) return new Page(Setup.Create(form), StatusCodes.Status422UnprocessableEntity);
        await http.AuditAsync(AuditKind.StaffAdded, "the first manager", user.Id, by: Actor.Staff(user.Id, user.Name));
        await door.LetInAsync(http, user, Proof.Password, cancel);
        return Results.Redirect("/today");
    }
}
