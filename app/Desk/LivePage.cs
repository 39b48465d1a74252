using System.Text.Json;
using Crm.Accounts;
using Crm.Web;
using Htmx;

namespace Crm.Desk;

/// <summary>
/// Tells pages that are open what colleagues change, as server-sent events. Nothing but ids is told, of those alone whom the reader may
/// see; the page then asks for its own parts anew, by the routes that look at rights themselves.
/// </summary>
public static class LivePage
{
    private const string Type = "text/event-stream";

    // Proxies end a connection on which nothing is said, and a phone that is gone is noticed by what cannot be sent to it.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    // What happens at once is told at once.
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(300);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/live", ListenAsync);
        app.MapGet("/live/counts", CountAsync);
    }

    // What waits for whoever asks, without the page around it. Who follows the address gets the page that it is about.
    private static async Task<IResult> CountAsync(HttpContext http, IFrame frame) =>
        http.Request.IsHtmx() ? DailyPlaces.Create(await frame.ShowAsync(http)) : Results.Redirect("/today");

    private static async Task ListenAsync(HttpContext http, LiveFeed feed, Sight sight, IHostApplicationLifetime life)
    {
        // One that is no stream, or one too many, is told that there is nothing: a page asks again in a while, and may find a place.
        using var listener = http.Request.Headers.Accept.ToString().Contains(Type, StringComparison.Ordinal)
            ? feed.Listen(http.User.UserId())
            : null;
        if (listener is null)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping);
        http.Response.ContentType = Type;
        http.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await SayAsync(http, ": here\n\n", ending.Token);
            while (await NextAsync(listener, ending.Token) is { } happened && await feed.MayListenAsync(http))
                await SayAsync(http, Words(happened, listener.User, sight.OnlyOf(http.User)), ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return;
        }
    }

    /// <returns>What happened since; nothing where it is only to be said that one is still there. Null where no more can come.</returns>
    private static async Task<IReadOnlyList<LiveChange>?> NextAsync(LiveListener listener, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Heartbeat);
        try
        {
            if (!await listener.Waiting.WaitToReadAsync(patience.Token)) return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [];
        }
        await Task.Delay(Together, cancel);
        var happened = new List<LiveChange>();
        while (listener.Waiting.TryRead(out var change)) happened.Add(change);
        return happened;
    }

    /// <param name="only">The counsellor whose people alone are seen; null for who sees everybody's.</param>
    internal static string Words(IReadOnlyList<LiveChange> happened, Guid user, Guid? only)
    {
        // Who did it has seen it.
        var told = happened.Where(c => c.By != user && (only is not { } counsellor || c.Whose.Contains(counsellor))).ToList();
        if (told.Count == 0) return ": here\n\n";
        var ids = JsonSerializer.Serialize(new
        {
            leads = told.SelectMany(c => c.Leads).Distinct(),
            people = told.Select(c => c.Person).Distinct(),
            many = happened.Count >= LiveListener.Most,
        });
        return $"event: changed\ndata: {ids}\n\n";
    }

    private static async Task SayAsync(HttpContext http, string words, CancellationToken cancel)
    {
        await http.Response.WriteAsync(words, cancel);
        await http.Response.Body.FlushAsync(cancel);
    }
}
