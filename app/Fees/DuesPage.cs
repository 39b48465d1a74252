using Crm.Institute;
using Marten;

namespace Crm.Fees;

/// <summary>Who owes what: those who have owed it longest first, and what falls due in the next days.</summary>
public static class DuesPage
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/dues", async (
        IQuerySession session, CurrentInstitute institute, InstituteClock clock, CancellationToken cancel) =>
        Dues.Create(await DueList.ReadAsync(session, institute, clock.Today, cancel)));
}
