using System.Diagnostics;
using Crm.Courses;
using Crm.Demo;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Benchmarks;

/// <summary>How many brochures a second leave for a mail server on this machine that keeps nothing.</summary>
internal static class Mails
{
    private const int WarmUps = 300;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, int count)
    {
        await using var sink = new MailSink();
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
}
