using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

/// <param name="When">When it falls due, in the institute's time; null where the follow-up is over.</param>
public sealed record FinishFollowUpView(ActView Act, string? When, bool Overdue);

/// <summary>Says that what was promised is done, and what came of it.</summary>
public sealed partial class FinishFollowUp : LeadAct
{
    private const string Outcome = "outcome";

    public override string Path => "follow-up/outcome";
    public override ActPlace Place => ActPlace.Next;
    public override string TellsAs => DidView.Told;
    public override int Order => 10;

    public override bool IsOfferedTo(Lead lead, Person person) => lead.FollowUp is not null;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var due = panel.Lead.FollowUp;
        var overdue = due?.IsOverdueAt(panel.Clock.Now) == true;
        var form = panel.FormOf();
        // What came of it is said of this one, wherever it stands when it is sent.
        form.Remember(Outcome, due?.Id.ToString() ?? "");
        var title = due is null ? "The follow-up is over" : $"Next: {due.Purpose}";
        var when = due is null ? null : Format.DateAndTime(panel.Clock.Local(due.DueAt));
        var act = panel.View(form, title) with { Kind = overdue ? "next overdue" : "next" };
        return Task.FromResult<RazorSlice>(Create(new FinishFollowUpView(act, when, overdue)));
    }

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var outcome = sent.Form.Text(Outcome, "what came of it", 2000);
        var seen = Guid.TryParse(sent.Form.Remembered(Outcome), out var id) ? id : sent.SeenFollowUp;
        return sent.Decide(() => LeadRules.CompleteFollowUp(sent.Lead, seen, outcome));
    }
}
