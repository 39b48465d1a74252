using System.Collections.Concurrent;
using Crm.Institute;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Crm.Accounts;

/// <summary>
/// Who is signed in where. The cookie names its session, and each request asks whether that is still there; for some seconds this
/// process remembers the answer, so that what another process ended is over within them.
/// </summary>
public sealed class Sessions(IDocumentStore store, InstituteClock clock, IOptions<SessionOptions> options)
{
    private const string Key = "session";
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenNotes = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<Guid, (StaffSession Session, DateTimeOffset ReadAt)> _read = new();

    /// <summary>Begins a session, and signs the browser in to it.</summary>
    /// <param name="strong">Whether more was asked for than a password.</param>
    public async Task BeginAsync(HttpContext http, SignInManager<User> signIn, User user, bool strong, CancellationToken cancel)
    {
        var now = clock.Now;
        var begun = new StaffSession
        {
            Id = Guid.CreateVersion7(now),
            UserId = user.Id,
            Device = DeviceWords.Of(http.Request.Headers.UserAgent.ToString()),
            Address = http.NetworkAddress() ?? "",
            StartedAt = now,
            LastSeenAt = now,
            ConfirmedAt = now,
            EndsAt = now + options.Value.Length,
            IsStrong = strong,
        };
        await using var session = store.LightweightSession();
        session.Insert(begun);
        await session.SaveChangesAsync(cancel);
        var properties = new AuthenticationProperties { IsPersistent = false };
        properties.Items[Key] = begun.Id.ToString();
        await signIn.SignInAsync(user, properties);
    }

    /// <returns>Of who asks; null for those who are not signed in.</returns>
    public async Task<StaffSession?> CurrentAsync(HttpContext http) =>
        IdOf(http.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties) is { } id
            ? await ReadAsync(id, http.RequestAborted)
            : null;

    /// <returns>Whether they need not be asked whether it is them.</returns>
    public bool IsConfirmed(StaffSession session) => clock.Now - session.ConfirmedAt < options.Value.Confirmed;

    public Task ConfirmAsync(StaffSession current, bool strong, CancellationToken cancel) =>
        ChangeAsync(current.Id, s => (s.ConfirmedAt, s.IsStrong) = (clock.Now, s.IsStrong || strong), cancel);

    public async Task<IReadOnlyList<StaffSession>> OfAsync(Guid userId, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var now = clock.Now;
        return await session.Query<StaffSession>().Where(s => s.UserId == userId && s.EndsAt > now)
            .OrderByDescending(s => s.LastSeenAt).ToListAsync(cancel);
    }

    /// <summary>Ends one session of a user.</summary>
    public Task EndAsync(Guid userId, Guid id, CancellationToken cancel) =>
        DeleteAsync(session => session.DeleteWhere<StaffSession>(s => s.UserId == userId && s.Id == id), s => s.Id == id, cancel);

    /// <summary>Ends all sessions of a user but one.</summary>
    public Task EndAllAsync(Guid userId, Guid? but, CancellationToken cancel)
    {
        var spared = but ?? Guid.Empty;
        return DeleteAsync(session => session.DeleteWhere<StaffSession>(s => s.UserId == userId && s.Id != spared),
            s => s.UserId == userId && s.Id != spared, cancel);
    }

    /// <summary>Turns away a cookie whose session is over.</summary>
    internal async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        var cancel = context.HttpContext.RequestAborted;
        if (IdOf(context.Properties) is { } id && await ReadAsync(id, cancel) is { } current && current.EndsAt > clock.Now)
        {
            if (clock.Now - current.LastSeenAt >= BetweenNotes)
                await ChangeAsync(id, s => (s.LastSeenAt, s.Address) = (clock.Now, context.HttpContext.NetworkAddress() ?? ""), cancel);
            return;
        }
        if (IdOf(context.Properties) is { } over) _read.TryRemove(over, out _);
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
    }

    private static Guid? IdOf(AuthenticationProperties? properties) =>
        properties?.Items.TryGetValue(Key, out var text) == true && Guid.TryParse(text, out var id) ? id : null;

    private async Task<StaffSession?> ReadAsync(Guid id, CancellationToken cancel)
    {
        if (_read.TryGetValue(id, out var known) && clock.Now - known.ReadAt < Remembered) return known.Session;
        await using var session = store.QuerySession();
        var read = await session.LoadAsync<StaffSession>(id, cancel);
        if (read is null) _read.TryRemove(id, out _);
        else _read[id] = (read, clock.Now);
        return read;
    }

    private async Task ChangeAsync(Guid id, Action<StaffSession> change, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        // One that was ended meanwhile stays so.
        if (await Storage.RowLocks.LockAsync<StaffSession>(session, id, cancel) is not { } current) return;
        change(current);
        session.Update(current);
        await session.SaveChangesAsync(cancel);
        _read[id] = (current, clock.Now);
    }

    private async Task DeleteAsync(Action<IDocumentSession> delete, Func<StaffSession, bool> which, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        delete(session);
        await session.SaveChangesAsync(cancel);
        foreach (var (id, read) in _read)
            if (which(read.Session)) _read.TryRemove(id, out _);
    }
}
