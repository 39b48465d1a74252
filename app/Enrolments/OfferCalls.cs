using Crm.Correspondence;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Marten;

namespace Crm.Enrolments;

/// <summary>
/// Has counsellors call whose open offer was not emailed, since it was true no more when the mail's turn came: its batch had filled, or
/// the applicant had asked for no more emails.
/// </summary>
public sealed class OfferCalls(IDocumentStore store, LeadWriter leads, InstituteClock clock)
{
    // What waits longer than three days fails, and managers are told of that.
    private static readonly TimeSpan LooksBack = TimeSpan.FromDays(4);

    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var (lead, message) in await FindAsync(cancel))
            await leads.ChangeAsync(lead, new Stamp(Actor.System, clock.Now), now => IsUnheard(now, message)
                ? LeadRules.CallAbout(now, $"The offer was not emailed. {message.Error?.TrimEnd('.')}", clock.Now)
                : [], cancel);
    }

    private async Task<IReadOnlyList<(Guid Lead, OutboxMessage Message)>> FindAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var since = clock.Now - LooksBack;
        var ended = await session.Query<OutboxMessage>().Where(m => m.Status == MessageStatus.Cancelled && m.DueAt > since
            && m.Kind == MessageKinds.Offer && m.WithdrawnAt == null && m.LeadId != null).ToListAsync(cancel);
        if (ended.Count == 0) return [];
        var known = (await session.LoadManyAsync<Lead>(cancel, [.. ended.Select(m => m.LeadId!.Value).Distinct()])).ToDictionary(l => l.Id);
        return [.. ended.Select(m => (Lead: m.LeadId!.Value, Message: m))
            .Where(u => known.TryGetValue(u.Lead, out var lead) && IsUnheard(lead, u.Message))];
    }

    // Whoever did something with the lead after that has seen it, and whoever is to call today will: so there is one call.
    private bool IsUnheard(Lead lead, OutboxMessage message) => lead.IsOpen && lead.Offer?.Id == message.TopicId
        && lead.LastActivityAt <= message.ClaimedAt && !(lead.FollowUp?.DueAt <= clock.Now);
}
