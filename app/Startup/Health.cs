using Crm.Messaging;
using Crm.Storage;
using Crm.Web;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Crm.Startup;

/// <summary>What <c>/health</c> answers: one word, and a line for whatever is wrong.</summary>
public static class Health
{
    // Less than monitors wait.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void AddHealth(this IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        var checks = services.AddHealthChecks()
            .AddCheck<DatabaseHealth>("database", timeout: Patience)
            .AddCheck("disk", new DiskHealth(dataFolder));
        if (!Jobs.Enabled(configuration)) return; // then mail is another process's matter
        services.AddSingleton<OutboxHealth>();
        checks.AddCheck<OutboxHealth>("mail", timeout: Patience);
    }

    /// <summary>
    /// 200 with <c>healthy</c>, or with <c>degraded</c> where only mail is slow; else 503 with <c>unhealthy</c>. Answered before anything
    /// else that asks the database.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder app) => app.MapHealthChecks("/health", new()
    {
        ResponseWriter = (http, report) =>
        {
            http.Response.ContentType = "text/plain; charset=utf-8";
            return http.Response.WriteAsync(Words(report));
        },
    }).WithMetadata(new HttpMethodMetadata([HttpMethods.Get])).AllowAnonymous().ShortCircuit();

    /// <summary>Has what goes wrong, and what is well again, written to the log and shown to managers, although nobody asks.</summary>
    public static void AddHealthWatch(this IServiceCollection services) => services.AddSingleton<IHealthCheckPublisher, HealthWatch>();

    private static string Words(HealthReport report) =>
        string.Join('\n', [report.Status.ToString().ToLowerInvariant(), .. Problems(report).Select(p => $"{p.Check}: {p.Words}")]);

    private static IEnumerable<(string Check, string Words)> Problems(HealthReport report) =>
        from check in report.Entries
        where check.Value.Status != HealthStatus.Healthy
        select (check.Key, WordsOf(check.Value));

    private static string WordsOf(HealthReportEntry entry) => entry.Description ?? "There was no answer in time.";

    private sealed class HealthWatch(Worries worries, ILogger<HealthWatch> logger) : IHealthCheckPublisher
    {
        private string _last = "";

        public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
        {
            var problems = Problems(report).ToList();
            // A mail server that is away has a banner of its own, with what managers can do about it.
            worries.Now = [.. report.Entries.Values.Where(e => e.Status == HealthStatus.Unhealthy).Select(WordsOf)];
            // Once for each thing: how many messages wait changes with every look.
            var checks = string.Join(' ', problems.Select(p => p.Check));
            if (checks == _last) return Task.CompletedTask;
            _last = checks;
            if (problems.Count == 0) logger.LogInformation("All is well again");
            else logger.LogError("{Problems}", string.Join(' ', problems.Select(p => p.Words)));
            return Task.CompletedTask;
        }
    }
}
