using Hangfire;

namespace Crm.Startup;

/// <summary>Hangfire's own: it carries out what is due, and takes nothing more as soon as the program is told to stop.</summary>
internal sealed class JobServer(JobStorage storage, JobActivator activator, IHostApplicationLifetime life) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var server = new BackgroundJobServer(new BackgroundJobServerOptions
        {
            Activator = activator,
            WorkerCount = 2,
            SchedulePollingInterval = TimeSpan.FromSeconds(5),
        }, storage);
        using var told = life.ApplicationStopping.Register(server.SendStop);
        await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        server.SendStop(); // again, which changes nothing, where the host stops without having said so
        await server.WaitForShutdownAsync(CancellationToken.None);
    }
}
