using Crm.Leads;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Keeps a note on the lead.</summary>
public sealed partial class WriteNote : LeadAct
{
    public override string Path => "notes";
    public override ActPlace Place => ActPlace.Composer;
    public override int Order => 30;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(panel.View(panel.FormOf(), "Note")));

    public override Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var text = sent.Form.Lines("text", "a note", 4000, required: true);
        return sent.Decide(() => LeadRules.AddNote(text));
    }
}
