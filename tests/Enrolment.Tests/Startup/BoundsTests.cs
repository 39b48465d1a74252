using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Crm.Institute;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Startup;

/// <summary>How much strangers may send, how slowly, from where, and under which name.</summary>
public sealed class BoundsTests(TestPostgres postgres) : IDisposable
{
    private const int Megabyte = 1024 * 1024;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-bounds-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Two_hundred_posts_of_thirty_megabytes_at_once_take_no_hundred_and_a_slow_one_is_dropped()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Memory is read from /proc.");
        // Jobs begin a second after the pages are there, and would be taken for what the posts cost.
        await using var program = await RunningProgram.StartAsync(_folder.FullName, "--Jobs:Enabled=false",
            "--ConnectionStrings:Enrolment=" + await postgres.CreateDatabaseAsync());
        using var browser = program.Browse();
        for (var i = 0; i < 30; i++) await browser.GetAsync("/enquire"); // what every visit needs is there
        var port = browser.Page.Html is not null ? program.Port : 0;
        var (before, most) = (ResidentOf(program.Id), 0L);
        using var stop = new CancellationTokenSource();
        var watch = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                most = Math.Max(most, ResidentOf(program.Id));
                await Task.Delay(20);
            }
        });

        string[] paths = ["/enquire", "/signin", "/unsubscribe/x", "/setup", "/signin/forgotten", "/health", "/", "/nowhere"];
        string[] types = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"];
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            FloodAsync(port, paths[i % paths.Length], types[i % types.Length], chunked: i % 2 == 0)));
        await stop.CancelAsync();
        await watch;

        Assert.DoesNotContain("HTTP/1.1 200", answers.Where((_, i) => paths[i % paths.Length] is "/enquire" or "/signin"));
        Assert.True(most - before < 100L * Megabyte, $"{(most - before) / Megabyte} MB more than the {before / Megabyte} MB before");
        TestContext.Current.SendDiagnosticMessage($"200 posts of 30 MB: {(most - before) / Megabyte} MB more than {before / Megabyte} MB");
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/enquire")).Status);
        var slow = Stopwatch.StartNew();
        await TrickleAsync(port);
        Assert.InRange(slow.Elapsed.TotalSeconds, 0, 40);
    }

    // Sends as long as the other side takes it.
    private static async Task<string> FloodAsync(int port, string path, string type, bool chunked)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var line = client.GetStream();
        const int all = 30 * Megabyte;
        var length = chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {all}";
        var head = $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{length}\r\n\r\n";
        await line.WriteAsync(Encoding.ASCII.GetBytes(head));
        var (block, answer) = (Encoding.ASCII.GetBytes(new string('x', 16 * 1024)), new byte[64]);
        var size = Encoding.ASCII.GetBytes($"{block.Length:x}\r\n");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var read = ReadAsync();
        try
        {
            for (var sent = 0; sent < all && !read.IsCompleted; sent += block.Length)
            {
                if (chunked) await line.WriteAsync(size, patience.Token);
                await line.WriteAsync(block, patience.Token);
                if (chunked) await line.WriteAsync("\r\n"u8.ToArray(), patience.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It has stopped listening.
        }
        return await read;

        async Task<string> ReadAsync()
        {
            try { return Encoding.ASCII.GetString(answer, 0, await line.ReadAsync(answer, patience.Token)); }
            catch (Exception e) when (e is IOException or OperationCanceledException) { return ""; }
        }
    }

    // A letter now and then, for as long as it is listened to.
    private static async Task TrickleAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var line = client.GetStream();
        await line.WriteAsync(Encoding.ASCII.GetBytes("POST /enquire HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"));
        var end = line.ReadAsync(new byte[1024]).AsTask();
        try
        {
            while (!end.IsCompleted)
            {
                await line.WriteAsync("a"u8.ToArray());
                await Task.Delay(200);
            }
        }
        catch (IOException)
        {
            // The line was cut.
        }
    }

    private static long ResidentOf(int process) => Environment.SystemPageSize * long.Parse(
        File.ReadAllText($"/proc/{process}/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_form_is_read_where_one_is_expected_and_files_where_files_are()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();
        using var files = new MultipartFormDataContent
        { { new StringContent("Anu"), "name" }, { new ByteArrayContent(new byte[100]), "f", "a.bin" } };
        using var upload = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, "/enquire") { Content = files });
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, upload.StatusCode);

        // Half a form, which could not be read: nobody reads it.
        using var get = new HttpRequestMessage(HttpMethod.Get, "/enquire") { Content = new StringContent("a=%00") };
        get.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
        using var shown = await browser.SendRawAsync(get);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);

        // An encoding that is not read any more, since pages could be fooled by it.
        using var post = new HttpRequestMessage(HttpMethod.Post, "/enquire") { Content = new StringContent("name=Anu") };
        post.Content.Headers.ContentType = new("application/x-www-form-urlencoded") { CharSet = "utf-7" };
        using var refused = await browser.SendRawAsync(post);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task One_household_is_one_sender_whichever_of_its_addresses_it_writes_from()
    {
        var from = new FromAddress();
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?> { ["RateLimits:SignInsPerMinute"] = "1" },
            services => services.AddSingleton<IStartupFilter>(from));
        using var visitor = app.Browse();
        async Task<HttpStatusCode> TryAsync(string address)
        {
            from.Address = IPAddress.Parse(address);
            return (await visitor.PostAsync("/signin", [])).Status;
        }

        Assert.NotEqual(HttpStatusCode.TooManyRequests, await TryAsync("2001:db8:1:2::1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await TryAsync("2001:db8:1:2:ffff::9"));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await TryAsync("2001:db8:1:3::1"));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await TryAsync("203.0.113.9"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await TryAsync("::ffff:203.0.113.9"));
    }

    [Fact]
    public async Task Under_https_every_cookie_is_secure_browsers_remember_it_and_other_names_lead_there()
    {
        await using var app = await TestApp.StartAsync(postgres,
            new Dictionary<string, string?> { ["Institute:PublicUrl"] = "https://crm.periyar.example" });
        var divya = await app.AddUserAsync("Divya Menon");
        using var client = app.Host.Server.CreateClient();
        client.BaseAddress = new Uri("https://crm.periyar.example");
        var page = await client.GetAsync("/signin");
        Assert.Equal("max-age=31536000", page.Headers.GetValues("Strict-Transport-Security").Single());
        var cookies = page.Headers.GetValues("Set-Cookie").ToList();
        var token = System.Text.RegularExpressions.Regex.Match(await page.Content.ReadAsStringAsync(),
            "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"|value=\"([^\"]+)\"[^>]*name=\"__RequestVerificationToken\"");
        using var sent = new HttpRequestMessage(HttpMethod.Post, "/signin")
        {
            Headers = { { "Cookie", cookies[0].Split(';')[0] } },
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["email"] = divya.Email,
                ["password"] = TestApp.Password,
                ["__RequestVerificationToken"] = token.Groups[1].Value + token.Groups[2].Value,
            }),
        };
        using var signedIn = await client.SendAsync(sent);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        cookies.AddRange(signedIn.Headers.GetValues("Set-Cookie"));
        Assert.Equal(3, cookies.Select(c => c.Split('=')[0]).Intersect(["enrolment", "enrolment.form", "enrolment.device"]).Count());
        Assert.All(cookies, c => Assert.Contains("; secure", c, StringComparison.OrdinalIgnoreCase));
        Assert.All(cookies, c => Assert.Contains("; httponly", c, StringComparison.OrdinalIgnoreCase));

        using var elsewhere = app.Host.Server.CreateClient();
        elsewhere.BaseAddress = new Uri("http://10.0.0.5:5000");
        using var led = await elsewhere.GetAsync("/enquire/cpc?utm_source=blog");
        Assert.Equal((HttpStatusCode.Redirect, "https://crm.periyar.example/enquire/cpc?utm_source=blog"),
            (led.StatusCode, led.Headers.Location?.ToString()));
        using var posted = await elsewhere.PostAsync("/signin", new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, posted.StatusCode);
        using var health = await elsewhere.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    private sealed class FromAddress : IStartupFilter
    {
        public IPAddress Address { get; set; } = IPAddress.Loopback;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, go) =>
            {
                http.Connection.RemoteIpAddress = Address;
                return go(http);
            });
            next(app);
        };
    }
}
