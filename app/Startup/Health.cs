using Crm.Messaging;
using Crm.Operations;
using Crm.Storage;
using Crm.Web;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Crm.Startup;

/// <summary>What <c>/health</c> answers: one word, and a line for whatever is wrong.</summary>
public static class Health
{
    private const string Database = "database", Mail = "mail";

    // Less than monitors wait.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void AddHealth(this IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        var checks = services.AddHealthChecks()
            .AddCheck<DatabaseHealth>(Database, timeout: Patience)
            .AddCheck("disk", new DiskHealth(dataFolder))
            .AddCheck<BackupHealth>("backup", timeout: Patience)
            .AddCheck<CertificateHealth>("certificate", timeout: Patience);
        if (!Jobs.Enabled(configuration)) return; // then mail is another process's matter
        services.AddSingleton<OutboxHealth>();
        checks.AddCheck<OutboxHealth>(Mail, timeout: Patience);
    }

    /// <summary>
    /// 200 with <c>healthy</c>, or with <c>degraded</c> where only mail is slow; else 503 with <c>unhealthy</c>. Answered before anything
    /// else that asks the database.
    /// </summary>
    /// <remarks>
    /// <c>/health/live</c> asks nothing: whoever does not get "live" may start the program again. <c>/health/ready</c> is for what sends
    /// visitors here: it tells of each thing how it stands, also where all is well, but is 503 only where no page could be answered. An
    /// old backup or mail that stands still is no reason to send visitors away.
    /// </remarks>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        Map(app, "/health", _ => true, Words);
        Map(app, "/health/live", _ => false, _ => "live");
        Map(app, "/health/ready", _ => true, Standing, report =>
            IsReady(report) ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static bool IsReady(HealthReport report) =>
        !report.Entries.TryGetValue(Database, out var database) || database.Status != HealthStatus.Unhealthy;

    private static void Map(IEndpointRouteBuilder app, string path, Func<HealthCheckRegistration, bool> checks,
        Func<HealthReport, string> words, Func<HealthReport, int>? status = null) =>
        app.MapHealthChecks(path, new()
        {
            Predicate = checks,
            ResponseWriter = (http, report) =>
            {
                http.Response.ContentType = "text/plain; charset=utf-8";
                if (status is not null) http.Response.StatusCode = status(report);
                return http.Response.WriteAsync(words(report));
            },
        }).WithMetadata(new HttpMethodMetadata([HttpMethods.Get])).AllowAnonymous().ShortCircuit();

    /// <summary>Has what goes wrong, and what is well again, written to the log and shown to managers, although nobody asks.</summary>
    public static void AddHealthWatch(this IServiceCollection services) => services.AddSingleton<IHealthCheckPublisher, HealthWatch>();

    private static string Words(HealthReport report) =>
        string.Join('\n', [report.Status.ToString().ToLowerInvariant(), .. Problems(report).Select(p => $"{p.Check}: {p.Words}")]);

    private static string Standing(HealthReport report) =>
        string.Join('\n', [IsReady(report) ? "ready" : "not ready", .. report.Entries.Select(e => $"{e.Key}: {WordsOf(e.Value)}")]);

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
            worries.Now = [.. report.Entries.Where(e => e.Value.Status < (e.Key == Mail ? HealthStatus.Degraded : HealthStatus.Healthy))
                .Select(e => WordsOf(e.Value))];
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
