using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Crm.Courses;
using Crm.Demo;
using Crm.Enquiries;
using Crm.Leads;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>How many enquiries a second become durable, beside how many single rows the same server takes.</summary>
internal static partial class Enquiries
{
    internal const string InsertSql =
        """insert into bench (id, data) values (gen_random_uuid(), '{"name": "Anjali Nair", "phone": "+919847012345"}'::jsonb)""";
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3), Settling = TimeSpan.FromSeconds(20);
    private static readonly string[] Prefixes = ["9847", "9895", "9946", "9745", "8129", "8086"];
    private static readonly string[] First =
        ["Anjali", "Beena", "Chitra", "Divya", "Elsa", "Fathima", "Gayathri", "Hari", "Indu", "Jacob", "Kavya", "Lakshmi", "Maya"];
    private static readonly string[] Last =
        ["Nair", "Menon", "Pillai", "Kurian", "Mathew", "Varma", "Das", "Joseph", "Thomas", "George", "Warrier", "Krishnan", "Babu"];
    private const decimal BytesOfKilobyte = 1_024;
    private static int _sent;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, TimeSpan time)
    {
        var connection = await server.CreateDatabaseAsync("enquiries");
        await using var app = await server.ServeAsync(connection);
        await DemoSeed.RunAsync(app.Services, NullLogger.Instance, "a password of benchmarks", leadCount: 0);
        var store = app.Services.GetRequiredService<IDocumentStore>();
        await using var session = store.QuerySession();
        var course = (await session.Query<Course>().Where(c => c.Open).FirstAsync()).Id.ToString();
        await using var source = NpgsqlDataSource.Create(connection);
        await using (var table = source.CreateCommand("create table bench (id uuid primary key, data jsonb not null)"))
            await table.ExecuteNonQueryAsync();
        var pgbench = FindPgbench();

        // Until then half of the machine compiles: a server runs for weeks.
        var address = new Uri(app.Urls.Single());
        Visitors.Post(address, course, 16, Settling);
        var results = new List<Result>();
        foreach (var connections in new[] { 1, 16 })
        {
            Visitors.Post(address, course, connections, WarmUp);
            var (sent, before) = (_sent, await WrittenAsync(source));
            var enquiries = Visitors.Post(address, course, connections, time);
            var written = (await WrittenAsync(source) - before) / (_sent - sent);
            await LoopAsync(source, connections, TimeSpan.FromSeconds(1));
            var inserts = pgbench is null
                ? await LoopAsync(source, connections, time)
                : await RunAsync(pgbench, connection, connections, time);
            results.Add(new($"Enquiries, {Plural(connections)}", $"{enquiries:0}/s",
                $"POST /enquire over HTTP with keep-alive, each of another number and form, one in a hundred of a known name, "
                + $"{time.TotalSeconds:0} s after {Settling.TotalSeconds + WarmUp.TotalSeconds:0} s of warm-up; client, app and PostgreSQL "
                + "share the machine"));
            results.Add(new($"Single-row inserts, {Plural(connections)}", $"{inserts:0}/s", pgbench is null
                ? "pgbench was not found; a loop in Npgsql inserts one small jsonb row per transaction, "
                    + $"{time.TotalSeconds:0} s, same server"
                : $"`pgbench -n -f insert.sql -c {connections} -j 2 -T {time.TotalSeconds:0}` ({VersionOf(pgbench)}): "
                    + "one small jsonb row per transaction, same server"));
            results.Add(new($"Enquiries per insert, {Plural(connections)}", $"{enquiries / inserts:0.00}", "the first over the second"));
            results.Add(new($"WAL of an enquiry, {Plural(connections)}", $"{written / BytesOfKilobyte:0.0} KB",
                "all that the server wrote to its log meanwhile, by the number of enquiries"));
        }
        var (leads, records) = (await session.Query<Lead>().CountAsync(), await session.Query<Enquiry>().CountAsync());
        if (leads != _sent || records != _sent)
            throw new InvalidOperationException($"{_sent} enquiries were answered, but {leads} leads and {records} enquiries are stored.");
        return results;
    }

    /// <returns>Enquiries a second that were answered with a reference.</returns>
    internal static async Task<double> PostAsync(HttpClient client, string course, int connections, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            var count = 0;
            for (; clock.Elapsed < time; count++) await PostOneAsync(client, course);
            return count;
        }));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    // One in a hundred has the name of somebody before and asks for the same: both are listed for staff to look at, as in a week of
    // an institute. All others have a name of their own.
    private static string Name(int n)
    {
        var whose = n % 100 == 99 ? n / 2 : n;
        var (first, rest) = (First[whose % First.Length], whose / First.Length);
        var (last, number) = (Last[rest % Last.Length], rest / Last.Length);
        return $"{first} {(char)('A' + number % 25)} {last}{Letters(number / 25)}";
    }

    private static string Letters(int n) => n == 0 ? "" : (char)('a' + n % 26) + Letters(n / 26);

    /// <summary>What somebody types who has not asked before.</summary>
    internal static IReadOnlyDictionary<string, string> Next(string course)
    {
        var n = Interlocked.Increment(ref _sent) - 1;
        return new Dictionary<string, string>
        {
            ["formId"] = Guid.CreateVersion7().ToString(),
            ["name"] = Name(n),
            ["phone"] = $"{Prefixes[n / 1_000_000]}{n % 1_000_000:000000}",
            ["email"] = $"anjali{n}@mail.example",
            ["course"] = course,
            ["time"] = "Evening",
            ["message"] = "Is there a weekend batch?",
            ["consent"] = "true",
            ["utm_source"] = "blog",
            ["second_name"] = "",
        };
    }

    internal static async Task PostOneAsync(HttpClient client, string course)
    {
        using var form = new FormUrlEncodedContent(Next(course));
        using var answer = await client.PostAsync("/enquire", form);
        if (answer.StatusCode != HttpStatusCode.Redirect
            || answer.Headers.Location?.OriginalString.StartsWith("/enquire/thanks/L-", StringComparison.Ordinal) != true)
            throw new InvalidOperationException(
                $"An enquiry was answered with {answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <returns>Bytes that the server has written to its log since it was made.</returns>
    private static async Task<decimal> WrittenAsync(NpgsqlDataSource source)
    {
        await using var position = source.CreateCommand("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
        return (decimal)(await position.ExecuteScalarAsync())!;
    }

    private static async Task<double> LoopAsync(NpgsqlDataSource source, int connections, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var insert = new NpgsqlCommand(InsertSql, connection);
            await insert.PrepareAsync();
            var count = 0;
            for (; clock.Elapsed < time; count++) await insert.ExecuteNonQueryAsync();
            return count;
        }));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> RunAsync(string pgbench, string connection, int connections, TimeSpan time)
    {
        var to = new NpgsqlConnectionStringBuilder(connection);
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, InsertSql + ";\n");
        try
        {
            var output = await OutputAsync(pgbench,
                ["-n", "-f", script, "-c", $"{connections}", "-j", "2", "-T", $"{time.TotalSeconds:0}", "-h", to.Host!, "-p", $"{to.Port}",
                "-U", to.Username!, to.Database!], to.Password);
            return Tps().Match(output) is { Success: true } tps
                ? double.Parse(tps.Groups["tps"].Value)
                : throw new InvalidOperationException("pgbench printed no tps:\n" + output);
        }
        finally
        {
            File.Delete(script);
        }
    }

    // PATH first, then the newest that Debian installs beside it.
    private static string? FindPgbench()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .ToList();
        const string debian = "/usr/lib/postgresql";
        if (Directory.Exists(debian))
            folders.AddRange(Directory.GetDirectories(debian)
                .OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var major) ? major : 0)
                .Select(d => Path.Combine(d, "bin")));
        return folders.Select(f => Path.Combine(f, OperatingSystem.IsWindows() ? "pgbench.exe" : "pgbench")).FirstOrDefault(File.Exists);
    }

    private static string VersionOf(string pgbench) => OutputAsync(pgbench, ["--version"], null).Result.Trim();

    private static async Task<string> OutputAsync(string program, IEnumerable<string> arguments, string? password)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (password is not null) start.Environment["PGPASSWORD"] = password;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {await error}");
    }

    private static string Plural(int connections) => connections == 1 ? "1 connection" : $"{connections} connections";

    [GeneratedRegex(@"^tps = (?<tps>[\d.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Tps();
}
