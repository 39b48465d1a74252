using System.Threading.RateLimiting;
using Crm.Enquiries;
using Crm.Privacy;
using Crm.Web;
using Microsoft.AspNetCore.RateLimiting;

namespace Crm.Startup;

/// <summary>How often one address of the network may send what anybody may send.</summary>
public static class Limits
{
    public static void AddLimits(this IServiceCollection services, IConfiguration configuration) => services.AddRateLimiter(limits =>
    {
        limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limits.OnRejected = async (context, cancel) =>
        {
            context.HttpContext.Response.Headers.RetryAfter = "60";
            await context.HttpContext.RefuseAsync(429, "Too many at once", "Please wait a minute, then send it again.");
        };
        AddPerAddress(limits, PublicForm.RateLimit, configuration.GetValue("RateLimits:EnquiriesPerMinute", 10));
        AddPerAddress(limits, StopEmails.RateLimit, configuration.GetValue("RateLimits:StopsPerMinute", 60));
        AddPerAddress(limits, "signin", configuration.GetValue("RateLimits:SignInsPerMinute", 20));
    });

    private static void AddPerAddress(RateLimiterOptions limits, string policy, int perMinute) => limits.AddPolicy(policy, http =>
        RateLimitPartition.GetSlidingWindowLimiter(http.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => new SlidingWindowRateLimiterOptions
            {
                PermitLimit = perMinute,
                Window = TimeSpan.FromMinutes(1),
                SegmentsPerWindow = 6,
            }));
}
