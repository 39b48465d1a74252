using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Counselling;

/// <param name="Due">Follow-ups of today and before, the longest overdue first.</param>
/// <param name="Fresh">New leads that nobody has reached and nobody has planned to call, the newest first: a quick first call wins.</param>
/// <param name="Later">The follow-ups of the next seven days.</param>
public sealed record TodayView(IReadOnlyList<Lead> Due, IReadOnlyList<Lead> Fresh, IReadOnlyList<Lead> Later, bool Everyone, InstituteClock Clock);

/// <param name="Kind">"overdue" marks the section, "" leaves it plain.</param>
public sealed record QueueView(string Title, string Kind, IReadOnlyList<Lead> Leads, InstituteClock Clock, bool Everyone);

public static class TodayEndpoints
{
    /// <summary>How many leads each section shows at most.</summary>
    public const int Limit = 100;

    public static void MapCounselling(this IEndpointRouteBuilder app) =>
        app.MapGet("/today", async (HttpContext http, IQuerySession session, InstituteClock clock, bool? everyone, CancellationToken cancel) =>
            Today.Create(await QueueAsync(session, everyone == true ? null : http.User.UserId(), clock, cancel)));

    public static async Task<TodayView> QueueAsync(IQuerySession session, Guid? counsellor, InstituteClock clock, CancellationToken cancel)
    {
        var tomorrow = clock.StartOf(clock.Today.AddDays(1));
        var nextWeek = tomorrow.AddDays(7);
        // Whatever their stage: somebody enrolled who asks about another course is called back too.
        IQueryable<Lead> leads = session.Query<Lead>();
        if (counsellor is { } id) leads = leads.Where(l => l.CounsellorId == id);
        var due = await leads.Where(l => l.FollowUpDueAt < tomorrow).OrderBy(l => l.FollowUpDueAt).Take(Limit).ToListAsync(cancel);
        var fresh = await leads.Where(l => l.Stage == LeadStage.New && l.FollowUpDueAt == null).OrderByDescending(l => l.ReceivedAt).Take(Limit).ToListAsync(cancel);
        var later = await leads.Where(l => l.FollowUpDueAt >= tomorrow && l.FollowUpDueAt < nextWeek).OrderBy(l => l.FollowUpDueAt).Take(Limit).ToListAsync(cancel);
        return new TodayView(due, fresh, later, counsellor is null, clock);
    }
}
