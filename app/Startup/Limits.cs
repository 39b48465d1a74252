using System.Threading.RateLimiting;
using Crm.Enquiries;
using Crm.Privacy;
using Crm.Storage;
using Crm.Web;
using Microsoft.AspNetCore.RateLimiting;

namespace Crm.Startup;

/// <summary>How often one address of the network may send what anybody may send.</summary>
public static class Limits
{
    public static void AddLimits(this IServiceCollection services, IConfiguration configuration)
    {
        var (enquiries, stops, signIns) = (PerMinute(configuration, "EnquiriesPerMinute", 10),
            PerMinute(configuration, "StopsPerMinute", 60), PerMinute(configuration, "SignInsPerMinute", 20));
        services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limits.OnRejected = async (context, cancel) =>
            {
                context.HttpContext.Response.Headers.RetryAfter = "60";
                await context.HttpContext.RefuseAsync(429, "Too many at once", "Please wait a minute, then send it again.");
            };
            AddPerAddress(limits, PublicForm.RateLimit, enquiries);
            AddPerAddress(limits, StopEmails.RateLimit, stops);
            AddPerAddress(limits, "signin", signIns);
        });
    }

    private static int PerMinute(IConfiguration configuration, string name, int usual) =>
        configuration.GetValue("RateLimits:" + name, usual) is >= 1 and var number
            ? number
            : throw new CannotStartException($"RateLimits:{name} must be 1 or more.");

    private static void AddPerAddress(RateLimiterOptions limits, string policy, int perMinute) => limits.AddPolicy(policy, http =>
        RateLimitPartition.GetSlidingWindowLimiter(http.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => new SlidingWindowRateLimiterOptions
            {
                PermitLimit = perMinute,
                Window = TimeSpan.FromMinutes(1),
                SegmentsPerWindow = 6,
            }));
}
