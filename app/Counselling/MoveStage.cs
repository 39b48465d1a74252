using Crm.Leads;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

/// <param name="State">"past", "now" or empty for what is still to come.</param>
public sealed record StageStep(Stage Stage, string State, bool CanBeChosen);

public sealed record MoveStageView(ActView Act, IReadOnlyList<StageStep> Steps);

/// <summary>Moves the lead between the stages that are a counsellor's word.</summary>
public sealed partial class MoveStage : LeadAct
{
    public override string Path => "stage";
    public override ActPlace Place => ActPlace.Head;
    public override int Order => 10;

    public override bool IsOfferedTo(Lead lead, Person person) => !lead.IsLost;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var now = panel.Lead.Stage;
        var steps = Stages.Funnel
            .Select(s => new StageStep(s, s.Against(now), panel.Lead.IsOpen && s.IsSaidByStaff() && s != now)).ToList();
        return Task.FromResult<RazorSlice>(Create(new MoveStageView(panel.View(panel.FormOf(), "Stage"), steps)));
    }

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var stage = sent.Form.Choice<Stage>("stage", "a stage");
        return sent.Decide(() => LeadRules.MoveTo(sent.Lead, stage!.Value));
    }
}
