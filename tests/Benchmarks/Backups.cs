using System.Diagnostics;
using Crm.Demo;
using Crm.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>How long a backup, its trial and a restoration take, and how much room and memory.</summary>
internal static class Backups
{
    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, int leadCount)
    {
        var connection = await server.CreateDatabaseAsync("backup");
        await using var app = await server.ServeAsync(connection);
        var clock = Stopwatch.StartNew();
        await DemoSeed.RunAsync(app.Services, NullLogger.Instance, "a password of benchmarks", leadCount);
        Console.Error.WriteLine($"Seeded {leadCount:N0} leads in {clock.Elapsed.TotalSeconds:0} s");
        await using var source = NpgsqlDataSource.Create(connection);
        await using var ask = source.CreateCommand("select pg_database_size(current_database())");
        var database = (long)(await ask.ExecuteScalarAsync())!;

        var results = new List<Result>();
        foreach (var passphrase in new[] { null, "a passphrase of benchmarks" })
        {
            var path = Path.Combine(server.Folder, passphrase is null ? "plain" : "sealed");
            var order = new BackupOrder(connection, Path.Combine(server.Folder, "app"), path, passphrase);
            var (written, seconds, memory) = await MeasureAsync(() =>
                app.Services.GetRequiredService<BackupWriter>().WriteAsync(order, null, default));
            results.Add(new(passphrase is null ? "Backup" : "Backup, encrypted",
                $"{seconds:0.0} s, {written.Size / 1e6:0} MB, {memory:0} MB of memory",
                $"{leadCount:N0} leads, {written.Contents.Rows:N0} rows, a database of {database / 1e6:0} MB; the memory is what the "
                + "process holds more of at the worst moment"));
        }
        var plain = Path.Combine(server.Folder, "plain");
        var (proven, trial, trialMemory) = await MeasureAsync(() =>
            app.Services.GetRequiredService<BackupProof>().ProveAsync(plain, null, connection, withSamples: true, default));
        results.Add(new("Trial restoration", $"{trial:0.0} s, {trialMemory:0} MB of memory",
            $"the same, {proven.Where}, every row compared"));
        var target = await server.CreateDatabaseAsync("restored");
        NpgsqlConnection.ClearAllPools();
        var (_, restored, restoredMemory) = await MeasureAsync(() => app.Services.GetRequiredService<BackupReader>()
            .RestoreAsync(new RestoreOrder(target, Path.Combine(server.Folder, "files"), plain), null, default));
        results.Add(new("Restoration", $"{restored:0.0} s, {restoredMemory:0} MB of memory",
            "the same into an empty database, with analyze"));
        return results;
    }

    private static async Task<(T Result, double Seconds, double Megabytes)> MeasureAsync<T>(Func<Task<T>> work)
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var (before, worst) = (process.WorkingSet64, 0L);
        using var timer = new Timer(_ =>
        {
            using var now = Process.GetCurrentProcess();
            worst = Math.Max(worst, now.WorkingSet64);
        }, null, 0, 100);
        var clock = Stopwatch.StartNew();
        var result = await work();
        return (result, clock.Elapsed.TotalSeconds, Math.Max(0, worst - before) / 1e6);
    }
}
