using System.Diagnostics;
using Crm.Accounts;
using Crm.Courses;
using Crm.Demo;
using Crm.Institute;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>
/// What the jobs of a day take among ten thousand and a hundred thousand leads of a year and a million of five years, with all that was
/// ever done to them, beside what PostgreSQL itself needs for the least that such a job could be.
/// </summary>
internal static class Growth
{
    private const int Told = 10_000, WarmUps = 30, Looks = 200, Samples = 50;
    private const string Template = "told", Enquiry = "An enquiry made durable", Form = "The public form",
        BesideReports = ", while a manager asks for reports of all years without rest";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    // Few have this name, and all of them asked long ago.
    private const string NameTheOldest = """
        update enrolment.mt_doc_person set search_text = search_text || ' zachariahs' where id in (
            select person_id from enrolment.mt_doc_lead order by received_at limit 30)
        """;

    private enum Floor { Rows, Count, Insert }

    /// <param name="Addresses">Asked for in turn.</param>
    private sealed record Job(string What, Floor Floor, bool AsManager, IReadOnlyList<string> Addresses);

    /// <param name="Times">Median and 99th percentile of each job in milliseconds.</param>
    /// <param name="Least">The floor of each job.</param>
    private sealed record Size(int Leads, IReadOnlyDictionary<string, (double Median, double Worst)> Times,
        IReadOnlyDictionary<string, Floor> Least, IReadOnlyDictionary<Floor, double> Floors, string Database)
    {
        public double OverFloor(string job) => Times[job].Median / Floors[Least[job]];
    }

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, int most)
    {
        await TellAsync(server);
        var sizes = new List<Size>();
        for (var leads = Told; leads <= most; leads *= 10) sizes.Add(await MeasureSizeAsync(server, leads));
        var how = $"Up to {Looks} in turn over one connection, median / 99th percentile in ms at "
            + string.Join(" · ", sizes.Select(s => $"{s.Leads:N0}")) + " leads";
        return
        [
            .. sizes[0].Floors.Keys.Select(f => new Result($"Floor: {Words(f)}", Row(sizes, s => $"{s.Floors[f]:0.00}"),
                "PostgreSQL alone")),
            .. sizes[0].Times.Keys.Select(job => new Result(job, Row(sizes, s => $"{s.Times[job].Median:0.0} / {s.Times[job].Worst:0.0}"),
                $"{how}; {sizes[^1].Times[job].Median / sizes[0].Times[job].Median:0.0} times as long among the most as among the fewest; "
                + $"{Row(sizes, s => $"{s.OverFloor(job):0}")} times {Words(sizes[0].Least[job])}")),
            new("The database", Row(sizes, s => s.Database), "with all its indexes"),
        ];
    }

    private static string Row(IEnumerable<Size> sizes, Func<Size, string> cell) => string.Join(" · ", sizes.Select(cell));

    private static string Words(Floor floor) => floor switch
    {
        Floor.Rows => "50 rows by an index",
        Floor.Count => "count of a month's rows over an index",
        _ => "insert of a row",
    };

    private static async Task TellAsync(Server server)
    {
        if (await server.HasDatabaseAsync(Template)) return;
        var connection = await server.CreateDatabaseAsync(Template);
        await using var app = await server.ServeAsync(connection);
        await DemoSeed.RunAsync(app.Services, NullLogger.Instance, LeadLists.Password, Told);
        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        foreach (var sql in new[] { LeadLists.WriteInMalayalam, NameTheOldest, "create table bench (id uuid primary key, data jsonb)" })
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task<Size> MeasureSizeAsync(Server server, int leads)
    {
        var name = $"leads_{leads}";
        var made = await server.HasDatabaseAsync(name);
        var connection = made ? server.ConnectionTo(name) : await server.CopyDatabaseAsync(Template, name);
        await using var app = await server.ServeAsync(connection);
        if (!made) await Multiplying.RunAsync(app.Services, connection, leads / Told, YearsOf(leads), server.Folder);
        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var users = await session.Query<User>().ToListAsync();
        using var manager = Server.Connect(app, 1);
        using var counsellor = Server.Connect(app, 1);
        await LeadLists.SignInAsync(manager, users.First(u => u.Role == Roles.Manager).Email);
        await LeadLists.SignInAsync(counsellor, users.First(u => u.Role == Roles.Counsellor).Email);
        var times = new Dictionary<string, (double Median, double Worst)>();
        var least = new Dictionary<string, Floor>();
        foreach (var job in await JobsAsync(app, session, leads))
        {
            least[job.What] = job.Floor;
            times[job.What] = await AnsweredAsync(() =>
                TimeAsync(job.Addresses, a => LeadLists.GetAsync(job.AsManager ? manager : counsellor, a)));
            Console.Error.WriteLine($"{leads:N0} leads: {job.What}: {times[job.What].Median:0.0} / {times[job.What].Worst:0.0} ms");
        }
        var course = (await session.Query<Course>().Where(c => c.Open).FirstAsync()).Id.ToString();
        using var visitor = Server.Connect(app, 1);
        foreach (var (beside, busy) in new (string, string[])[] { ("", []), (BesideReports, ReportsOf(app, leads)) })
        {
            await using var reports = new Repeated(a => LeadLists.GetAsync(manager, a), busy);
            (least[Form + beside], least[Enquiry + beside]) = (Floor.Rows, Floor.Insert);
            times[Form + beside] = await TimeAsync(["/enquire"], a => LeadLists.GetAsync(visitor, a));
            times[Enquiry + beside] = await TimeAsync([course], c => Enquiries.PostOneAsync(visitor, c));
        }
        return new Size(leads, times, least, await FloorsAsync(database), await SizeAsync(database));
    }

    private static int YearsOf(int leads) => leads > 100_000 ? 5 : 1;

    private static async Task<IReadOnlyList<Job>> JobsAsync(WebApplication app, IQuerySession session, int leads)
    {
        var from = $"from enrolment.mt_doc_person order by md5(id::text) limit {Samples}";
        var phones = await session.QueryAsync<string>($"select keys[1] {from}");
        var people = await session.QueryAsync<string>($"select id::text {from}");
        var reports = ReportsOf(app, leads);
        return
        [
            new("List, first page", Floor.Rows, false, ["/leads"]),
            new("List, one stage", Floor.Rows, false, ["/leads?stage=New", "/leads?stage=Contacted", "/leads?stage=Lost"]),
            new("List, two words of a name", Floor.Rows, false, ["/leads?q=anjali+nair", "/leads?q=lakshmi+men", "/leads?q=arun+thomas"]),
            new("List, three Malayalam letters", Floor.Rows, false, ["/leads?q=അനു", "/leads?q=കൃഷ"]),
            new("List, part of a name", Floor.Rows, false, ["/leads?q=krish", "/leads?q=vargh"]),
            new("List, a name that only old ones have", Floor.Rows, false, ["/leads?q=zachariahs"]),
            new("List, two letters", Floor.Rows, false, ["/leads?q=sr", "/leads?q=xq"]),
            new("List, seven digits of a number", Floor.Rows, false, [.. phones.Select(p => "/leads?q=" + p[^7..])]),
            new("List, three digits of a number", Floor.Rows, false, [.. phones.Select(p => "/leads?q=" + p[^3..])]),
            new("List, letters that nobody has", Floor.Rows, false, ["/leads?q=xqz"]),
            new("List, by name", Floor.Rows, false, ["/leads?sort=Name"]),
            new("Search from anywhere by a name", Floor.Rows, false, ["/search?q=krish", "/search?q=anjali+nair", "/search?q=vargh"]),
            new("Search from anywhere by a number", Floor.Rows, false, [.. phones.Select(p => "/search?q=" + p[^7..])]),
            new("Today", Floor.Rows, false, ["/today"]),
            new("A person", Floor.Rows, false, [.. people.Select(p => "/people/" + p)]),
            new("The board", Floor.Rows, false, ["/leads/board"]),
            new("Duplicates", Floor.Rows, true, ["/duplicates"]),
            new("All that is held of a person", Floor.Rows, true, [.. people.Select(p => $"/people/{p}/data")]),
            new("Upkeep", Floor.Rows, true, ["/upkeep"]),
            new("The morning", Floor.Count, true, ["/morning"]),
            new("Funnel of all years", Floor.Count, true, [reports[0]]),
            new("Funnel of all years, CSV", Floor.Count, true, [reports[1]]),
            new("Funnel of all years, XLSX", Floor.Count, true, [reports[2]]),
            new("Fees of all years", Floor.Count, true, [reports[3]]),
        ];
    }

    private static string[] ReportsOf(WebApplication app, int leads)
    {
        var today = app.Services.GetRequiredService<InstituteClock>().Today;
        var years = $"?from={today.AddYears(-YearsOf(leads)).AddDays(1):yyyy-MM-dd}&to={today:yyyy-MM-dd}";
        return [.. new[] { "", "/funnel.csv", "/funnel.xlsx", "/fees" }.Select(r => $"/reports{r}{years}")];
    }

    private static async Task<IReadOnlyDictionary<Floor, double>> FloorsAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        var floors = new Dictionary<Floor, double>();
        foreach (var (floor, sql) in new[]
        {
            (Floor.Rows, "select data from enrolment.mt_doc_lead order by received_at desc, id desc limit 50"),
            (Floor.Count, "select count(*) from enrolment.mt_doc_lead where received_at > now() - interval '30 days'"),
            (Floor.Insert, Enquiries.InsertSql),
        })
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.PrepareAsync();
            floors[floor] = (await TimeAsync([sql], _ => command.ExecuteScalarAsync())).Median;
        }
        return floors;
    }

    private static async Task<string> SizeAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select pg_size_pretty(pg_database_size(current_database()))");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    // What the program itself gives up is a result too.
    private static async Task<(double Median, double Worst)> AnsweredAsync(Func<Task<(double, double)>> time)
    {
        try
        {
            return await time();
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine(e.Message.Split('\n')[0]);
            return (double.NaN, double.NaN);
        }
    }

    private static async Task<(double Median, double Worst)> TimeAsync(IReadOnlyList<string> addresses, Func<string, Task> get)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < WarmUps && clock.Elapsed < Longest; i++) await get(addresses[i % addresses.Count]);
        clock.Restart();
        var times = new List<double>();
        while (times.Count < Looks && clock.Elapsed < Longest)
        {
            var start = Stopwatch.GetTimestamp();
            await get(addresses[times.Count % addresses.Count]);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        return (times[times.Count / 2], times[times.Count * 99 / 100]);
    }

    /// <summary>Does one thing again and again while others are measured.</summary>
    private sealed class Repeated : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _work;

        public Repeated(Func<string, Task> act, IReadOnlyList<string> addresses) => _work = WorkAsync(act, addresses);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _work;
            _stop.Dispose();
        }

        private async Task WorkAsync(Func<string, Task> act, IReadOnlyList<string> addresses)
        {
            for (var i = 0; addresses.Count > 0 && !_stop.IsCancellationRequested; i++) await act(addresses[i % addresses.Count]);
        }
    }
}
