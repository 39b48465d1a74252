using Crm.Correspondence;
using Crm.Messaging;

namespace Crm.Tests;

/// <summary>Messages as tests put them into the outbox and look at them.</summary>
internal static class TestMail
{
    public static OutboxMessage Message(this TestApp app, string to = "anjali@mail.example") => new()
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

    public static async Task<OutboxMessage> QueueAsync(this TestApp app, string to = "anjali@mail.example", string? body = null)
    {
        var message = app.Message(to);
        message.Body = body ?? message.Body;
        await app.StoreAsync(message);
        return message;
    }

    /// <summary>Queues one after the other: those due at the same moment would leave in any order.</summary>
    public static async Task QueueInTurnAsync(this TestApp app, string name, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await app.QueueAsync($"{name}{i}@mail.example");
            app.Time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    /// <summary>The only message, or the only one of a kind.</summary>
    public static async Task<OutboxMessage> OneMessageAsync(this TestApp app, string? kind = null) =>
        Assert.Single(await app.AllAsync<OutboxMessage>(), m => kind is null || m.Kind == kind);

    /// <summary>Has the brochures delivered, and three days later whoever was not reached written to once more.</summary>
    public static async Task NudgeAsync(this TestApp app)
    {
        await app.DeliverAsync();
        app.Time.Advance(Nudges.After);
        await app.Get<Nudges>().SweepAsync(default);
    }

    /// <summary>Why the whole queue waits, or null.</summary>
    public static Task<QueuePause?> PauseAsync(this TestApp app) => app.Get<OutboxStore>().CurrentPauseAsync(default);

    /// <summary>As a process leaves it that dies, where a test needs no process for that.</summary>
    public static Task ChangeMessageAsync(this TestApp app, OutboxMessage message, Action<OutboxMessage> change)
    {
        change(message);
        return app.StoreAsync(message);
    }
}
