using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using Crm.Tests.Accounts;

namespace Crm.Tests.Startup;

/// <summary>Staff on the command line, beside a program that serves.</summary>
public sealed class UserChoresTests(TestPostgres postgres) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-users-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Whoever_has_the_machine_lists_adds_unlocks_and_resets_with_links_and_no_passwords()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        for (var i = 0; i < TryCounter.Most; i++) await app.Get<TryCounter>().ClaimAsync(TryCounter.KeyOf(beena.Email), default);
        Task<(int ExitCode, string Output)> RunAsync(params string[] words) => RunningProgram.RunAsync(_folder.FullName,
            [.. words, "--ConnectionStrings:Enrolment=" + app.ConnectionString, "--Institute:PublicUrl=http://localhost"]);

        var added = await RunAsync("users", "add", "asha@institute.example", "Asha Nair", "accountant");
        var reset = await RunAsync("reset-password", beena.Email);
        var unlocked = await RunAsync("users", "unlock", beena.Email);
        var listed = await RunAsync("users");
        var nobody = await RunAsync("reset-password", "nobody@institute.example");

        Assert.Equal((0, 0, 0, 0, 1), (added.ExitCode, reset.ExitCode, unlocked.ExitCode, listed.ExitCode, nobody.ExitCode));
        Assert.Matches("asha@institute.example +Accountant +Invited +Asha Nair", listed.Output);
        Assert.Contains("Nobody active signs in with nobody@institute.example.", nobody.Output);
        Assert.Null(await app.LoadTriesAsync(beena.Email));
        foreach (var (output, email) in new[] { (added.Output, "asha@institute.example"), (reset.Output, beena.Email) })
        {
            using var browser = app.Browse();
            await browser.GetAsync(Regex.Match(output, "/signin/new-password/[A-Za-z0-9_-]{43}").Value);
            await browser.SubmitAsync("form[method=post]", new() { ["password"] = "a password of mine" });
            await browser.GetAsync("/signin");
            var page = await browser.SubmitAsync("form[action='/signin']",
                new() { ["email"] = email, ["password"] = "a password of mine" });
            Assert.Equal((HttpStatusCode.OK, false), (page.Status, page.Path.StartsWith("/signin", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Who_lost_phone_codes_and_passkeys_is_let_in_with_a_password_by_whoever_has_the_machine_and_is_told()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using (var hers = await app.SignInAsync(beena))
        using (var device = new TestDevice()) await PasskeysOfTests.AddAsync(hers, device);
        await app.Get<Authenticators>().SetUpAsync(Authenticators.Draft(beena.Id) with { Secret = CodeOfTests.Secret },
            CodeOfTests.At(app, CodeOfTests.Secret), default);
        Task<(int ExitCode, string Output)> RunAsync(string email) => RunningProgram.RunAsync(_folder.FullName,
            ["users", "forget-factor", email, "--ConnectionStrings:Enrolment=" + app.ConnectionString]);

        var (forgotten, nobody) = (await RunAsync(beena.Email), await RunAsync("nobody@institute.example"));

        Assert.Equal((0, 1), (forgotten.ExitCode, nobody.ExitCode));
        Assert.Contains($"{beena.Email} signs in with a password alone", forgotten.Output);
        Assert.Equal((false, 0), ((await app.LoadAsync<User>(beena.Id)).HasAuthenticator, (await app.AllAsync<Passkey>()).Count));
        var told = (await app.AllAsync<OutboxMessage>()).Single(m => m.Body.Contains("were removed", StringComparison.Ordinal));
        Assert.Contains("Your authenticator app and your passkeys were removed", told.Body);
        Assert.Contains("From: the machine of the institute", told.Body);
        using var browser = await app.SignInAsync(beena); // with a password alone
        await browser.GetAsync("/audit?kind=FactorRemoved");
        Assert.Contains("on the command line", browser.Page.Text);
    }
}
