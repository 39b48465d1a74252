using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Demo;
using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>How long a manager waits for a bank's statement to be matched and posted, and for the report of fees.</summary>
internal static partial class Fees
{
    private const int Leads = 2_000, Dues = 5_000, Lines = 1_000, Payments = 100_000, Looks = 20;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server)
    {
        await using var app = await server.ServeAsync(await server.CreateDatabaseAsync("fees"));
        await DemoSeed.RunAsync(app.Services, NullLogger.Instance, LeadLists.Password, Leads);
        var store = app.Services.GetRequiredService<IDocumentStore>();
        var seats = await CopySeatsAsync(store);
        await CopyPaymentsAsync(app, seats);
        using var manager = Server.Connect(app, 1);
        await LeadLists.SignInAsync(manager, await ManagerAsync(store));
        return [.. await MatchAsync(manager, StatementOf(seats)), .. await ReportAsync(manager)];
    }

    private static async Task<string> ManagerAsync(IDocumentStore store)
    {
        await using var session = store.QuerySession();
        return (await session.Query<User>().Where(u => u.Role == Roles.Manager).ToListAsync())[0].Email;
    }

    // The demo has few who owe: their seats stand for many, each with an id, a number and a person of its own.
    private static async Task<IReadOnlyList<Enrolment>> CopySeatsAsync(IDocumentStore store)
    {
        await using var query = store.QuerySession();
        var owing = await query.Query<Enrolment>().Where(e => e.DueOn != null).ToListAsync();
        var people = await query.Query<People.Person>().Take(Leads).ToListAsync();
        List<Enrolment> copies = [];
        for (var i = 0; i < Dues; i++)
        {
            var copy = owing[i % owing.Count].Copy();
            (copy.Id, copy.RollNumber, copy.PersonId) = (Guid.NewGuid(), $"OWES-{i:00000}", people[i % people.Count].Id);
            (copy.Version, copy.Payments, copy.Refunds, copy.Left) = (1, [], [], null);
            copies.Add(copy);
        }
        await using var session = store.LightweightSession();
        foreach (var copy in copies)
            session.Events.StartStream<Enrolment>(copy.Id, new SeatTaken(copy.PersonId, copy.LeadId, copy.BatchId, copy.BatchCode,
                copy.CourseId, copy.CourseName, copy.RollNumber, copy.Fee, copy.Discount, copy.Instalments)
            {
                At = DateTimeOffset.UtcNow,
                By = Actor.System,
            });
        await session.SaveChangesAsync();
        return copies;
    }

    private static async Task CopyPaymentsAsync(WebApplication app, IReadOnlyList<Enrolment> seats)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var entries = Enumerable.Range(0, Payments).Select(i => new LedgerEntry
        {
            Id = Guid.CreateVersion7(),
            Kind = EntryKind.Payment,
            EnrolmentId = seats[i % seats.Count].Id,
            BatchId = seats[i % seats.Count].BatchId,
            CourseId = seats[i % seats.Count].CourseId,
            Amount = new Money(100_000 + i),
            Way = (PaymentWay)(i % 5),
            Reference = $"P{i:000000}",
            PlainReference = $"P{i:000000}",
            Day = today.AddDays(-(i % 730)),
            At = DateTimeOffset.UtcNow.AddDays(-(i % 730)),
            By = Actor.Staff(new Guid(i % 4, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]), $"Cashier {i % 4}"),
            Receipt = $"P-{i}",
        }).ToList();
        await app.Services.GetRequiredService<IDocumentStore>().BulkInsertAsync(entries, batchSize: 5_000);
        await using var analyze = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("vacuum analyze");
        analyze.CommandTimeout = 600;
        await analyze.ExecuteNonQueryAsync();
    }

    // Every second line names its seat, the others say a name that several may have, as banks do.
    private static byte[] StatementOf(IReadOnlyList<Enrolment> seats)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var file = new StringBuilder("Date,Narration,Ref No,Withdrawal,Deposit\n");
        for (var i = 0; i < Lines; i++)
        {
            var seat = seats[i * (Dues / Lines)];
            var said = i % 2 == 0 ? PaymentReference.Of(seat) : "fee";
            file.Append($"{today.AddDays(-(i % 20)):dd/MM/yyyy},UPI/CR/{500_000_000_000 + i}/ANJALI N/SBIN/x{i}@oksbi/{said},,,")
                .Append($"{seat.Settlement().First(s => s.IsOpen).Open.Rupees}\n");
        }
        return Encoding.UTF8.GetBytes($"{file}");
    }

    private static async Task<IReadOnlyList<Result>> MatchAsync(HttpClient manager, byte[] file)
    {
        var clock = Stopwatch.StartNew();
        await DropAsync(manager, file);
        var taken = clock.Elapsed;
        clock.Restart();
        var page = await LeadLists.GetAsync(manager, "/bank-statements");
        var matched = clock.Elapsed;
        clock.Restart();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = LeadLists.Token().Match(page).Groups[1].Value,
            ["formId"] = Guid.CreateVersion7().ToString(),
            ["shown"] = Shown().Match(page).Groups["shown"].Value,
        });
        using var answer = await manager.PostAsync("/bank-statements/payments", form);
        var posted = Posted().Match(answer.Headers.Location?.ToString() ?? "");
        if (!posted.Success) throw new InvalidOperationException($"Posting was answered with {answer.StatusCode}.");
        var many = int.Parse(posted.Groups["many"].Value);
        var how = $"{Lines:N0} lines, {Dues:N0} seats that owe, {Payments:N0} payments in the books";
        return
        [
            new("Bank statement taken in, and matched with its page", $"{taken.TotalSeconds:0.0} and {matched.TotalSeconds:0.0} s", how),
            new("Payments posted from it", $"{many / clock.Elapsed.TotalSeconds:0} a second",
                $"{many:N0} in {clock.Elapsed.TotalSeconds:0.0} s, each a transaction with its receipt"),
        ];
    }

    private static async Task DropAsync(HttpClient manager, byte[] file)
    {
        var page = await LeadLists.GetAsync(manager, "/bank-statements");
        using var form = new MultipartFormDataContent
        {
            { new StringContent(LeadLists.Token().Match(page).Groups[1].Value), "__RequestVerificationToken" },
            { new StringContent(Guid.CreateVersion7().ToString()), "formId" },
            { new ByteArrayContent(file), "file", "statement.csv" },
        };
        using var answer = await manager.PostAsync("/bank-statements", form);
        if (answer.StatusCode != HttpStatusCode.Redirect)
            throw new InvalidOperationException($"The statement was answered with {answer.StatusCode}.");
    }

    private static async Task<IReadOnlyList<Result>> ReportAsync(HttpClient manager)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var results = new List<Result>();
        foreach (var (what, days) in new[] { ("a month", 30), ("two years", 730) })
        {
            var address = $"/reports/fees?from={today.AddDays(-days):yyyy-MM-dd}&to={today:yyyy-MM-dd}";
            await LeadLists.GetAsync(manager, address);
            var times = new List<double>();
            for (var i = 0; i < Looks; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await LeadLists.GetAsync(manager, address);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            times.Sort();
            results.Add(new($"Report of fees over {what}: median and worst", $"{times[Looks / 2]:0} / {times[^1]:0} ms",
                $"{Looks} GETs of the whole page, {Payments:N0} payments, {Dues:N0} seats that owe"));
        }
        return results;
    }

    [GeneratedRegex("name=\"shown\"[^>]* value=\"(?<shown>[^\"]*)\"")]
    private static partial Regex Shown();

    [GeneratedRegex("posted=(?<many>[0-9]+)")]
    private static partial Regex Posted();
}
