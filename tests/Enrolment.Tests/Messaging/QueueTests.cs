using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Crm.Tests.Messaging;

/// <summary>A server that is away, or turns everybody away, is no message's fault: the queue waits and managers are told.</summary>
public sealed class QueueTests(TestPostgres postgres)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private static async Task<MessageStatus[]> StatusesAsync(TestApp app) =>
        [.. (await app.AllAsync<OutboxMessage>()).OrderBy(m => m.Id).Select(m => m.Status)];

    [Fact]
    public async Task While_no_server_answers_the_queue_waits_longer_and_longer_and_no_message_loses_an_attempt()
    {
        await using var server = MailServer.Down();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        for (var i = 0; i < 3; i++) await app.QueueAsync($"applicant{i}@mail.example");
        var pauses = new List<double>();

        for (var i = 0; i < 6; i++)
        {
            await app.DeliverAsync();
            var pause = await app.PauseAsync();
            pauses.Add((pause!.NextTryAt - app.Clock.Now).TotalMinutes);
            Assert.Equal(TestApp.Start, pause.Since);
            app.Time.SetUtcNow(pause.NextTryAt);
        }
        var waiting = await app.AllAsync<OutboxMessage>();
        await server.ListenAsync();
        await app.DeliverAsync();

        Assert.Equal([1, 2, 4, 8, 15, 15], pauses);
        Assert.All(waiting, m => Assert.Equal((MessageStatus.Queued, 0, TestApp.Start), (m.Status, m.Attempts, m.DueAt)));
        Assert.Equal(3, server.Accepted.Count);
        Assert.Null(await app.PauseAsync());
    }

    [Fact]
    public async Task During_a_pause_nobody_is_asked_and_after_two_hours_all_mail_leaves_by_itself()
    {
        await using var server = new ScriptedMailServer { Plan = (_, at) => at == SmtpStage.Greeting ? SmtpDeed.Close : null };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        for (var i = 0; i < 5; i++) await app.QueueAsync($"applicant{i}@mail.example");

        for (var minute = 0; minute < 120; minute++)
        {
            await app.DeliverAsync();
            app.Time.Advance(TimeSpan.FromMinutes(1));
        }
        var asked = server.Connections;
        server.Plan = (_, _) => null;
        app.Time.Advance(TimeSpan.FromMinutes(15));
        await app.DeliverAsync();

        Assert.Equal(11, asked); // after 0, 1, 3, 7, 15, 30 … minutes
        Assert.Equal(5, server.Taken.Distinct().Count());
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal((MessageStatus.Sent, 1), (m.Status, m.Attempts)));
    }

    [Fact]
    public async Task After_three_days_what_waited_so_long_has_failed_with_the_reason_and_one_click_sends_all_of_it()
    {
        await using var server = MailServer.Down();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var old = await app.QueueAsync("first@mail.example");
        await app.QueueAsync("second@mail.example");
        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromDays(3) - TimeSpan.FromMinutes(1));
        await app.DeliverAsync();
        Assert.All(await StatusesAsync(app), s => Assert.Equal(MessageStatus.Queued, s));
        var late = await app.QueueAsync("third@mail.example");

        app.Time.Advance(TimeSpan.FromMinutes(15));
        await app.DeliverAsync();
        var failed = await app.LoadAsync<OutboxMessage>(old.Id);
        using var manager = await app.SignInAsync(Roles.Manager);
        var page = await manager.GetAsync("/outbox");
        await server.ListenAsync();
        await manager.SubmitAsync("form[action='/outbox/attempts']");
        await app.DeliverAsync();

        Assert.Equal((MessageStatus.Failed, false), (failed.Status, failed.Refused));
        Assert.StartsWith("Given up after three days. No mail server answers at 127.0.0.1:", failed.Error);
        Assert.Equal(["Did not leave 2", "Waiting to leave 1"], page.Texts(".shelf h2"));
        Assert.Equal(3, server.Accepted.Count);
        Assert.Equal(MessageStatus.Sent, (await app.LoadAsync<OutboxMessage>(late.Id)).Status);
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal((MessageStatus.Sent, null), (m.Status, m.Error)));
    }

    [Fact]
    public async Task What_a_server_says_of_an_address_is_kept_for_staff_and_not_in_the_log()
    {
        var log = new Log();
        await using var server = new ScriptedMailServer
        {
            Plan = (_, at) => at == SmtpStage.Rcpt ? SmtpDeed.RefuseForGood : null,
            Refusal = "5.1.1 <anjali@mail.example> no such user here",
        };
        await using var app = await TestApp.StartAsync(
            postgres, server.Settings(Timeout), s => s.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(log));
        await app.QueueAsync();

        await app.DeliverAsync();

        Assert.Contains("anjali@mail.example", (await app.OneMessageAsync()).Error);
        Assert.Contains("<[email]> no such user here", log.Text);
        Assert.DoesNotContain("anjali", log.Text);
    }

    [Fact]
    public async Task Managers_are_told_why_on_each_of_their_pages_and_others_that_what_they_send_waits()
    {
        await using var server = new ScriptedMailServer { Plan = (_, at) => at == SmtpStage.Auth ? SmtpDeed.RefuseForGood : null };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        using var manager = await app.SignInAsync(Roles.Manager);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);
        Assert.Empty((await manager.GetAsync("/today")).Html.QuerySelectorAll(".banner"));
        await app.QueueAsync();

        await app.DeliverAsync();

        foreach (var path in new[] { "/today", "/leads", "/outbox", "/users", "/reports" })
        {
            var banner = (await manager.GetAsync(path)).One(".banner").TextContent;
            Assert.Contains("No mail has left since 10:00 AM.", banner);
            Assert.Contains("does not take Smtp:User with Smtp:Password: 535", banner);
            Assert.Contains("tried again at 10:01 AM", banner);
        }
        Assert.Equal("No mail has left since 10:00 AM. What you send waits here, and leaves when mail goes again. Managers see why.",
            string.Join(' ', (await counsellor.GetAsync("/today")).One(".banner").TextContent.Split((char[]?)null,
                StringSplitOptions.RemoveEmptyEntries)));
        server.Plan = (_, _) => null;
        await manager.SubmitAsync("form[action='/outbox/tries']");
        await app.DeliverAsync();
        Assert.Single(server.Taken);
        foreach (var browser in new[] { manager, counsellor })
            Assert.Empty((await browser.GetAsync("/today")).Html.QuerySelectorAll(".banner"));
    }

    [Fact]
    public async Task Once_the_program_is_started_with_other_settings_mail_leaves_without_waiting_for_the_end_of_the_pause()
    {
        await using var away = MailServer.Down();
        await using var app = await TestApp.StartAsync(postgres, away.Settings);
        await app.QueueAsync();
        await app.DeliverAsync();
        Assert.True((await app.PauseAsync())!.HoldsAt(app.Clock.Now));
        await using var server = await MailServer.StartAsync();
        await using var mended = await app.StartAnotherAsync(server.Settings);
        using var loop = new OutboxLoop(mended.Get<OutboxSignal>(), mended.Get<OutboxStore>(), mended.Get<OutboxDelivery>(),
            mended.Get<DatabaseTroubles>(), mended.Logger<OutboxLoop>());

        await loop.StartAsync(default);

        await Poll.UntilAsync(async () => await mended.PauseAsync() is null, "the pause to end");
        await loop.StopAsync(default);
        Assert.Single(server.Accepted);
    }

    [Fact]
    public async Task A_mail_server_that_is_away_is_told_to_health_without_its_name()
    {
        await using var server = MailServer.Down();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var health = new OutboxHealth(app.Get<JobStorage>(), app.Store, app.Get<CurrentInstitute>(), app.Clock);
        await app.QueueAsync();
        var before = await health.CheckHealthAsync(new HealthCheckContext());

        await app.DeliverAsync();
        var away = await health.CheckHealthAsync(new HealthCheckContext());

        Assert.Equal((HealthStatus.Healthy, HealthStatus.Degraded), (before.Status, away.Status));
        Assert.Equal("Mail has not left since 2026-11-23 04:30 UTC; managers see why.", away.Description);
    }

    [Fact]
    public async Task One_message_that_breaks_the_line_is_tried_later_by_itself_and_the_others_leave()
    {
        var poison = false;
        await using var server = new ScriptedMailServer();
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        var bad = await app.QueueAsync("first@mail.example", string.Concat(Enumerable.Repeat("Words and words.\n", 40_000)));
        app.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 3; i++) await app.QueueAsync($"applicant{i}@mail.example");
        server.At = at => poison = at == SmtpStage.Rcpt ? server.Said[^1].Contains("first@") : poison;
        server.Plan = (_, at) => at == SmtpStage.Body && poison ? SmtpDeed.Drop : null;

        await app.DeliverAsync();

        Assert.Equal(3, server.Taken.Count);
        Assert.Null(await app.PauseAsync());
        var message = await app.LoadAsync<OutboxMessage>(bad.Id);
        Assert.Equal((MessageStatus.Queued, 1, app.Clock.Now.AddMinutes(1)), (message.Status, message.Attempts, message.DueAt));
        Assert.Equal("The mail server broke off the line in the middle of the text.", message.Error);
    }

    [Fact]
    public async Task A_server_that_breaks_after_each_dot_leaves_two_messages_in_doubt_and_not_the_whole_queue()
    {
        await using var server = new ScriptedMailServer { Plan = (_, at) => at == SmtpStage.Dot ? SmtpDeed.Drop : null };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        for (var i = 0; i < 6; i++) await app.QueueAsync($"applicant{i}@mail.example");

        await app.DeliverAsync();

        var statuses = await StatusesAsync(app);
        Assert.Equal((2, 4), (statuses.Count(s => s == MessageStatus.Unconfirmed), statuses.Count(s => s == MessageStatus.Queued)));
        Assert.NotNull(await app.PauseAsync());
    }

    [Fact]
    public async Task A_server_that_ends_the_line_after_some_messages_gets_the_rest_on_another()
    {
        var mails = 0;
        await using var server = new ScriptedMailServer();
        server.At = at => mails += at == SmtpStage.Mail ? 1 : 0;
        server.Plan = (_, at) => at == SmtpStage.Mail && mails % 4 == 0 ? SmtpDeed.Close : null; // three messages a line
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        for (var i = 0; i < 8; i++) await app.QueueAsync($"applicant{i}@mail.example");

        await app.DeliverAsync();

        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal((MessageStatus.Sent, 1), (m.Status, m.Attempts)));
        Assert.Equal((3, 8), (server.Connections, server.Taken.Distinct().Count()));
    }

    [Fact]
    public async Task The_next_message_is_found_without_reading_those_that_have_left_or_are_planned()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await using (var session = app.Store.LightweightSession())
        {
            session.Store(Enumerable.Range(0, 4000).Select(i => new OutboxMessage
            {
                Id = Guid.CreateVersion7(),
                Status = i % 2 == 0 ? MessageStatus.Sent : MessageStatus.Queued,
                DueAt = app.Clock.Now.AddMinutes(i % 2 == 0 ? -i : i),
            }));
            await session.SaveChangesAsync();
        }
        await app.QueueAsync();
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using (var analyze = source.CreateCommand("vacuum analyze")) await analyze.ExecuteNonQueryAsync();

        await using var explain = source.CreateCommand("explain (analyze) " + OutboxStore.NextDue);
        explain.Parameters.Add(new() { Value = app.Clock.Now });
        explain.Parameters.Add(new() { Value = Array.Empty<Guid>() });
        await using var lines = await explain.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await lines.ReadAsync()) plan.Add(lines.GetString(0));

        Assert.Contains(plan, line => line.Contains("Index Scan", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Removed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ways_that_ended_because_nothing_was_due_are_there_again_when_more_is()
    {
        using var goOn = new ManualResetEventSlim();
        var isHeld = false;
        await using var server = new ScriptedMailServer();
        server.Plan = (connection, at) =>
        {
            if (connection > 1 || at != SmtpStage.Mail || server.Taken.Count < 50) return null;
            isHeld = true;
            goOn.Wait(TimeSpan.FromSeconds(20));
            return null;
        };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(TimeSpan.FromSeconds(20)));
        for (var i = 0; i < 60; i++) await app.QueueAsync($"applicant{i}@mail.example");
        var delivery = Task.Run(() => app.DeliverAsync());
        await Poll.UntilAsync(() => Task.FromResult(isHeld && server.Taken.Count == 59
            && server.Said.Count(s => s.StartsWith("QUIT", StringComparison.Ordinal)) == server.Connections - 1), "the other ways to end");
        var before = server.Connections;
        for (var i = 60; i < 64; i++) await app.QueueAsync($"applicant{i}@mail.example");

        goOn.Set();
        await delivery;

        Assert.InRange(before, 2, 16);
        Assert.True(server.Connections > before, $"{server.Connections} of {before}");
        Assert.Equal((64, 64), (server.Taken.Count, server.Taken.Distinct().Count()));
    }

    [Fact]
    public async Task What_comes_while_one_way_is_held_up_leaves_on_another()
    {
        using var goOn = new ManualResetEventSlim();
        await using var server = new ScriptedMailServer();
        server.Plan = (connection, at) =>
        {
            if (connection == 2 && at == SmtpStage.Mail) goOn.Wait(TimeSpan.FromSeconds(30));
            return null;
        };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(TimeSpan.FromSeconds(60)));
        for (var i = 0; i < 60; i++) await app.QueueAsync($"applicant{i}@mail.example");
        var delivery = Task.Run(() => app.DeliverAsync());
        await Poll.UntilAsync(() => Task.FromResult(server.Taken.Count == 59), "all but the one that is held up");
        for (var i = 60; i < 64; i++) await app.QueueAsync($"applicant{i}@mail.example");

        await Poll.UntilAsync(() => Task.FromResult(server.Taken.Count == 63), "those that came meanwhile");
        goOn.Set();
        await delivery;

        Assert.Equal((64, 64), (server.Taken.Count, server.Taken.Distinct().Count()));
    }

    [Theory]
    [InlineData(false, 2, 16)]
    [InlineData(true, 2, 2)] // one beside the first is turned away at its first message, and no other is tried so soon
    public async Task Many_leave_on_several_ways_each_once_also_where_the_server_wants_one_alone(bool wantsOne, int fewest, int most)
    {
        await using var server = new ScriptedMailServer
        {
            Plan = (connection, at) => wantsOne && connection > 1 && at == SmtpStage.Mail ? SmtpDeed.Close : null,
        };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(TimeSpan.FromSeconds(20)));
        for (var i = 0; i < 60; i++) await app.QueueAsync($"applicant{i}@mail.example");

        await app.DeliverAsync();

        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal((MessageStatus.Sent, 1), (m.Status, m.Attempts)));
        Assert.Equal((60, 60), (server.Taken.Count, server.Taken.Distinct().Count()));
        Assert.InRange(server.Connections, fewest, most);
        Assert.Null(await app.PauseAsync());
    }

    [Theory]
    [InlineData("അഞ്ജലി@mail.example", false, MessageStatus.Failed)]
    [InlineData("аnjali@mail.example", false, MessageStatus.Failed)] // a Cyrillic letter
    [InlineData("josé@mail.example", false, MessageStatus.Failed)]
    [InlineData("अंजलि@mail.example", true, MessageStatus.Sent)]
    [InlineData("аnjali@mail.example", true, MessageStatus.Sent)]
    [InlineData("anjali@അഞ്ജലി.example", false, MessageStatus.Sent)] // a domain can be written in ASCII
    [InlineData("o'brien+cpc@mail.example", false, MessageStatus.Sent)]
    public async Task An_address_in_another_script_goes_to_servers_that_announce_it_and_else_fails_at_once(
        string address, bool announced, MessageStatus status)
    {
        await using var server = new ScriptedMailServer { Utf8 = announced };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        await app.QueueAsync(address);

        await app.DeliverAsync();

        var message = await app.OneMessageAsync();
        Assert.Equal((status, 1), (message.Status, message.Attempts));
        if (status == MessageStatus.Failed) Assert.Contains("SMTPUTF8", message.Error);
        Assert.Equal(status == MessageStatus.Sent ? 1 : 0, server.Taken.Count);
        Assert.Equal(announced, server.Said.Any(s => s.StartsWith("MAIL", StringComparison.Ordinal) && s.Contains("SMTPUTF8")));
        Assert.Null(await app.PauseAsync());
    }

    [Theory]
    [InlineData("anjali.@mail.example", null)]
    [InlineData("not an address", null)]
    [InlineData("anjali@mail.example", "a maker that nobody is")]
    public async Task A_message_that_cannot_be_made_fails_at_once_with_the_reason(string to, string? attachment)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var message = app.Message(to);
        message.Attachment = attachment;
        await app.StoreAsync(message);
        await app.QueueAsync("other@mail.example");

        await app.DeliverAsync();

        var failed = await app.LoadAsync<OutboxMessage>(message.Id);
        Assert.Equal((MessageStatus.Failed, 1), (failed.Status, failed.Attempts));
        Assert.StartsWith("It cannot be made: ", failed.Error);
        Assert.Equal(MessageStatus.Sent, Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Id != message.Id).Status);
    }

    [Fact]
    public async Task A_folder_that_takes_no_more_mail_is_told_as_such_and_mail_waits()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var folder = Path.Combine(app.DataFolder, "outbox");
        await File.WriteAllTextAsync(folder, "a file in the way of the folder");
        await app.QueueAsync();
        await app.DeliverAsync();
        var message = await app.OneMessageAsync();
        var pause = await app.PauseAsync();

        File.Delete(folder);
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await app.DeliverAsync();

        Assert.Equal((MessageStatus.Queued, 0), (message.Status, message.Attempts));
        Assert.StartsWith($"Mail cannot be kept in the folder {folder}: ", pause?.Reason);
        Assert.Equal(MessageStatus.Sent, (await app.OneMessageAsync()).Status);
    }

    [Fact]
    public async Task On_a_full_disk_mail_waits_because_of_the_folder_and_is_neither_lost_nor_in_doubt()
    {
        using var disk = FullDisk.TryMount();
        Assert.SkipWhen(disk is null, "This machine lets nobody mount a small file system.");
        var full = new FileTransport(disk!.Folder);
        await using var app = await TestApp.StartAsync(postgres, services: s => s.AddSingleton<IMailTransport>(full));
        for (var i = 0; i < 3; i++) await app.QueueAsync($"applicant{i}@mail.example", new string('x', 100_000));

        await app.DeliverAsync();
        var pause = await app.PauseAsync();
        disk.MakeRoom();
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await app.DeliverAsync();

        Assert.Equal($"Mail cannot be kept in the folder {disk.Folder}: No space left on device", pause!.Reason.Split(" : ")[0]);
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal(MessageStatus.Sent, m.Status));
        Assert.Equal(3, Directory.GetFiles(disk.Folder, "*.eml").Length);
        Assert.Empty(Directory.GetFiles(disk.Folder, "*.part"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Several_that_nobody_takes_come_before_all_others_once_and_then_the_others_leave(int poisoned)
    {
        await using var server = new ScriptedMailServer();
        server.Plan = (_, at) =>
            at == SmtpStage.Rcpt && server.Said[^1].Contains("poison", StringComparison.Ordinal) ? SmtpDeed.Close : null;
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        await app.QueueInTurnAsync("poison", poisoned);
        await app.QueueInTurnAsync("applicant", 5);

        await app.DeliverAsync();
        for (var i = 0; i < poisoned / 2; i++)
        {
            app.Time.SetUtcNow((await app.PauseAsync())!.NextTryAt);
            await app.DeliverAsync();
        }

        var messages = (await app.AllAsync<OutboxMessage>()).ToLookup(m => m.To.StartsWith("poison", StringComparison.Ordinal));
        Assert.All(messages[false], m => Assert.Equal(MessageStatus.Sent, m.Status));
        Assert.All(messages[true], m => Assert.Equal((MessageStatus.Queued, 1), (m.Status, m.Attempts)));
        Assert.Null(await app.PauseAsync());
        for (var i = 0; i < 40; i++)
        {
            app.Time.Advance(TimeSpan.FromMinutes(65));
            await app.QueueAsync($"later{i}@mail.example");
            await app.DeliverAsync();
        }
        Assert.Equal(poisoned, (await app.AllAsync<OutboxMessage>()).Count(m => m.Status == MessageStatus.Failed));
    }

    [Fact]
    public async Task A_server_that_closes_after_all_while_these_are_tried_costs_no_other_message_an_attempt()
    {
        await using var server = new ScriptedMailServer();
        server.Plan = (_, at) =>
            at == SmtpStage.Rcpt && server.Said[^1].Contains("poison", StringComparison.Ordinal) ? SmtpDeed.Close : null;
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        await app.QueueInTurnAsync("poison", 2);
        await app.QueueInTurnAsync("applicant", 1);
        await app.DeliverAsync();
        app.Time.SetUtcNow((await app.PauseAsync())!.NextTryAt);
        // When the first of them is tried again, others are due and nothing is taken any more.
        var poisoned = 0;
        server.At = at =>
        {
            if (at != SmtpStage.Rcpt || !server.Said[^1].Contains("poison", StringComparison.Ordinal) || ++poisoned > 1) return;
            for (var i = 0; i < 5; i++) app.QueueAsync($"later{i}@mail.example").GetAwaiter().GetResult();
            server.Plan = (_, stage) => stage == SmtpStage.Mail ? SmtpDeed.Close : null;
        };

        await app.DeliverAsync();

        var later = (await app.AllAsync<OutboxMessage>()).Where(m => m.To.StartsWith("later", StringComparison.Ordinal)).ToList();
        Assert.Equal((5, 0), (later.Count, later.Sum(m => m.Attempts)));
        Assert.NotNull(await app.PauseAsync());
    }

    // A line of these is said to managers and stored, and a database takes no NUL.
    [Fact]
    public async Task What_a_server_says_is_told_without_what_no_database_takes()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await app.QueueAsync();
        server.Refuse(550, "no\0such\u0007 mailbox");

        await app.DeliverAsync();

        var message = await app.OneMessageAsync();
        Assert.Equal((MessageStatus.Failed, "The mail server refused it: 550 nosuch mailbox"), (message.Status, message.Error));
    }

    [Fact]
    public async Task Where_a_server_hung_up_is_told_by_what_it_was_asked_before_it_was_let_go()
    {
        await using var server = new ScriptedMailServer { Plan = (_, at) => at == SmtpStage.Rcpt ? SmtpDeed.Close : null };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Timeout));
        for (var i = 0; i < 2; i++) await app.QueueAsync($"applicant{i}@mail.example");

        await app.DeliverAsync();

        Assert.StartsWith("The mail server turned us away when told whom it is for", (await app.PauseAsync())!.Reason);
    }
}
