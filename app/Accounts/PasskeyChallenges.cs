using System.Security.Cryptography;
using System.Text.Json;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.DataProtection;

namespace Crm.Accounts;

/// <summary>What a challenge is for: none is good for the other.</summary>
public enum Ceremony { Adding, SigningIn }

/// <summary>That a challenge was answered, rightly or not. Kept until it would be too old anyway.</summary>
public sealed class UsedChallenge
{
    public Guid Id { get; set; }
    public DateTimeOffset EndsAt { get; set; }
}

/// <summary>Challenges that devices sign. One lies sealed in the form that brings the answer, so that asking for one stores nothing; that
/// it was answered is stored, so that it is good once.</summary>
public sealed class PasskeyChallenges(IDataProtectionProvider protection, IDocumentStore store, InstituteClock clock)
{
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(5);

    /// <param name="state">What the answer is judged by.</param>
    public string Seal(Ceremony of, string state) =>
        SealOf(of).Protect(JsonSerializer.Serialize(new Challenge(Guid.CreateVersion7(), clock.Now + Holds, state)));

    /// <summary>Takes a challenge before its answer is judged.</summary>
    /// <returns>What the answer is judged by; null for none of ours, one that is too old, or one that was answered before.</returns>
    public async Task<string?> UseAsync(Ceremony of, string given, CancellationToken cancel)
    {
        if (Open(of, given) is not { } challenge || challenge.EndsAt <= clock.Now) return null;
        await using var session = store.LightweightSession();
        await session.LockNameAsync($"challenge:{challenge.Id}", cancel);
        if (await session.LoadAsync<UsedChallenge>(challenge.Id, cancel) is not null) return null;
        session.Insert(new UsedChallenge { Id = challenge.Id, EndsAt = challenge.EndsAt });
        await session.SaveChangesAsync(cancel);
        return challenge.State;
    }

    private Challenge? Open(Ceremony of, string given)
    {
        try
        {
            return JsonSerializer.Deserialize<Challenge>(SealOf(of).Unprotect(given));
        }
        catch (CryptographicException)
        {
            return null; // nobody of ours sealed it, or for something else
        }
    }

    private IDataProtector SealOf(Ceremony of) => protection.CreateProtector($"Crm.Accounts.PasskeyChallenges.{of}");

    private sealed record Challenge(Guid Id, DateTimeOffset EndsAt, string State);
}
