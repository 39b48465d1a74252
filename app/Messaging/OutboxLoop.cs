using Crm.Storage;

namespace Crm.Messaging;

/// <summary>
/// Delivers as soon as a change has queued mail, and once a minute. It stands on nothing but the database, so that mail goes on where
/// Hangfire's schedule hangs on a lock that a crash has left.
/// </summary>
public sealed class OutboxLoop(
    OutboxSignal signal, OutboxStore queue, OutboxDelivery delivery, DatabaseTroubles troubles, ILogger<OutboxLoop> logger)
    : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(500);

    // Who has mended a setting starts the program anew: nobody has to wait for the end of a pause that an older setting began.
    private bool _hasBegun;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!_hasBegun) await queue.TryNowAsync(withFailed: false, stoppingToken);
                _hasBegun = true;
                await delivery.DeliverDueAsync(stoppingToken);
                await signal.WaitAsync(Patience, stoppingToken);
                await Task.Delay(Burst, stoppingToken); // a burst of changes makes one round, not one each
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogError(troubles.In(e) is null ? e : null, "Mail could not be delivered; it is tried again in a moment: {Problem}",
                    e.GetBaseException().Message.Split('\n')[0]);
                await Task.Delay(AfterFailure, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
