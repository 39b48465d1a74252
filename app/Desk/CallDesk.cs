using Crm.Counselling;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Desk;

/// <summary>Who is called now, with what was said last and what can come of it.</summary>
/// <param name="Body">The form's fields.</param>
/// <param name="Return">The queue to which one comes back.</param>
public sealed record CallView(
    LeadRow Row, ActView Act, RazorSlice Body, IReadOnlyList<TimelineEntry> Said, string Return, InstituteClock Clock)
{
    public Lead Lead => Row.Lead;
    public Person Person => Row.Person;

    /// <summary>What they are called for, and when that was due.</summary>
    public string Due => Lead.FollowUp is { } due
        ? $"{due.Purpose}, {Clock.Brief(due.DueAt)}"
        : Lead.Stage == Stage.New ? $"Asked {Clock.Ago(Lead.ReceivedAt)}" : "Nothing planned";
}

/// <summary>Opens one lead of today's queue beside it.</summary>
public sealed class CallDesk(IEnumerable<LeadAct> acts, Timeline timeline, InstituteClock clock)
{
    private const int Said = 4;

    /// <param name="asked">The lead that was chosen; the first to be called where none was, or where it is gone.</param>
    /// <returns>Null where nobody is to be called.</returns>
    public async Task<CallView?> OpenAsync(IQuerySession session, TodayView today, Guid? asked, CancellationToken cancel)
    {
        // Who is to be called at a time that has not come yet comes after all who can be called now.
        var first = today.Sections.Where(s => s.IsForNow).OrderBy(s => s.Waiting is Waiting.Today)
            .SelectMany(s => s.Leads.Rows).FirstOrDefault(e => e.Row is not null);
        var chosen = asked is { } id ? await FindAsync(session, today, id, cancel) : null;
        if ((chosen ?? first)?.Row is not { } row) return null;
        var act = acts.OfType<RecordCall>().Single();
        var body = await act.PanelAsync(new LeadPanel(act, row.Lead, row.Person, null, true, session, clock), cancel);
        var lines = await timeline.ReadAsync(session, [row.Lead.Id], [], cancel);
        return new CallView(row, ((IPanelBody)body).Act, body, [.. lines.Where(l => l.Sort == TimelineSort.Talk).Take(Said)],
            today.Return, clock);
    }

    /// <returns>The lead, also where its section is too long to show it; null where it stands in none, or cannot be read.</returns>
    private async Task<LeadEntry?> FindAsync(IQuerySession session, TodayView today, Guid id, CancellationToken cancel)
    {
        var shown = today.Sections.SelectMany(s => s.Leads.Rows).FirstOrDefault(e => e.Id == id);
        foreach (var section in today.Sections.Where(s => s.HasMore && shown is null))
            shown = await LeadList.FindAsync(session, section.Filter, id, clock, cancel);
        return shown?.Row is null ? null : shown;
    }
}
