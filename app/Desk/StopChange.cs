using Crm.Accounts;
using Crm.Changes;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>Has an act on many end before all of it is carried out: what was done stays, and can be undone.</summary>
public static class StopChange
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/changes/{id:guid}/stop", StopAsync);

    private static async Task<IResult> StopAsync(
        Guid id, HttpContext http, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await session.LoadAsync<Change>(id, cancel) is not { } change) return Results.NotFound();
        if (form.Ok && change.MayBeStoppedBy(http.User.UserId(), http.User.IsManager()))
        {
            await ChangeWriter.StopAsync(session, id, clock.Now, cancel);
            await session.SaveChangesAsync(cancel);
        }
        return http.Go($"/changes/{id}");
    }
}
