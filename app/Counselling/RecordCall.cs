using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

public sealed record RecordCallView(ActView Act, DateOnly Today);

/// <summary>One press after a call: what came of it, and with it the next call or the loss. It stands beside the queue of today.</summary>
public sealed partial class RecordCall : LeadAct
{
    public override string Path => "calls";
    public override ActPlace Place => ActPlace.Composer;
    public override string TellsAs => DidView.Told;
    public override int Order => 5;

    // On the person's page a call is written down with all that can be said of it.
    public override bool IsOfferedTo(Lead lead, Person person) => false;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var form = panel.FormOf(("date", panel.Clock.Today.AddDays(1).ToString("yyyy-MM-dd")),
            ("time", PlanFollowUp.TimeFor(panel.Lead.PreferredTime)));
        return Task.FromResult<RazorSlice>(Create(new RecordCallView(panel.View(form, "After the call"), panel.Clock.Today)));
    }

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var result = sent.Form.Choice<CallResult>("result", "what came of the call");
        var note = sent.Form.Lines("note", "a note", 2000);
        var date = result == CallResult.CallBack ? sent.Form.Date("date", "a day") : null;
        var time = result == CallResult.CallBack ? sent.Form.Time("time", "a time") : null;
        return sent.Decide(() =>
        {
            var at = date is { } day ? sent.Clock.At(day, time!.Value) : CallTimes.After(result!.Value, sent.Clock);
            var next = new FollowUpPlanned(Guid.CreateVersion7(sent.Stamp.At), at, CallTimes.Purpose(result!.Value, sent.Lead));
            return LeadRules.RecordCall(sent.Lead, sent.Stamp.At, result.Value, next, note);
        });
    }
}
