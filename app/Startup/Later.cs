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

internal static class Laters
{
    public static void AddLater<T>(this IServiceCollection services) where T : BackgroundService =>
        services.AddSingleton<T>().AddHostedService<Later<T>>();
}
