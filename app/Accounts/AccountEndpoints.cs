using System.Security.Claims;
using System.Security.Cryptography;
using Crm.Institute;
using Crm.Web;
using Htmx;
using Marten;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Crm.Accounts;

/// <summary>The code that lets whoever starts a new installation, and nobody else, make its first manager. Printed to the log.</summary>
public sealed class SetupCode
{
    public string Value { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
}

/// <summary>Puts the person's name among the claims, so that pages need not load the user.</summary>
public sealed class StaffClaims(UserManager<User> users, IOptions<IdentityOptions> options) : UserClaimsPrincipalFactory<User>(users, options)
{
    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(User user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new Claim("name", user.Name));
        identity.AddClaim(new Claim(identity.RoleClaimType, user.Role));
        return identity;
    }
}

public sealed record SignInPage(Form Form, string? ReturnUrl);
public sealed record UsersPage(IReadOnlyList<User> Users, Form Form);
public sealed record UserPage(User User, Form Form, bool Saved);
public sealed record AccountPage(string Name, Form Form, bool Saved);

public static class AccountEndpoints
{
    public const string ManagerPolicy = "manager";

    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<SetupCode>();
        services.AddScoped<IUserStore<User>, MartenUserStore>();
        services.AddIdentityCore<User>(options =>
            {
                options.User.RequireUniqueEmail = true;
                // Length is what makes a password strong; composition rules only make it forgotten.
                options.Password.RequiredLength = 10;
                options.Password.RequireDigit = options.Password.RequireLowercase = options.Password.RequireUppercase = options.Password.RequireNonAlphanumeric = false;
                options.Lockout.MaxFailedAccessAttempts = 5;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(15);
            })
            .AddClaimsPrincipalFactory<StaffClaims>()
            .AddSignInManager();
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.ConfigureApplicationCookie(options =>
        {
            options.LoginPath = options.AccessDeniedPath = "/signin";
            options.Cookie.Name = "enrolment";
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.ExpireTimeSpan = TimeSpan.FromHours(12);
            options.Events.OnRedirectToLogin = context =>
            {
                // An htmx request cannot follow a redirect to a whole page: the browser is sent there instead.
                if (context.Request.IsHtmx())
                {
                    context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                    var from = Uri.TryCreate(context.Request.Headers["HX-Current-URL"], UriKind.Absolute, out var page) ? page.PathAndQuery : "/today";
                    context.Response.Htmx(h => h.Redirect("/signin?returnUrl=" + Uri.EscapeDataString(from)));
                }
                // What only takes forms cannot be come back to.
                else context.Response.Redirect(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? context.RedirectUri : "/signin");
                return Task.CompletedTask;
            };
            options.Events.OnRedirectToAccessDenied = context =>
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                return context.Response.WriteAsync("This page is for managers.");
            };
        });
        // A deactivated or demoted member of staff is out within a minute, not at the cookie's end.
        services.Configure<SecurityStampValidatorOptions>(options => options.ValidationInterval = TimeSpan.FromMinutes(1));
        services.AddAuthorizationBuilder()
            .AddPolicy(ManagerPolicy, policy => policy.RequireRole(Roles.Manager))
            // Closed unless said otherwise: an endpoint without a policy of its own needs a signed-in role.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireRole(Roles.Counsellor, Roles.Manager).Build());
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapGet("/signin", async (HttpContext http, IQuerySession session, string? returnUrl) =>
        {
            if (!await session.Query<User>().AnyAsync()) return Results.Redirect("/setup");
            if (http.User.Identity?.IsAuthenticated == true) return Results.Redirect("/today");
            return SignIn.Create(new SignInPage(new Form(), returnUrl));
        }).AllowAnonymous();

        app.MapPost("/signin", async (HttpContext http, SignInManager<User> signIn, UserManager<User> users, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            var user = await users.FindByEmailAsync(form["email"].Trim());
            var result = user is { Active: true }
                ? await signIn.PasswordSignInAsync(user, form["password"], isPersistent: false, lockoutOnFailure: true)
                : SignInResult.Failed;
            if (result.Succeeded) return Results.LocalRedirect(LocalOr(form["returnUrl"], "/today"));
            form.Refuse("", result.IsLockedOut
                ? "Too many attempts. Try again in 15 minutes, or ask a manager for a new password."
                : "That email and password do not match an active account.");
            return new Page(SignIn.Create(new SignInPage(form, form["returnUrl"])), StatusCodes.Status422UnprocessableEntity);
        }).AllowAnonymous().RequireRateLimiting("signin");

        app.MapPost("/signout", async (SignInManager<User> signIn) =>
        {
            await signIn.SignOutAsync();
            return Results.Redirect("/signin");
        });

        app.MapGet("/setup", async (IQuerySession session, string? code) =>
            await session.Query<User>().AnyAsync() ? Results.Redirect("/signin") : Setup.Create(new Form { ["code"] = code ?? "" })).AllowAnonymous();

        app.MapPost("/setup", async (HttpContext http, IQuerySession session, SetupCode code, UserManager<User> users, SignInManager<User> signIn, CancellationToken cancel) =>
        {
            if (await session.Query<User>().AnyAsync(cancel)) return Results.Redirect("/signin");
            var form = await Form.ReadAsync(http.Request, cancel);
            if (!CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(form["code"].Trim()), System.Text.Encoding.UTF8.GetBytes(code.Value)))
                form.Refuse("code", "This is not the code that the program printed when it started.");
            var user = await CreateUserAsync(form, users, Roles.Manager);
            if (user is null) return new Page(Setup.Create(form), StatusCodes.Status422UnprocessableEntity);
            await signIn.SignInAsync(user, isPersistent: false);
            return Results.Redirect("/today");
        }).AllowAnonymous().RequireRateLimiting("signin");

        app.MapGet("/account", (HttpContext http) => Account.Create(new AccountPage(http.User.DisplayName(), new Form(), false)));

        app.MapPost("/account/password", async (HttpContext http, UserManager<User> users, SignInManager<User> signIn, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            var user = (await users.GetUserAsync(http.User))!;
            var result = await users.ChangePasswordAsync(user, form["current"], form["password"]);
            foreach (var error in result.Errors) form.Refuse(error.Code == "PasswordMismatch" ? "current" : "password", Say(error));
            if (form.Ok) await signIn.RefreshSignInAsync(user);
            return new Page(Account.Create(new AccountPage(user.Name, form, form.Ok)), form.Ok ? 200 : 422);
        });

        var staff = app.MapGroup("/users").RequireAuthorization(ManagerPolicy);
        staff.MapGet("", async (IQuerySession session, CancellationToken cancel) => Users.Create(new UsersPage(await AllAsync(session, cancel), new Form())));

        staff.MapPost("", async (HttpContext http, IQuerySession session, UserManager<User> users, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            var role = form["role"] == Roles.Manager ? Roles.Manager : Roles.Counsellor;
            return await CreateUserAsync(form, users, role) is null
                ? new Page(Users.Create(new UsersPage(await AllAsync(session, cancel), form)), 422)
                : Results.Redirect("/users");
        });

        staff.MapGet("/{id:guid}", async (Guid id, IQuerySession session) =>
            await session.LoadAsync<User>(id) is { } user ? EditUser.Create(new UserPage(user, FormOf(user), false)) : Results.NotFound());

        staff.MapPost("/{id:guid}", async (Guid id, HttpContext http, UserManager<User> users, IOptions<InstituteOptions> institute, CancellationToken cancel) =>
        {
            if (await users.FindByIdAsync(id.ToString()) is not { } user) return Results.NotFound();
            var form = await Form.ReadAsync(http.Request, cancel);
            var name = form.Text("name", "a name", 100, required: true);
            var phone = form["phone"].Trim().Length == 0 ? null : form.Phone("phone", institute.Value.PhoneRegion);
            var role = form["role"] == Roles.Manager ? Roles.Manager : Roles.Counsellor;
            var active = form["active"] == "true";
            if (id == http.User.UserId() && (!active || role != Roles.Manager)) form.Refuse("", "You cannot take away your own access; another manager can.");
            var password = form["password"];
            if (password.Length > 0)
                foreach (var validator in users.PasswordValidators)
                    foreach (var error in (await validator.ValidateAsync(users, user, password)).Errors) form.Refuse("password", Say(error));
            if (!form.Ok) return new Page(EditUser.Create(new UserPage(user, form, false)), 422);

            var rights = user.Role != role || user.Active != active || password.Length > 0;
            (user.Name, user.Phone, user.Role, user.Active) = (name!, phone, role, active);
            if (password.Length > 0)
            {
                user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
                (user.LockedUntil, user.FailedSignIns) = (null, 0);
            }
            // A new stamp ends the sessions that hold the old rights.
            foreach (var error in (await (rights ? users.UpdateSecurityStampAsync(user) : users.UpdateAsync(user))).Errors) form.Refuse("", Say(error));
            if (!form.Ok) return new Page(EditUser.Create(new UserPage(user, form, false)), 422);
            return EditUser.Create(new UserPage(user, FormOf(user), true));
        });
    }

    private static async Task<User?> CreateUserAsync(Form form, UserManager<User> users, string role)
    {
        var name = form.Text("name", "a name", 100, required: true);
        var email = form.Email("email", required: true);
        if (!form.Ok) return null;
        var user = new User { Name = name!, Email = email!, Role = role };
        var result = await users.CreateAsync(user, form["password"]);
        foreach (var error in result.Errors) form.Refuse(error.Code.StartsWith("Password", StringComparison.Ordinal) ? "password" : "email", Say(error));
        return result.Succeeded ? user : null;
    }

    private static Form FormOf(User user) => new()
    {
        ["name"] = user.Name,
        ["email"] = user.Email,
        ["phone"] = user.Phone ?? "",
        ["role"] = user.Role,
        ["active"] = user.Active ? "true" : "",
    };

    private static string Say(IdentityError error) => error.Code switch
    {
        "PasswordTooShort" => "Use at least 10 characters.",
        "PasswordMismatch" => "This is not your present password.",
        "ConcurrencyFailure" => "This account was changed at the same moment. Look at it again and save once more.",
        "DuplicateEmail" or "DuplicateUserName" => "Somebody already signs in with this email.",
        _ => error.Description,
    };

    // Browsers drop control characters out of addresses: "/", a tab and "/" would be "//".
    private static string LocalOr(string url, string otherwise) =>
        url.StartsWith('/') && !url.StartsWith("//", StringComparison.Ordinal) && !url.StartsWith("/\\", StringComparison.Ordinal) && !url.Any(char.IsControl) ? url : otherwise;

    private static async Task<IReadOnlyList<User>> AllAsync(IQuerySession session, CancellationToken cancel) =>
        await session.Query<User>().OrderBy(u => u.Name).ToListAsync(cancel);
}
