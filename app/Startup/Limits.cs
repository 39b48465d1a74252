using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Crm.Enquiries;
using Crm.Privacy;
using Crm.Storage;
using Crm.Web;
using Microsoft.AspNetCore.RateLimiting;

namespace Crm.Startup;

/// <summary>
/// How often one address of the network may send what anybody may send. Many people may stand behind one address, as at a fair:
/// they come at once and not for long, so a number is taken at once, and after that only so many a minute.
/// </summary>
public static class Limits
{
    // What one household or office has of IPv6: whoever has it can write from any address in it.
    private const int OctetsOfNetwork = 8;
    private const int AtOnce = 40, Waiting = 200;

    public static void AddLimits(this IServiceCollection services, IConfiguration configuration)
    {
        var (atOnce, enquiries, stops, signIns) = (Of(configuration, "EnquiriesAtOnce", 100), Of(configuration, "EnquiriesPerMinute", 20),
            Of(configuration, "StopsPerMinute", 60), Of(configuration, "SignInsPerMinute", 20));
        services.AddSingleton(new EnquiryRates(Of(configuration, "EnquiriesPerPhone", 10), Of(configuration, "EnquiriesPerCourse", 500),
            Of(configuration, "EnquiriesPerHour", 1000), Of(configuration, "MailsPerAddress", 3)));
        services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limits.OnRejected = (context, cancel) => new ValueTask(TooMany.AnswerAsync(context.HttpContext,
                context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(10), cancel));
            limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(StrangersAtOnce);
            AddPerAddress(limits, PublicForm.RateLimit, atOnce, enquiries);
            AddPerAddress(limits, StopEmails.RateLimit, stops, stops);
            AddPerAddress(limits, "signin", signIns, signIns);
        });
    }

    // However many lines one network opens, few of its forms are worked on at one moment, and some wait.
    private static RateLimitPartition<string> StrangersAtOnce(HttpContext http) =>
        HttpMethods.IsGet(http.Request.Method) || http.User.Identity?.IsAuthenticated == true
            ? RateLimitPartition.GetNoLimiter("")
            : RateLimitPartition.GetConcurrencyLimiter(NetworkOf(http.Connection.RemoteIpAddress), _ => new ConcurrencyLimiterOptions
            {
                PermitLimit = AtOnce,
                QueueLimit = Waiting,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            });

    private static int Of(IConfiguration configuration, string name, int usual) =>
        configuration.GetValue("RateLimits:" + name, usual) is >= 1 and var number
            ? number
            : throw new CannotStartException($"RateLimits:{name} must be 1 or more.");

    private static void AddPerAddress(RateLimiterOptions limits, string policy, int atOnce, int perMinute)
    {
        TokenBucketRateLimiterOptions Bucket(string network) => new()
        {
            TokenLimit = atOnce,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute,
        };
        limits.AddPolicy(policy, http => RateLimitPartition.GetTokenBucketLimiter(NetworkOf(http.Connection.RemoteIpAddress), Bucket));
    }

    private static string NetworkOf(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes()[..OctetsOfNetwork])
            : address.ToString();
    }
}
