using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Institute;
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
}
