using RazorSlices;

namespace Crm.Web;

/// <summary>Marks routes whose slices are rendered before anything is sent.</summary>
public sealed class RenderedFirst;

/// <summary>Where every route of the app is mapped.</summary>
public static class Pages
{
    /// <summary>
    /// The group of all routes. RazorSlices starts the answer before it renders, so that a view which throws would be
    /// answered 200 with nothing; here a slice becomes a <see cref="Page"/>.
    /// </summary>
    public static RouteGroupBuilder MapPages(this IEndpointRouteBuilder app) =>
        app.MapGroup("").AddEndpointFilter(RenderFirst).WithMetadata(new RenderedFirst());

    private static async ValueTask<object?> RenderFirst(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await next(context) is var answer && answer is RazorSlice slice ? new Page(slice, slice.StatusCode) : answer;
}
