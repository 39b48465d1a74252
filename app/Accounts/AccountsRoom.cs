using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <summary>Staff, their roles, and how they sign in.</summary>
public static class AccountsRoom
{
    /// <summary>The rate of whatever tries out who somebody is.</summary>
    public const string RateLimit = "signin";

    public static void AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        services.ConfigureMarten(options =>
        {
            options.Schema.For<User>().UniqueIndex(x => x.NormalizedEmail);
            options.Schema.For<StaffSession>().Index(x => x.UserId);
            options.Schema.For<AccessLink>().Index(x => x.UserId);
            options.Schema.For<SignInTries>();
            options.Schema.For<AskedLinks>();
            options.Schema.For<Passkey>().Index(x => x.UserId);
            options.Schema.For<UsedChallenge>();
        });
        services.AddOptions<SessionOptions>().Bind(configuration.GetSection("Sessions"))
            .Validate(o => o.Hours is > 0 and <= 24 * 30, "Sessions:Hours must be more than 0, and at most 720.")
            .Validate(o => o.ConfirmedMinutes is > 0 and <= 24 * 60, "Sessions:ConfirmedMinutes must be more than 0, and at most 1440.")
            .ValidateOnStart();
        services.AddDoor();
        services.AddScoped<UserPage>();
        services.AddScoped<IUserStore<User>, MartenUserStore>();
        services.AddPasskeys();
        services.AddIdentityCore<User>(SayWhatIsAsked).AddPasswordValidator<CommonPasswords>()
            .AddClaimsPrincipalFactory<StaffClaims>().AddSignInManager();
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.ConfigureApplicationCookie(ShapeCookie);
        // A deactivated or demoted member of staff is out within a minute, not at the cookie's end.
        services.Configure<SecurityStampValidatorOptions>(options => options.ValidationInterval = TimeSpan.FromMinutes(1));
        services.AddPolicies();
    }

    private static void AddDoor(this IServiceCollection services)
    {
        services.AddSingleton<IAfterRestoration, AccessAfterRestoration>();
        services.AddSingleton<SetupCode>();
        services.AddSingleton<TryCounter>();
        services.AddSingleton<KnownDevices>();
        services.AddSingleton<Sight>();
        services.AddSingleton<Authenticators>();
        services.AddSingleton<SignInTickets>();
        services.AddSingleton<DecoyHash>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<AccessLinks>();
        services.AddSingleton<IPrivateLink>(sp => sp.GetRequiredService<AccessLinks>());
        services.AddSingleton<AccountSweep>();
        services.AddSingleton<AccountNotices>();
        services.AddSingleton<Factors>();
        services.AddScoped<Doorkeeper>();
    }

    // A device asks for finger, face or PIN, so that a key is two things in one; and it keeps the key, so that nobody types an address.
    private static void AddPasskeys(this IServiceCollection services)
    {
        services.AddSingleton<PasskeyPlace>();
        services.AddSingleton<PasskeyChallenges>();
        services.AddScoped<IPasskeyHandler<User>, PasskeyHandler<User>>();
        services.AddScoped<Passkeys>();
        services.AddOptions<IdentityPasskeyOptions>().Configure<PasskeyPlace>((options, place) =>
        {
            options.ServerDomain = place.Domain;
            options.ValidateOrigin = told => ValueTask.FromResult(!told.CrossOrigin && told.Origin == place.Origin);
            options.UserVerificationRequirement = options.ResidentKeyRequirement = "required";
            options.AuthenticatorTimeout = PasskeyChallenges.Holds;
        });
    }

    private static void AddPolicies(this IServiceCollection services)
    {
        string[] all = [.. Roles.All.Select(r => r.Role)];
        services.AddSingleton<IAuthorizationHandler, LooksOrActsHandler>();
        services.AddAuthorizationBuilder()
            .AddPolicy(Roles.ManagerPolicy, policy => policy.RequireRole(Roles.Manager))
            .AddPolicy(Roles.CounsellingPolicy, policy => policy.RequireRole(Roles.Counsellor, Roles.Manager))
            .AddPolicy(Roles.MoneyPolicy, policy => policy.RequireRole(Roles.Counsellor, Roles.Accountant, Roles.Manager))
            .AddPolicy(Roles.BooksPolicy, policy => policy.AddRequirements(
                new LooksOrActs([Roles.Accountant, Roles.Manager, Roles.Reader], [Roles.Accountant, Roles.Manager])))
            .AddPolicy(Roles.OwnPolicy, policy => policy.RequireRole(all))
            // Closed unless said otherwise: an endpoint without a policy of its own is looked at by staff, and acted on by counsellors.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().AddRequirements(
                new LooksOrActs(all, [Roles.Counsellor, Roles.Manager])).Build());
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        SignInPage.Map(app);
        ForgottenPage.Map(app);
        SetupPage.Map(app);
        AccountPage.Map(app);
        AuthenticatorPage.Map(app);
        PasskeyPage.Map(app);
        ConfirmPage.Map(app);
        UsersPage.Map(app);
        AccessRules.Map(app);
        UserPage.Map(app);
    }

    private static void SayWhatIsAsked(IdentityOptions options)
    {
        options.User.RequireUniqueEmail = true;
        // Length is what makes a password strong; composition rules only make it forgotten.
        options.Password.RequiredLength = 10;
        options.Password.RequireDigit = false;
        options.Password.RequireLowercase = false;
        options.Password.RequireUppercase = false;
        options.Password.RequireNonAlphanumeric = false;
    }

    private static void ShapeCookie(CookieAuthenticationOptions options)
    {
        options.LoginPath = options.AccessDeniedPath = "/signin";
        options.Cookie.Name = "enrolment";
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        // The session itself is over before: see StaffSession.
        options.ExpireTimeSpan = TimeSpan.FromDays(30);
        options.Events.OnValidatePrincipal = async context =>
        {
            await SecurityStampValidator.ValidatePrincipalAsync(context);
            if (context.Principal is not null)
                await context.HttpContext.RequestServices.GetRequiredService<Sessions>().CheckAsync(context);
        };
        options.Events.OnRedirectToLogin = context => SignInPage.AskAsync(context.HttpContext, context.RedirectUri);
        options.Events.OnRedirectToAccessDenied = context =>
        {
            // What is shown with it stands with that of all other answers.
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }
}
