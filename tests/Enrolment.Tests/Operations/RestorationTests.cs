using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using Crm.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Tests.Operations;

/// <summary>What was true when a backup was made, and may not be any more when it is restored.</summary>
public sealed class RestorationTests(TestPostgres postgres) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-restoration-");

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> BackUpAsync(TestApp app)
    {
        var path = Path.Combine(_folder.FullName, "a.zip");
        await app.Get<BackupWriter>().WriteAsync(new BackupOrder(app.ConnectionString, app.DataFolder, path), null, default);
        return path;
    }

    private Task RestoreAsync(TestApp app, string archive, string target, bool over = false) => app.Get<BackupReader>().RestoreAsync(
        new RestoreOrder(target, Path.Combine(_folder.FullName, "data"), archive, Over: over), null, default);

    [Theory]
    [InlineData("asked", MessageStatus.Unconfirmed, 1)]
    [InlineData("sent", MessageStatus.Sent, 2)]
    public async Task Mail_waits_for_a_managers_word_and_what_was_due_before_may_have_left(string old, MessageStatus state, int sent)
    {
        await using var server = new ScriptedMailServer();
        await using var app = await TestApp.StartAsync(postgres);
        var manager = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var waited = await app.QueueAsync();
        var target = await postgres.CreateEmptyDatabaseAsync();
        await RestoreAsync(app, await BackUpAsync(app), target);
        await using var restored = await TestApp.StartOnAsync(target, server.Settings(TimeSpan.FromSeconds(5)), described: false);
        restored.Time.Advance(TimeSpan.FromDays(4));
        var fresh = await restored.QueueAsync("binu@mail.example");
        await restored.Get<OutboxStore>().TryNowAsync(withFailed: true, default);

        await restored.DeliverAsync();

        Assert.Empty(server.Taken);
        using var browser = await restored.SignInAsync(manager);
        Assert.Matches("^No mail leaves until you say so. This database was restored from a backup of 23 Nov 2026, 10:00 AM. What waited",
            Assert.Single((await browser.GetAsync("/today")).Texts(".banner.trouble p")));
        using var counsellor = await restored.SignInAsync(Roles.Counsellor);
        var told = (await counsellor.GetAsync("/today")).One(".banner").TextContent.Trim();
        Assert.StartsWith("No mail leaves until a manager says so.", told);
        await browser.SubmitAsync("form[action='/outbox/release']", new() { ["old"] = old });
        await restored.DeliverAsync();
        Assert.Equal(sent, server.Taken.Count);
        var before = await restored.LoadAsync<OutboxMessage>(waited.Id);
        Assert.Equal((state, state == MessageStatus.Unconfirmed ? waited.To : null), (before.Status, before.MayBeAt));
        Assert.Equal(MessageStatus.Sent, (await restored.LoadAsync<OutboxMessage>(fresh.Id)).Status);
        Assert.Empty((await browser.GetAsync("/today")).Texts(".banner"));
    }

    [Fact]
    public async Task Nobody_comes_in_by_a_session_or_a_link_of_then_and_the_audit_says_what_happened()
    {
        var log = new Log();
        await using var app = await TestApp.StartAsync(postgres, services: s => s.AddSingleton<ILoggerProvider>(log));
        var manager = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var leaver = await app.AddUserAsync("Divya Menon");
        await app.AddUserAsync("Asha Nair");
        using var cookie = await app.SignInAsync(leaver);
        var link = new Uri(await app.Get<AccessLinks>().MakeAsync(leaver.Id, AccessLinks.ResetLasts, default)).PathAndQuery;
        var archive = await BackUpAsync(app);
        var target = await postgres.CreateEmptyDatabaseAsync();
        await RestoreAsync(app, archive, target);
        await using (var since = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(target) { Pooling = false }.ConnectionString))
        await using (var change = since.CreateCommand("""
            update enrolment.mt_doc_user set data = data || '{"Active": false, "Role": "Accountant"}' where data ->> 'Name' = 'Divya Menon'
            """))
            await change.ExecuteNonQueryAsync();
        Assert.Empty(log.Text);

        await RestoreAsync(app, archive, target, over: true);

        Assert.Equal("Divya Menon is again as the backup has it, and was otherwise: the role, whether they may sign in. Look at their page",
            log.Text);
        await using var restored = await TestApp.StartOnAsync(target, described: false);
        using (var again = restored.Browse(cookie)) Assert.StartsWith("/signin?", (await again.GetAsync("/today")).Path);
        using (var anybody = restored.Browse()) Assert.Null((await anybody.GetAsync(link)).Html.QuerySelector("[name=password]"));
        using var browser = await restored.SignInAsync(manager);
        Assert.Equal(["Restored a backup of 23 Nov 2026, 10:00 AM, on the command line"],
            (await browser.GetAsync("/audit?kind=Restored")).Texts("td[data-label=What]"));
    }
}
