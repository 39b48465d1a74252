using System.Net.Sockets;
using Crm.Institute;
using Hangfire;
using Hangfire.Storage;
using Marten;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Crm.Messaging;

/// <summary>Whether the sweep is started every minute, and whether mail leaves that is due.</summary>
public sealed class OutboxHealth(JobStorage jobs, IDocumentStore store, CurrentInstitute institute, InstituteClock clock) : IHealthCheck
{
    /// <summary>The name of the sweep among the recurring jobs.</summary>
    public const string Sweep = "outbox";

    // The sweep comes once a minute; a backlog may take the other time, and a server that puts off strangers accepts the third attempt.
    private static readonly TimeSpan LateSweep = TimeSpan.FromMinutes(3), LateMail = TimeSpan.FromMinutes(10);
    private const int ManyAttempts = 3;

    private readonly DateTimeOffset _since = clock.Now;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await LookAsync(cancellationToken);
        }
        catch (Exception e) when (e.GetBaseException() is NpgsqlException or SocketException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("What waits to be sent cannot be read.");
        }
    }

    private async Task<HealthCheckResult> LookAsync(CancellationToken cancel)
    {
        if (SweepStandsStill() is { } since)
            return HealthCheckResult.Unhealthy($"The sweep of the outbox has stood still since {since:yyyy-MM-dd HH:mm} UTC.");
        if (!institute.Profile.IsComplete()) return HealthCheckResult.Healthy("Nobody is written to yet.");
        await using var session = store.QuerySession();
        if (await session.LoadAsync<QueuePause>(QueuePause.TheOne, cancel) is { } pause)
            return pause.AwaitsWord
                ? HealthCheckResult.Healthy("Mail waits for a manager's word, since this database was restored from a backup.")
                : HealthCheckResult.Degraded($"Mail has not left since {pause.Since:yyyy-MM-dd HH:mm} UTC; managers see why.");
        var waiting = session.Query<OutboxMessage>().Where(m => m.Status == MessageStatus.Queued);
        var now = clock.Now;
        if (await waiting.AnyAsync(m => m.Attempts >= ManyAttempts, cancel))
            return HealthCheckResult.Degraded("Messages failed several times and wait; the Outbox page tells why.");
        var due = waiting.Where(m => m.DueAt <= now);
        if (await due.OrderBy(m => m.DueAt).FirstOrDefaultAsync(cancel) is not { } oldest)
            return HealthCheckResult.Healthy("No mail waits that is due.");
        var (age, late) = (now - oldest.DueAt, now - LateMail);
        var waits = $"Of {await due.CountAsync(cancel)} messages that are due, the oldest has waited for {Words(age)}.";
        // A thousand letters at once take their time: that is no standstill while they go.
        var sent = session.Query<OutboxMessage>().Where(m => m.Status == MessageStatus.Sent && m.DueAt > late);
        return age <= LateMail || await sent.AnyAsync(cancel)
            ? HealthCheckResult.Healthy(waits)
            : HealthCheckResult.Unhealthy($"No mail leaves. {waits}");
    }

    private static string Words(TimeSpan age) => age switch
    {
        { TotalMinutes: < 1 } => "less than a minute",
        { TotalHours: < 2 } => $"{(int)age.TotalMinutes} minutes",
        { TotalDays: < 2 } => $"{(int)age.TotalHours} hours",
        _ => $"{(int)age.TotalDays} days",
    };

    // The schedule says when it will be started next: where that has passed, nobody starts it.
    private DateTimeOffset? SweepStandsStill()
    {
        using var connection = jobs.GetReadOnlyConnection();
        var next = connection.GetRecurringJobs([Sweep]) is [var sweep] ? sweep.NextExecution : null;
        var since = next is { } planned && new DateTimeOffset(planned, TimeSpan.Zero) is var moment && moment > _since ? moment : _since;
        return clock.Now - since > LateSweep ? since : null;
    }
}
