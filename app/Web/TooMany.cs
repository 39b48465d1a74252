using System.Globalization;

namespace Crm.Web;

/// <summary>Marks a route that says by itself that too much was sent at once, such as with the form that was sent.</summary>
public sealed record AnswersTooMany(Func<HttpContext, string, CancellationToken, Task> AnswerAsync);

/// <summary>How somebody is told that they, or others behind the same address, have sent too much at once.</summary>
public static class TooMany
{
    /// <param name="wait">After which the next is taken.</param>
    public static async Task AnswerAsync(HttpContext http, TimeSpan wait, CancellationToken cancel)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var advice = $"Please send it again in {(seconds == 1 ? "a second" : $"{seconds} seconds")}.";
        if (http.GetEndpoint()?.Metadata.GetMetadata<AnswersTooMany>() is { } own) await own.AnswerAsync(http, advice, cancel);
        else await http.RefuseAsync(StatusCodes.Status429TooManyRequests, "Too many at once", advice);
    }
}
