using Hangfire;
using Hangfire.Storage;

namespace Crm.Startup;

/// <summary>
/// Looks whether the schedule was kept by a clock that was ahead, as of a machine without a battery: what was started on a day that has
/// not come yet would be started again only after it.
/// </summary>
public sealed class ClockWatch(JobStorage jobs, IRecurringJobManager schedule, TimeProvider time, ILogger<ClockWatch> logger)
    : BackgroundService
{
    // Clocks of several processes are never quite the same.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1), Slack = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // Hangfire waits for its lock without giving the thread back
        using var timer = new PeriodicTimer(Pause);
        do
        {
            try
            {
                PutRight();
            }
            catch (Exception e)
            {
                logger.LogWarning("Whether the clock was ahead could not be seen, and is looked at again: {Problem}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Puts what was started in the future on the schedule anew.</summary>
    public void PutRight()
    {
        using var connection = jobs.GetConnection();
        var now = time.GetUtcNow().UtcDateTime;
        var ahead = connection.GetRecurringJobs().Where(j => j.LastExecution > now + Slack && j.Job is not null).ToList();
        foreach (var job in ahead)
        {
            var zone = string.IsNullOrEmpty(job.TimeZoneId) ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(job.TimeZoneId);
            schedule.RemoveIfExists(job.Id);
            schedule.AddOrUpdate(job.Id, job.Job, job.Cron, new RecurringJobOptions { TimeZone = zone });
        }
        if (ahead.Count > 0)
            logger.LogWarning("The clock was ahead and has been set back; what it had started until {Then:yyyy-MM-dd HH:mm} UTC is on the "
                + "schedule anew: {Jobs}", ahead.Max(j => j.LastExecution), string.Join(", ", ahead.Select(j => j.Id)));
    }
}
