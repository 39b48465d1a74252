using Crm.Institute;
using Marten;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <summary>Staff, their roles, and how they sign in.</summary>
public static class AccountsRoom
{
    public static void AddAccounts(this IServiceCollection services)
    {
        services.ConfigureMarten(options => options.Schema.For<User>().UniqueIndex(x => x.NormalizedEmail));
        services.AddSingleton<SetupCode>();
        services.AddScoped<UserPage>();
        services.AddScoped<IUserStore<User>, MartenUserStore>();
        services.AddIdentityCore<User>(SayWhatIsAsked).AddClaimsPrincipalFactory<StaffClaims>().AddSignInManager();
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.ConfigureApplicationCookie(ShapeCookie);
        // A deactivated or demoted member of staff is out within a minute, not at the cookie's end.
        services.Configure<SecurityStampValidatorOptions>(options => options.ValidationInterval = TimeSpan.FromMinutes(1));
        services.AddAuthorizationBuilder()
            .AddPolicy(Roles.ManagerPolicy, policy => policy.RequireRole(Roles.Manager))
            // Closed unless said otherwise: an endpoint without a policy of its own needs a signed-in role.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireRole(Roles.Counsellor, Roles.Manager).Build());
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        SignInPage.Map(app);
        SetupPage.Map(app);
        AccountPage.Map(app);
        UsersPage.Map(app);
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
        options.Lockout.MaxFailedAccessAttempts = 5;
        options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(15);
    }

    private static void ShapeCookie(CookieAuthenticationOptions options)
    {
        options.LoginPath = options.AccessDeniedPath = "/signin";
        options.Cookie.Name = "enrolment";
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = TimeSpan.FromHours(12);
        options.Events.OnRedirectToLogin = context => SignInPage.AskAsync(context.HttpContext, context.RedirectUri);
        options.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return context.Response.WriteAsync("This page is for managers.");
        };
    }
}
