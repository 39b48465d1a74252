using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Takes a lost lead up again.</summary>
public sealed partial class Reopen : LeadAct
{
    public override string Path => "reopening";
    public override ActPlace Place => ActPlace.Next;
    public override int Order => 20;

    public override bool IsOfferedTo(Lead lead, Person person) => lead.IsLost;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var title = panel.Lead.LostReason is { } reason ? $"Lost: {Format.Words(reason).ToLowerInvariant()}" : "The lead is not lost";
        return Task.FromResult<RazorSlice>(Create(panel.View(panel.FormOf(), title) with { Kind = "lost-card" }));
    }

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var why = sent.Form.Text("why", "why", 500);
        return sent.Decide(() => LeadRules.Reopen(sent.Lead, why));
    }
}
