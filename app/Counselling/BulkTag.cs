using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Puts a tag on the persons of many leads, or takes it off.</summary>
public sealed partial class BulkTag : BulkAct
{
    public override string Key => "tags";
    public override string Title => "Tag, or take a tag off";

    public override string Will(BulkOrder order) => order.Fields["off"] == "true"
        ? $"will lose the tag {order.Fields["tag"]}"
        : $"will be tagged {order.Fields["tag"]}";

    public override string Button(BulkOrder order, string count) =>
        order.Fields["off"] == "true" ? $"Take the tag off {Leads(count)}" : $"Tag {Leads(count)}";

    private const int Longest = 30;

    public override Task<RazorSlice> FieldsAsync(ActView act, IQuerySession session, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(act));

    public override Task<BulkOrder?> ReadAsync(Form form, IQuerySession session, CancellationToken cancel)
    {
        var tag = form.Text("tag", "a tag", Longest, required: true)?.ToLowerInvariant();
        var off = form["off"] == "true";
        return Task.FromResult(form.Ok
            ? Order(off ? $"Took off the tag {tag}" : $"Tagged {tag}", ("tag", tag!), ("off", off ? "true" : ""))
            : null);
    }

    public override BulkDecision Decide(Lead lead, Person person, BulkOrder order, Stamp stamp)
    {
        var (tag, off) = (order.Fields["tag"], order.Fields["off"] == "true");
        if (person.Tags.Contains(tag) != off) throw new Refusal(off ? "Does not have the tag" : "Has the tag already");
        return new BulkDecision([], [off ? new TagRemoved(tag) : new PersonTagged(tag)]);
    }
}
