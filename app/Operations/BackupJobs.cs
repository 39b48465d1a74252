using Crm.Institute;
using Hangfire;
using Marten;

namespace Crm.Operations;

/// <summary>What the schedule starts.</summary>
public sealed class BackupJobs(BackupShelf shelf)
{
    /// <summary>The name of the nightly one among the recurring jobs.</summary>
    public const string Nightly = "backup";

    public Task NightAsync(CancellationToken cancel) => shelf.MakeAsync(BackupReason.Night, null, cancel);

    // Where the gate is closed, the schedule tries again in a while.
    public async Task AskedAsync(Guid id, CancellationToken cancel)
    {
        if (await shelf.MakeAsync(BackupReason.Asked, id, cancel) is null) throw new BackupException("Another backup is being made.");
    }
}

/// <summary>Puts the nightly backup on the schedule, where it stays: one that was missed is made at the next start.</summary>
public sealed class BackupSchedule(IRecurringJobManager schedule, BackupOptions options, InstituteClock clock, IDocumentStore store,
    BackupShelf shelf, ILogger<BackupSchedule> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // Hangfire waits for its lock without giving the thread back
        while (!await TryAsync(stoppingToken)) await Task.Delay(Pause, stoppingToken);
    }

    private async Task<bool> TryAsync(CancellationToken cancel)
    {
        try
        {
            await WatchAsync(cancel);
            await shelf.TidyAsync(cancel);
            schedule.AddOrUpdate<BackupJobs>(BackupJobs.Nightly, jobs => jobs.NightAsync(CancellationToken.None),
                Cron.Daily(options.At.Hour, options.At.Minute), new RecurringJobOptions { TimeZone = clock.Zone });
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.LogWarning("The nightly backup could not be put on the schedule and is tried again: {Problem}", e.Message);
            return false;
        }
    }

    private async Task WatchAsync(CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await session.LoadAsync<BackupWatch>(BackupWatch.TheOne, cancel) is not null) return;
        session.Store(new BackupWatch { Since = clock.Now });
        await session.SaveChangesAsync(cancel);
    }
}
