using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <param name="Overdue">Follow-ups that should have been done, the longest overdue first.</param>
/// <param name="Today">Those still to come today.</param>
/// <param name="Fresh">New leads that nobody has reached and nobody has planned to call, the newest first: a quick first call wins.</param>
/// <param name="Later">The follow-ups of the next seven days.</param>
public sealed record TodayView(
    IReadOnlyList<LeadRow> Overdue, IReadOnlyList<LeadRow> Today, IReadOnlyList<LeadRow> Fresh, IReadOnlyList<LeadRow> Later, bool Everyone,
    InstituteClock Clock)
{
    /// <summary>Enquiries that look as if a program had sent them, and that nobody has decided on.</summary>
    public int Suspected { get; init; }

    public bool IsEmpty => Overdue.Count + Today.Count + Fresh.Count + Later.Count == 0;

    public IReadOnlyList<QueueView> Sections =>
    [
        new("Overdue", "overdue", Overdue, Clock, Everyone), new("Later today", "", Today, Clock, Everyone),
        new("New, to be called", "", Fresh, Clock, Everyone), new("The next seven days", "", Later, Clock, Everyone),
    ];
}

/// <param name="Kind">"overdue" marks the section, "" leaves it plain.</param>
public sealed record QueueView(string Title, string Kind, IReadOnlyList<LeadRow> Rows, InstituteClock Clock, bool Everyone)
{
    public string Return => Everyone ? "/today?everyone=true" : "/today";

    public string Total => Rows.Count == TodayPage.Limit ? $"{Rows.Count}+" : $"{Rows.Count}";

    public string Who(Lead lead) => lead.CourseName + (Everyone ? " · " + (lead.CounsellorName ?? "nobody yet") : "");

    /// <summary>What the form that marks a follow-up as done carries along.</summary>
    public static Fields FormOf(Lead lead)
    {
        var form = Form.Fresh();
        form.Remember(LeadForm.FollowUp, lead.FollowUp?.Id.ToString() ?? "");
        return Fields.For(form);
    }

    public static string Prefers(Lead lead) =>
        lead.PreferredTime == PreferredTime.Anytime ? "Any time" : "Prefers " + Format.Words(lead.PreferredTime).ToLowerInvariant();
}

/// <summary>Whom to call now.</summary>
public static class TodayPage
{
    /// <summary>How many leads each section shows at most.</summary>
    public const int Limit = 100;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/today", async (
            HttpContext http, IQuerySession session, InstituteClock clock, bool? everyone, CancellationToken cancel) =>
            Desk.Today.Create(await QueueAsync(session, everyone == true ? null : http.User.UserId(), clock, cancel) with
            {
                Suspected = await SuspectedPages.CountWaitingAsync(session, cancel),
            }));

    public static async Task<TodayView> QueueAsync(IQuerySession session, Guid? counsellor, InstituteClock clock, CancellationToken cancel)
    {
        var tomorrow = clock.StartOf(clock.Today.AddDays(1));
        var nextWeek = tomorrow.AddDays(7);
        // Whatever their stage: somebody enrolled who asks again is called back too.
        IQueryable<Lead> leads = session.Query<Lead>();
        if (counsellor is { } id) leads = leads.Where(l => l.CounsellorId == id);
        var due = await leads.DueBefore(tomorrow).Take(Limit).ToListAsync(cancel);
        var fresh = await leads.ToBeCalled().Take(Limit).ToListAsync(cancel);
        var later = await leads.DueBetween(tomorrow, nextWeek).Take(Limit).ToListAsync(cancel);
        var people = await session.PeopleOfAsync([.. due, .. fresh, .. later], cancel);
        IReadOnlyList<LeadRow> Rows(IEnumerable<Lead> some) => [.. some.Select(l => new LeadRow(l, people[l.PersonId]))];
        var overdue = due.ToLookup(l => l.FollowUp!.IsOverdueAt(clock.Now));
        return new TodayView(Rows(overdue[true]), Rows(overdue[false]), Rows(fresh), Rows(later), counsellor is null, clock);
    }

    /// <summary>Whose leads these are, by the person's id.</summary>
    public static async Task<IReadOnlyDictionary<Guid, Person>> PeopleOfAsync(
        this IQuerySession session, IReadOnlyList<Lead> leads, CancellationToken cancel) =>
        (await session.LoadManyAsync<Person>(cancel, [.. leads.Select(l => l.PersonId).Distinct()])).ToDictionary(p => p.Id);
}
