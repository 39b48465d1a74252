using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Crm.Institute;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;

namespace Crm.Tests.Startup;

/// <summary>What leaves the machine for a collector, where one is named.</summary>
public sealed class TelemetryTests(TestPostgres postgres)
{
    [Fact]
    public async Task Traces_tell_routes_and_statements_and_nothing_that_was_searched_for()
    {
        var (port, bodies) = (FreePort(), new ConcurrentQueue<string>());
        using var collector = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        collector.Start();
        _ = TakeAsync(collector, bodies);
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        });
        using var browser = await app.SignInAsync(Roles.Manager);

        await browser.GetAsync("/leads?search=Parameshwaran");
        app.Get<TracerProvider>().ForceFlush();

        await Poll.UntilAsync(() => Task.FromResult(bodies.Any(b => b.Contains("/leads", StringComparison.Ordinal))), "traces to arrive");
        Assert.Contains(bodies, b => b.Contains("select", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(bodies, b => b.Contains("Parameshwaran", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Nothing_is_set_up_where_no_collector_is_named()
    {
        await using var app = await TestApp.StartAsync(postgres);

        Assert.Null(app.Host.Services.GetService<TracerProvider>());
    }

    private static async Task TakeAsync(HttpListener collector, ConcurrentQueue<string> bodies)
    {
        try
        {
            while (true)
            {
                var asked = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await asked.Request.InputStream.CopyToAsync(body);
                bodies.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
                asked.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
