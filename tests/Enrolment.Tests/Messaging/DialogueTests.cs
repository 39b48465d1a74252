using Crm.Messaging;
using Marten;

namespace Crm.Tests.Messaging;

/// <summary>One app and one scripted server for all rows of a table: a row leaves neither messages nor a pause behind.</summary>
public sealed class ScriptedMail(TestPostgres postgres) : IAsyncLifetime
{
    internal ScriptedMailServer Server { get; } = new();

    internal TestApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        App = await TestApp.StartAsync(postgres, Server.Settings(TimeSpan.FromMilliseconds(400)));

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Server.DisposeAsync();
    }

    internal async Task ClearAsync()
    {
        Server.Forget();
        await using var session = App.Store.LightweightSession();
        session.DeleteWhere<OutboxMessage>(m => true);
        session.DeleteWhere<QueuePause>(p => true);
        await session.SaveChangesAsync();
    }

    /// <summary>Lets time pass and delivers, until nothing that waits can still leave.</summary>
    internal async Task WaitAsync()
    {
        for (var i = 0; i < 12; i++)
        {
            App.Time.Advance(TimeSpan.FromMinutes(65));
            await App.DeliverAsync();
        }
    }
}

/// <summary>
/// What becomes of a message where a mail server misbehaves, at each step of the dialogue and in each way. Unconfirmed is only what broke
/// between the final dot and its answer, and nobody gets a message twice.
/// </summary>
public sealed class DialogueTests(ScriptedMail mail) : IClassFixture<ScriptedMail>
{
    // What a row expects of the first attempt.
    private enum Becomes
    {
        /// <summary>The queue as a whole waits, and no attempt is counted.</summary>
        Waits,

        /// <summary>This message alone is tried again.</summary>
        Retried,
        Failed,
        Unconfirmed,
        Sent,
    }

    public static TheoryData<SmtpStage, SmtpDeed, bool> Table()
    {
        var table = new TheoryData<SmtpStage, SmtpDeed, bool>();
        foreach (var stage in Enum.GetValues<SmtpStage>())
            foreach (var deed in Enum.GetValues<SmtpDeed>())
            {
                table.Add(stage, deed, false);
                // Commands sent together are answered together.
                if (stage is SmtpStage.Mail or SmtpStage.Rcpt or SmtpStage.Data) table.Add(stage, deed, true);
            }
        return table;
    }

    private static Becomes Expected(SmtpStage stage, SmtpDeed deed) => (stage, deed) switch
    {
        (SmtpStage.Quit, _) => Becomes.Sent,
        (SmtpStage.Dot, SmtpDeed.Drop or SmtpDeed.Hang) => Becomes.Unconfirmed,
        (_, SmtpDeed.Close or SmtpDeed.Drop or SmtpDeed.Hang) => Becomes.Waits,
        // Until a recipient is named, nothing has been said of any one message.
        ( <= SmtpStage.Mail, _) => Becomes.Waits,
        (_, SmtpDeed.RefuseForNow) => Becomes.Retried,
        _ => Becomes.Failed,
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task A_message_is_retried_failed_or_unconfirmed_as_the_step_says_and_arrives_at_most_once(
        SmtpStage stage, SmtpDeed deed, bool pipelining)
    {
        await mail.ClearAsync();
        var (server, app, expected) = (mail.Server, mail.App, Expected(stage, deed));
        server.Pipelining = pipelining;
        server.Plan = (_, at) => at == stage ? deed : null;
        // More than lies in all buffers of a line: the text is still being written when the server breaks off.
        await app.QueueAsync(body: stage == SmtpStage.Body ? string.Concat(Enumerable.Repeat("Words and words.\n", 40_000)) : null);

        await app.DeliverAsync();
        var first = await app.OneMessageAsync();
        var pause = await app.PauseAsync();
        server.Plan = (_, _) => null;
        await mail.WaitAsync();
        var last = await app.OneMessageAsync();

        Assert.Equal(StatusAfter(expected), first.Status);
        Assert.Equal(expected is Becomes.Waits ? 0 : expected is Becomes.Unconfirmed ? 0 : 1, first.Attempts);
        Assert.Equal(expected is Becomes.Waits or Becomes.Unconfirmed, pause is not null);
        var arrives = expected is Becomes.Waits or Becomes.Retried or Becomes.Sent;
        Assert.Equal(arrives ? MessageStatus.Sent : first.Status, last.Status);
        Assert.Equal(expected == Becomes.Failed ? 0 : 1, server.Taken.Count);
        Assert.Equal(arrives, last.Error is null);
        Assert.Null(last.Claim);
    }

    private static MessageStatus StatusAfter(Becomes expected) => expected switch
    {
        Becomes.Sent => MessageStatus.Sent,
        Becomes.Failed => MessageStatus.Failed,
        Becomes.Unconfirmed => MessageStatus.Unconfirmed,
        _ => MessageStatus.Queued,
    };
}
