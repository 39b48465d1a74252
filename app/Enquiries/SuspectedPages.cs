using Crm.Courses;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Enquiries;

/// <param name="Enquiries">Those of one state, the latest first.</param>
public sealed record SuspectedView(
    IReadOnlyList<SuspectedEnquiry> Enquiries, Suspicion State, IReadOnlyDictionary<Suspicion, int> Counts, InstituteClock Clock);

public sealed record SuspectedRowView(SuspectedEnquiry Enquiry, InstituteClock Clock)
{
    public bool MayBeRestored => Enquiry.State != Suspicion.Restored;

    public bool MayBeDismissed => Enquiry.State == Suspicion.Waiting;
}

/// <summary>The staff's list of enquiries that were kept aside. Whether a program or a person sent one, a reader can tell.</summary>
public static class SuspectedPages
{
    private const string Address = "/enquiries/suspected";
    private const int Shown = 100;

    public static void MapSuspectedPages(this IEndpointRouteBuilder app)
    {
        app.MapGet(Address, ListAsync);
        app.MapPost(Address + "/{id:guid}/restoration", RestoreAsync);
        app.MapPost(Address + "/{id:guid}/dismissal", DismissAsync);
    }

    /// <summary>How many nobody has decided on.</summary>
    public static Task<int> CountWaitingAsync(IQuerySession session, CancellationToken cancel) =>
        CountAsync(session, Suspicion.Waiting, cancel);

    private static async Task<IResult> ListAsync(IQuerySession session, InstituteClock clock, string? state, CancellationToken cancel)
    {
        var shown = Enum.TryParse<Suspicion>(state, ignoreCase: true, out var one) && Enum.IsDefined(one) ? one : Suspicion.Waiting;
        var counts = new Dictionary<Suspicion, int>();
        foreach (var value in Enum.GetValues<Suspicion>()) counts[value] = await CountAsync(session, value, cancel);
        var rows = await session.Query<SuspectedEnquiry>().Where(e => e.State == shown).OrderByDescending(e => e.ReceivedAt).Take(Shown)
            .ToListAsync(cancel);
        return Suspected.Create(new SuspectedView(rows, shown, counts, clock));
    }

    private static async Task<IResult> RestoreAsync(
        Guid id, HttpContext http, IDocumentSession session, Intake intake, InstituteClock clock, CancellationToken cancel)
    {
        // None is there while somebody else restores it, and the list tells.
        if (await session.LoadAsync<SuspectedEnquiry>(id, cancel) is not { State: not Suspicion.Restored } kept)
            return Results.Redirect(Address);
        if (await session.LoadAsync<Course>(kept.Text.Course.Id, cancel) is not { } course) return Results.NotFound();
        // Two who restore it at once restore one enquiry: the form is known by its id.
        kept.LeadId = (await intake.ReceiveAsync(kept.ToEnquiry(course), cancel)).LeadId;
        kept.Decide(Suspicion.Restored, http.Stamp(clock));
        session.Store(kept);
        await session.SaveChangesAsync(cancel);
        return Results.Redirect(Address);
    }

    private static async Task<IResult> DismissAsync(
        Guid id, HttpContext http, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        if (await session.LoadAsync<SuspectedEnquiry>(id, cancel) is not { } kept) return Results.NotFound();
        if (kept.State == Suspicion.Waiting)
        {
            kept.Decide(Suspicion.Dismissed, http.Stamp(clock));
            session.Store(kept);
            await session.SaveChangesAsync(cancel);
        }
        return Results.Redirect(Address);
    }

    private static Task<int> CountAsync(IQuerySession session, Suspicion state, CancellationToken cancel) =>
        session.Query<SuspectedEnquiry>().CountAsync(e => e.State == state, cancel);
}
