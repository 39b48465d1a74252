using Crm.Messaging;
using Crm.Storage;
using CsCheck;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Crm.Tests.Messaging;

/// <summary>A message is sent by who has claimed it, while nobody else has; a stop of the program does not cut it in two.</summary>
public sealed class ClaimTests(TestPostgres postgres)
{
    // A busy machine may be slow to answer: what must arrive is given the time.
    private static readonly TimeSpan Some = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_greeting_in_nine_slow_lines_gets_each_message_once_from_two_processes()
    {
        await using var server = new ScriptedMailServer { SlowGreeting = (9, Some * 0.12) }; // longer than a single answer may take
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Some));
        await using var other = await app.StartAnotherAsync(server.Settings(Some));
        for (var i = 0; i < 3; i++) await app.QueueAsync($"applicant{i}@mail.example");

        var first = app.DeliverAsync();
        await Poll.UntilAsync(() => Task.FromResult(server.Connections > 0), "the first connection");
        other.Time.Advance(other.Lease + TimeSpan.FromSeconds(1)); // what was claimed before the greeting would be taken over now
        await Task.WhenAll(first, other.DeliverAsync());

        Assert.Equal(3, server.Taken.Count);
        Assert.Equal(3, server.Taken.Distinct().Count());
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal((MessageStatus.Sent, 1), (m.Status, m.Attempts)));
    }

    [Fact]
    public async Task Who_took_too_long_to_make_a_message_that_another_process_took_over_does_not_send_it()
    {
        await using var server = new ScriptedMailServer();
        var slow = new Slow();
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Long), s => s.AddSingleton<IMessageCheck>(slow));
        await using var other = await app.StartAnotherAsync(server.Settings(Long));
        await app.QueueAsync();
        var late = app.DeliverAsync();
        await slow.Asked;
        other.Time.Advance(other.Lease + TimeSpan.FromSeconds(1));

        await other.DeliverAsync();
        slow.GoOn();
        await late;

        Assert.Single(server.Taken);
        var message = await app.OneMessageAsync();
        Assert.Equal((MessageStatus.Sent, 1), (message.Status, message.Attempts));
        Assert.Null(await app.PauseAsync());
    }

    [Theory]
    [InlineData(SmtpStage.Mail)]
    [InlineData(SmtpStage.Rcpt)]
    [InlineData(SmtpStage.Data)]
    public async Task A_machine_that_slept_in_the_middle_of_handing_over_does_not_send_the_dot(SmtpStage asleepAt)
    {
        await using var server = new ScriptedMailServer();
        await using var app = await TestApp.StartAsync(postgres, server.Settings(Some));
        await app.QueueAsync();
        server.At = at =>
        {
            if (at == asleepAt) app.Time.Advance(TimeSpan.FromHours(1));
        };

        await app.DeliverAsync();
        var taken = server.Taken.Count;
        server.At = _ => { };
        await app.DeliverAsync();

        Assert.Equal((0, 1), (taken, server.Taken.Count));
        Assert.Equal(MessageStatus.Sent, (await app.OneMessageAsync()).Status);
    }

    [Theory]
    [InlineData(SmtpStage.Mail)]
    [InlineData(SmtpStage.Data)]
    [InlineData(SmtpStage.Dot)]
    public async Task A_stop_of_the_program_waits_for_the_message_being_handed_over(SmtpStage at)
    {
        await using var server = new ScriptedMailServer();
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        server.At = stage =>
        {
            if (stage != at) return;
            reached.Set();
            goOn.Wait(TimeSpan.FromSeconds(20));
        };
        await using var app = await TestApp.StartAsync(postgres, server.Settings(TimeSpan.FromSeconds(10)));
        var message = await app.QueueAsync();
        app.Time.Advance(TimeSpan.FromSeconds(1));
        await app.QueueAsync("second@mail.example");
        using var loop = new OutboxLoop(app.Get<OutboxSignal>(), app.Get<OutboxStore>(), app.Get<OutboxDelivery>(),
            app.Get<DatabaseTroubles>(), app.Logger<OutboxLoop>());
        await loop.StartAsync(default);
        await Task.Run(reached.Wait);

        var stopping = loop.StopAsync(default);
        var early = await Task.WhenAny(stopping, Task.Delay(300)) == stopping;
        goOn.Set();
        await stopping;

        Assert.False(early);
        Assert.Equal($"{message.Id:N}@periyar.example", Assert.Single(server.Taken));
        var after = (await app.AllAsync<OutboxMessage>()).OrderBy(m => m.CreatedAt).Select(m => (m.Status, m.Attempts));
        Assert.Equal([(MessageStatus.Sent, 1), (MessageStatus.Queued, 0)], after);
    }

    [Fact]
    public async Task The_program_has_time_to_stop()
    {
        await using var server = new ScriptedMailServer();
        await using var app = await TestApp.StartAsync(postgres,
            new Dictionary<string, string?>(server.Settings(Some)) { ["Jobs:Enabled"] = "true" });

        Assert.True(app.Get<Microsoft.Extensions.Options.IOptions<HostOptions>>().Value.ShutdownTimeout >= 2 * OutboxDelivery.Grace);
    }

    /// <summary>Holds the first message up until it is told to go on.</summary>
    private sealed class Slow : IMessageCheck
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public void GoOn() => _goOn.SetResult();

        public async Task<Verdict> JudgeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel)
        {
            _asked.TrySetResult();
            await _goOn.Task;
            return new Verdict(null, message.To, message.ToName);
        }
    }
}

/// <summary>Whatever a server does, again and again, and whichever process comes to it: nobody gets a message twice.</summary>
public sealed class OnceTests(ScriptedMail mail) : IClassFixture<ScriptedMail>
{
    // Hanging costs time and teaches no more than dropping; the table has it.
    private static readonly SmtpDeed?[] Deeds =
        [null, null, null, SmtpDeed.Close, SmtpDeed.RefuseForNow, SmtpDeed.RefuseForGood, SmtpDeed.Drop];

    [Fact]
    public async Task Nobody_gets_a_message_twice_by_itself_and_what_is_called_sent_was_taken()
    {
        var plans = Gen.Int[0, Deeds.Length - 1].Select(i => Deeds[i]).Array[40].Array[3];
        await plans.SampleAsync(async deeds =>
        {
            await mail.ClearAsync();
            var step = 0;
            mail.Server.Plan = (connection, stage) => deeds[connection % deeds.Length][(step++ + (int)stage) % 40];
            for (var i = 0; i < 4; i++) await mail.App.QueueAsync($"applicant{i}@mail.example");

            for (var round = 0; round < 3; round++)
            {
                await Task.WhenAll(mail.App.DeliverAsync(), mail.App.DeliverAsync());
                mail.App.Time.Advance(TimeSpan.FromMinutes(16));
            }
            mail.Server.Plan = (_, _) => null;
            await mail.WaitAsync();

            var taken = mail.Server.Taken;
            Assert.Equal(taken.Count, taken.Distinct().Count());
            foreach (var message in await mail.App.AllAsync<OutboxMessage>())
            {
                var arrived = taken.Contains($"{message.Id:N}@periyar.example");
                Assert.True(message.Status is MessageStatus.Sent ? arrived : message.Status is MessageStatus.Unconfirmed || !arrived,
                    $"{message.Status}, arrived: {arrived}, {message.Error}");
                Assert.True(message.Status is MessageStatus.Sent or MessageStatus.Failed or MessageStatus.Unconfirmed, $"{message.Status}");
            }
        }, iter: 25, threads: 1);
    }
}
