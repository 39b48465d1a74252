using System.Threading.Channels;

namespace Crm.Messages;

/// <summary>Tells the delivery loop that a committed change may have queued mail. Losing a signal only costs the wait for the next sweep.</summary>
public sealed class OutboxSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Raise() => _channel.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken cancel) => _channel.Reader.ReadAsync(cancel);
}
