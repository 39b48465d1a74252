using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Marten;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>What the whole list as a file costs, and how long the list of probable duplicates takes among many.</summary>
internal static partial class Exports
{
    private const string Password = "a password of benchmarks";
    private const int Pairs = 20_000, WarmUps = 40, Requests = 200;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, int count)
    {
        var connection = await server.CreateDatabaseAsync("exports");
        await using var app = await server.ServeAsync(connection);
        await FillAsync(app.Services, connection, count);
        using var client = Server.Connect(app, 1);
        await SignInAsync(client);
        var results = new List<Result>();
        foreach (var format in new[] { "csv", "xlsx" })
        {
            await DownloadAsync(client, "csv", most: 1_000_000); // a first one, cut short, warms up
            var (seconds, bytes, grown) = await DownloadAsync(client, format, long.MaxValue);
            results.Add(new($"All {count:N0} leads as {format.ToUpperInvariant()}", $"{seconds:0.0} s, {grown:0} MB",
                $"{bytes / 1_000_000:N0} MB read by one client as they come; the most by which the working set of app and client grew"));
        }
        var times = new double[Requests];
        for (var i = -WarmUps; i < Requests; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.GetStringAsync("/duplicates");
            if (i >= 0) times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(times);
        results.Add(new("Probable duplicates, first page: p50 / p99", $"{times[Requests / 2]:0.0} / {times[Requests * 99 / 100]:0.0} ms",
            $"{Requests} sequential GETs of the whole page, {count:N0} people, {Pairs:N0} pairs to decide on"));
        return results;
    }

    private static async Task FillAsync(IServiceProvider services, string connection, int count)
    {
        var (store, clock) = (services.GetRequiredService<IDocumentStore>(), services.GetRequiredService<InstituteClock>());
        using (var scope = services.CreateScope())
            await scope.ServiceProvider.GetRequiredService<UserManager<User>>().CreateAsync(
                new User { Name = "Beena Thomas", Email = "beena@institute.example", Role = Roles.Manager }, Password);
        var (course, now) = (Guid.NewGuid(), clock.Now);
        var people = Enumerable.Range(0, count).Select(i => new Person { Id = Guid.CreateVersion7() }.After(new PersonRegistered(
            PersonName.FromStored($"{(char)('A' + i % 26)}nu {(char)('a' + i / 26 % 26)}eorge {i}"),
            [PhoneNumber.FromE164($"+9198{i:00000000}")], EmailAddress.FromStored($"a{i}@mail.example"), Standing.Given, "Agreed", "Form")
        { At = now })).ToList();
        // Marten copies arrays as text[], which the column of keys is not.
        foreach (var some in people.Chunk(1000))
        {
            await using var session = store.LightweightSession();
            session.Store(some);
            await session.SaveChangesAsync();
        }
        await store.BulkInsertDocumentsAsync(people.Select((p, i) => new Lead { Id = Guid.CreateVersion7() }.After(new LeadReceived(
            "L-222222", p.Id, new CourseRef(course, "CPC", "CPC Preparation"), PreferredTime.Anytime,
            new LeadSource("Google", null, "Fair"), null)
        { At = now.AddMinutes(-i) })).ToList());
        await store.BulkInsertDocumentsAsync(Enumerable.Range(0, Pairs).Select(i => (people[i], people[count - 1 - i]))
            .Select((pair, i) => new PossibleDuplicate
            {
                Id = PossibleDuplicate.IdOf(pair.Item1.Id, pair.Item2.Id),
                Newer = pair.Item2.Id,
                Older = pair.Item1.Id,
                Reason = i % 2 == 0 ? Likeness.Email : Likeness.PhoneAndSimilarName,
                Weight = Likeness.WeightOf(i % 2 == 0 ? Likeness.Email : Likeness.PhoneAndSimilarName),
                FoundAt = now.AddMinutes(-i),
            }).ToList());
        await using var source = NpgsqlDataSource.Create(connection);
        await using var analyze = source.CreateCommand("vacuum analyze");
        analyze.CommandTimeout = 600;
        await analyze.ExecuteNonQueryAsync();
    }

    private static async Task<(double Seconds, long Bytes, double Grown)> DownloadAsync(HttpClient client, string format, long most)
    {
        var fields = Hidden().Matches(await client.GetStringAsync("/leads/selections?of=all")).Where(m => Name().IsMatch(m.Value))
            .Select(m => (Name: Name().Match(m.Value).Groups[1].Value, Value: Value().Match(m.Value).Groups[1].Value))
            .DistinctBy(f => f.Name).ToDictionary(f => f.Name, f => WebUtility.HtmlDecode(f.Value));
        (fields["as"], fields["formId"]) = (format, Guid.NewGuid().ToString());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/leads/selections/files")
        {
            Content = new FormUrlEncodedContent(fields),
        };
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var (before, grown, clock) = (process.WorkingSet64, 0L, Stopwatch.StartNew());
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync();
        var (buffer, bytes) = (new byte[81_920], 0L);
        for (int read; bytes < most && (read = await body.ReadAsync(buffer)) > 0; bytes += read)
        {
            process.Refresh();
            grown = Math.Max(grown, process.WorkingSet64 - before);
        }
        return (clock.Elapsed.TotalSeconds, bytes, grown / 1e6);
    }

    private static async Task SignInAsync(HttpClient client)
    {
        var token = Value().Match(Hidden().Match(await client.GetStringAsync("/signin")).Value).Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["email"] = "beena@institute.example",
            ["password"] = Password,
            ["__RequestVerificationToken"] = token,
        });
        using var answer = await client.PostAsync("/signin", form);
        if (answer.StatusCode != HttpStatusCode.Redirect)
            throw new InvalidOperationException($"Signing in was answered with {answer.StatusCode}.");
    }

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>")]
    private static partial Regex Hidden();

    [GeneratedRegex(" name=\"([^\"]*)\"")]
    private static partial Regex Name();

    [GeneratedRegex(" value=\"([^\"]*)\"")]
    private static partial Regex Value();
}
