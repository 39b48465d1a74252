using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Moves many leads on to a stage that is a counsellor's word.</summary>
public sealed partial class BulkStage : BulkAct
{
    public override string Key => "stage";
    public override string Title => "Move to a stage";

    public override string Will(BulkOrder order) => $"will be moved to {StageOf(order)}";

    public override string Button(BulkOrder order, string count) => $"Move {Leads(count)} to {StageOf(order)}";

    private static string StageOf(BulkOrder order) => Format.Words(Enum.Parse<Stage>(order.Fields["stage"]));

    public override Task<RazorSlice> FieldsAsync(ActView act, IQuerySession session, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(act));

    public override Task<BulkOrder?> ReadAsync(Form form, IQuerySession session, CancellationToken cancel)
    {
        var stage = form.Choice<Stage>("stage", "a stage");
        return Task.FromResult(form.Ok ? Order($"Moved to {Format.Words(stage!.Value)}", ("stage", stage.Value.ToString())) : null);
    }

    public override BulkDecision Decide(Lead lead, Person person, BulkOrder order, Stamp stamp) =>
        BulkDecision.Lead(LeadRules.MoveOn(lead, Enum.Parse<Stage>(order.Fields["stage"])));
}
