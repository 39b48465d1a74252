namespace Crm.Web;

/// <summary>What every answer tells the browser about what it may do with it.</summary>
public static class SecurityHeaders
{
    // Nothing inline: a script or style that gets into a page by way of somebody's name does not run.
    private const string Policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; "
        + "base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    private const string Referrer = "Referrer-Policy";

    // As the answer starts, so that a page that failed has them too.
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((http, next) =>
    {
        http.Response.OnStarting(Set, http);
        return next(http);
    });

    private static Task Set(object http)
    {
        var headers = ((HttpContext)http).Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        if (!headers.ContainsKey(Referrer)) headers[Referrer] = "strict-origin-when-cross-origin";
        if (headers.CacheControl.Count == 0) headers.CacheControl = "no-cache, no-store";
        return Task.CompletedTask;
    }
}
