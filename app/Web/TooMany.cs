using System.Globalization;

namespace Crm.Web;

/// <summary>Marks a route that says by itself that too much was sent at once, such as with the form that was sent.</summary>
public sealed record AnswersTooMany(Func<HttpContext, string, CancellationToken, Task> AnswerAsync);

/// <summary>Marks a route of which one network may ask only so often.</summary>
/// <param name="Rate">The name of how often; routes of one name count together.</param>
public sealed record RateLimited(string Rate);

/// <summary>How somebody is told that they, or others behind the same address, have sent too much at once.</summary>
public static class TooMany
{
    private const int SecondsOfMinute = 60;

    /// <param name="rate">The name of how often one network may ask for it.</param>
    public static TBuilder Limited<TBuilder>(this TBuilder route, string rate) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RateLimited(rate));

    /// <summary>Tells program and person when the next is taken.</summary>
    public static string Advise(HttpContext http, TimeSpan wait)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var minutes = (seconds + SecondsOfMinute - 1) / SecondsOfMinute;
        var wanted = seconds > 2 * SecondsOfMinute ? $"{minutes} minutes" : seconds == 1 ? "a second" : $"{seconds} seconds";
        return $"Please send it again in {wanted}.";
    }

    /// <param name="wait">After which the next is taken.</param>
    public static async Task AnswerAsync(HttpContext http, TimeSpan wait, CancellationToken cancel)
    {
        var advice = Advise(http, wait);
        if (http.GetEndpoint()?.Metadata.GetMetadata<AnswersTooMany>() is { } own) await own.AnswerAsync(http, advice, cancel);
        else await http.RefuseAsync(StatusCodes.Status429TooManyRequests, "Too many at once", advice);
    }
}
