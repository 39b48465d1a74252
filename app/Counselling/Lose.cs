using Crm.Leads;
using Crm.People;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Marks the lead as lost, and says why.</summary>
public sealed partial class Lose : LeadAct
{
    public override string Path => "loss";
    public override int Order => 90;

    public override bool IsOfferedTo(Lead lead, Person person) => lead.IsOpen;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(panel.View(panel.FormOf(), "Mark as lost")));

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var reason = sent.Form.Choice<LostReason>("reason", "why the lead was lost");
        var note = sent.Form.Lines("note", "a note", 2000);
        return sent.Decide(() => LeadRules.Lose(sent.Lead, reason!.Value, note));
    }
}
