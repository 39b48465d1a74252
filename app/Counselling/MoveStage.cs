using Crm.Leads;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

/// <param name="State">"past", "now" or empty for what is still to come.</param>
public sealed record StageStep(Stage Stage, string State, bool CanBeChosen);

/// <param name="Before">The stage that it has just left, to which a slip is taken back; null where none can be.</param>
/// <param name="Question">What is asked before it moves back; null where nothing is.</param>
public sealed record MoveStageView(ActView Act, IReadOnlyList<StageStep> Steps, Stage? Before, string? Question)
{
    public string? Problem => Question is null && Act.Form.FirstError() is { Length: > 0 } problem ? problem : null;
}

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
        var form = panel.FormOf();
        return Task.FromResult<RazorSlice>(Create(new MoveStageView(panel.View(form, "Stage"), steps,
            panel.Lead.StageBeforeSlip(panel.Clock.Now), form.Error(LeadRules.AskBack))));
    }

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var stage = sent.Form.Choice<Stage>("stage", "a stage");
        return sent.Decide(() => LeadRules.MoveTo(sent.Lead, sent.Stamp, stage!.Value, sure: sent.Form[LeadRules.AskBack] == "true"));
    }
}
