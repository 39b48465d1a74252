using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Crm.Storage;

/// <summary>Whether the database answers, and takes changes.</summary>
public sealed class DatabaseHealth(NpgsqlDataSource source, DatabaseTroubles troubles) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = source.CreateCommand("select current_setting('transaction_read_only') = 'on'");
            if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
                return HealthCheckResult.Unhealthy("The database can only be read.");
            return troubles.WasFull
                ? HealthCheckResult.Unhealthy("The database's disk was full in the last minutes: changes were refused.")
                : HealthCheckResult.Healthy("It answers and takes changes.");
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.");
        }
    }
}

/// <summary>Whether there is room where the data folder lies.</summary>
/// <param name="folder">The data folder; without one, nothing is kept there.</param>
public sealed class DiskHealth(string folder) : IHealthCheck
{
    // PostgreSQL stops at a full disk; this leaves it some minutes, and a person the time to make room.
    private const long Least = 100_000_000, Nothing = 1_000_000;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(folder)) return Task.FromResult(HealthCheckResult.Healthy("Nothing is kept on this machine."));
        var free = new DriveInfo(folder).AvailableFreeSpace;
        return Task.FromResult(free >= Least
            ? HealthCheckResult.Healthy($"{free / 1_000_000_000.0:0.0} GB are free where the data folder lies.")
            : HealthCheckResult.Unhealthy(free < Nothing
                ? "The disk of the data folder is full."
                : $"The disk of the data folder is almost full: {free / 1_000_000} MB are free."));
    }
}
