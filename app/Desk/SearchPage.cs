using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Desk;

/// <summary>Search from anywhere: a page of its own, and what the dialog over every page shows.</summary>
public static class SearchPage
{
    private const int Longest = 200;

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/search", async Task<IResult> (
        HttpContext http, IQuerySession session, Finder finder, CancellationToken cancel) =>
    {
        // PostgreSQL's text holds no NUL, and other control characters are never meant.
        var typed = new string([.. http.Request.Query["q"].ToString().Where(c => !char.IsControl(c)).Take(Longest)]).Trim();
        var view = await finder.FindAsync(http, session, typed, cancel);
        return http.Request.IsHtmx() && !http.Request.IsHistoryRestore() ? Found.Create(view) : Search.Create(view);
    });
}
