using System.Threading.Channels;
using Marten;

namespace Crm.Changes;

/// <summary>How a sort of change is carried out bit by bit, where it is too large for one transaction.</summary>
public interface IChangeWork
{
    ChangeKind Kind { get; }

    /// <summary>Carries out the next bit, in a transaction that notes how far it has come.</summary>
    /// <returns>False where it has come to its end, or another process works on it.</returns>
    Task<bool> ContinueAsync(Guid change, CancellationToken cancel);
}

/// <summary>Carries out changes that are under way. How far each has come lies in the database, so that a reload shows it, and a process
/// that starts again, or another one, goes on.</summary>
public sealed class ChangeWorker(IDocumentStore store, IServiceProvider services, ILogger<ChangeWorker> logger)
{
    /// <summary>Of how many things a change is carried out while its sender waits.</summary>
    public const int AtOnce = 200;

    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Carries out a change that was just begun: at once where it is small, else by <see cref="ChangeLoop"/>.</summary>
    public async Task StartAsync(Change change, CancellationToken cancel)
    {
        if (change.Total > AtOnce) _due.Writer.TryWrite(true);
        else await CarryOutAsync(change, cancel);
    }

    /// <summary>Carries out all that is under way. What fails is told in the log, and tried again the next time.</summary>
    public async Task RunDueAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var due = await session.Query<Change>().Where(c => c.Status == ChangeStatus.Running).OrderBy(c => c.At).ToListAsync(cancel);
        foreach (var change in due)
            try
            {
                await CarryOutAsync(change, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                logger.LogError(e, "The change {Change} could not be carried on; it is tried again in a moment", change.Id);
            }
    }

    internal async Task WaitAsync(TimeSpan atMost, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(atMost);
        Task begun = _due.Reader.WaitToReadAsync(limit.Token).AsTask();
        await begun.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _due.Reader.TryRead(out _);
    }

    private async Task CarryOutAsync(Change change, CancellationToken cancel)
    {
        // Asked for late: whoever carries out changes may need what needs this.
        if (services.GetServices<IChangeWork>().FirstOrDefault(w => w.Kind == change.Kind) is not { } work) return;
        while (await work.ContinueAsync(change.Id, cancel)) cancel.ThrowIfCancellationRequested();
    }
}

/// <summary>Goes on with changes that are under way, as soon as one is begun and every few seconds.</summary>
public sealed class ChangeLoop(ChangeWorker worker, ILogger<ChangeLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await worker.RunDueAsync(stoppingToken);
                await worker.WaitAsync(Patience, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogError(e, "Changes under way could not be looked for; that is tried again in a moment");
                await Task.Delay(Patience, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
