using Crm.Institute;
using JasperFx.Metadata;
using Marten;

namespace Crm.Leads;

/// <summary>A name that was joined with another by somebody, who said so when.</summary>
public sealed record SourceJoin(string Name, string Into, string By, DateTimeOffset At);

/// <summary>Which sources managers have joined under one name. Leads keep the name that they came with, so that what was joined can be
/// taken apart again; whatever shows or counts sources asks here what they are called.</summary>
public sealed class SourceBook : IVersioned
{
    public static readonly Guid TheOne = new("9a1f0c52-6f0b-4c41-9a57-5f1f4e0d7c11");

    public Guid Id { get; set; } = TheOne;

    /// <summary>Marten's: who joins names on a page from before a colleague's change is refused.</summary>
    public Guid Version { get; set; }
    public List<SourceJoin> Joins { get; set; } = [];

    public static async Task<SourceBook> LoadAsync(IQuerySession session, CancellationToken cancel) =>
        await session.LoadAsync<SourceBook>(TheOne, cancel) ?? new SourceBook();

    /// <returns>What a source is called where it is shown.</returns>
    /// <param name="source">As it came, or as a lead has it.</param>
    public string NameOf(string source)
    {
        var name = SourceNames.Usual(source);
        while (JoinOf(name) is { } join) name = join.Into;
        return name;
    }

    /// <returns>All sources that are called by this name, the one that has it first.</returns>
    public IReadOnlyList<string> SourcesOf(string name) =>
        [name, .. Joins.Where(j => j.Into == name).SelectMany(j => SourcesOf(j.Name))];

    /// <summary>Joins sources under one name, which may be one of theirs or a new one.</summary>
    /// <exception cref="Refusal">Nothing is joined by it, or one of the names is a part of another by now.</exception>
    public void Join(IReadOnlyList<string> names, string into, string by, DateTimeOffset at)
    {
        if (JoinOf(into) is { } taken)
            throw new Refusal("into", $"“{into}” is a part of “{taken.Into}”. Take it out first, or write “{NameOf(into)}”.");
        var others = names.Where(n => n != into).Distinct().ToList();
        if (others.Count == 0) throw new Refusal("Choose the sources that are to have this name.");
        if (others.FirstOrDefault(n => JoinOf(n) is not null) is { } gone)
            throw new Refusal($"“{gone}” is a part of “{NameOf(gone)}” by now. Look at the list again.");
        Joins.AddRange(others.Select(n => new SourceJoin(n, into, by, at)));
    }

    /// <summary>Lets a source have its own name again; one that has it already is left as it is.</summary>
    public void Part(string name) => Joins.RemoveAll(j => j.Name == name);

    private SourceJoin? JoinOf(string name) => Joins.Find(j => j.Name == name);
}
