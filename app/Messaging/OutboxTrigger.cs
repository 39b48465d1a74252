using Hangfire;

namespace Crm.Messaging;

/// <summary>Has Hangfire deliver as soon as a change has queued mail; the recurring sweep finds what a crash left.</summary>
public sealed class OutboxTrigger(OutboxSignal signal, IBackgroundJobClient jobs, ILogger<OutboxTrigger> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(stopping);
                jobs.Enqueue<OutboxDelivery>(d => d.DeliverDueAsync(CancellationToken.None));
                await Task.Delay(TimeSpan.FromMilliseconds(500), stopping); // a burst of changes makes one job, not one each
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogError(e, "Delivery could not be started; the sweep will do it within a minute");
            }
        }
    }
}
