using Crm.Institute;
using Crm.Messages;
using Crm.Web;
using Marten;

namespace Crm.Leads;

/// <summary>
/// Appends to a lead's stream what a rule decides, with whatever else belongs to the same transaction.
/// Changes to one lead wait for each other, so that each rule decides on the lead as the one before left it.
/// </summary>
public sealed class LeadChanges(IDocumentStore store, OutboxSignal signal)
{
    /// <param name="decide">May store documents and queue messages in the session.</param>
    /// <returns>The lead after the change, or null where there is none with that id.</returns>
    /// <exception cref="Refusal">The rule refused; nothing was stored.</exception>
    public async Task<Lead?> ApplyAsync(Guid id, Func<Lead, IDocumentSession, Task<IReadOnlyList<object>>> decide, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForExclusiveWriting<Lead>(id, cancel);
        if (stream.Aggregate is not { } lead) return null;
        var events = await decide(lead, session);
        if (events.Count == 0) return lead;
        OutboxRules.CancelStale(session, id, events);
        stream.AppendMany(events);
        await session.SaveChangesAsync(cancel);
        signal.Raise();
        return await session.LoadAsync<Lead>(id, cancel);
    }

    public Task<Lead?> ApplyAsync(Guid id, Func<Lead, IReadOnlyList<object>> decide, CancellationToken cancel) =>
        ApplyAsync(id, (lead, _) => Task.FromResult(decide(lead)), cancel);
}
