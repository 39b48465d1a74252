using Crm.Institute;
using Crm.Web;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Crm.Accounts;

/// <summary>With what somebody got in.</summary>
public enum Proof { Password, Code, Passkey }

/// <summary>What came of a try.</summary>
/// <param name="User">Who it is; null where it came to nothing.</param>
/// <param name="IsLocked">Whether there were too many, so that it was not even looked at.</param>
public sealed record Judged(User? User, bool IsLocked = false);

/// <summary>
/// The one place where passwords and codes are judged and browsers let in. Known and unknown addresses, active and other accounts are
/// counted, worked on and answered alike.
/// </summary>
public sealed class Doorkeeper(
    UserManager<User> users, SignInManager<User> signIn, TryCounter tries, KnownDevices devices, Sessions sessions,
    Authenticators authenticators, Passkeys passkeys, DecoyHash decoy)
{
    /// <summary>What is said to whom too many tries were made for, whether there is such an account or not.</summary>
    public const string TooMany = "Too many attempts. Try again in 15 minutes, or have a link for a new password sent to you.";

    public async Task<Judged> PasswordAsync(HttpContext http, string typed, string password, CancellationToken cancel)
    {
        var email = EmailAddress.Read(typed).Address?.Text;
        var user = await users.FindByEmailAsync(email ?? "");
        var key = TryCounter.KeyOf(email ?? typed, devices.Of(http, user));
        if (!await tries.ClaimAsync(key, cancel)) return await LockedAsync(http, user);
        // As long as it takes for somebody, it takes for nobody.
        var right = user is { Active: true, PasswordHash.Length: > 0 }
            ? await users.CheckPasswordAsync(user, password)
            : decoy.Check(users.PasswordHasher, password);
        if (right) await tries.ForgetAsync(key, cancel);
        else await http.AuditAsync(AuditKind.WrongPassword, WhoseIs(user), user?.Id);
        return new Judged(right ? user : null);
    }

    /// <summary>Judges the code of somebody whose password was right.</summary>
    public async Task<Judged> CodeAsync(HttpContext http, User user, string code, CancellationToken cancel)
    {
        var key = TryCounter.KeyOf(user.Email, TryCounter.Code);
        if (!await tries.ClaimAsync(key, cancel)) return await LockedAsync(http, user);
        var used = await authenticators.UseAsync(user.Id, code, cancel);
        if (used is null)
        {
            await http.AuditAsync(AuditKind.WrongPassword, "wrong code", user.Id);
            return new Judged(null);
        }
        if (used.Value) await http.AuditAsync(AuditKind.RecoveryCodeUsed, whom: user.Id);
        await tries.ForgetAsync(key, cancel);
        return new Judged(user);
    }

    /// <summary>Judges a passkey, which says itself whose it is. Tries are not counted: a signature is not guessed.</summary>
    public async Task<Judged> PasskeyAsync(HttpContext http, string challenge, string answer, CancellationToken cancel)
    {
        var user = await passkeys.JudgeAsync(http, challenge, answer, cancel);
        if (user is null) await http.AuditAsync(AuditKind.WrongPassword, "with a passkey");
        return new Judged(user);
    }

    /// <summary>Has who is signed in prove again that it is them. Who asks notes it where that was wrong.</summary>
    public async Task<Judged> ConfirmAsync(HttpContext http, User user, string password, StaffSession session, CancellationToken cancel)
    {
        var key = KeyOf(user, session);
        if (!await tries.ClaimAsync(key, cancel)) return await LockedAsync(http, user);
        var right = await users.CheckPasswordAsync(user, password);
        if (!right) return new Judged(null);
        await tries.ForgetAsync(key, cancel);
        await sessions.ConfirmAsync(session, strong: false, cancel);
        return new Judged(user);
    }

    public static Task NoteWrongAsync(HttpContext http, User user) =>
        http.AuditAsync(AuditKind.WrongPassword, "asked again", user.Id);

    /// <summary>Counts nothing against a session any more whose user has proved who they are.</summary>
    public Task ForgetAsync(User user, StaffSession session, CancellationToken cancel) => tries.ForgetAsync(KeyOf(user, session), cancel);

    public async Task LetInAsync(HttpContext http, User user, Proof proof, CancellationToken cancel)
    {
        await sessions.BeginAsync(http, signIn, user, strong: proof != Proof.Password, cancel);
        devices.Remember(http, user);
        await http.AuditAsync(AuditKind.SignedIn, WordsFor(proof), user.Id, by: Actor.Staff(user.Id, user.Name));
    }

    private static string WordsFor(Proof proof) => proof switch
    {
        Proof.Code => "with a code",
        Proof.Passkey => "with a passkey",
        _ => "",
    };

    private static string KeyOf(User user, StaffSession session) => TryCounter.KeyOf(user.Email, session.Id.ToString("N"));

    private static async Task<Judged> LockedAsync(HttpContext http, User? user)
    {
        await http.AuditAsync(AuditKind.SignInLocked, WhoseIs(user), user?.Id);
        return new Judged(null, IsLocked: true);
    }

    // An address that nobody has here is not kept: it may be a password, or a stranger's.
    private static string WhoseIs(User? user) => user is null ? "no such account" : user.Active ? "" : "deactivated";
}

/// <summary>A hash of nobody's password, which a password is compared with where nobody has the address that was typed.</summary>
public sealed class DecoyHash
{
    private static readonly User Nobody = new();
    private readonly string _hash;

    public DecoyHash(IOptions<PasswordHasherOptions> options) =>
        _hash = new PasswordHasher<User>(options).HashPassword(Nobody, Guid.NewGuid().ToString());

    /// <returns>Always false, after as much work as for somebody.</returns>
    public bool Check(IPasswordHasher<User> hasher, string password)
    {
        _ = hasher.VerifyHashedPassword(Nobody, _hash, password);
        return false;
    }
}
