using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crm.Institute;
using Crm.Messaging;
using Crm.Operations;
using Crm.Web;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Crm.Tests.Operations;

/// <summary>Everything that an administrator would keep an eye on, on one page; and certificates, which end without a word.</summary>
public sealed class UpkeepTests(TestPostgres postgres)
{
    [Fact]
    public async Task Managers_see_on_one_page_how_everything_stands_and_counsellors_do_not()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);

        var well = await manager.GetAsync("/upkeep");

        Assert.Equal(["Database", "Disk", "Backup", "Certificate"], well.Texts(".upkeep strong"));
        Assert.All(well.Texts(".upkeep .status"), state => Assert.Equal("well", state));
        Assert.StartsWith("All is well.", well.One(".done").TextContent.Trim());
        Assert.Contains(app.DataFolder, well.Text);
        Assert.Equal(HttpStatusCode.Forbidden, (await counsellor.GetAsync("/upkeep")).Status);

        app.Time.Advance(TimeSpan.FromHours(27));
        using var later = await app.SignInAsync(await app.AddUserAsync("Anil Kumar", Roles.Manager));
        var wrong = await later.GetAsync("/upkeep");
        Assert.Equal("wrong", wrong.One("tr:has(a[href='/backups']) .status").TextContent);
        Assert.Contains("No backup has been proven since", wrong.Text);
        Assert.Empty(wrong.Html.QuerySelectorAll(".done"));
    }

    [Theory]
    [InlineData(60, HealthStatus.Healthy, "The certificate of the website is good until 22 Jan 2027.")]
    [InlineData(13, HealthStatus.Degraded, "The certificate of the website ends on 6 Dec 2026.")]
    [InlineData(-1, HealthStatus.Unhealthy, "The certificate of the website ended on 22 Nov 2026.")]
    public async Task The_certificate_that_people_meet_is_told_two_weeks_before_it_ends(int days, HealthStatus status, string said)
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var website = new Website(TestApp.Start.AddDays(days));
        var check = Check(app, $"https://localhost:{website.Port}");

        var told = await check.CheckHealthAsync(new HealthCheckContext());
        await check.CheckHealthAsync(new HealthCheckContext());

        Assert.Equal((status, said), (told.Status, told.Description));
        Assert.Equal(1, website.Visits); // it is looked at some times a day, and not at each question
    }

    [Fact]
    public async Task A_website_that_is_not_reached_from_here_is_no_fault_of_its_certificate()
    {
        await using var app = await TestApp.StartAsync(postgres);

        var told = await Check(app, "https://127.0.0.1:1").CheckHealthAsync(new HealthCheckContext());

        Assert.Equal((HealthStatus.Healthy, "None has been met yet."), (told.Status, told.Description));
    }

    [Fact]
    public async Task The_mail_servers_certificate_is_noted_when_mail_leaves()
    {
        await using var mail = new ScriptedMailServer();
        await using var app = await TestApp.StartAsync(postgres, mail.Settings(TimeSpan.FromSeconds(5)));
        await app.AddLeadAsync(await app.AddCourseAsync());

        await app.DeliverAsync();

        Assert.NotEmpty(mail.Taken);
        Assert.Equal("the mail server", Assert.Single(app.Get<ServerCertificates>().All).Whose);
    }

    private static CertificateHealth Check(TestApp app, string address) =>
        new(app.Get<ServerCertificates>(), Options.Create(new InstituteOptions { PublicUrl = address }), app.Clock);

    /// <summary>Shows a certificate of its own to whoever comes.</summary>
    private sealed class Website : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 _certificate;
        private int _visits;

        public Website(DateTimeOffset ends)
        {
            using var key = RSA.Create(2048);
            using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                .CreateSelfSigned(ends.AddYears(-1), ends);
            _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
            _listener.Start();
            _ = ShowAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;
        public int Visits => _visits;

        public void Dispose()
        {
            _listener.Dispose();
            _certificate.Dispose();
        }

        private async Task ShowAsync()
        {
            while (true)
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    Interlocked.Increment(ref _visits);
                    await using var talk = new SslStream(client.GetStream());
                    await talk.AuthenticateAsServerAsync(_certificate);
                }
                catch (Exception e) when (e is AuthenticationException or IOException)
                {
                    // The visitor has seen enough.
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
        }
    }
}
