using Crm.Institute;
using Marten;

namespace Crm.Accounts;

/// <summary>Throws away what nobody needs any more of sessions, links and tries.</summary>
public sealed class AccountSweep(IDocumentStore store, InstituteClock clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    public async Task RunAsync(CancellationToken cancel)
    {
        var (now, old) = (clock.Now, clock.Now - Kept);
        await using var session = store.LightweightSession();
        session.DeleteWhere<StaffSession>(s => s.EndsAt <= now);
        session.DeleteWhere<AccessLink>(l => l.EndsAt < now || l.UsedAt < old);
        session.DeleteWhere<SignInTries>(t => t.LastAt < old);
        session.DeleteWhere<AskedLinks>(a => a.Since < old);
        session.DeleteWhere<UsedChallenge>(c => c.EndsAt < now);
        await session.SaveChangesAsync(cancel);
    }
}
