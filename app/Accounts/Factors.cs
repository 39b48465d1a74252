using Crm.Institute;
using Marten;

namespace Crm.Accounts;

/// <summary>Whether somebody may change what is asked for besides their password.</summary>
public sealed class Factors(IDocumentStore store, Sessions sessions, CurrentInstitute institute)
{
    private const string AskForMore = "Your password alone is not enough for this. Sign out, and sign in with your passkey or with a code.";

    /// <summary>Whether this user has to have more than a password.</summary>
    public bool IsMust(User user) => user.Role == Roles.Manager && institute.Profile.ManagersNeedSecondFactor;

    /// <summary>Who got in with a password alone, where more is asked for, could otherwise add a key of their own.</summary>
    /// <returns>Why not, in a sentence; null where they may.</returns>
    public async Task<string?> WhyNotAsync(HttpContext http, User user, CancellationToken cancel)
    {
        if (await sessions.CurrentAsync(http) is { IsStrong: true }) return null;
        return user.HasAuthenticator || IsMust(user) && await HasPasskeyAsync(user.Id, cancel) ? AskForMore : null;
    }

    private async Task<bool> HasPasskeyAsync(Guid userId, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.Query<Passkey>().AnyAsync(k => k.UserId == userId, cancel);
    }
}
