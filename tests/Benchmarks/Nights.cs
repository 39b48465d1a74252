using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
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
    private static readonly string[] Quiet =
        ["--Logging:LogLevel:Default=None", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=None", "--Logging:LogLevel:Hangfire=None"];

    private readonly OwnProgram _program = new("nights");
    private readonly ConcurrentDictionary<string, string> _acknowledged = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private int _sent;

    public void Dispose()
    {
        _client.Dispose();
        _program.Dispose();
    }

    public static async Task<IReadOnlyList<Result>> MeasureAsync(int kills)
    {
        using var nights = new Nights();
        return await nights.KillAsync(kills);
    }

    private async Task<IReadOnlyList<Result>> KillAsync(int kills)
    {
        var (restarts, recoveries) = (new List<double>(), new List<double>());
        var program = _program.Start(Quiet, "--seed", "demo");
        await _program.HealthyAsync(TimeSpan.FromMinutes(3));
        var course = Option().Match(await _client.GetStringAsync(_program.Address + "/enquire")).Groups["id"].Value;
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
                program = _program.Start(Quiet);
            }
            else
            {
                Process.GetProcessById(_program.PostmasterId).Kill();
                await Task.Delay(100);
            }
            await _program.HealthyAsync(TimeSpan.FromMinutes(1));
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
        _program.StopServer();
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
            using var answer = await _client.PostAsync(_program.Address + "/enquire", form);
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
        await using var source = NpgsqlDataSource.Create(_program.ConnectionString);
        // Everybody sent one enquiry, so a lead that has two was sent one twice. References are short, and two may be alike.
        await using var command = source.CreateCommand(
            "select data ->> 'Reference', data ->> 'LeadId' from enrolment.mt_doc_enquiry where data ->> 'Reference' = any($1)");
        command.Parameters.Add(new() { Value = _acknowledged.Keys.ToArray() });
        var stored = new List<(string Reference, string Lead)>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) stored.Add((reader.GetString(0), reader.GetString(1)));
        return (_acknowledged.Keys.Except(stored.Select(s => s.Reference)).Count(), stored.Count - stored.DistinctBy(s => s.Lead).Count());
    }

    [GeneratedRegex("<option value=\"(?<id>[0-9a-f-]{36})\"")]
    internal static partial Regex Option();
}
