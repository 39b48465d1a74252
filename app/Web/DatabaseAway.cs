using Crm.Storage;
using Htmx;
using Microsoft.AspNetCore.Diagnostics;

namespace Crm.Web;

/// <param name="Address">What was asked for, to be asked for again.</param>
/// <param name="Kept">What was typed into the form that could not be stored; null where nothing was sent, or it cannot be repeated.</param>
/// <param name="Again">After how many seconds the page tries again by itself.</param>
public sealed record AwayView(string Title, string Text, string Address, IReadOnlyList<KeyValuePair<string, string>>? Kept, int Again);

/// <summary>
/// Answers for a database that cannot be used for a while: 503 with words, a page that tries again by itself, and what was typed in it.
/// </summary>
public sealed class DatabaseAway(DatabaseTroubles troubles, ILogger<DatabaseAway> logger) : IExceptionHandler
{
    private const int Again = 10;

    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancellationToken)
    {
        if (troubles.In(exception) is not { } trouble) return false;
        logger.LogWarning("{Method} {Path} could not be answered: {Problem}", http.Request.Method, http.Request.Path,
            exception.GetBaseException().Message.Split('\n')[0]);
        var kept = await KeptAsync(http.Request);
        var (title, text) = Words(trouble, HttpMethods.IsGet(http.Request.Method), kept is not null);
        http.Response.Headers.RetryAfter = Again.ToString();
        if (http.Request.IsHtmx() || http.Request.Headers["X-Board"].Count > 0)
        {
            await http.RefuseAsync(StatusCodes.Status503ServiceUnavailable, title, text);
            return true;
        }
        var address = http.Request.Path + http.Request.QueryString;
        if (HttpMethods.IsGet(http.Request.Method)) http.Response.Headers["Refresh"] = Again.ToString();
        var view = new AwayView(title, text, address, kept, Again);
        await new Page(AwayPage.Create(view), StatusCodes.Status503ServiceUnavailable).ExecuteAsync(http);
        return true;
    }

    private static (string Title, string Text) Words(DatabaseTrouble trouble, bool asked, bool kept)
    {
        var (title, why) = trouble is DatabaseTrouble.Full
            ? ("There is no room left", "The disk of our server is full, so that nothing can be stored.")
            : ("One moment, please", "Our database cannot be reached just now.");
        return (title, asked ? $"{why} This page tries again by itself."
            : kept ? $"{why} What you typed is kept on this page: send it again in a moment. That is harmless, should it have arrived."
            : $"{why} We could not tell whether what you sent was stored. Please send it once more in a moment; that is harmless.");
    }

    // A password is typed anew rather than written into a page, and a file is not in our hands any more.
    private static async Task<IReadOnlyList<KeyValuePair<string, string>>?> KeptAsync(HttpRequest request)
    {
        if (!request.HasFormContentType) return null;
        try
        {
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            if (form.Files.Count > 0 || form.Keys.Any(k => k.Contains("password", StringComparison.OrdinalIgnoreCase))) return null;
            return [.. from field in form from value in field.Value select KeyValuePair.Create(field.Key, value ?? "")];
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            return null; // it cannot be read, now or later
        }
    }
}
