using System.Text.RegularExpressions;
using Crm.Correspondence;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Writes one email to the persons of many leads, each with their name.</summary>
public sealed partial class BulkEmail : BulkAct
{
    public override string Key => "emails";
    public override string Title => "Send an email";

    /// <summary>Stands in the text where the name of who gets it is to stand.</summary>
    public const string NamePlace = "{name}";

    public override string? Caution => "An email that has left cannot be taken back: undoing this withdraws those that still wait.";

    public override string Will(BulkOrder order) => "will be written to";

    public override string Button(BulkOrder order, string count) => count == "1" ? "Send 1 email" : $"Send {count} emails";

    public override IEnumerable<(string Label, string Text)> ToReadOver(BulkOrder order, Person? first)
    {
        if (first is not null) yield return ("As it goes to", first.Name.Text);
        yield return ("Subject", Filled(order, "subject", first));
        yield return ("Message", (first is null ? "" : Letters.Greeting(first.Name) + "\n\n") + Filled(order, "body", first));
        if (order.Fields["brochure"] == "true") yield return ("Attached", "The brochure");
    }

    public override Task<RazorSlice> FieldsAsync(ActView act, IQuerySession session, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(act));

    public override Task<BulkOrder?> ReadAsync(Form form, IQuerySession session, CancellationToken cancel)
    {
        var subject = form.Text("subject", "a subject", 150, required: true);
        var body = form.Lines("body", "the message", 5000, required: true);
        RefuseOtherPlaces(form, "subject", subject);
        RefuseOtherPlaces(form, "body", body);
        return Task.FromResult(form.Ok
            ? Order($"Wrote “{subject}”", ("subject", subject!), ("body", body!), ("brochure", form["brochure"]))
            : null);
    }

    public override BulkDecision Decide(Lead lead, Person person, BulkOrder order, Stamp stamp)
    {
        if (person.EmailsAreStopped) throw new Refusal("Asked for no more emails");
        if (person.Email is null) throw new Refusal("Has no address that may be written to");
        return BulkDecision.Lead([new EmailWritten(Guid.CreateVersion7(stamp.At), Filled(order, "subject", person),
            Filled(order, "body", person), order.Fields["brochure"] == "true")]);
    }

    private static string Filled(BulkOrder order, string field, Person? person) => person is null
        ? order.Fields[field]
        : order.Fields[field].Replace(NamePlace, person.Name.Text, StringComparison.OrdinalIgnoreCase);

    // It would arrive as it stands there.
    private static void RefuseOtherPlaces(Form form, string field, string? text)
    {
        if (Place().Matches(text ?? "").FirstOrDefault(m => !m.Value.Equals(NamePlace, StringComparison.OrdinalIgnoreCase)) is { } other)
            form.Refuse(field, $"Nothing is filled in for {other.Value}: only {NamePlace} becomes something, the name.");
    }

    [GeneratedRegex(@"\{[\p{L}\p{M}\d _.-]{1,40}\}", RegexOptions.None, 1000)]
    private static partial Regex Place();
}
