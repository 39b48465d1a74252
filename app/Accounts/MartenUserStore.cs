using Crm.Institute;
using JasperFx;
using Marten;
using Marten.Exceptions;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <summary>ASP.NET Core Identity's view of <see cref="User"/> documents. The email is the user name.</summary>
public sealed class MartenUserStore(IDocumentStore store) :
    IUserPasswordStore<User>, IUserEmailStore<User>, IUserSecurityStampStore<User>, IUserRoleStore<User>,
    IUserPasskeyStore<User>
{
    public async Task<IdentityResult> CreateAsync(User user, CancellationToken cancel)
    {
        if (user.Id == Guid.Empty) user.Id = Guid.CreateVersion7();
        await using var session = store.LightweightSession();
        session.Insert(user);
        try
        {
            await session.SaveChangesAsync(cancel);
        }
        catch (Exception e) when (e.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.UniqueViolation })
        {
            return IdentityResult.Failed(new IdentityErrorDescriber().DuplicateEmail(user.Email));
        }
        catch (DocumentAlreadyExistsException)
        {
            return IdentityResult.Failed(new IdentityErrorDescriber().DuplicateUserName(user.Email));
        }
        return IdentityResult.Success;
    }

    public async Task<IdentityResult> UpdateAsync(User user, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.Update(user);
        try
        {
            await session.SaveChangesAsync(cancel);
        }
        catch (ConcurrencyException)
        {
            return IdentityResult.Failed(new IdentityErrorDescriber().ConcurrencyFailure());
        }
        return IdentityResult.Success;
    }

    // Their name stands on what they did: people who leave are deactivated instead.
    public Task<IdentityResult> DeleteAsync(User user, CancellationToken cancel) =>
        throw new NotSupportedException("Members of staff are deactivated, never deleted.");

    public async Task<User?> FindByIdAsync(string userId, CancellationToken cancel)
    {
        if (!Guid.TryParse(userId, out var id)) return null;
        await using var session = store.QuerySession();
        return await session.LoadAsync<User>(id, cancel);
    }

    public async Task<User?> FindByEmailAsync(string normalizedEmail, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.Query<User>().FirstOrDefaultAsync(u => u.NormalizedEmail == normalizedEmail, cancel);
    }

    public Task<User?> FindByNameAsync(string normalizedUserName, CancellationToken cancel) => FindByEmailAsync(normalizedUserName, cancel);

    public async Task<IList<User>> GetUsersInRoleAsync(string roleName, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var role = roleName.ToLowerInvariant();
        return [.. await session.Query<User>().Where(u => u.Role == role).ToListAsync(cancel)];
    }

    public Task<string> GetUserIdAsync(User user, CancellationToken cancel) => Task.FromResult(user.Id.ToString());
    public Task<string?> GetUserNameAsync(User user, CancellationToken cancel) => Task.FromResult<string?>(user.Email);
    public Task SetUserNameAsync(User user, string? userName, CancellationToken cancel) => Set(() => user.Email = userName ?? "");
    public Task<string?> GetNormalizedUserNameAsync(User user, CancellationToken cancel) => Task.FromResult<string?>(user.NormalizedEmail);
    public Task SetNormalizedUserNameAsync(User user, string? name, CancellationToken cancel) =>
        Set(() => user.NormalizedEmail = name ?? "");
    public Task<string?> GetEmailAsync(User user, CancellationToken cancel) => Task.FromResult<string?>(user.Email);
    public Task SetEmailAsync(User user, string? email, CancellationToken cancel) => Set(() => user.Email = email ?? "");
    public Task<bool> GetEmailConfirmedAsync(User user, CancellationToken cancel) => Task.FromResult(true);
    public Task SetEmailConfirmedAsync(User user, bool confirmed, CancellationToken cancel) => Task.CompletedTask;
    public Task<string?> GetNormalizedEmailAsync(User user, CancellationToken cancel) => Task.FromResult<string?>(user.NormalizedEmail);
    public Task SetNormalizedEmailAsync(User user, string? email, CancellationToken cancel) =>
        Set(() => user.NormalizedEmail = email ?? "");
    public Task<string?> GetPasswordHashAsync(User user, CancellationToken cancel) => Task.FromResult<string?>(user.PasswordHash);
    public Task SetPasswordHashAsync(User user, string? hash, CancellationToken cancel) => Set(() => user.PasswordHash = hash ?? "");
    public Task<bool> HasPasswordAsync(User user, CancellationToken cancel) => Task.FromResult(user.PasswordHash.Length > 0);
    public Task<string?> GetSecurityStampAsync(User user, CancellationToken cancel) => Task.FromResult<string?>(user.SecurityStamp);
    public Task SetSecurityStampAsync(User user, string stamp, CancellationToken cancel) => Set(() => user.SecurityStamp = stamp);
    public Task AddToRoleAsync(User user, string roleName, CancellationToken cancel) => Set(() => user.Role = roleName.ToLowerInvariant());
    public Task RemoveFromRoleAsync(User user, string roleName, CancellationToken cancel) => Set(() => user.Role = Roles.Counsellor);
    public Task<IList<string>> GetRolesAsync(User user, CancellationToken cancel) => Task.FromResult<IList<string>>([user.Role]);
    public Task<bool> IsInRoleAsync(User user, string roleName, CancellationToken cancel) =>
        Task.FromResult(string.Equals(user.Role, roleName, StringComparison.OrdinalIgnoreCase));

    // What changes them is told to their owner and noted, in one transaction: see PasskeyPage.
    public Task AddOrUpdatePasskeyAsync(User user, UserPasskeyInfo passkey, CancellationToken cancel) =>
        throw new NotSupportedException("Passkeys are added on the account's page.");

    public Task RemovePasskeyAsync(User user, byte[] credentialId, CancellationToken cancel) =>
        throw new NotSupportedException("Passkeys are removed on the account's page.");

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(User user, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return [.. (await session.Query<Passkey>().Where(k => k.UserId == user.Id).ToListAsync(cancel)).Select(k => k.Info)];
    }

    public async Task<User?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.LoadAsync<Passkey>(Passkey.IdOf(credentialId), cancel) is { } key
            ? await session.LoadAsync<User>(key.UserId, cancel)
            : null;
    }

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(User user, byte[] credentialId, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.LoadAsync<Passkey>(Passkey.IdOf(credentialId), cancel) is { } key && key.UserId == user.Id ? key.Info : null;
    }

    public void Dispose() { }

    private static Task Set(Action set)
    {
        set();
        return Task.CompletedTask;
    }
}
