using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Assignment;

public sealed record HandOverView(ActView Act, IReadOnlyList<User> Staff);

/// <summary>Gives a lead to another counsellor.</summary>
public sealed partial class HandOver : LeadAct
{
    public override string Path => "counsellor";
    public override int Order => 80;
    public override IReadOnlyList<string> Facts => ["counsellor"];

    public override async Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var staff = await panel.Session.Query<User>()
            .Where(u => u.Active && (u.Role == Roles.Counsellor || u.Role == Roles.Manager)).ToListAsync(cancel);
        var form = panel.FormShowing(Shown(panel.Lead));
        return Create(new HandOverView(panel.View(form, "Hand to another counsellor"), staff));
    }

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        sent.Form.Reconcile(Shown(sent.Lead));
        if (sent.Form.Id("counsellor", "a counsellor") is not { } id || !sent.Form.Ok) return [];
        if (await sent.Session.LoadAsync<User>(id, cancel) is not { MayCounsel: true } counsellor)
            throw new Refusal("counsellor", "Choose somebody who may sign in.");
        return LeadRules.Assign(sent.Lead, counsellor.Id, counsellor.Name);
    }

    private static Drawn Shown(Lead lead) => ("counsellor", lead.CounsellorId?.ToString() ?? "", lead.CounsellorName ?? "nobody");
}
