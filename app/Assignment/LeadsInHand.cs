using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Marten;

namespace Crm.Assignment;

/// <summary>The leads that wait for a counsellor: open ones, and whoever else was promised a call.</summary>
public sealed class LeadsInHand(LeadWriter writer) : IWorkInHand
{
    public Task<int> CountAsync(IQuerySession session, Guid userId, CancellationToken cancel) => Of(session, userId).CountAsync(cancel);

    /// <summary>With each lead its follow-up goes along, and the reminder of it.</summary>
    public async Task HandOverAsync(
        IDocumentSession session, Guid from, IReadOnlyList<User> heirs, Stamp stamp, CancellationToken cancel)
    {
        // In the order of their ids, in which everybody locks several leads.
        var leads = await Of(session, from).OrderBy(l => l.Id).Select(l => l.Id).ToListAsync(cancel);
        foreach (var (lead, i) in leads.Select((lead, i) => (lead, i)))
        {
            var heir = heirs[i % heirs.Count];
            await writer.ChangeAsync(session, lead, stamp, work => Task.FromResult(
                work.Lead.CounsellorId == from ? LeadRules.Assign(work.Lead, heir.Id, heir.Name) : []), null, cancel);
        }
    }

    public void Rename(IDocumentSession session, User user) => LeadNames.Rename(session, user);

    private static IQueryable<Lead> Of(IQuerySession session, Guid userId) => session.Query<Lead>()
        .Where(l => l.CounsellorId == userId && (l.Stage.IsOneOf(Stages.Open.ToArray()) || l.FollowUpDueAt != null));
}
