using System.Threading.Channels;
using Crm.Storage;
using Marten;
using Marten.Services;

namespace Crm.Messaging;

/// <summary>
/// Tells the delivery loop that a change may have queued mail: one that was committed, or one of which nobody knows whether it was.
/// Losing a signal only costs the wait for the next sweep.
/// </summary>
public sealed class OutboxSignal : DocumentSessionListenerBase
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Where the answer to a commit is lost, nobody hears of that commit.
    public OutboxSignal(DatabaseTroubles troubles) => troubles.Met += (_, _) => Raise();

    public void Raise() => _channel.Writer.TryWrite(true);

    /// <summary>Waits for a signal, or for this long.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(atMost);
        try
        {
            await _channel.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // No change has queued mail in all this time.
        }
    }

    /// <summary>Every session of Marten ends here: nobody who queues mail has to think of waking the delivery.</summary>
    public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        if (commit.Inserted.Concat(commit.Updated).Any(d => d is OutboxMessage { Status: MessageStatus.Queued })) Raise();
        return Task.CompletedTask;
    }
}
