using System.Security.Cryptography;
using System.Text;
using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Crm.Accounts;

/// <summary>A link with which somebody sets their password, once. Only a hash of it is stored, as its id.</summary>
public sealed class AccessLink
{
    public string Id { get; set; } = "";
    public Guid UserId { get; set; }
    public DateTimeOffset MadeAt { get; set; }
    public DateTimeOffset EndsAt { get; set; }

    /// <summary>Kept for a minute after its use: who presses twice is told that it worked.</summary>
    public DateTimeOffset? UsedAt { get; set; }

    public bool HoldsAt(DateTimeOffset now) => UsedAt is null && now < EndsAt;
}

/// <summary>How often links were asked for to one address, whether anybody here has it or not.</summary>
public sealed class AskedLinks
{
    public string Id { get; set; } = "";
    public int Count { get; set; }
    public DateTimeOffset Since { get; set; }
}

/// <summary>Makes links, sends them, and has them used once.</summary>
public sealed class AccessLinks(IDocumentStore store, InstituteClock clock, IOptions<InstituteOptions> options, AccountNotices notices)
    : IPrivateLink
{
    public const string Reset = "password-link", Invitation = "invitation";

    /// <summary>Where they lead to.</summary>
    public const string Path = "/signin/new-password/";

    public static readonly TimeSpan ResetLasts = TimeSpan.FromMinutes(30);
    public static readonly TimeSpan InvitationLasts = TimeSpan.FromDays(7);

    private const int MostAsked = 3, TokenBytes = 32;
    private static readonly TimeSpan AskedIn = TimeSpan.FromHours(1);
    private static readonly TimeSpan JustUsed = TimeSpan.FromMinutes(1);

    public bool Makes(string kind) => kind is Reset or Invitation;

    // As the mail leaves, so that nothing but the mail itself ever holds it.
    public async Task<string> MakeAsync(OutboxMessage message, CancellationToken cancel) =>
        await MakeAsync(message.TopicId!.Value, message.Kind == Invitation ? InvitationLasts : ResetLasts, cancel);

    public async Task<string> MakeAsync(Guid userId, TimeSpan lasts, CancellationToken cancel)
    {
        var token = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(TokenBytes));
        await using var session = store.LightweightSession();
        var now = clock.Now;
        session.Store(new AccessLink { Id = HashOf(token), UserId = userId, MadeAt = now, EndsAt = now + lasts });
        await session.SaveChangesAsync(cancel);
        return options.Value.PublicUrl + Path + token;
    }

    /// <summary>Has a link sent where somebody active has the address, and no more than three an hour; does as much work for nobody.
    /// </summary>
    public async Task AskAsync(string typed, User? user, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var key = TryCounter.KeyOf(EmailAddress.Read(typed).Address?.Text ?? typed);
        await session.LockNameAsync("links:" + key, cancel);
        var now = clock.Now;
        var asked = await session.LoadAsync<AskedLinks>(key, cancel) is { } before && now - before.Since < AskedIn
            ? before
            : new AskedLinks { Id = key, Since = now };
        asked.Count++;
        session.Store(asked);
        if (user is { Active: true } && asked.Count <= MostAsked) session.Store(LinkMail.Reset(user, now));
        await session.SaveChangesAsync(cancel);
    }

    /// <returns>Whose link it is; null where it was used, ran out or is none.</returns>
    public async Task<User?> FindAsync(string token, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var link = await session.LoadAsync<AccessLink>(HashOf(token), cancel);
        return link?.HoldsAt(clock.Now) == true && await session.LoadAsync<User>(link.UserId, cancel) is { Active: true } user
            ? user
            : null;
    }

    /// <returns>Whose link was used a moment ago; null where none was.</returns>
    public async Task<User?> FindUsedAsync(string token, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var link = await session.LoadAsync<AccessLink>(HashOf(token), cancel);
        return link?.UsedAt is { } at && clock.Now - at < JustUsed ? await session.LoadAsync<User>(link.UserId, cancel) : null;
    }

    /// <summary>Sets a password that was checked. All links and sessions of its owner end with it.</summary>
    /// <returns>Null where the link does not hold any more: somebody else was quicker, or it ran out.</returns>
    public async Task<User?> UseAsync(string token, string password, IPasswordHasher<User> hasher, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var hash = HashOf(token);
        await session.LockNameAsync("link:" + hash, cancel);
        if (await session.LoadAsync<AccessLink>(hash, cancel) is not { } link || !link.HoldsAt(clock.Now)) return null;
        if (await session.LockAsync<User>(link.UserId, cancel) is not { Active: true } user) return null;
        if (!user.IsInvited)
            session.Store(notices.Of(user, "A new password was chosen for your account, with a link that was sent to you"));
        user.PasswordHash = hasher.HashPassword(user, password);
        user.SecurityStamp = Guid.NewGuid().ToString("N");
        session.Update(user);
        session.DeleteWhere<AccessLink>(l => l.UserId == user.Id && l.Id != hash);
        link.UsedAt = clock.Now;
        session.Store(link);
        session.DeleteWhere<StaffSession>(s => s.UserId == user.Id);
        await session.SaveChangesAsync(cancel);
        return user;
    }

    /// <summary>Ends all links of somebody, who has chosen a password without one.</summary>
    public async Task EndAllAsync(Guid userId, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.DeleteWhere<AccessLink>(l => l.UserId == userId);
        await session.SaveChangesAsync(cancel);
    }

    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}

/// <summary>The mail in which links go.</summary>
internal static class LinkMail
{
    public static OutboxMessage Reset(User user, DateTimeOffset now) => To(user, AccessLinks.Reset, "A new password", now,
        $"""
        Hello {user.Name},

        somebody, probably you, asked for a new password for your account. Choose one here, within 30 minutes:

        {IPrivateLink.Mark}

        The link works once. If it was not you, do nothing: your password stays as it is.
        """);

    public static OutboxMessage Invite(User user, string by, DateTimeOffset now) => To(user, AccessLinks.Invitation,
        "Your account", now,
        $"""
        Hello {user.Name},

        {by} has made an account for you. Choose your password here, within 7 days; nobody else learns it:

        {IPrivateLink.Mark}

        The link works once. You sign in with this address, {user.Email}.
        """);

    private static OutboxMessage To(User user, string kind, string subject, DateTimeOffset now, string body) => new()
    {
        Id = Guid.CreateVersion7(now),
        Kind = kind,
        TopicId = user.Id,
        To = user.Email,
        ToName = user.Name,
        Subject = subject,
        Body = body,
        CreatedAt = now,
        DueAt = now,
    };
}
