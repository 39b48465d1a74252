using Crm.Messages;
using Crm.Web;
using JasperFx;
using JasperFx.Events;
using Marten;

namespace Crm.Leads;

/// <summary>
/// Appends to a lead's stream what a rule decides, with whatever else belongs to the same transaction.
/// A concurrent change makes the rule decide again on the fresh lead.
/// </summary>
public sealed class LeadChanges(IDocumentStore store, OutboxSignal signal)
{
    private const int Attempts = 5;

    /// <param name="decide">May store documents and queue messages in the session; runs again if another change came first.</param>
    /// <returns>The lead after the change, or null where there is none with that id.</returns>
    /// <exception cref="RuleViolation">The rule refused; nothing was stored.</exception>
    public async Task<Lead?> ApplyAsync(Guid id, Func<Lead, IDocumentSession, Task<IReadOnlyList<object>>> decide, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession();
            var stream = await session.Events.FetchForWriting<Lead>(id, cancel);
            if (stream.Aggregate is not { } lead) return null;
            var events = await decide(lead, session);
            if (events.Count == 0) return lead;
            OutboxRules.CancelStale(session, id, events);
            stream.AppendMany(events);
            try
            {
                await session.SaveChangesAsync(cancel);
            }
            catch (Exception e) when (e is ConcurrencyException or EventStreamUnexpectedMaxEventIdException && attempt < Attempts)
            {
                continue;
            }
            signal.Raise();
            return await session.LoadAsync<Lead>(id, cancel);
        }
    }

    public Task<Lead?> ApplyAsync(Guid id, Func<Lead, IReadOnlyList<object>> decide, CancellationToken cancel) =>
        ApplyAsync(id, (lead, _) => Task.FromResult(decide(lead)), cancel);
}
