using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Crm.Accounts;
using Crm.Enquiries;
using Crm.Privacy;
using Crm.Storage;
using Crm.Web;

namespace Crm.Startup;

/// <summary>
/// How often one address of the network may send what anybody may send. Many people may stand behind one address, as at a fair:
/// they come at once and not for long, so a number is taken at once, and after that only so many a minute.
/// </summary>
public static class Limits
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    public static void AddLimits(this IServiceCollection services, IConfiguration configuration)
    {
        var (atOnce, enquiries, stops, signIns) = (Of(configuration, "EnquiriesAtOnce", 100), Of(configuration, "EnquiriesPerMinute", 20),
            Of(configuration, "StopsPerMinute", 60), Of(configuration, "SignInsPerMinute", 20));
        services.AddSingleton(new EnquiryRates(Of(configuration, "EnquiriesPerPhone", 10), Of(configuration, "EnquiriesPerCourse", 500),
            Of(configuration, "EnquiriesPerHour", 1000), Of(configuration, "MailsPerAddress", 3)));
        services.AddSingleton(_ => new Limiters(
            new(PublicForm.RateLimit, atOnce, enquiries), new(StopEmails.RateLimit, stops, stops),
            new(AccountsRoom.RateLimit, signIns, signIns)));
    }

    /// <summary>Turns away what is too much. Stands where it is known which route is asked for, and by whom.</summary>
    /// <remarks>ASP.NET's own middleware never ends the timers of its limiters, which keep the whole app.</remarks>
    public static void UseLimits(this WebApplication app)
    {
        var limiters = app.Services.GetRequiredService<Limiters>();
        app.Use(async (http, next) =>
        {
            using var place = await limiters.AtOnce.AcquireAsync(http, cancellationToken: http.RequestAborted);
            using var turn = place.IsAcquired ? limiters.TakeTurn(http) : null;
            if ((turn ?? place) is { IsAcquired: false } refused)
                await TooMany.AnswerAsync(http, refused.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Soon,
                    http.RequestAborted);
            else await next(http);
        });
    }

    private static int Of(IConfiguration configuration, string name, int usual) =>
        configuration.GetValue("RateLimits:" + name, usual) is >= 1 and var number
            ? number
            : throw new CannotStartException($"RateLimits:{name} must be 1 or more.");

    /// <param name="Name">As its routes name it.</param>
    private sealed record Rate(string Name, int AtOnce, int PerMinute);

    /// <summary>What counts. They go when the app goes.</summary>
    private sealed class Limiters(params IReadOnlyList<Rate> rates) : IDisposable
    {
        // What one household or office has of IPv6: whoever has it can write from any address in it.
        private const int OctetsOfNetwork = 8;
        private const int Places = 40, Waiting = 200;

        private readonly Dictionary<string, PartitionedRateLimiter<HttpContext>> _rates = rates.ToDictionary(r => r.Name, PerNetwork);

        /// <summary>However many lines one network opens, few of its forms are worked on at one moment, and some wait.</summary>
        public PartitionedRateLimiter<HttpContext> AtOnce { get; } = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            HttpMethods.IsGet(http.Request.Method) || http.User.Identity?.IsAuthenticated == true
                ? RateLimitPartition.GetNoLimiter("")
                : RateLimitPartition.GetConcurrencyLimiter(NetworkOf(http), _ => new ConcurrencyLimiterOptions
                {
                    PermitLimit = Places,
                    QueueLimit = Waiting,
                    QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
                }));

        /// <returns>Null where the route has no rate.</returns>
        public RateLimitLease? TakeTurn(HttpContext http) =>
            http.GetEndpoint()?.Metadata.GetMetadata<RateLimited>() is { } limited ? _rates[limited.Rate].AttemptAcquire(http) : null;

        public void Dispose()
        {
            AtOnce.Dispose();
            foreach (var rate in _rates.Values) rate.Dispose();
        }

        private static PartitionedRateLimiter<HttpContext> PerNetwork(Rate rate)
        {
            TokenBucketRateLimiterOptions Bucket(string network) => new()
            {
                TokenLimit = rate.AtOnce,
                TokensPerPeriod = 1,
                ReplenishmentPeriod = TimeSpan.FromMinutes(1) / rate.PerMinute,
            };
            return PartitionedRateLimiter.Create<HttpContext, string>(
                http => RateLimitPartition.GetTokenBucketLimiter(NetworkOf(http), Bucket));
        }

        private static string NetworkOf(HttpContext http)
        {
            if (http.Connection.RemoteIpAddress is not { } address) return "";
            if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
            return address.AddressFamily == AddressFamily.InterNetworkV6
                ? Convert.ToHexString(address.GetAddressBytes()[..OctetsOfNetwork])
                : address.ToString();
        }
    }
}
