using System.Security.Cryptography;
using System.Text;
using Crm.Institute;
using Crm.Storage;
using Marten;

namespace Crm.Accounts;

/// <summary>How often it was tried to get in at one door since somebody last did.</summary>
public sealed class SignInTries
{
    public string Id { get; set; } = "";
    public int Count { get; set; }
    public DateTimeOffset LastAt { get; set; }
    public DateTimeOffset? LockedUntil { get; set; }
}

/// <summary>
/// Counts tries before they are judged, so that a hundred at one moment are no more than five. What was typed is counted whether
/// anybody has that address or not: the answer tells nobody which there are.
/// </summary>
public sealed class TryCounter(IDocumentStore store, InstituteClock clock)
{
    public const int Most = 5;

    /// <summary>The door at which codes are tried, after the password.</summary>
    public const string Code = "code";
    public static readonly TimeSpan Locked = TimeSpan.FromMinutes(15);

    // Five in a year are no attack.
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    /// <param name="typed">The address as it was typed.</param>
    /// <param name="door">A known device, or another thing that is tried apart; null where anybody may stand.</param>
    public static string KeyOf(string typed, string? door = null) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(typed.Trim().ToUpperInvariant()))) + (door is null ? "" : ":" + door);

    /// <returns>False where no try is left, and nothing may be judged.</returns>
    public async Task<bool> ClaimAsync(string key, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        await session.LockNameAsync("tries:" + key, cancel);
        var now = clock.Now;
        var tries = await session.LoadAsync<SignInTries>(key, cancel) ?? new SignInTries { Id = key };
        if (tries.LockedUntil > now) return false;
        var anew = tries.LockedUntil is not null || now - tries.LastAt > Remembered;
        (tries.Count, tries.LastAt) = (anew ? 1 : tries.Count + 1, now);
        tries.LockedUntil = tries.Count >= Most ? now + Locked : null;
        session.Store(tries);
        await session.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Begins anew: somebody who may has come in.</summary>
    public async Task ForgetAsync(string key, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.Delete<SignInTries>(key);
        await session.SaveChangesAsync(cancel);
    }

    /// <summary>Opens all doors of an address, those of its devices too.</summary>
    public async Task UnlockAsync(string email, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var key = KeyOf(email);
        session.DeleteWhere<SignInTries>(t => t.Id.StartsWith(key));
        await session.SaveChangesAsync(cancel);
    }

    /// <returns>What is locked of an address, each in a sentence.</returns>
    public async Task<IReadOnlyList<string>> LockedAsync(string email, CancellationToken cancel)
    {
        var key = KeyOf(email);
        return [.. (await LockedDoorsAsync(key, cancel)).OrderBy(t => t.Id.Length).Select(t =>
            $"Until {clock.Brief(t.LockedUntil!.Value)} {WhatOf(t.Id[key.Length..])}: it was tried too often.")];
    }

    /// <returns>Until when any door of an address is locked; null where none is.</returns>
    public async Task<DateTimeOffset?> LockedUntilAsync(string email, CancellationToken cancel) =>
        (await LockedDoorsAsync(KeyOf(email), cancel)).Max(t => t.LockedUntil);

    private async Task<IReadOnlyList<SignInTries>> LockedDoorsAsync(string key, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var tries = await session.Query<SignInTries>().Where(t => t.Id.StartsWith(key)).ToListAsync(cancel);
        return [.. tries.Where(t => t.LockedUntil > clock.Now)];
    }

    private static string WhatOf(string door) => door switch
    {
        "" => "nobody signs in with this address from a device that is not known",
        ":" + Code => "no code of an authenticator is taken for this address",
        _ => "nobody signs in with this address from one of the devices that are known, or proves there again who they are",
    };
}
