using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

public sealed record BulkAssignView(ActView Act, IReadOnlyList<User> Staff);

/// <summary>Gives many leads to one counsellor.</summary>
public sealed partial class BulkAssign : BulkAct
{
    public override string Key => "counsellor";
    public override string Title => "Give to a counsellor";

    public override string Will(BulkOrder order) => $"will be given to {order.Fields["name"]}";

    public override string Button(BulkOrder order, string count) => $"Give {Leads(count)} to {order.Fields["name"]}";

    public override async Task<RazorSlice> FieldsAsync(ActView act, IQuerySession session, CancellationToken cancel) =>
        Create(new BulkAssignView(act, await session.Query<User>()
            .Where(u => u.Active && (u.Role == Roles.Counsellor || u.Role == Roles.Manager)).ToListAsync(cancel)));

    public override async Task<BulkOrder?> ReadAsync(Form form, IQuerySession session, CancellationToken cancel)
    {
        if (form.Id("counsellor", "a counsellor") is not { } id) return null;
        if (await session.LoadAsync<User>(id, cancel) is { MayCounsel: true } counsellor)
            return Order($"Gave to {counsellor.Name}", ("counsellor", id.ToString()), ("name", counsellor.Name));
        form.Refuse("counsellor", "Choose somebody who may sign in.");
        return null;
    }

    public override BulkDecision Decide(Lead lead, Person person, BulkOrder order, Stamp stamp)
    {
        var (id, name) = (Guid.Parse(order.Fields["counsellor"]), order.Fields["name"]);
        var events = LeadRules.Assign(lead, id, name);
        return events.Count > 0 ? BulkDecision.Lead(events) : throw new Refusal($"Is with {name} already");
    }
}
