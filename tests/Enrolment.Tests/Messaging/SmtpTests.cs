using Crm.Accounts;
using Crm.Correspondence;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Crm.Tests.Messaging;

/// <summary>Mail handed to a real server: it arrives once, whatever the server answers and whenever the app dies.</summary>
[Collection("Hangfire")] // one app with jobs at a time: Hangfire keeps its storage and activator in statics
public sealed class SmtpTests(TestPostgres postgres)
{
    private static async Task<OutboxMessage> OneAsync(TestApp app) => Assert.Single(await app.AllAsync<OutboxMessage>());

    private static async Task<OutboxMessage> QueueAsync(TestApp app, string to = "anjali@mail.example")
    {
        var message = new OutboxMessage
        {
            Id = Guid.CreateVersion7(),
            Kind = MessageKinds.Personal,
            To = to,
            ToName = "Anjali Nair",
            Subject = "Your question",
            Body = "Yes, there is a weekend batch.",
            CreatedAt = app.Clock.Now,
            DueAt = app.Clock.Now,
        };
        await app.StoreAsync(message);
        return message;
    }

    [Fact]
    public async Task An_enquirys_email_arrives_with_its_brochure()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "അഞ്ജലി Nair");

        await app.DeliverAsync();

        var mail = Assert.Single(server.Accepted);
        Assert.Equal(("അഞ്ജലി Nair", "anjali@mail.example"), (mail.To.Mailboxes.Single().Name, mail.To.Mailboxes.Single().Address));
        Assert.Contains(lead.Reference, mail.TextBody);
        var pdf = Assert.IsType<MimePart>(Assert.Single(mail.Attachments));
        using var content = new MemoryStream();
        pdf.Content!.DecodeTo(content);
        using var document = UglyToad.PdfPig.PdfDocument.Open(content.ToArray());
        Assert.Contains(document.GetPage(1).GetWords(), w => w.Text == "Preparation");
        var message = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.Brochure);
        Assert.Equal((MessageStatus.Sent, app.Clock.Now, null), (message.Status, message.SentAt, message.File));
        using var browser = await app.SignInAsync(Roles.Manager);
        Assert.Null((await browser.GetAsync("/outbox")).Html.QuerySelector(".note"));
    }

    [Fact]
    public async Task A_message_refused_for_now_is_tried_again_after_longer_and_longer_waits_and_arrives_once()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var queued = await QueueAsync(app);
        server.Refuse(451, "Try again later, greylisted");
        server.Refuse(452, "Too little storage");

        await app.DeliverAsync();
        await app.DeliverAsync();
        var first = await OneAsync(app);
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await app.DeliverAsync();
        var second = await OneAsync(app);
        app.Time.Advance(TimeSpan.FromMinutes(2) - TimeSpan.FromSeconds(1));
        await app.DeliverAsync();
        var early = server.HandedOver;
        app.Time.Advance(TimeSpan.FromSeconds(1));
        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromDays(1));
        await app.DeliverAsync();

        Assert.Equal((MessageStatus.Queued, 1, TestApp.Start.AddMinutes(1)), (first.Status, first.Attempts, first.DueAt));
        Assert.Contains("greylisted", first.Error);
        Assert.Equal((MessageStatus.Queued, 2, TestApp.Start.AddMinutes(3)), (second.Status, second.Attempts, second.DueAt));
        Assert.Equal((2, 3), (early, server.HandedOver));
        Assert.Equal($"{queued.Id:N}@periyar.example", Assert.Single(server.Accepted).MessageId);
        var sent = await OneAsync(app);
        Assert.Equal((MessageStatus.Sent, 3, null), (sent.Status, sent.Attempts, sent.Error));
    }

    [Fact]
    public async Task A_message_refused_for_good_has_failed_with_the_servers_reason()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await QueueAsync(app);
        server.Refuse(550, "No such mailbox");

        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromDays(1));
        await app.DeliverAsync();

        var failed = await OneAsync(app);
        Assert.Equal(MessageStatus.Failed, failed.Status);
        Assert.Contains("No such mailbox", failed.Error);
        Assert.Equal((1, 0), (server.HandedOver, server.Accepted.Count));
        using var browser = await app.SignInAsync(Roles.Manager);
        Assert.Contains("No such mailbox", (await browser.GetAsync("/outbox?status=Failed")).One("tbody .error").TextContent);
        await browser.SubmitAsync("form[action$='/attempts']");
        await app.DeliverAsync();
        Assert.Single(server.Accepted);
    }

    [Fact]
    public async Task While_the_server_is_down_mail_waits_and_goes_once_it_is_up()
    {
        await using var server = MailServer.Down();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await QueueAsync(app);

        await app.DeliverAsync();
        var waiting = await OneAsync(app);
        await server.ListenAsync();
        await app.DeliverAsync();
        var early = server.HandedOver;
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await app.DeliverAsync();

        Assert.Equal((MessageStatus.Queued, 1, TestApp.Start.AddMinutes(1)), (waiting.Status, waiting.Attempts, waiting.DueAt));
        Assert.NotEmpty(waiting.Error!);
        Assert.Equal(0, early);
        Assert.Single(server.Accepted);
        Assert.Equal(MessageStatus.Sent, (await OneAsync(app)).Status);
    }

    [Fact]
    public async Task A_server_that_stays_down_is_given_up_on_after_the_last_attempt()
    {
        await using var server = MailServer.Down();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await QueueAsync(app);

        for (var i = 0; i < OutboxDelivery.MaxAttempts + 2; i++)
        {
            await app.DeliverAsync();
            app.Time.Advance(TimeSpan.FromHours(3));
        }

        var failed = await OneAsync(app);
        Assert.Equal((MessageStatus.Failed, OutboxDelivery.MaxAttempts), (failed.Status, failed.Attempts));
    }

    [Fact]
    public async Task One_message_that_cannot_be_sent_does_not_hold_up_the_others()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await QueueAsync(app, "first@mail.example");
        await QueueAsync(app, "second@mail.example");
        server.Refuse(451, "Not now");

        await app.DeliverAsync();

        Assert.Single(server.Accepted);
        Assert.Equal([MessageStatus.Queued, MessageStatus.Sent], (await app.AllAsync<OutboxMessage>()).Select(m => m.Status).Order());
    }

    [Fact]
    public async Task Killed_before_the_handing_over_a_message_is_sent_by_the_next_run_once_the_lease_is_over()
    {
        await using var server = await MailServer.StartAsync();
        var dying = new Dying(afterSending: false);
        await using var app = await TestApp.StartAsync(postgres, server.Settings, dying.Install);
        await QueueAsync(app);
        _ = app.DeliverAsync(); // never ends: this process is dead from where it stands
        await dying.Dead;
        Assert.Equal(MessageStatus.Sending, (await OneAsync(app)).Status);

        await using var next = await app.StartAnotherAsync(server.Settings);
        next.Time.Advance(OutboxDelivery.Lease);
        await next.DeliverAsync();
        Assert.Empty(server.Accepted);
        next.Time.Advance(TimeSpan.FromSeconds(1));
        await next.DeliverAsync();
        await next.DeliverAsync();

        Assert.Single(server.Accepted);
        Assert.Equal(MessageStatus.Sent, (await OneAsync(next)).Status);
    }

    [Fact]
    public async Task Killed_after_the_handing_over_a_message_waits_for_a_person()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await KilledAfterSendingAsync(server);
        await using var next = await app.StartAnotherAsync(server.Settings);

        next.Time.Advance(OutboxDelivery.Lease + TimeSpan.FromSeconds(1));
        await next.DeliverAsync();
        next.Time.Advance(TimeSpan.FromDays(7));
        await next.DeliverAsync();

        var message = await OneAsync(next);
        Assert.Equal(MessageStatus.Unconfirmed, message.Status);
        Assert.Equal("The program stopped while the mail server was taking this message.", message.Error);
        Assert.Single(server.Accepted);
    }

    [Fact]
    public async Task Of_a_message_that_may_have_arrived_a_manager_says_that_it_did()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await KilledAfterSendingAsync(server);
        await using var next = await app.StartAnotherAsync(server.Settings);
        next.Time.Advance(OutboxDelivery.Lease + TimeSpan.FromSeconds(1));
        await next.DeliverAsync();
        using var browser = await next.SignInAsync(Roles.Manager);
        await browser.GetAsync("/outbox?status=Unconfirmed");

        var page = await browser.SubmitAsync("form[action$='/arrival']");

        Assert.Equal("Sent", page.One("tbody .status").TextContent);
        var message = await OneAsync(next);
        Assert.Equal((MessageStatus.Sent, TestApp.Start, null), (message.Status, message.SentAt, message.Error));
        await next.DeliverAsync();
        Assert.Single(server.Accepted);
    }

    [Fact]
    public async Task Of_a_message_that_may_have_arrived_a_manager_has_it_sent_again()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await KilledAfterSendingAsync(server);
        await using var next = await app.StartAnotherAsync(server.Settings);
        next.Time.Advance(OutboxDelivery.Lease + TimeSpan.FromSeconds(1));
        await next.DeliverAsync();
        using var browser = await next.SignInAsync(Roles.Manager);
        await browser.GetAsync("/outbox?status=Unconfirmed");

        var page = await browser.SubmitAsync("form[action$='/attempts']");
        await next.DeliverAsync();

        Assert.Equal("Queued", page.One("tbody .status").TextContent);
        Assert.Equal(MessageStatus.Sent, (await OneAsync(next)).Status);
        Assert.Equal(2, server.Accepted.Count);
        Assert.Single(server.Accepted.Select(m => m.MessageId).Distinct());
    }

    [Fact]
    public async Task A_line_that_breaks_during_the_handing_over_leaves_the_message_to_a_person()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings,
            new Dying(afterSending: true, breaksInstead: true).Install);
        await QueueAsync(app);

        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromDays(1));
        await app.DeliverAsync();

        var message = await OneAsync(app);
        Assert.Equal(MessageStatus.Unconfirmed, message.Status);
        Assert.EndsWith("The line is dead.", message.Error);
        Assert.Single(server.Accepted);
    }

    [Fact]
    public async Task A_message_cancelled_while_it_was_being_tried_is_not_tried_again()
    {
        await using var server = MailServer.Down();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var nudge = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.Nudge);
        (nudge.Status, nudge.ClaimedAt) = (MessageStatus.Sending, app.Clock.Now); // claimed by a process that then dies
        await app.StoreAsync(nudge);
        await app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null));
        await server.ListenAsync();

        app.Time.Advance(TimeSpan.FromDays(4));
        await app.DeliverAsync();

        Assert.Equal(MessageStatus.Cancelled, (await app.LoadAsync<OutboxMessage>(nudge.Id)).Status);
        Assert.DoesNotContain(server.Accepted, m => m.Subject == nudge.Subject);
    }

    [Fact]
    public async Task Several_deliverers_at_once_send_each_message_once()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await using var other = await app.StartAnotherAsync(server.Settings);
        for (var i = 0; i < 50; i++) await QueueAsync(app, $"applicant{i}@mail.example");

        await Task.WhenAll(app.DeliverAsync(), other.DeliverAsync(), app.DeliverAsync(), other.DeliverAsync());

        var messages = await app.AllAsync<OutboxMessage>();
        Assert.All(messages, m => Assert.Equal((MessageStatus.Sent, 1), (m.Status, m.Attempts)));
        Assert.Equal(messages.Select(m => $"{m.Id:N}@periyar.example").Order(), server.Accepted.Select(m => m.MessageId!).Order());
    }

    [Fact]
    public async Task With_the_jobs_running_an_enquirys_email_arrives_by_itself()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string,
            string?>(server.Settings)
        { ["Jobs:Enabled"] = "true" });
        var course = await app.AddCourseAsync();
        using var browser = app.Browse();
        await browser.GetAsync("/enquire/cpc");

        await browser.SubmitAsync("form#enquiry",
            new()
            {
                ["name"] = "Anjali Nair",
                ["phone"] = "98470 12345",
                ["email"] = "anjali@mail.example",
                ["course"] = course.Id.ToString(),
                ["time"] = "Evening",
                ["consent"] = "true"
            });

        var lead = Assert.Single(await app.AllAsync<Lead>());
        await Poll.UntilAsync(() => Task.FromResult(server.Accepted.Count > 0), "the email");
        Assert.Contains(lead.Reference, Assert.Single(server.Accepted).TextBody);
        await Poll.UntilAsync(async () => (await app.AllAsync<OutboxMessage>()).Any(m => m is
        {
            Kind: MessageKinds.Brochure,
            Status: MessageStatus.Sent
        }), "the message to be marked as sent");
    }

    private async Task<TestApp> KilledAfterSendingAsync(MailServer server)
    {
        var dying = new Dying(afterSending: true);
        var app = await TestApp.StartAsync(postgres, server.Settings, dying.Install);
        await QueueAsync(app);
        _ = app.DeliverAsync(); // never ends: this process is dead from where it stands
        await dying.Dead;
        Assert.Single(server.Accepted);
        return app;
    }

    /// <summary>A transport that goes no further at a point, as in a process that was killed there.</summary>
    private sealed class Dying(bool afterSending, bool breaksInstead = false) : IMailTransport
    {
        private readonly TaskCompletionSource _dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private IMailTransport? _real;

        public Task Dead => _dead.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public void Install(IServiceCollection services) => services.AddSingleton<IMailTransport>(sp =>
        {
            _real = ActivatorUtilities.CreateInstance<SmtpTransport>(sp);
            return this;
        });

        public async Task<IMailSession> OpenAsync(CancellationToken cancel)
        {
            if (!afterSending) await DieAsync();
            return new Session(this, await _real!.OpenAsync(cancel));
        }

        private async Task DieAsync()
        {
            if (breaksInstead) throw new IOException("The line is dead.");
            _dead.SetResult();
            await new TaskCompletionSource().Task;
        }

        private sealed class Session(Dying dying, IMailSession real) : IMailSession
        {
            public async Task<string?> SendAsync(MimeMessage message, CancellationToken cancel)
            {
                await real.SendAsync(message, cancel);
                await dying.DieAsync();
                return null;
            }

            public ValueTask DisposeAsync() => real.DisposeAsync();
        }
    }
}
