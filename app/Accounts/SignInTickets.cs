using System.Security.Cryptography;
using Marten;
using Microsoft.AspNetCore.DataProtection;

namespace Crm.Accounts;

/// <summary>Says, sealed, that somebody has given the right password and is still to give a code. It lets nobody in by itself.</summary>
public sealed class SignInTickets(IDataProtectionProvider protection, IDocumentStore store)
{
    private static readonly TimeSpan Holds = TimeSpan.FromMinutes(10);
    private readonly ITimeLimitedDataProtector _seal =
        protection.CreateProtector("Crm.Accounts.SignInTickets").ToTimeLimitedDataProtector();

    public string Give(User user) => _seal.Protect($"{user.Id} {user.SecurityStamp}", Holds);

    /// <returns>Null for none of ours, one that is too old, or one of somebody whose password or rights have changed since.</returns>
    public async Task<User?> OfAsync(string ticket)
    {
        try
        {
            if (_seal.Unprotect(ticket).Split(' ') is not [var id, var stamp]) return null;
            await using var session = store.QuerySession();
            return await session.LoadAsync<User>(Guid.Parse(id)) is { Active: true } user && user.SecurityStamp == stamp ? user : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
