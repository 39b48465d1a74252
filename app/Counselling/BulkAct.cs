using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>What is to be done to each of many leads, as it was typed and checked. Its id is the change's.</summary>
public sealed class BulkOrder
{
    public Guid Id { get; set; }

    /// <summary>The key of its act.</summary>
    public string Act { get; set; } = "";

    /// <summary>What was typed.</summary>
    public Dictionary<string, string> Fields { get; set; } = [];

    /// <summary>What is done, as a sentence without its end.</summary>
    public string Words { get; set; } = "";
}

/// <summary>What happens to one of many leads, and to its person.</summary>
public sealed record BulkDecision(IReadOnlyList<LeadEvent> OfLead, IReadOnlyList<PersonEvent> OfPerson)
{
    public static BulkDecision Lead(IReadOnlyList<LeadEvent> events) => new(events, []);
}

/// <summary>One thing that staff do to many leads at once. A pair of files like an act on one, whose rules it goes by.</summary>
public abstract class BulkAct
{
    /// <summary>By which forms and orders name it.</summary>
    public abstract string Key { get; }

    public abstract string Title { get; }

    /// <summary>What the preview says will happen, after "3 of 4 leads".</summary>
    public abstract string Will(BulkOrder order);

    /// <summary>What the button says that does it.</summary>
    /// <param name="count">To how many leads, as the institute writes numbers.</param>
    public abstract string Button(BulkOrder order, string count);

    /// <summary>Whether it ends something, as the single act's red button does.</summary>
    public virtual bool IsDanger => false;

    /// <summary>What was typed and is to be read over before it is done: as the first of them gets it.</summary>
    /// <param name="first">Null where it would be done to nobody.</param>
    public virtual IEnumerable<(string Label, string Text)> ToReadOver(BulkOrder order, Person? first) => [];

    /// <summary>What the preview says of taking it back, where not all of it can be.</summary>
    public virtual string? Caution => null;

    /// <summary>The fields of its form.</summary>
    public abstract Task<RazorSlice> FieldsAsync(ActView act, IQuerySession session, CancellationToken cancel);

    /// <summary>Reads the form, refusing what is wrong in it.</summary>
    /// <returns>Null where the form was refused.</returns>
    public abstract Task<BulkOrder?> ReadAsync(Form form, IQuerySession session, CancellationToken cancel);

    /// <summary>Decides for one of them.</summary>
    /// <exception cref="Refusal">It is left out, for this reason.</exception>
    public abstract BulkDecision Decide(Lead lead, Person person, BulkOrder order, Stamp stamp);

    protected static string Leads(string count) => count == "1" ? "1 lead" : $"{count} leads";

    protected BulkOrder Order(string words, params (string Field, string Value)[] fields) =>
        new() { Act = Key, Words = words, Fields = fields.ToDictionary(f => f.Field, f => f.Value) };
}
