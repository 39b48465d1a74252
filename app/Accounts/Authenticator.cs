using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.DataProtection;
using OtpNet;

namespace Crm.Accounts;

/// <summary>An authenticator that is being set up: its secret and the codes for when it is lost. It lies sealed in the page, and is stored
/// when a code has shown that the app has it.</summary>
public sealed record NewAuthenticator(Guid UserId, string Secret, IReadOnlyList<string> Recovery);

/// <summary>Codes of an authenticator app, each good once, and recovery codes, of which hashes are stored.</summary>
public sealed class Authenticators(
    IDocumentStore store, IDataProtectionProvider protection, CurrentInstitute institute, InstituteClock clock,
    AccountNotices notices)
{
    private const int Codes = 10, SecretBytes = 20, RecoveryBytes = 15, GroupOfLetters = 4;
    private static readonly TimeSpan SetUpWithin = TimeSpan.FromMinutes(30);

    // A phone's clock may be half a minute off.
    private static readonly VerificationWindow Window = new(previous: 1, future: 1);

    private readonly IDataProtector _secrets = protection.CreateProtector("Crm.Accounts.Authenticators");
    private readonly ITimeLimitedDataProtector _drafts =
        protection.CreateProtector("Crm.Accounts.NewAuthenticator").ToTimeLimitedDataProtector();

    public static NewAuthenticator Draft(Guid userId) => new(userId, Base32Encoding.ToString(KeyGeneration.GenerateRandomKey(SecretBytes)),
        [.. Enumerable.Range(0, Codes).Select(_ => NewRecoveryCode())]);

    /// <summary>What an app reads as a QR.</summary>
    public string AddressOf(NewAuthenticator draft, User user) =>
        new OtpUri(OtpType.Totp, draft.Secret, user.Email, institute.Profile.Name is { Length: > 0 } name ? name : "Enrolment").ToString();

    public string Seal(NewAuthenticator draft) => _drafts.Protect(JsonSerializer.Serialize(draft), SetUpWithin);

    /// <returns>Null for what nobody of ours has sealed for this user, or too long ago.</returns>
    public NewAuthenticator? Open(string sealedDraft, Guid userId)
    {
        try
        {
            var draft = JsonSerializer.Deserialize<NewAuthenticator>(_drafts.Unprotect(sealedDraft));
            return draft?.UserId == userId ? draft : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Stores one whose app shows the right code.</summary>
    public async Task<bool> SetUpAsync(NewAuthenticator draft, string code, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await session.LockAsync<User>(draft.UserId, cancel) is not { } user) return false;
        // The same form once more, which the first has carried out.
        if (user.Authenticator is { } before && _secrets.Unprotect(before) == draft.Secret) return true;
        // Another is taken away first, which asks more.
        if (user.HasAuthenticator || StepOf(draft.Secret, code) is not { } step) return false;
        (user.Authenticator, user.LastCodeStep) = (_secrets.Protect(draft.Secret), step);
        user.RecoveryHashes = [.. draft.Recovery.Select(HashOf)];
        session.Store(notices.Of(user, "An authenticator app was set up: its codes are asked for besides your password"));
        session.Update(user);
        await session.SaveChangesAsync(cancel);
        return true;
    }

    /// <param name="keys">Whether their passkeys go as well.</param>
    public async Task RemoveAsync(Guid userId, CancellationToken cancel, bool keys = false)
    {
        await using var session = store.LightweightSession();
        if (await session.LockAsync<User>(userId, cancel) is not { } user) return;
        if (keys) Passkeys.ForgetAll(session, userId);
        if (user.HasAuthenticator || keys)
            session.Store(notices.Of(user, keys
                ? "Your authenticator app and your passkeys were removed: your password alone is asked for"
                : "Your authenticator app was removed: no codes are asked for any more"));
        (user.Authenticator, user.LastCodeStep, user.RecoveryHashes) = (null, 0, []);
        session.Update(user);
        await session.SaveChangesAsync(cancel);
    }

    /// <summary>Judges a code of the app, or one for when it is lost. Either is good once.</summary>
    /// <returns>Null where it is wrong; else whether it was one for when the app is lost.</returns>
    public async Task<bool?> UseAsync(Guid userId, string typed, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await session.LockAsync<User>(userId, cancel) is not { Authenticator: { } sealedSecret } user) return null;
        var step = StepOf(_secrets.Unprotect(sealedSecret), typed);
        var isRecovery = step is null && user.RecoveryHashes.Remove(HashOf(typed));
        if (!isRecovery && !(step > user.LastCodeStep)) return null;
        if (isRecovery) session.Store(notices.Of(user, "One of the codes for when your phone is lost was used to sign in"));
        user.LastCodeStep = step ?? user.LastCodeStep;
        session.Update(user);
        await session.SaveChangesAsync(cancel);
        return isRecovery;
    }

    private long? StepOf(string secret, string code) =>
        new Totp(Base32Encoding.ToBytes(secret)).VerifyTotp(clock.Now.UtcDateTime, Plain(code), out var step, Window) ? step : null;

    private static string NewRecoveryCode() => string.Join('-',
        Base32Encoding.ToString(RandomNumberGenerator.GetBytes(RecoveryBytes)).Chunk(GroupOfLetters).Select(group => new string(group)));

    // Of 120 random bits a plain hash is enough.
    private static string HashOf(string code) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Plain(code).ToUpperInvariant())));

    private static string Plain(string code) => string.Concat(code.Where(char.IsLetterOrDigit));
}
