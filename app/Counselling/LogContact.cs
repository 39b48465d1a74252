using Crm.Leads;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Writes down a call, a message or a visit, and what came of it.</summary>
public sealed partial class LogContact : LeadAct
{
    public override string Path => "contacts";
    public override ActPlace Place => ActPlace.Composer;
    public override int Order => 10;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var form = panel.FormOf(("channel", nameof(ContactChannel.Call)), ("outcome", nameof(ContactOutcome.Connected)));
        return Task.FromResult<RazorSlice>(Create(panel.View(form, "Call or visit")));
    }

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var channel = sent.Form.Choice<ContactChannel>("channel", "how you reached out");
        var outcome = sent.Form.Choice<ContactOutcome>("outcome", "what happened");
        var note = sent.Form.Lines("note", "a note", 2000);
        return sent.Decide(() => LeadRules.LogContact(
            sent.Lead, sent.Stamp.At, sent.SeenFollowUp, channel!.Value, outcome!.Value, note));
    }
}
