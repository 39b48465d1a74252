using Marten;

namespace Crm.Messaging;

/// <summary>All that is asked of a message before it leaves, or before somebody looks at what would leave.</summary>
public sealed class MessageChecks(IEnumerable<IMessageCheck> checks, IEnumerable<IMessageWriter> writers)
{
    /// <summary>Puts on a message whom it is to and what it says by now: the address may have been corrected while it waited, its owner
    /// may have stopped it, or the world moved on.</summary>
    /// <returns>Why it is not to be sent, or null where it is.</returns>
    public async Task<string?> WhyPointlessAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel)
    {
        foreach (var check in checks)
        {
            var verdict = await check.JudgeAsync(message, session, cancel);
            if (verdict.Pointless is { } why) return why;
            (message.To, message.ToName) = (verdict.To, verdict.ToName);
            if (verdict.Wording is { } wording) message.Say(wording);
        }
        return null;
    }

    /// <summary>Puts on a message that waits what it would say if it left now, for who looks at it. One that does not leave any more says
    /// what it would have said.</summary>
    public async Task PreviewAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel)
    {
        if (message.Status == MessageStatus.Queued) await WhyPointlessAsync(message, session, cancel);
        if (message.IsWritten) return;
        foreach (var writer in writers)
            if (await writer.WriteAsync(message, session, cancel) is { } wording) message.Say(wording);
    }
}
