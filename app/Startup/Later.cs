using Hangfire;

namespace Crm.Startup;

/// <summary>
/// Begins some work a moment after the pages are there: on a small machine it would keep the first of them waiting for half a second.
/// </summary>
/// <param name="work">Stopped with this; what it throws stops the program, as a service of the host's would.</param>
internal sealed class Later<T>(T work, IHostApplicationLifetime life) : BackgroundService where T : BackgroundService
{
    // About what a first page takes to compile, on a machine that is a few times slower than most.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(life.ApplicationStarted, stoppingToken);
        await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Moment, stoppingToken);
        await work.StartAsync(stoppingToken);
        await work.ExecuteTask!;
    }
}

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

internal static class Laters
{
    public static void AddLater<T>(this IServiceCollection services) where T : BackgroundService =>
        services.AddSingleton<T>().AddHostedService<Later<T>>();
}
