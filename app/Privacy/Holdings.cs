using Marten;

namespace Crm.Privacy;

/// <summary>Something that is held of a person.</summary>
/// <param name="Title">What it is, in the plural, such as "Messages": those of one title stand together.</param>
/// <param name="Document">As it is stored.</param>
public sealed record Holding(string Title, object Document);

/// <summary>What an erasure does, with what it keeps and what is left to do when it is kept.</summary>
/// <param name="Number">The erasure's.</param>
public sealed record ErasureWork(IDocumentSession Session, string Number, Crm.Institute.Stamp Stamp)
{
    /// <summary>Files that go once the rest is stored.</summary>
    public List<string> Files { get; } = [];

    /// <summary>How many things of each sort were emptied or deleted.</summary>
    public Dictionary<string, int> Counts { get; } = [];

    /// <summary>The numbers of papers that the law wants kept.</summary>
    public List<string> Kept { get; } = [];

    public void Count(string things, int count = 1) => Counts[things] = Counts.GetValueOrDefault(things) + count;
}

/// <summary>What a room holds of persons. Each room that holds anything says so here, finds it, and erases it.</summary>
public interface IHoldings
{
    Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel);

    /// <summary>Erases it in the session, which is saved afterwards.</summary>
    /// <exception cref="Crm.Institute.Refusal">It cannot be erased now, and why.</exception>
    Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel);
}
