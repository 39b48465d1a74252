using Crm.Institute;
using Marten;

namespace Crm.Accounts;

/// <summary>What whoever acts may do now, whatever they were when they signed in.</summary>
public static class WhoActs
{
    /// <summary>Whether it is a manager who still may sign in.</summary>
    public static async Task<bool> IsManagerAsync(this Stamp stamp, IQuerySession session, CancellationToken cancel)
    {
        var user = stamp.By.UserId is { } id ? await session.LoadAsync<User>(id, cancel) : null;
        return user is { Role: Roles.Manager, Active: true };
    }
}
