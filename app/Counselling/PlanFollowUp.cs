using Crm.Leads;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

public sealed record PlanFollowUpView(Web.ActView Act, DateOnly Today);

/// <summary>Promises the next call or visit.</summary>
public sealed partial class PlanFollowUp : LeadAct
{
    public override string Path => "follow-up";
    public override ActPlace Place => ActPlace.Composer;
    public override int Order => 20;

    public override bool IsOfferedTo(Lead lead, Person person) => lead.IsOpen;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var tomorrow = panel.Clock.Today.AddDays(1);
        var form = panel.FormOf(("date", tomorrow.ToString("yyyy-MM-dd")), ("time", TimeFor(panel.Lead.PreferredTime)),
            ("purpose", "Call"));
        return Task.FromResult<RazorSlice>(Create(new PlanFollowUpView(panel.View(form, "Follow-up"), panel.Clock.Today)));
    }

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var date = sent.Form.Date("date", "a day");
        var time = sent.Form.Time("time", "a time");
        var purpose = sent.Form.Text("purpose", "what it is for", 200);
        return sent.Decide(() => LeadRules.PlanFollowUp(
            sent.Lead, sent.Stamp.At, Guid.CreateVersion7(sent.Stamp.At), sent.Clock.At(date!.Value, time!.Value), purpose));
    }

    internal static string TimeFor(PreferredTime time) => time switch
    {
        PreferredTime.Afternoon => "14:00",
        PreferredTime.Evening => "17:00",
        _ => "10:00",
    };
}
