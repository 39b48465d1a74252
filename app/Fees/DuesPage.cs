using Crm.Institute;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Fees;

/// <summary>Who owes what: those who have owed it longest first, and what falls due in the next days.</summary>
public static class DuesPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/dues", async Task<IResult> (HttpContext http, IQuerySession session, DueList dues, InstituteClock clock,
            [FromQuery(Name = DidView.Told)] Guid? did, CancellationToken cancel) =>
            Dues.Create(await dues.ReadAsync(session, http.User, cancel) with
            {
                Did = did is { } seat ? await NotedReminder.TellAsync(session, seat, http.User.UserId(), clock, cancel) : null,
            }));
        NoteReminder.Map(app);
        DuesFile.Map(app);
    }
}
