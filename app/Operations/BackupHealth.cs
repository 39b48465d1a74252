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
/// <param name="Trouble">Why none can be written, in a sentence; null where one can.</param>
public sealed record BackupStanding(BackupRecord? LastProven, BackupRecord? Failed, DateTimeOffset Since, string? Trouble)
{
    // One each night, and two hours for a large one, or for a machine that was being started.
    private static readonly TimeSpan Oldest = TimeSpan.FromHours(26);

    public bool IsOverdueAt(DateTimeOffset now) => now - Since > Oldest;
}

/// <summary>Whether there is a backup, proven, of the last night.</summary>
public sealed class BackupHealth(IDocumentStore store, BackupOptions options, InstituteClock clock) : IHealthCheck
{
    private DateTimeOffset _start = clock.Now;

    public async Task<BackupStanding> StandingAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        // Moments that have not come yet are of a clock that was ahead, and tell nothing of the last night.
        var now = clock.Now;
        if (_start > now) _start = now;
        var made = session.Query<BackupRecord>().Where(r => r.MadeAt <= now);
        var proven = await made.Where(r => r.State == BackupState.Proven).OrderByDescending(r => r.MadeAt).FirstOrDefaultAsync(cancel);
        var last = await made.Where(r => r.State != BackupState.Waiting && r.State != BackupState.Making)
            .OrderByDescending(r => r.MadeAt).FirstOrDefaultAsync(cancel);
        var watch = await session.LoadAsync<BackupWatch>(BackupWatch.TheOne, cancel);
        var since = proven?.MadeAt ?? (watch?.Since <= now ? watch.Since : _start);
        return new BackupStanding(proven, last?.Problem is null ? null : last, since, options.Trouble);
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
            _ when standing.Trouble is { } trouble => $" {trouble}",
            null => "",
            { NoRoom: true } => " The last attempt found no room on the disk.",
            _ => " The last attempt failed; managers see why.",
        };
        if (standing.IsOverdueAt(clock.Now))
            return HealthCheckResult.Unhealthy(standing.LastProven is null
                ? $"No backup has been proven since {standing.Since:yyyy-MM-dd HH:mm} UTC.{why}"
                : $"The last proven backup is of {standing.Since:yyyy-MM-dd HH:mm} UTC.{why}");
        if (standing.Trouble is not null) return HealthCheckResult.Degraded(standing.Trouble);
        if (why.Length > 0) return HealthCheckResult.Degraded($"A backup is missing.{why}");
        return HealthCheckResult.Healthy(standing.LastProven is { } proven
            ? $"The last proven one is of {proven.MadeAt:yyyy-MM-dd HH:mm} UTC."
            : "The first one is due within a day.");
    }
}
