using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Crm.Accounts;

/// <summary>
/// A browser from which somebody has signed in before is told by a sealed cookie, for each of them by itself. It lets nobody in; but
/// its tries are counted apart, so that a stranger who knows an address cannot keep its owner out.
/// </summary>
public sealed class KnownDevices(IDataProtectionProvider protection, TimeProvider time)
{
    public const string Cookie = "enrolment.device";

    private const int MostUsers = 10;
    private static readonly TimeSpan Known = TimeSpan.FromDays(180);

    private readonly ITimeLimitedDataProtector _seal = protection.CreateProtector("Crm.Accounts.KnownDevices").ToTimeLimitedDataProtector();

    /// <returns>What the device is called; null where this user has not signed in from it.</returns>
    public string? Of(HttpContext http, User? user) =>
        user is not null && Read(http) is { } device && device.Users.Contains(user.Id) ? device.Id.ToString("N") : null;

    public void Remember(HttpContext http, User user)
    {
        var before = Read(http);
        Guid[] users = [user.Id, .. (before?.Users ?? []).Where(u => u != user.Id).Take(MostUsers - 1)];
        var device = JsonSerializer.Serialize(new Device(before?.Id ?? Guid.NewGuid(), users));
        http.Response.Cookies.Append(Cookie, _seal.Protect(device, Known), new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = http.Request.IsHttps,
            IsEssential = true,
            Path = "/signin",
            Expires = time.GetUtcNow() + Known,
        });
    }

    private Device? Read(HttpContext http)
    {
        try
        {
            return http.Request.Cookies[Cookie] is { Length: > 0 } cookie
                ? JsonSerializer.Deserialize<Device>(_seal.Unprotect(cookie))
                : null;
        }
        catch (CryptographicException)
        {
            return null; // nobody of ours sealed it, or too long ago
        }
    }

    private sealed record Device(Guid Id, Guid[] Users);
}
