using Crm.Accounts;
using Crm.Correspondence;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Crm.Tests.Messaging;

/// <summary>Mail handed to a real server: it arrives once, whatever the server answers and whenever the app dies.</summary>
[Collection("Hangfire")] // one app with jobs at a time: Hangfire keeps its storage and activator in statics
public sealed class SmtpTests(TestPostgres postgres)
{
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
        var queued = await app.QueueAsync();
        server.Refuse(451, "Try again later, greylisted");
        server.Refuse(452, "Too little storage");

        await app.DeliverAsync();
        await app.DeliverAsync();
        var first = await app.OneMessageAsync();
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await app.DeliverAsync();
        var second = await app.OneMessageAsync();
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
        var sent = await app.OneMessageAsync();
        Assert.Equal((MessageStatus.Sent, 3, null), (sent.Status, sent.Attempts, sent.Error));
    }

    [Fact]
    public async Task A_message_refused_for_good_has_failed_with_the_servers_reason()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await app.QueueAsync();
        server.Refuse(550, "No such mailbox");

        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromDays(1));
        await app.DeliverAsync();

        var failed = await app.OneMessageAsync();
        Assert.Equal(MessageStatus.Failed, failed.Status);
        Assert.Contains("No such mailbox", failed.Error);
        Assert.Equal((1, 0), (server.HandedOver, server.Accepted.Count));
        using var browser = await app.SignInAsync(Roles.Manager);
        Assert.Contains("No such mailbox", (await browser.GetAsync("/outbox?status=Failed")).One("tbody .error").TextContent);
        await browser.SubmitAsync("tbody form[action$='/attempts']");
        await app.DeliverAsync();
        Assert.Single(server.Accepted);
    }

    [Fact]
    public async Task One_message_that_cannot_be_sent_does_not_hold_up_the_others()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await app.QueueAsync("first@mail.example");
        await app.QueueAsync("second@mail.example");
        server.Refuse(451, "Not now");

        await app.DeliverAsync();

        Assert.Single(server.Accepted);
        Assert.Equal([MessageStatus.Queued, MessageStatus.Sent], (await app.AllAsync<OutboxMessage>()).Select(m => m.Status).Order());
    }

    [Fact]
    public async Task Killed_before_the_handing_over_a_message_is_sent_by_the_next_run_once_the_lease_is_over()
    {
        await using var server = await MailServer.StartAsync();
        var dying = new Dying();
        await using var app = await TestApp.StartAsync(postgres, server.Settings, s => s.AddSingleton<IMessageCheck>(dying));
        await app.QueueAsync();
        _ = app.DeliverAsync(); // never ends: this process is dead from where it stands
        await dying.Dead;
        Assert.Equal(MessageStatus.Sending, (await app.OneMessageAsync()).Status);

        await using var next = await app.StartAnotherAsync(server.Settings);
        next.Time.Advance(next.Lease);
        await next.DeliverAsync();
        Assert.Empty(server.Accepted);
        next.Time.Advance(TimeSpan.FromSeconds(1));
        await next.DeliverAsync();
        await next.DeliverAsync();

        Assert.Single(server.Accepted);
        Assert.Equal(MessageStatus.Sent, (await next.OneMessageAsync()).Status);
    }

    [Fact]
    public async Task Killed_after_the_handing_over_a_message_waits_for_a_person()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await KilledAfterSendingAsync(server);
        await using var next = await app.StartAnotherAsync(server.Settings);

        next.Time.Advance(next.Lease + TimeSpan.FromSeconds(1));
        await next.DeliverAsync();
        next.Time.Advance(TimeSpan.FromDays(7));
        await next.DeliverAsync();

        var message = await next.OneMessageAsync();
        Assert.Equal(MessageStatus.Unconfirmed, message.Status);
        Assert.Equal("The program stopped while the mail server was taking this message.", message.Error);
        Assert.Single(server.Accepted);
    }

    [Theory]
    [InlineData("arrival", "Sent", 1)]
    [InlineData("attempts", "Queued", 2)]
    public async Task Of_a_message_that_may_have_arrived_a_manager_says_what_holds(string decision, string status, int arrivals)
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await KilledAfterSendingAsync(server);
        await using var next = await app.StartAnotherAsync(server.Settings);
        next.Time.Advance(next.Lease + TimeSpan.FromSeconds(1));
        await next.DeliverAsync();
        using var browser = await next.SignInAsync(Roles.Manager);
        await browser.GetAsync("/outbox?status=Unconfirmed");

        var page = await browser.SubmitAsync($"tbody form[action$='/{decision}']");
        await next.DeliverAsync();

        Assert.Equal(status, page.One("tbody .status").TextContent);
        var message = await next.OneMessageAsync();
        Assert.Equal((MessageStatus.Sent, decision == "arrival" ? TestApp.Start : next.Clock.Now, null),
            (message.Status, message.SentAt, message.Error));
        Assert.Equal(arrivals, server.Accepted.Count);
        Assert.Single(server.Accepted.Select(m => m.MessageId).Distinct());
    }

    [Fact]
    public async Task A_message_cancelled_while_it_was_being_tried_is_not_tried_again()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.NudgeAsync();
        var nudge = await app.OneMessageAsync(MessageKinds.Nudge);
        (nudge.Status, nudge.ClaimedAt) = (MessageStatus.Sending, app.Clock.Now); // claimed by a process that then dies
        await app.StoreAsync(nudge);
        await app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null));

        app.Time.Advance(TimeSpan.FromDays(1));
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
        for (var i = 0; i < 50; i++) await app.QueueAsync($"applicant{i}@mail.example");

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
        var dying = new Dying();
        var app = await TestApp.StartAsync(postgres, server.Settings, s => s.AddSingleton<IMailTransport>(dying.AfterSending));
        await app.QueueAsync();
        _ = app.DeliverAsync(); // never ends: this process is dead from where it stands
        await dying.Dead;
        Assert.Single(server.Accepted);
        return app;
    }

    /// <summary>Goes no further at a point, as a process that was killed there.</summary>
    private sealed class Dying : IMessageCheck
    {
        private readonly TaskCompletionSource _dead = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Dead => _dead.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public IMailTransport AfterSending(IServiceProvider services) =>
            new Transport(this, ActivatorUtilities.CreateInstance<SmtpTransport>(services));

        public async Task<Verdict> JudgeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel)
        {
            await DieAsync();
            return new Verdict(null, message.To, message.ToName);
        }

        private Task DieAsync()
        {
            _dead.SetResult();
            return new TaskCompletionSource().Task;
        }

        private sealed class Transport(Dying dying, IMailTransport real) : IMailTransport
        {
            public async Task<IMailSession> OpenAsync(CancellationToken cancel) => new Session(dying, await real.OpenAsync(cancel));
        }

        private sealed class Session(Dying dying, IMailSession real) : IMailSession
        {
            public bool IsOpen => real.IsOpen;

            public async Task<Handover> SendAsync(MimeMessage message, Func<bool> stillOurs, CancellationToken breakOff)
            {
                var handover = await real.SendAsync(message, stillOurs, breakOff);
                await dying.DieAsync();
                return handover;
            }

            public ValueTask DisposeAsync() => real.DisposeAsync();
        }
    }
}
