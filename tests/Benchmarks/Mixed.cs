using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>
/// Sixteen connections that use everything at once and never rest, for some minutes, while mail leaves for a server that keeps nothing:
/// whether mail and jobs fall behind, and what the program has of the memory.
/// </summary>
internal sealed partial class Mixed(string? published) : IDisposable
{
    private const int Visitors = 4, Counsellors = 9, Managers = 3;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(30);

    private readonly OwnProgram _program = new("mixed", published);
    private readonly ConcurrentDictionary<string, ConcurrentBag<double>> _times = new();
    private readonly ConcurrentQueue<string> _refused = new();

    private static readonly string[] OfCounsellors =
        ["/today", "/leads", "/leads?stage=New", "/search?q=anj", "a person", "a note", "/leads/board", "/leads?q=nair"];

    private static readonly string[] OfManagers =
        ["/morning", "/reports", "/reports/funnel.xlsx", "/reports/fees", "/leads?sort=Name", "/outbox"];

    private sealed record Sample(double Minute, long Waiting, long Jobs, double Memory);

    public void Dispose() => _program.Dispose();

    public static async Task<IReadOnlyList<Result>> MeasureAsync(TimeSpan time, string? published)
    {
        using var mixed = new Mixed(published);
        return await mixed.UseAsync(time);
    }

    private async Task<IReadOnlyList<Result>> UseAsync(TimeSpan time)
    {
        await using var sink = new MailSink();
        using var program = _program.Start(["--Smtp:Host=127.0.0.1", $"--Smtp:Port={sink.Port}", "--Smtp:Security=None",
            "--RateLimits:EnquiriesAtOnce=1000000000", "--RateLimits:EnquiriesPerHour=1000000000",
            "--RateLimits:EnquiriesPerCourse=1000000000"], "--seed", "demo", "--Demo:Leads=2000");
        var staff = new ConcurrentQueue<(string Role, string Email, string Password)>();
        program.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } said && !said.StartsWith("info:", StringComparison.Ordinal)) Console.Error.WriteLine(said);
            if (SignIn().Match(line.Data ?? "") is { Success: true } found)
                staff.Enqueue((found.Groups["role"].Value, found.Groups["email"].Value, found.Groups["password"].Value));
        };
        program.BeginOutputReadLine();
        List<Sample> samples;
        try
        {
            await _program.HealthyAsync(TimeSpan.FromMinutes(5));
            using var stop = new CancellationTokenSource();
            var work = await BeginAsync([.. staff], stop.Token);
            samples = await WatchAsync(program, time);
            await stop.CancelAsync();
            await Task.WhenAll(work);
        }
        finally
        {
            program.Kill();
            await program.WaitForExitAsync();
            _program.StopServer();
        }
        if (!_refused.IsEmpty) throw new InvalidOperationException($"{_refused.Count} were refused, such as: {_refused.First()}");
        return Told(samples, sink.Taken, time);
    }

    private async Task<List<Task>> BeginAsync((string Role, string Email, string Password)[] staff, CancellationToken stop)
    {
        var work = new List<Task>();
        for (var i = 0; i < Visitors; i++) work.Add(RunAsync(Connect(), VisitAsync, stop));
        foreach (var (role, pages, count) in new[] { ("Counsellor", OfCounsellors, Counsellors), ("Manager", OfManagers, Managers) })
        {
            var people = staff.Where(s => s.Role.Equals(role, StringComparison.OrdinalIgnoreCase)).ToList();
            for (var i = 0; i < count; i++)
            {
                var client = Connect();
                await LeadLists.SignInAsync(client, people[i % people.Count].Email, people[i % people.Count].Password);
                var turn = i;
                work.Add(RunAsync(client, c => LookAsync(c, pages[turn++ % pages.Length]), stop));
            }
        }
        return work;
    }

    private async Task RunAsync(HttpClient client, Func<HttpClient, Task> act, CancellationToken stop)
    {
        using (client)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await act(client);
                }
                catch (Exception e) when (e is InvalidOperationException or HttpRequestException)
                {
                    _refused.Enqueue(e.Message.Split('\n')[0]);
                }
            }
        }
    }

    private async Task VisitAsync(HttpClient client)
    {
        var page = await TimeAsync("The public form", () => LeadLists.GetAsync(client, "/enquire"));
        await TimeAsync("An enquiry", async () =>
        {
            await Enquiries.PostOneAsync(client, Nights.Option().Match(page).Groups["id"].Value);
            return "";
        });
    }

    private async Task LookAsync(HttpClient client, string page)
    {
        if (page is not ("a person" or "a note"))
        {
            await TimeAsync(page, () => LeadLists.GetAsync(client, page));
            return;
        }
        var people = Person().Matches(await LeadLists.GetAsync(client, "/leads"));
        if (people.Count == 0) throw new InvalidOperationException("The list shows nobody.");
        var person = await TimeAsync("a person", () => LeadLists.GetAsync(client, people[Random.Shared.Next(people.Count)].Value));
        if (page == "a note") await TimeAsync(page, () => NoteAsync(client, person));
    }

    private static async Task<string> NoteAsync(HttpClient client, string person)
    {
        var form = NoteForm().Match(person);
        if (!form.Success) return ""; // somebody who is lost, or has enrolled
        var typed = Hidden().Matches(form.Groups["fields"].Value).ToDictionary(h => h.Groups["name"].Value, h => h.Groups["value"].Value);
        typed["text"] = "Asked whether there is a weekend batch.";
        using var content = new FormUrlEncodedContent(typed);
        using var answer = await client.PostAsync(form.Groups["to"].Value, content);
        return answer.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity
            ? ""
            : throw new InvalidOperationException($"A note was answered with {answer.StatusCode}.");
    }

    private async Task<string> TimeAsync(string what, Func<Task<string>> act)
    {
        var start = Stopwatch.GetTimestamp();
        var answer = await act();
        _times.GetOrAdd(what, _ => []).Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return answer;
    }

    private async Task<List<Sample>> WatchAsync(Process program, TimeSpan time)
    {
        await using var source = NpgsqlDataSource.Create(_program.ConnectionString);
        var (clock, samples) = (Stopwatch.StartNew(), new List<Sample>());
        while (true)
        {
            samples.Add(new Sample(clock.Elapsed.TotalMinutes,
                await CountAsync(source, "select count(*) from enrolment.mt_doc_outboxmessage where status = 'Queued' and due_at <= now()"),
                await CountAsync(source, "select count(*) from hangfire.jobqueue where fetchedat is null"), MemoryOf(program)));
            Console.Error.WriteLine(samples[^1]);
            if (clock.Elapsed >= time) return samples;
            await Task.Delay(Between < time - clock.Elapsed ? Between : time - clock.Elapsed + TimeSpan.FromMilliseconds(50));
        }
    }

    private static async Task<long> CountAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static double MemoryOf(Process program)
    {
        program.Refresh();
        return program.WorkingSet64 / 1048576.0;
    }

    private IReadOnlyList<Result> Told(List<Sample> samples, long sent, TimeSpan time)
    {
        var how = $"{Visitors + Counsellors + Managers} connections without rest for {time.TotalMinutes:0.#} minutes: visitors, "
            + "counsellors, managers; client, app, mail server and PostgreSQL share the machine";
        Sample After(double minutes) => samples.MinBy(s => Math.Abs(s.Minute - minutes))!;
        var (first, half, last) = (samples[0], After(time.TotalMinutes / 2), samples[^1]);
        return
        [
            new("Mixed: mail due and waiting", $"{first.Waiting} · {half.Waiting} · {last.Waiting}",
                $"At the start, half-way and the end; {sent:N0} left; most {samples.Max(s => s.Waiting)}. {how}"),
            new("Mixed: jobs queued", $"{first.Jobs} · {half.Jobs} · {last.Jobs}", $"The same; most {samples.Max(s => s.Jobs)}"),
            new("Mixed: memory of the app", $"{After(1).Memory:0} · {half.Memory:0} · {last.Memory:0} MB",
                $"Resident, after a minute, half-way and at the end; most {samples.Max(s => s.Memory):0} MB"),
            .. _times.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => new Result($"Mixed: {t.Key}",
                Percentiles([.. t.Value.Order()]), $"Median / 99th percentile; {t.Value.Count / time.TotalSeconds:0.0} a second")),
        ];
    }

    private static string Percentiles(double[] times) => $"{times[times.Length / 2]:0} / {times[times.Length * 99 / 100]:0} ms";

    private HttpClient Connect() => new(new SocketsHttpHandler { MaxConnectionsPerServer = 1, AllowAutoRedirect = false })
    {
        BaseAddress = new Uri(_program.Address),
    };

    [GeneratedRegex(@"Sign in as (?<role>\w+) (?<email>\S+) with the password (?<password>\S+)", RegexOptions.ExplicitCapture)]
    private static partial Regex SignIn();

    [GeneratedRegex("(?<=href=\")/leads/[0-9a-f-]{36}(?=\")")]
    private static partial Regex Person();

    [GeneratedRegex("<form[^>]*action=\"(?<to>/leads/[0-9a-f-]{36}/notes)\"(?<fields>.*?)</form>",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex NoteForm();

    [GeneratedRegex(
        "<input(?=[^>]*type=\"hidden\")[^>]*name=\"(?<name>[^\"]+)\"[^>]*value=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Hidden();
}
