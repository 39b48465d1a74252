using Crm.Accounts;
using Crm.Changes;
using Crm.Correspondence;
using Crm.Enrolments;
using Crm.Imports;
using Crm.Institute;
using Crm.Messaging;
using Crm.Operations;
using Crm.Privacy;
using Crm.Reports;
using Crm.Storage;
using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;

namespace Crm.Startup;

/// <summary>
/// Hangfire, which once a minute rings for the outbox and looks for holds that ran out, and has fees asked for, and the loop that delivers.
/// </summary>
public static class Jobs
{
    public static bool Enabled(IConfiguration configuration) => configuration.GetValue("Jobs:Enabled", true);

    public static void AddJobs(this IServiceCollection services, IConfiguration configuration, string connection)
    {
        // Its own, by which it is asked for everywhere: Hangfire's is one for the whole process, whoever sets it last.
        services.AddSingleton<JobStorage>(_ => StorageOn(MartenSetup.WithFew(connection)));
        services.AddHangfire((all, h) => h.UseStorage(all.GetRequiredService<JobStorage>())
            .UseLogProvider(ActivatorUtilities.CreateInstance<JobLog>(all)));
        if (!Enabled(configuration)) return;
        services.AddLater<JobServer>();
        services.AddLater<OutboxLoop>();
        services.AddLater<BackupSchedule>();
        services.AddLater<ChangeLoop>();
        services.AddLater<SweepSchedule>();
        services.AddLater<ClockWatch>();
        // A stop waits for the message that a mail server is taking.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = MessagingRoom.StopsWithin);
    }

    private static PostgreSqlStorage StorageOn(string connection)
    {
        var options = new PostgreSqlStorageOptions
        {
            SchemaName = "hangfire",
            PrepareSchemaIfNecessary = false,
            QueuePollInterval = TimeSpan.FromSeconds(2),
            EnableLongPolling = true,
            // Its locks are rows, and a process that is killed leaves them. None is held for longer than a few statements,
            // and two sweeps at once are harmless, so a row of this age is nobody's. Shorter than Hangfire waits for one.
            DistributedLockTimeout = TimeSpan.FromSeconds(10),
        };
        return new PostgreSqlStorage(new NpgsqlConnectionFactory(connection, options), options);
    }

    /// <summary>Hangfire's own pages, for managers to look at: what was started when, and how it went.</summary>
    public static void MapJobs(this IEndpointRouteBuilder app) => app.MapHangfireDashboard("/jobs", new DashboardOptions
    {
        Authorization = [], // the route's own
        IsReadOnlyFunc = _ => true,
        DisplayStorageConnectionString = false,
        DashboardTitle = "Jobs of Enrolment",
        AppPath = "/upkeep",
    }).RequireAuthorization(Roles.ManagerPolicy);

    /// <summary>Puts the sweeps on the schedule, beside the start and not before it: the database may keep it waiting.</summary>
    private sealed class SweepSchedule(IRecurringJobManager schedule, ILogger<SweepSchedule> logger) : BackgroundService
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield(); // Hangfire waits for its lock without giving the thread back
            while (!TryAdd()) await Task.Delay(Pause, stoppingToken);
        }

        private bool TryAdd()
        {
            try
            {
                schedule.AddOrUpdate<OutboxSignal>(OutboxHealth.Sweep, signal => signal.Raise(), Cron.Minutely());
                schedule.AddOrUpdate<FeeReminders>("fee-reminders", r => r.SweepAsync(CancellationToken.None), "*/10 * * * *");
                schedule.AddOrUpdate<Nudges>("nudges", n => n.SweepAsync(CancellationToken.None), "*/10 * * * *");
                schedule.AddOrUpdate<AccountSweep>("accounts", sweep => sweep.RunAsync(CancellationToken.None), Cron.Hourly());
                schedule.AddOrUpdate<HoldSweep>("holds", sweep => sweep.RunAsync(CancellationToken.None), Cron.Minutely());
                schedule.AddOrUpdate<HoldCalls>("calls-about-holds", calls => calls.RunAsync(CancellationToken.None), Cron.Minutely());
                schedule.AddOrUpdate<OfferCalls>("calls-about-offers", calls => calls.RunAsync(CancellationToken.None), Cron.Minutely());
                schedule.AddOrUpdate<FunnelBooks>("figures", books => books.SweepAsync(CancellationToken.None), Cron.Minutely());
                schedule.AddOrUpdate<FeeBooks>("fee-figures", books => books.SweepAsync(CancellationToken.None), Cron.Minutely());
                schedule.AddOrUpdate<ImportRunner>(ImportRunner.Sweep, run => run.RunAsync(CancellationToken.None), Cron.Minutely());
                schedule.AddOrUpdate<Retention>(Retention.Sweep, r => r.RunAsync(CancellationToken.None), "30 21 * * *");
                schedule.Trigger(ImportRunner.Sweep); // an import that a stop or a kill cut off goes on at once
                return true;
            }
            catch (Exception e)
            {
                logger.LogWarning("The sweeps could not be put on the schedule and are tried again: {Problem}", e.Message);
                return false;
            }
        }
    }
}
