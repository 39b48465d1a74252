using Microsoft.AspNetCore.Routing.Template;

namespace Crm.Web;

/// <summary>
/// Leads whoever asks for an address to which only a form is sent to the page that has the form: browsers ask so for a page that was sent
/// and is opened anew, and after a session ended. Nothing is carried out.
/// </summary>
public static class FormAddresses
{
    /// <summary>Stands after authentication, and before authorization: who has to sign in comes back to the page.</summary>
    public static void UseFormAddresses(this WebApplication app)
    {
        // Looked through once: all routes are mapped when the first request comes, and whoever likes may ask for such an address.
        var routes = new Lazy<Routes>(() => new Routes(app.Services.GetRequiredService<EndpointDataSource>()));
        app.Use((http, next) =>
        {
            // Routing answers an address that is there, but not to be read, by an endpoint of its own.
            if (!HttpMethods.IsGet(http.Request.Method) || http.GetEndpoint() is null or RouteEndpoint) return next(http);
            var start = http.User.Identity?.IsAuthenticated == true ? "/today" : "/";
            http.Response.Redirect(PagesFor(http.Request.Path).FirstOrDefault(routes.Value.CanBeRead) ?? start);
            return Task.CompletedTask;
        });
    }

    // The page on which such a thing is begun, else the nearest above: /courses is sent from /courses/new, /leads/1/notes from /leads/1.
    private static IEnumerable<string> PagesFor(string address)
    {
        var path = address.TrimEnd('/');
        yield return path + "/new";
        for (var end = path.LastIndexOf('/'); end > 0; end = path.LastIndexOf('/', end - 1)) yield return path[..end];
    }

    private sealed class Routes(EndpointDataSource source)
    {
        private readonly List<TemplateMatcher> _read = [.. source.Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Get) == true)
            .Select(e => new TemplateMatcher(new RouteTemplate(e.RoutePattern), []))];

        public bool CanBeRead(string path) => _read.Exists(route => route.TryMatch(path, []));
    }
}
