using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Crm.Institute;
using Crm.Web;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Crm.Operations;

/// <summary>
/// Whether a certificate ends soon: that of the address which people open, which is looked at as they would see it, whatever proxy holds
/// it; and that of the mail server, as it was met last.
/// </summary>
public sealed class CertificateHealth(
    ServerCertificates certificates, IOptions<InstituteOptions> institute, InstituteClock clock) : IHealthCheck
{
    private const string Website = "the website";

    // Those that renew themselves do so a month before: what is left two weeks before its end has been left behind.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Between = TimeSpan.FromHours(6), AfterFailure = TimeSpan.FromMinutes(15);

    private DateTimeOffset _next = DateTimeOffset.MinValue;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var address = new Uri(institute.Value.PublicUrl);
        if (address.Scheme == Uri.UriSchemeHttps && clock.Now >= _next)
            _next = clock.Now + (await LookAsync(address, cancellationToken) ? Between : AfterFailure);
        var all = certificates.All;
        var ended = all.Where(c => c.Ends <= clock.Now).ToList();
        var ending = all.Where(c => c.Ends - clock.Now < Soon).ToList();
        return ended.Count > 0 ? HealthCheckResult.Unhealthy(Words(ended, "ended on"))
            : ending.Count > 0 ? HealthCheckResult.Degraded(Words(ending, "ends on"))
            : HealthCheckResult.Healthy(all.Count > 0 ? Words(all, "is good until") : "None has been met yet.");
    }

    private string Words(IEnumerable<(string Whose, DateTimeOffset Ends)> certificates, string verb) => string.Join(" ",
        certificates.Select(c => $"The certificate of {c.Whose} {verb} {Format.Date(clock.DayOf(c.Ends))}."));

    // Nothing is sent over it, so it need not be trusted: only its end is read, and the talk is broken off.
    private async Task<bool> LookAsync(Uri address, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        X509Certificate2? shown = null;
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, limit.Token);
            await using var talk = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) =>
            {
                shown = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                return false;
            });
            await talk.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, limit.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException or OperationCanceledException)
        {
            // As was to be; or it cannot be reached from here, which is for the proxy to tell, and no fault of a certificate.
        }
        if (shown is null) return false;
        using (shown) certificates.Note(Website, new DateTimeOffset(shown.NotAfter));
        return true;
    }
}
