using System.Text.RegularExpressions;
using Marten;

namespace Crm.Institute;

/// <summary>The ground that all rooms stand on: who the institute is, its clock, its words.</summary>
public static partial class InstituteRoom
{
    public static void AddInstitute(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<InstituteOptions>()
            .Configure(o => o.PublicUrl = ListenedTo(configuration["Urls"]) ?? o.PublicUrl)
            .Bind(configuration.GetSection("Institute"))
            .Validate(o => string.IsNullOrEmpty(o.Logo) || File.Exists(o.Logo), "There is no file at Institute:Logo.")
            .Validate(o => TimeZoneInfo.TryFindSystemTimeZoneById(o.TimeZone, out _),
                "Institute:TimeZone is no time zone that this machine knows; write it like Asia/Kolkata.")
            .Validate(o => IsPlainAddress(o.PublicUrl),
                "Institute:PublicUrl must be an address like https://crm.example.org, without a path and without a slash at its end.")
            .ValidateOnStart();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<InstituteClock>();
        services.AddSingleton<CurrentInstitute>();
        services.ConfigureMarten(options =>
        {
            options.Schema.For<InstituteProfile>();
            options.AddAudit();
        });
    }

    /// <summary>The address of an installation of which nobody says how people find it: the first at which it listens, seen from this
    /// machine.</summary>
    /// <returns>Null where that is none without encryption: a certificate is for a name that only people know.</returns>
    public static string? ListenedTo(string? urls)
    {
        var first = AnyHost().Replace(urls?.Split(';')[0].Trim() ?? "", "//localhost").TrimEnd('/');
        return first.StartsWith("http:", StringComparison.OrdinalIgnoreCase) && IsPlainAddress(first) ? first : null;
    }

    [GeneratedRegex(@"//(\*|\+|0\.0\.0\.0|\[::\])(?=:|/|\z)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AnyHost();

    private static bool IsPlainAddress(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url)
        && url is { Scheme: "http" or "https" }
        // Nothing after the host and port: links are this address with theirs behind it.
        && !address.Skip(url.Scheme.Length + "://".Length).Any(c => c is '/' or '?' or '#' or '@' or '\\' or ' ');

    /// <summary>Has each request see the institute as it is described now.</summary>
    public static void UseCurrentInstitute(this WebApplication app)
    {
        var institute = app.Services.GetRequiredService<CurrentInstitute>();
        app.Use(async (http, next) =>
        {
            await institute.RefreshAsync(http.RequestAborted);
            await next(http);
        });
    }
}
