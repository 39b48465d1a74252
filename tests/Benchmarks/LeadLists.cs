using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Demo;
using Crm.Desk;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>How long a counsellor waits for the list of leads.</summary>
internal static partial class LeadLists
{
    internal const string Password = "a password of benchmarks";

    // The demo's people write their names in Latin letters. The private server's locale is C, in which PostgreSQL knows no others.
    internal const string WriteInMalayalam = """
        update enrolment.mt_doc_person set search_text = search_text || ' ' ||
            (array['അനുഷ', 'കൃഷ്ണന്', 'ലക്ഷ്മി', 'വിഷ്ണു'])[1 + ascii(right(id::text, 1)) % 4] || ' ' ||
            (array['നായര്', 'മേനോന്', 'പിള്ള'])[1 + ascii(left(right(id::text, 2), 1)) % 3]
        where right(id::text, 2) < '40'
        """;
    private static readonly string[] Names = ["krish", "nair", "anjali+me", "vargh", "%E0%B4%85%E0%B4%A8%E0%B5%81", "xqz", "a"];
    private const int WarmUps = 400, Requests = 400, DeepPages = 400;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, int leadCount, int rows)
    {
        var connection = await server.CreateDatabaseAsync("list");
        await using var app = await server.ServeAsync(connection);
        var clock = Stopwatch.StartNew();
        await DemoSeed.RunAsync(app.Services, NullLogger.Instance, Password, leadCount);
        await using (var source = NpgsqlDataSource.Create(connection))
        await using (var write = source.CreateCommand(WriteInMalayalam))
        await using (var analyze = source.CreateCommand("vacuum analyze"))
        {
            write.CommandTimeout = 600;
            await write.ExecuteNonQueryAsync();
            analyze.CommandTimeout = 600;
            await analyze.ExecuteNonQueryAsync();
        }
        Console.Error.WriteLine($"Seeded {leadCount:N0} leads in {clock.Elapsed.TotalSeconds:0} s");

        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var counsellors = await session.Query<User>().Where(u => u.Role == Roles.Counsellor).ToListAsync();
        var phones = (await session.QueryAsync<string>("select keys[1] from enrolment.mt_doc_person order by md5(id::text) limit 100"))
            .ToList();
        using var client = Server.Connect(app, 1);
        await SignInAsync(client, counsellors[0].Email);
        var deep = await ShowMoreAsync(client, Math.Min(DeepPages, Math.Max(0, leadCount / LeadList.PageSize - 2)));

        var how = $"{Requests} sequential GETs of the whole page as a signed-in counsellor, one keep-alive connection, "
            + $"after {WarmUps} of warm-up, {leadCount:N0} leads";
        var results = new List<Result>();
        foreach (var (what, addresses) in new (string, IReadOnlyList<string>)[]
        {
            ("first page", ["/leads"]),
            ($"page {DeepPages + 1} by cursor", [deep]),
            ("one stage", [.. Enum.GetNames<Stage>().Select(s => "/leads?stage=" + s)]),
            ("one counsellor", [.. counsellors.Select(c => $"/leads?counsellor={c.Id}")]),
            ("part of a name", ["/leads?q=krish", "/leads?q=lakshmi", "/leads?q=anjali+me", "/leads?q=vargh"]),
            ("three Malayalam letters", ["/leads?q=%E0%B4%85%E0%B4%A8%E0%B5%81", "/leads?q=%E0%B4%95%E0%B5%83%E0%B4%B7"]),
            ("letters that no name has", ["/leads?q=xqz", "/leads?q=%E0%B4%99%E0%B4%99%E0%B4%99"]),
            ("two letters", ["/leads?q=sr", "/leads?q=xq"]),
            ("part of a phone number", [.. phones.Select(p => "/leads?q=" + p[^7..])]),
            ("sorted by name", ["/leads?sort=Name"]),
            ("search from anywhere by a name", [.. Names.Select(n => "/search?q=" + n)]),
            ("search from anywhere by a number", [.. phones.Select(p => "/search?q=" + p[^7..])]),
            ("today", ["/today"]),
            ("pipeline with its sums, everybody's and mine", ["/leads/board", "/leads/board?mine=true"]),
        }.Take(rows))
        {
            for (var i = 0; i < WarmUps; i++) await GetAsync(client, addresses[i % addresses.Count]);
            var times = new double[Requests];
            for (var i = 0; i < Requests; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await GetAsync(client, addresses[i % addresses.Count]);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
            Array.Sort(times);
            results.Add(new($"Lead list, {what}: p50 / p99", $"{times[Requests / 2]:0.0} / {times[Requests * 99 / 100]:0.0} ms",
                addresses.Count == 1 ? how : $"{how}; {addresses.Count} filters in turn"));
        }
        return results;
    }

    internal static async Task SignInAsync(HttpClient client, string email, string password = Password)
    {
        var page = await GetAsync(client, "/signin");
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["email"] = email,
            ["password"] = password,
            ["__RequestVerificationToken"] = Token().Match(page).Groups[1].Value,
        });
        using var answer = await client.PostAsync("/signin", form);
        if (answer.StatusCode != HttpStatusCode.Redirect)
            throw new InvalidOperationException($"Signing in was answered with {answer.StatusCode}.");
    }

    /// <returns>The address that the last of so many pages gives to its button.</returns>
    private static async Task<string> ShowMoreAsync(HttpClient client, int pages)
    {
        var address = "/leads";
        for (var i = 0; i < pages; i++)
            address = More().Match(await GetAsync(client, address)) is { Success: true } more
                ? WebUtility.HtmlDecode(more.Groups[1].Value)
                : throw new InvalidOperationException($"{address} has no more pages.");
        return address;
    }

    // What follows a page is asked for by htmx, as its button does: alone it would come with all rows above it. So is what is found.
    internal static async Task<string> GetAsync(HttpClient client, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (address.Contains("after=", StringComparison.Ordinal) || address.StartsWith("/search", StringComparison.Ordinal))
            request.Headers.Add("HX-Request", "true");
        using var answer = await client.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        return answer.StatusCode == HttpStatusCode.OK
            ? body
            : throw new InvalidOperationException($"{address} was answered with {answer.StatusCode}: {body}");
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]* value=\"([^\"]+)\"")]
    internal static partial Regex Token();

    [GeneratedRegex("hx-get=\"([^\"]*after=[^\"]*)\"")]
    private static partial Regex More();
}
