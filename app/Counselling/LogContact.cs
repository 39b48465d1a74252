using Crm.Leads;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

/// <param name="Today">The first day on which they can be called again; null where nobody is called any more.</param>
public sealed record LogContactView(ActView Act, DateOnly? Today);

/// <summary>Writes down a call, a message or a visit, what came of it, and when they are called again.</summary>
public sealed partial class LogContact : LeadAct
{
    public override string Path => "contacts";
    public override ActPlace Place => ActPlace.Composer;
    public override int Order => 10;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var form = panel.FormOf(("channel", nameof(ContactChannel.Call)), ("outcome", nameof(ContactOutcome.Connected)),
            ("time", PlanFollowUp.TimeFor(panel.Lead.PreferredTime)));
        DateOnly? today = panel.Lead.IsOpen ? panel.Clock.Today : null;
        return Task.FromResult<RazorSlice>(Create(new LogContactView(panel.View(form, "Call or visit"), today)));
    }

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var channel = sent.Form.Choice<ContactChannel>("channel", "how you reached out");
        var outcome = sent.Form.Choice<ContactOutcome>("outcome", "what happened");
        var note = sent.Form.Lines("note", "a note", 2000);
        var next = sent.Form.IsEmpty("date") ? null : Next(sent);
        return sent.Decide(() => LeadRules.LogContact(
            sent.Lead, sent.Stamp.At, sent.SeenFollowUp, channel!.Value, outcome!.Value, note, next));
    }

    private static FollowUpPlanned? Next(LeadForm sent)
    {
        var (date, time) = (sent.Form.Date("date", "a day"), sent.Form.Time("time", "a time"));
        return date is { } day && time is { } at
            ? new FollowUpPlanned(Guid.CreateVersion7(sent.Stamp.At), sent.Clock.At(day, at), "Call back, as asked")
            : null;
    }
}
