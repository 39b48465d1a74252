using Crm.Messaging;
using Crm.Operations;
using Crm.Startup;
using Hangfire;
using Hangfire.Common;
using Hangfire.Storage;

namespace Crm.Tests.Startup;

/// <summary>A machine whose clock was ahead, and was set back.</summary>
public sealed class ClockWatchTests(TestPostgres postgres)
{
    [Fact]
    public async Task What_was_started_in_the_future_is_started_again_within_its_own_time_and_nothing_else_is_touched()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (jobs, schedule) = (app.Get<JobStorage>(), app.Get<IRecurringJobManager>());
        app.Time.SetUtcNow(DateTimeOffset.UtcNow); // the schedule's own clock is the machine's
        schedule.AddOrUpdate<OutboxSignal>(OutboxHealth.Sweep, signal => signal.Raise(), Cron.Minutely());
        schedule.AddOrUpdate<BackupJobs>(BackupJobs.Nightly, j => j.NightAsync(CancellationToken.None), "30 1 * * *",
            new RecurringJobOptions { TimeZone = app.Clock.Zone });
        Started(jobs, OutboxHealth.Sweep, DateTime.UtcNow.AddYears(3));
        var night = Of(jobs, BackupJobs.Nightly).NextExecution;
        // A start alone changes nothing of it.
        schedule.AddOrUpdate<OutboxSignal>(OutboxHealth.Sweep, signal => signal.Raise(), Cron.Minutely());
        Assert.True(Of(jobs, OutboxHealth.Sweep).NextExecution > DateTime.UtcNow.AddYears(2));

        Watch(app).PutRight();

        var sweep = Of(jobs, OutboxHealth.Sweep);
        Assert.InRange(sweep.NextExecution!.Value, DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow.AddMinutes(2));
        Assert.Null(sweep.LastExecution);
        Assert.Equal(night, Of(jobs, BackupJobs.Nightly).NextExecution);
        // The night's too, on the institute's clock as before.
        Started(jobs, BackupJobs.Nightly, DateTime.UtcNow.AddDays(400));
        Watch(app).PutRight();
        Assert.Equal(night, Of(jobs, BackupJobs.Nightly).NextExecution);
    }

    private static ClockWatch Watch(TestApp app) =>
        new(app.Get<JobStorage>(), app.Get<IRecurringJobManager>(), app.Time, app.Logger<ClockWatch>());

    private static void Started(JobStorage jobs, string id, DateTime at)
    {
        using var connection = jobs.GetConnection();
        using var change = connection.CreateWriteTransaction();
        change.SetRangeInHash($"recurring-job:{id}",
        [
            new("LastExecution", JobHelper.SerializeDateTime(at)),
            new("NextExecution", JobHelper.SerializeDateTime(at.AddMinutes(1))),
        ]);
        change.AddToSet("recurring-jobs", id, JobHelper.ToTimestamp(at.AddMinutes(1)));
        change.Commit();
    }

    private static RecurringJobDto Of(JobStorage jobs, string id)
    {
        using var connection = jobs.GetConnection();
        return Assert.Single(connection.GetRecurringJobs([id]));
    }
}
