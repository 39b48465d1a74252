using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Crm.Courses;
using Crm.Demo;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Crm.Benchmarks;

/// <summary>How many brochures a second leave for a mail server on this machine that keeps nothing.</summary>
internal static class Mails
{
    private const int WarmUps = 300;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, int count)
    {
        await using var sink = new Sink();
        var settings = new Dictionary<string, string?>
        {
            ["Smtp:Host"] = "127.0.0.1",
            ["Smtp:Port"] = $"{sink.Port}",
            ["Smtp:Security"] = "None",
        };
        await using var app = await server.ServeAsync(await server.CreateDatabaseAsync("mails"), settings);
        await DemoSeed.RunAsync(app.Services, NullLogger.Instance, "a password of benchmarks", leadCount: 0);
        await app.Services.GetRequiredService<CurrentInstitute>().RefreshAsync(default, now: true);
        var delivery = app.Services.GetRequiredService<OutboxDelivery>();
        await AskAsync(app.Services, 0, WarmUps);
        await delivery.DeliverDueAsync(default);
        await AskAsync(app.Services, WarmUps, count);
        var (before, clock) = (sink.Taken, Stopwatch.StartNew());
        await delivery.DeliverDueAsync(default);
        var sent = sink.Taken - before;
        if (sent < count) throw new InvalidOperationException($"{sent} of {count} brochures have left.");
        return
        [
            new("Brochures mailed", $"{sent / clock.Elapsed.TotalSeconds:0}/s",
                $"{sent:N0} messages with a PDF of their own, {sink.Bytes / sink.Taken / 1024:N0} KB each, after {WarmUps} of warm-up; "
                + "program, PostgreSQL and the mail server, which keeps nothing, share the machine"),
        ];
    }

    private static async Task AskAsync(IServiceProvider services, int first, int count)
    {
        await using var session = services.GetRequiredService<IDocumentStore>().QuerySession();
        var course = await session.Query<Course>().Where(c => c.Open).FirstAsync();
        for (var i = first; i < first + count; i++)
        {
            var number = PhoneNumber.Read($"98470{i:00000}", "IN").Number!;
            await services.GetRequiredService<Intake>().ReceiveAsync(new NewEnquiry(Guid.CreateVersion7(),
                PersonName.FromStored($"Anjali Nair {(char)('A' + i % 26)}"), [number], EmailAddress.FromStored($"anjali{i}@mail.example"),
                course, PreferredTime.Anytime, LeadSource.Direct, "Agreed", null, Actor.Applicant), default);
        }
    }

    /// <summary>Takes all mail and keeps none.</summary>
    private sealed class Sink : MessageStore, IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _serving;
        private long _taken, _bytes;

        public Sink()
        {
            using (var listener = new TcpListener(IPAddress.Loopback, 0))
            {
                listener.Start();
                Port = ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            var options = new SmtpServerOptionsBuilder().ServerName("localhost")
                .Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, Port))).Build();
            var services = new SmtpServer.ComponentModel.ServiceProvider();
            services.Add(this);
            _serving = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
        }

        public int Port { get; }
        public long Taken => Interlocked.Read(ref _taken);
        public long Bytes => Interlocked.Read(ref _bytes);

        public override Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancel)
        {
            Interlocked.Increment(ref _taken);
            Interlocked.Add(ref _bytes, buffer.Length);
            return Task.FromResult(SmtpResponse.Ok);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            try { await _serving; }
            catch (OperationCanceledException) { }
            _stop.Dispose();
        }
    }
}
