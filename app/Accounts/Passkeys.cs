using System.Text.Json;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <summary>Has devices make keys and sign with them, and judges what they answer. Identity does the reckoning; what is stored, locked and
/// told is ours.</summary>
public sealed class Passkeys(IPasskeyHandler<User> judge, PasskeyChallenges challenges, IDocumentStore store, AccountNotices notices,
    InstituteClock clock, ILogger<Passkeys> logger)
{
    /// <summary>A challenge to make a key, as JSON for the page's script.</summary>
    public async Task<string> AskForNewAsync(HttpContext http, User user)
    {
        var entity = new PasskeyUserEntity { Id = user.Id.ToString(), Name = user.Email, DisplayName = user.Name };
        var made = await judge.MakeCreationOptionsAsync(entity, http);
        return Told(made.CreationOptionsJson, challenges.Seal(Ceremony.Adding, made.AttestationState!));
    }

    /// <summary>A challenge to sign in, for whoever has a key: it names nobody.</summary>
    public async Task<string> AskAsync(HttpContext http)
    {
        var made = await judge.MakeRequestOptionsAsync(null, http);
        return Told(made.RequestOptionsJson, challenges.Seal(Ceremony.SigningIn, made.AssertionState!));
    }

    /// <summary>Judges a key that a device has made.</summary>
    /// <returns>The key, in nothing stored yet; null where the answer is not one to a challenge for this user, or somebody has the key.
    /// </returns>
    public async Task<Passkey?> JudgeNewAsync(
        HttpContext http, IDocumentSession session, User user, string challenge, string answer, CancellationToken cancel)
    {
        if (await challenges.UseAsync(Ceremony.Adding, challenge, cancel) is not { } state) return null;
        var result = await judge.PerformAttestationAsync(
            new PasskeyAttestationContext { HttpContext = http, CredentialJson = answer, AttestationState = state });
        if (!result.Succeeded)
        {
            logger.LogInformation("A new passkey was refused: {Problem}", result.Failure.Message);
            return null;
        }
        if (result.UserEntity.Id != user.Id.ToString()) return null;
        var key = Passkey.Of(result.Passkey, user.Id, clock.Now);
        await session.LockNameAsync($"passkey:{key.Id}", cancel);
        return await session.LoadAsync<Passkey>(key.Id, cancel) is null ? key : null;
    }

    /// <summary>Judges an answer to a challenge to sign in, and counts the use of the key.</summary>
    /// <returns>Whose key it is; null where nobody is let in.</returns>
    public async Task<User?> JudgeAsync(HttpContext http, string challenge, string answer, CancellationToken cancel)
    {
        if (await challenges.UseAsync(Ceremony.SigningIn, challenge, cancel) is not { } state) return null;
        var result = await judge.PerformAssertionAsync(
            new PasskeyAssertionContext { HttpContext = http, CredentialJson = answer, AssertionState = state });
        if (!result.Succeeded)
        {
            logger.LogInformation("A passkey was refused: {Problem}", result.Failure.Message);
            return null;
        }
        return result.User.Active ? await CountAsync(result.User, result.Passkey, cancel) : null;
    }

    public async Task<IReadOnlyList<Passkey>> OfAsync(Guid userId, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.Query<Passkey>().Where(k => k.UserId == userId).OrderBy(k => k.AddedAt).ToListAsync(cancel);
    }

    /// <summary>Takes all keys of a user away, in a session that the caller saves.</summary>
    public static void ForgetAll(IDocumentSession session, Guid userId) => session.DeleteWhere<Passkey>(k => k.UserId == userId);

    // Two answers at one moment wait for one another: the counter of each is compared with that of the one before.
    private async Task<User?> CountAsync(User user, UserPasskeyInfo used, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await session.LockAsync<Passkey>(Passkey.IdOf(used.CredentialId), cancel) is not { } key || key.UserId != user.Id) return null;
        var copied = key.IsOlderThan(used.SignCount);
        if (copied) NoteCopy(session, user, key);
        else (key.SignCount, key.IsBackedUp, key.UsedAt) = (used.SignCount, used.IsBackedUp, clock.Now);
        session.Update(key);
        await session.SaveChangesAsync(cancel);
        return copied ? null : user;
    }

    private void NoteCopy(IDocumentSession session, User user, Passkey key)
    {
        logger.LogWarning("A passkey of {User} was used with a counter that was there before: it may have been copied", user.Id);
        var by = new Stamp(new Actor(ActorKind.Applicant, null, "Nobody known"), clock.Now);
        Audit.Note(session, AuditEntry.Of(AuditKind.PasskeyCopied, by) with { Whom = user.Id });
        session.Store(notices.Of(user, $"Somebody tried to sign in with a copy of your passkey “{key.Name}”, and was refused. "
            + "Remove that passkey, and add another"));
    }

    private static string Told(string options, string challenge) =>
        JsonSerializer.Serialize(new { options = JsonSerializer.Deserialize<JsonElement>(options), challenge });
}
