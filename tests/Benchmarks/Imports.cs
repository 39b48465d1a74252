using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Demo;
using Crm.Imports;
using Crm.Institute;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Benchmarks;

/// <summary>How long a manager waits for a large file, what it takes of the machine, and who else notices.</summary>
internal static partial class Imports
{
    private const int Rows = 50_000, Before = 2_000, WarmUps = 200;
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(8);

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server)
    {
        await using var app = await server.ServeAsync(await server.CreateDatabaseAsync("imports"));
        await DemoSeed.RunAsync(app.Services, NullLogger.Instance, LeadLists.Password, Before);
        var users = await UsersAsync(app);
        using var manager = Server.Connect(app, 1);
        await LeadLists.SignInAsync(manager, users.First(u => u.Role == Roles.Manager).Email);
        using var colleague = Server.Connect(app, 1);
        await LeadLists.SignInAsync(colleague, users.First(u => u.Role == Roles.Counsellor).Email);
        for (var i = 0; i < WarmUps; i++) await LeadLists.GetAsync(colleague, "/leads");
        // What one import needs of code and connections, a second one finds.
        var runner = app.Services.GetRequiredService<ImportRunner>();
        await StartAsync(manager, await DropAsync(manager, "warm-up.csv", FileOf(500, first: 0)));
        await runner.RunAsync(default);
        var file = FileOf(Rows, first: 1_000_000);

        var alone = await LookAsync(colleague, Task.Delay(Alone));
        using var memory = new MemoryWatch();
        var clock = Stopwatch.StartNew();
        var address = await DropAsync(manager, "people.csv", file);
        var preview = clock.Elapsed;
        await StartAsync(manager, address);
        clock.Restart();
        var work = runner.RunAsync(default);
        var meanwhile = await LookAsync(colleague, work);
        await work;
        var import = clock.Elapsed;
        var done = await LeadLists.GetAsync(manager, address);
        if (!done.Contains("50,000 of 50,000 rows went in", StringComparison.Ordinal))
            throw new InvalidOperationException("Not all rows went in: " + done);

        var how = $"CSV of {Rows:N0} rows and {file.Length / 1048576.0:0.0} MB, seven columns, into {Before:N0} leads";
        return
        [
            new("Import: preview", $"{preview.TotalSeconds:0.0} s", how + "; from sending the file to the page with all rows judged"),
            new("Import: rows a second", $"{Rows / import.TotalSeconds:N0}", how + $"; in {import.TotalSeconds:0.0} s"),
            new("Import: memory", $"{memory.Growth / 1048576.0:0} MB",
                "Most that the process had, client and app, over what it had before"),
            new("Page of the list meanwhile: p50 / p99", Words(meanwhile), $"GET /leads of a counsellor; alone {Words(alone)}"),
        ];
    }

    private static string Words(List<double> times) => $"{times[times.Count / 2]:0.0} / {times[times.Count * 99 / 100]:0.0} ms";

    // A counsellor who looks ten times a second, until something is over.
    private static async Task<List<double>> LookAsync(HttpClient colleague, Task until)
    {
        var times = new List<double>();
        while (!until.IsCompleted)
        {
            var start = Stopwatch.GetTimestamp();
            await LeadLists.GetAsync(colleague, "/leads");
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(100);
        }
        times.Sort();
        return times;
    }

    private static async Task<string> DropAsync(HttpClient manager, string name, byte[] file)
    {
        var page = await LeadLists.GetAsync(manager, "/imports");
        using var form = new MultipartFormDataContent
        {
            { new StringContent(LeadLists.Token().Match(page).Groups[1].Value), "__RequestVerificationToken" },
            { new StringContent(Guid.CreateVersion7().ToString()), "formId" },
            { new ByteArrayContent(file), "file", name },
        };
        using var answer = await manager.PostAsync("/imports", form);
        return answer.StatusCode == HttpStatusCode.Redirect
            ? answer.Headers.Location!.ToString()
            : throw new InvalidOperationException($"The file was answered with {answer.StatusCode}.");
    }

    private static async Task StartAsync(HttpClient manager, string address)
    {
        var page = await LeadLists.GetAsync(manager, address);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = LeadLists.Token().Match(page).Groups[1].Value,
            ["formId"] = Guid.CreateVersion7().ToString(),
            ["seen"] = Seen().Match(page).Groups["seen"].Value,
            ["counsellor"] = Import.InTurn,
            ["consent"] = "true",
        });
        using var answer = await manager.PostAsync(address + "/start", form);
        if (answer.StatusCode != HttpStatusCode.Redirect)
            throw new InvalidOperationException($"Starting was answered with {answer.StatusCode}.");
    }

    private static byte[] FileOf(int rows, int first)
    {
        string[] names = ["Anjali", "Binu", "Fathima", "Gokul", "Jincy", "Lijo", "Meera", "Rahul"];
        string[] last = ["Nair", "Menon", "Das", "Thomas"];
        string[] courses = ["CPC", "cpc exam", "CCS", "FMC"], sources = ["Google", "fb", "Friend"];
        var text = new StringBuilder("Name,Mobile,Email,Course,Date,Source,Remarks,City\r\n");
        for (var i = 0; i < rows; i++)
        {
            var n = first + i;
            text.Append($"{names[n % 8]} {last[n / 8 % 4]},9{(n % 4) + 6}{n + 10_000_000:00000000},")
                .Append($"person{n}@mail.example,{courses[n % 4]},")
                .Append($"{n % 28 + 1:00}/{n % 11 + 1:00}/2025,{sources[n % 3]},Asked about fees and placement,Kochi\r\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static async Task<IReadOnlyList<User>> UsersAsync(WebApplication app)
    {
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        return await session.Query<User>().ToListAsync();
    }

    [GeneratedRegex("<input[^>]*name=\"seen\"[^>]*value=\"(?<seen>[^\"]*)\"|value=\"(?<seen>[^\"]*)\"[^>]*name=\"seen\"")]
    private static partial Regex Seen();

    /// <summary>The most memory that the process has over what it had at first.</summary>
    private sealed class MemoryWatch : IDisposable
    {
        private readonly long _before;
        private readonly Timer _timer;
        private long _most;

        public MemoryWatch()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            _before = Environment.WorkingSet;
            _timer = new Timer(_ => _most = Math.Max(_most, Environment.WorkingSet), null, 0, 100);
        }

        public long Growth => Math.Max(0, _most - _before);

        public void Dispose() => _timer.Dispose();
    }
}
