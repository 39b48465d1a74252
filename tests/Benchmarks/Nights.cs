using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>
/// The program in a process of its own, killed again and again while enquiries arrive, and its database between. Ends with an error
/// where something acknowledged is lost.
/// </summary>
internal sealed partial class Nights : IDisposable
{
    private const int Senders = 8;
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-nights-");
    private readonly ConcurrentDictionary<string, string> _acknowledged = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly string _address = $"http://127.0.0.1:{FreePort()}";
    private int _sent;

    public void Dispose()
    {
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    public static async Task<IReadOnlyList<Result>> MeasureAsync(int kills)
    {
        using var nights = new Nights();
        return await nights.KillAsync(kills);
    }

    private async Task<IReadOnlyList<Result>> KillAsync(int kills)
    {
        var (restarts, recoveries) = (new List<double>(), new List<double>());
        var program = Start("--seed", "demo");
        await HealthyAsync(TimeSpan.FromMinutes(3));
        var course = Option().Match(await _client.GetStringAsync(_address + "/enquire")).Groups["id"].Value;
        for (var kill = 0; kill < kills; kill++)
        {
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, Senders).Select(_ => SendAsync(course, stop.Token)).ToList();
            await Task.Delay(Load);
            var since = Stopwatch.StartNew();
            if (kill % 2 == 0)
            {
                program.Kill();
                await program.WaitForExitAsync();
                program.Dispose();
                program = Start();
            }
            else
            {
                Process.GetProcessById(PostmasterId()).Kill();
                await Task.Delay(100);
            }
            await HealthyAsync(TimeSpan.FromMinutes(1));
            (kill % 2 == 0 ? restarts : recoveries).Add(since.Elapsed.TotalSeconds);
            await Task.Delay(Load);
            await stop.CancelAsync();
            await Task.WhenAll(load);
            Console.Error.WriteLine($"Kill {kill + 1} of {kills}: back after {since.Elapsed.TotalSeconds:0.0} s, "
                + $"{_acknowledged.Count} of {_sent} enquiries acknowledged");
        }
        var (lost, doubled) = await CompareAsync();
        program.Kill();
        await program.WaitForExitAsync();
        StopServer();
        if (lost > 0 || doubled > 0)
            throw new InvalidOperationException($"Of {_acknowledged.Count} acknowledged enquiries {lost} are lost, {doubled} doubled.");
        const string how = "kill -9 under the load of 8 senders, until /health says healthy";
        return
        [
            new("Program killed: back after, median and worst", Told(restarts), $"{restarts.Count} times; {how}"),
            new("PostgreSQL killed: back after, median and worst", Told(recoveries), $"{recoveries.Count} times; {how}"),
            new("Acknowledged enquiries lost or doubled", "0", $"{_acknowledged.Count} were acknowledged, {_sent} sent"),
        ];
    }

    private static string Told(List<double> seconds)
    {
        if (seconds.Count == 0) return "–";
        seconds.Sort();
        return $"{seconds[seconds.Count / 2]:0.0} / {seconds[^1]:0.0} s";
    }

    private Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Enrolment.dll"), "--Data:Folder=" + _folder.FullName, "--Urls=" + _address,
            "--RateLimits:EnquiriesPerMinute=1000000000", "--Logging:LogLevel:Default=None",
            "--Logging:LogLevel:Microsoft.Hosting.Lifetime=None", "--Logging:LogLevel:Hangfire=None", .. arguments]))!;

    private async Task HealthyAsync(TimeSpan patience)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < patience; await Task.Delay(50))
        {
            try
            {
                if (await _client.GetStringAsync(_address + "/health") == "healthy") return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }
        throw new InvalidOperationException($"The program was not healthy after {patience}.");
    }

    // One enquiry after the other, each of another person and sent until it is acknowledged, as the page itself would.
    private async Task SendAsync(string course, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var n = Interlocked.Increment(ref _sent);
            var typed = new Dictionary<string, string>
            {
                ["formId"] = Guid.CreateVersion7().ToString(),
                ["name"] = "Anjali Nair",
                ["phone"] = $"{8_129_000_000 + n}",
                ["email"] = $"night{n}@mail.example",
                ["course"] = course,
                ["time"] = "Evening",
                ["consent"] = "true",
            };
            while (!stop.IsCancellationRequested && !await AcknowledgedAsync(typed)) await Task.Delay(200, CancellationToken.None);
        }
    }

    private async Task<bool> AcknowledgedAsync(Dictionary<string, string> typed)
    {
        try
        {
            using var form = new FormUrlEncodedContent(typed);
            using var answer = await _client.PostAsync(_address + "/enquire", form);
            if (answer.StatusCode is not HttpStatusCode.Redirect) return false;
            _acknowledged[answer.Headers.Location!.OriginalString.Split('/')[^1]] = typed["phone"];
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<(int Lost, int Doubled)> CompareAsync()
    {
        var server = await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "postgres/postmaster.pid"));
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = int.Parse(server[3]),
            Username = "enrolment",
            Password = await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "postgres.password")),
            Database = "enrolment",
        };
        await using var source = NpgsqlDataSource.Create(settings.ConnectionString);
        // Everybody sent one enquiry, so a lead that has two was sent one twice. References are short, and two may be alike.
        await using var command = source.CreateCommand(
            "select data ->> 'Reference', data ->> 'LeadId' from enrolment.mt_doc_enquiry where data ->> 'Reference' = any($1)");
        command.Parameters.Add(new() { Value = _acknowledged.Keys.ToArray() });
        var stored = new List<(string Reference, string Lead)>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) stored.Add((reader.GetString(0), reader.GetString(1)));
        return (_acknowledged.Keys.Except(stored.Select(s => s.Reference)).Count(), stored.Count - stored.DistinctBy(s => s.Lead).Count());
    }

    private int PostmasterId() => int.Parse(File.ReadLines(Path.Combine(_folder.FullName, "postgres/postmaster.pid")).First());

    private void StopServer()
    {
        using var server = Process.GetProcessById(PostmasterId());
        server.Kill();
        server.WaitForExit(TimeSpan.FromSeconds(10));
        Thread.Sleep(TimeSpan.FromSeconds(1)); // its helpers see that it is gone
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("<option value=\"(?<id>[0-9a-f-]{36})\"")]
    private static partial Regex Option();
}
