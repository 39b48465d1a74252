using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Crm.Startup;

/// <summary>
/// Traces and measurements for a collector, where one is named in <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; nothing leaves the machine else.
/// </summary>
public static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[Endpoint])) return;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("enrolment"))
            .WithTracing(traces => traces.AddNpgsql().AddAspNetCoreInstrumentation(web =>
            {
                web.Filter = http => !http.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase);
                // Addresses hold links that were mailed and what was searched for: the route alone is told.
                web.EnrichWithHttpResponse = (activity, response) =>
                {
                    var route = (response.HttpContext.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
                    activity.SetTag("url.path", route).SetTag("url.query", null);
                };
            }).AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddRuntimeInstrumentation()
                .AddMeter("Npgsql").AddMeter("Marten").AddOtlpExporter());
    }
}
