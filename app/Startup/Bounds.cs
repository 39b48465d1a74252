using Crm.Institute;
using Crm.Web;
using Microsoft.AspNetCore.CookiePolicy;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Crm.Startup;

/// <summary>How much anybody may send, how slowly, and to which name.</summary>
public static class Bounds
{
    // What lies unread of one connection: whoever sends more waits.
    private const int BytesInHand = 64 * 1024;
    private const int MostConnections = 5000;
    private const string ForAYear = "max-age=31536000";

    public static void AddBounds(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(Restrain);
        var secure = IsSecure(builder.Configuration["Institute:PublicUrl"]);
        builder.Services.Configure<CookiePolicyOptions>(o =>
            o.Secure = secure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest);
    }

    /// <summary>Where the address of this installation is https: every cookie goes over it alone, browsers remember that, and other names
    /// of this machine lead to it. Stands first.</summary>
    public static void UseOneAddress(this WebApplication app)
    {
        app.UseCookiePolicy();
        var address = app.Services.GetRequiredService<IOptions<InstituteOptions>>().Value.PublicUrl;
        if (!IsSecure(address)) return;
        var host = new HostString(new Uri(address).Authority);
        app.Use((http, next) =>
        {
            http.Response.Headers.StrictTransportSecurity = ForAYear;
            // Whoever looks whether the program lives asks the machine, by any name.
            if (http.Request.Host == host || http.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)) return next(http);
            return TurnAwayAsync(http, address);
        });
    }

    private static Task TurnAwayAsync(HttpContext http, string address)
    {
        var reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (reads) http.Response.Redirect(address + http.Request.PathBase + http.Request.Path + http.Request.QueryString, permanent: false);
        else http.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return Task.CompletedTask;
    }

    private static bool IsSecure(string? address) => address?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true;

    private static void Restrain(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = SentForms.MostBytes;
        limits.MaxRequestBufferSize = BytesInHand;
        limits.MaxConcurrentConnections = MostConnections;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }
}
