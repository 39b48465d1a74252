using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Marks many leads as lost, for one reason.</summary>
public sealed partial class BulkLose : BulkAct
{
    public override string Key => "loss";
    public override string Title => "Mark as lost";

    public override bool IsDanger => true;

    public override string Will(BulkOrder order) =>
        $"will be marked as lost: {Format.Words(Enum.Parse<LostReason>(order.Fields["reason"])).ToLowerInvariant()}";

    public override string Button(BulkOrder order, string count) => $"Mark {Leads(count)} as lost";

    public override Task<RazorSlice> FieldsAsync(ActView act, IQuerySession session, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(act));

    public override Task<BulkOrder?> ReadAsync(Form form, IQuerySession session, CancellationToken cancel)
    {
        var reason = form.Choice<LostReason>("reason", "why the leads were lost");
        var note = form.Lines("note", "a note", 2000);
        return Task.FromResult(form.Ok
            ? Order($"Marked lost: {Format.Words(reason!.Value).ToLowerInvariant()}",
                ("reason", reason.Value.ToString()), ("note", note ?? ""))
            : null);
    }

    public override BulkDecision Decide(Lead lead, Person person, BulkOrder order, Stamp stamp) =>
        BulkDecision.Lead(LeadRules.Lose(lead, Enum.Parse<LostReason>(order.Fields["reason"]), order.Fields["note"]));
}
