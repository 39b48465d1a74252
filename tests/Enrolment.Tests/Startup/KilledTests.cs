using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Crm.Courses;
using Crm.Institute;
using Npgsql;

namespace Crm.Tests.Startup;

/// <summary>The program and its database, really killed while people use them.</summary>
public sealed class KilledTests(TestPostgres postgres) : IDisposable
{
    private const string Form = "form#enquiry";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20); // five where the machine has nothing else to do

    // Less than the minute after which mail of which nobody heard is looked for: a machine that does much else takes some seconds.
    private static readonly TimeSpan Listening = TimeSpan.FromSeconds(40);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-killed-");

    public void Dispose() => _folder.Delete(recursive: true);

    // Started without a folder for temporary files, which many a service lacks.
    [Fact]
    public async Task A_killed_database_is_back_within_seconds_and_nothing_typed_meanwhile_is_lost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The server's process is found in its folder.");
        var around = new Surroundings([], ("TMPDIR", "/nowhere/at/all"));
        // The form is sent again and again until it is taken: more often than one network may.
        await using var program = await RunningProgram.StartInAsync(around, _folder.FullName, "--seed", "demo", "--Demo:Leads=200",
            "--RateLimits:EnquiriesAtOnce=1000000");
        using var browser = program.Browse();
        await browser.GetAsync("/enquire");
        var course = browser.Page.Html.QuerySelector("[name=course] option[value]:not([value=''])")!.GetAttribute("value")!;

        // A machine that has much else to do may send the form when the server is back already: that one was not away.
        var since = Stopwatch.StartNew();
        var away = browser.Page;
        string Told() => $"{since.Elapsed} since the kill, {browser.Page.Status}:\n{program.Output}";
        await Poll.UntilAsync(async () =>
        {
            await browser.GetAsync("/enquire");
            Kill(_folder.FullName);
            since.Restart();
            away = await browser.SubmitAsync(Form, Typed(course, "98470 55501", "nights@mail.example"));
            return away.Status != HttpStatusCode.OK;
        }, "a form to meet no server", Soon, Told);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.Status);
        Assert.StartsWith("We could not tell whether this was kept.", away.One(Form + " .problem").TextContent);
        Assert.NotNull(away.Headers.RetryAfter);
        Assert.Equal("98470 55501", away.One(Form + " [name=phone]").GetAttribute("value"));
        var thanks = away;
        await Poll.UntilAsync(async () => (thanks = await browser.SubmitAsync(Form)).Status == HttpStatusCode.OK,
            "the same form to be taken", Soon, Told);

        Assert.StartsWith("/enquire/thanks/L-", thanks.Path);
        Assert.True(since.Elapsed < Soon, $"It took {since.Elapsed}.");
        Assert.Equal("healthy", (await browser.GetAsync("/health")).Text);
        // The delivery listens on a connection that was cut with the server.
        var outbox = Path.Combine(_folder.FullName, "outbox");
        await Poll.UntilAsync(() => Task.FromResult(Directory.Exists(outbox) && Directory.GetFiles(outbox, "*.eml")
            .Any(f => File.ReadAllText(f).Contains("nights@mail.example", StringComparison.Ordinal))),
            "its mail to leave", Listening, Told);
        Assert.Contains("PostgreSQL has died and is started again", program.Output);
        var (exit, second) = await RunningProgram.RunAsync(_folder.FullName);
        Assert.NotEqual(0, exit);
        Assert.Contains($"Another Enrolment uses the data folder {_folder.FullName}. Stop it", second);
    }

    [Fact]
    public async Task Kills_under_load_lose_nothing_acknowledged_and_double_no_mail()
    {
        await using var mail = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres);
        var course = (await app.AddCourseAsync()).Id.ToString();
        await app.AddUserAsync("Divya Menon");
        string[] settings = [.. mail.Settings.Select(s => $"--{s.Key}={s.Value}"), "--RateLimits:EnquiriesPerMinute=1000000",
            "--ConnectionStrings:Enrolment=" + app.ConnectionString];
        var acknowledged = new ConcurrentDictionary<string, string>();
        var restarts = new List<TimeSpan>();

        for (var kill = 0; kill < 3; kill++)
        {
            var since = Stopwatch.StartNew();
            await using var program = await RunningProgram.StartAsync(_folder.FullName, settings);
            restarts.Add(since.Elapsed);
            using var stop = new CancellationTokenSource();
            var round = kill;
            var load = Enumerable.Range(0, 4).Select(n => LoadAsync(program, course, round * 4 + n, acknowledged, stop.Token)).ToList();
            var enough = acknowledged.Count + 10;
            await Poll.UntilAsync(() => Task.FromResult(acknowledged.Count >= enough), "enquiries to be taken");
            await program.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            await LeaveLocksAsync(app.ConnectionString);
        }
        var last = Stopwatch.StartNew();
        await using var again = await RunningProgram.StartAsync(_folder.FullName, settings);
        restarts.Add(last.Elapsed);
        using (var browser = again.Browse()) await browser.PostAsync("/enquire", Typed(course, "98479 90000", "last@mail.example"));
        // How much is left of the mail before it depends on how quick the machine is.
        await Poll.UntilAsync(() => Task.FromResult(mail.Accepted.Any(m => m.To.ToString().Contains("last@", StringComparison.Ordinal))),
            "mail to go on", Listening);

        Assert.True(acknowledged.Count > 20, $"Only {acknowledged.Count} enquiries were acknowledged.");
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var query = source.CreateCommand("select data ->> 'Reference', data ->> 'LeadId' from enrolment.mt_doc_enquiry");
        await using var reader = await query.ExecuteReaderAsync();
        var stored = new List<(string Reference, string Lead)>();
        while (await reader.ReadAsync()) stored.Add((reader.GetString(0), reader.GetString(1)));
        Assert.Empty(acknowledged.Keys.Except(stored.Select(s => s.Reference)));
        Assert.Equal(stored.DistinctBy(s => s.Lead).Count(), stored.Count); // each is of another person
        var ids = mail.Accepted.Select(m => m.MessageId).ToList();
        Assert.Equal(ids.Distinct().Count(), ids.Count);
        var brochures = mail.Accepted.Where(m => m.To.ToString().Contains("night-", StringComparison.Ordinal)).Select(m => m.To.ToString());
        Assert.All(brochures.CountBy(to => to), to => Assert.Equal(1, to.Value));
        // What the dead had locked would keep a start waiting for minutes; how long the first takes is the machine's.
        Assert.All(restarts.Skip(1), r => Assert.True(r < 2 * restarts[0] + Soon, $"A start took {r}, the first {restarts[0]}."));
    }

    // Sends one enquiry after the other, each of another person, until the program is gone.
    private static async Task LoadAsync(
        RunningProgram program, string course, int sender, ConcurrentDictionary<string, string> acknowledged, CancellationToken stop)
    {
        using var browser = program.Browse();
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            var typed = Typed(course, $"9847{sender:00}{n:0000}", $"night-{sender}-{n}@mail.example");
            typed["formId"] = Guid.NewGuid().ToString();
            try
            {
                var thanks = await browser.PostAsync("/enquire", typed);
                if (thanks.Path.StartsWith("/enquire/thanks/", StringComparison.Ordinal))
                    acknowledged[thanks.Path.Split('/')[^1]] = typed["phone"];
            }
            catch (HttpRequestException)
            {
                return; // it was killed: this one was not acknowledged
            }
            await Task.Delay(20, CancellationToken.None);
        }
    }

    // As a process leaves them that is killed while it holds them.
    private static async Task LeaveLocksAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var leave = source.CreateCommand(
            """
            insert into hangfire.lock (resource, updatecount, acquired)
            values ('hangfire:lock:recurring-job:outbox', 0, now() at time zone 'utc'), ('hangfire:recurring-jobs:lock', 0, null)
            on conflict do nothing
            """);
        await leave.ExecuteNonQueryAsync();
    }

    private static Dictionary<string, string> Typed(string course, string phone, string email) => new()
    {
        ["name"] = "Anjali Nair",
        ["phone"] = phone,
        ["email"] = email,
        ["course"] = course,
        ["time"] = "Evening",
        ["message"] = "Is there a\nweekend batch?",
        ["consent"] = "true",
    };

    private static void Kill(string folder)
    {
        using var server = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(folder, "postgres/postmaster.pid")).First()));
        server.Kill();
    }
}
