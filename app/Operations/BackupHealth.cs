using System.Net.Sockets;
using Crm.Institute;
using Marten;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Crm.Operations;

/// <summary>How the backups stand.</summary>
/// <param name="LastProven">Null where none was proven yet.</param>
/// <param name="Failed">The last one, where that failed; null where it did not.</param>
/// <param name="Since">Since when one is due.</param>
public sealed record BackupStanding(BackupRecord? LastProven, BackupRecord? Failed, DateTimeOffset Since)
{
    // One each night, and two hours for a large one, or for a machine that was being started.
    private static readonly TimeSpan Oldest = TimeSpan.FromHours(26);

    public bool IsOverdueAt(DateTimeOffset now) => now - Since > Oldest;
}

/// <summary>Whether there is a backup, proven, of the last night.</summary>
public sealed class BackupHealth(IDocumentStore store, InstituteClock clock) : IHealthCheck
{
    private readonly DateTimeOffset _start = clock.Now;

    public async Task<BackupStanding> StandingAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var proven = await session.Query<BackupRecord>().Where(r => r.State == BackupState.Proven)
            .OrderByDescending(r => r.MadeAt).FirstOrDefaultAsync(cancel);
        var last = await session.Query<BackupRecord>().Where(r => r.State != BackupState.Waiting && r.State != BackupState.Making)
            .OrderByDescending(r => r.MadeAt).FirstOrDefaultAsync(cancel);
        var watch = await session.LoadAsync<BackupWatch>(BackupWatch.TheOne, cancel);
        return new BackupStanding(proven, last?.Problem is null ? null : last, proven?.MadeAt ?? watch?.Since ?? _start);
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return Told(await StandingAsync(cancellationToken));
        }
        catch (Exception e) when (e.GetBaseException() is NpgsqlException or SocketException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("When the last backup was made cannot be read.");
        }
    }

    private HealthCheckResult Told(BackupStanding standing)
    {
        var why = standing.Failed switch
        {
            null => "",
            { NoRoom: true } => " The last attempt found no room on the disk.",
            _ => " The last attempt failed; managers see why.",
        };
        if (standing.IsOverdueAt(clock.Now))
            return HealthCheckResult.Unhealthy(standing.LastProven is null
                ? $"No backup has been proven since {standing.Since:yyyy-MM-dd HH:mm} UTC.{why}"
                : $"The last proven backup is of {standing.Since:yyyy-MM-dd HH:mm} UTC.{why}");
        if (why.Length > 0) return HealthCheckResult.Degraded($"A backup is missing.{why}");
        return HealthCheckResult.Healthy(standing.LastProven is { } proven
            ? $"The last proven one is of {proven.MadeAt:yyyy-MM-dd HH:mm} UTC."
            : "The first one is due within a day.");
    }
}
