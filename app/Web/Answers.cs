namespace Crm.Web;

/// <summary>How requests are answered that no route of ours answers by itself.</summary>
public static class Answers
{
    /// <summary>A failure of ours, or an address that does not exist, is said on a page, or in a part of one where htmx asked.</summary>
    public static void UseErrorPages(this WebApplication app)
    {
        app.UseExceptionHandler(errors => errors.Run(http => http.RefuseAsync(500, "Something went wrong",
            "It is not your doing, and it has been recorded. What you typed may not have been kept: go back and send it once more.")));
        app.UseStatusCodePages(answer =>
        {
            var status = answer.HttpContext.Response.StatusCode;
            var (title, text) = WordsFor(status);
            return answer.HttpContext.RefuseAsync(status, title, text);
        });
    }

    // A browser shows nothing at all, or a page of its own, where an answer has no body.
    private static (string Title, string Text) WordsFor(int status) => status switch
    {
        404 or 405 => ("There is nothing here", "The link may be old, or mistyped."),
        403 => ("Not for your account", "Ask a manager: your account is not for this."),
        413 => ("That is too much at once", "Send less, or a smaller file."),
        >= 500 => ("Not just now", "Try again in a moment."),
        _ => ("That could not be read", "Part of the link or the form is missing. Go back and try once more."),
    };

    /// <summary>Answers HEAD as GET, without the body: link checkers and mail scanners ask so.</summary>
    public static void UseHead(this WebApplication app) => app.Use(async (http, next) =>
    {
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await next(http);
            return;
        }
        http.Request.Method = HttpMethods.Get;
        http.Response.Body = Stream.Null;
        await next(http);
    });

    /// <summary>What has no route is not there for anybody, signed in or not. Stands after routing and before authorization.</summary>
    public static void UseUnknownAddresses(this WebApplication app) => app.Use((http, next) =>
    {
        if (http.GetEndpoint() is not null) return next(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });
}
