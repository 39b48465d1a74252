namespace Crm.Web;

/// <summary>How requests are answered that no route of ours answers by itself.</summary>
public static class Answers
{
    /// <summary>A failure of ours, or an address that does not exist, is said on a page, or in a part of one where htmx asked.</summary>
    public static void UseErrorPages(this WebApplication app)
    {
        app.UseExceptionHandler(errors => errors.Run(http => http.RefuseAsync(500, "Something went wrong",
            "It is not your doing, and it has been recorded. What you typed may not have been kept: go back and send it once more.")));
        app.UseStatusCodePages(answer => answer.HttpContext.Response.StatusCode == StatusCodes.Status404NotFound
            ? answer.HttpContext.RefuseAsync(404, "There is nothing here", "The link may be old, or mistyped.")
            : Task.CompletedTask);
    }

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
