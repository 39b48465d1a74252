using System.Net;
using System.Net.Sockets;
using Crm.Institute;
using Npgsql;
using SkiaSharp;

namespace Crm.Tests.Startup;

/// <summary>What the program makes of its settings when it starts.</summary>
public sealed class ProgramTests(TestPostgres postgres) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-program-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task With_a_connection_string_it_migrates_and_uses_that_server_and_starts_none()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        await using var program = await RunningProgram.StartAsync(_folder.FullName, "--ConnectionStrings:Enrolment=" + database);
        using var browser = program.Browse();

        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/enquire")).Status);
        Assert.False(Directory.Exists(Path.Combine(_folder.FullName, "postgres")));
        await using var source = NpgsqlDataSource.Create(database);
        await using var count = source.CreateCommand("select count(*) from enrolment.mt_doc_lead");
        Assert.Equal(0L, await count.ExecuteScalarAsync());
        Assert.Contains($"First start: make the first manager at http://127.0.0.1:{program.Port}/setup?code=", program.Output);
        var style = browser.Page.One("link[rel=stylesheet]").GetAttribute("href")!;
        using var css = await browser.DownloadAsync(style);
        Assert.Equal((HttpStatusCode.OK, "text/css"), (css.StatusCode, css.Content.Headers.ContentType?.MediaType));
        Assert.StartsWith("@layer", await css.Content.ReadAsStringAsync());
        using var head = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Head, "/enquire"));
        Assert.Equal((HttpStatusCode.OK, true), (head.StatusCode, head.Content.Headers.ContentLength > 500));
        var flood = await browser.PostAsync("/enquire", new() { ["message"] = new string('x', 100_000) });
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "That is too much at once"), (flood.Status, flood.One("h1").TextContent));
    }

    [Theory]
    [InlineData("http://localhost:7000/", "http://localhost:7000")]
    [InlineData("http://+:8080", "http://localhost:8080")]
    [InlineData("http://*", "http://localhost")]
    [InlineData("http://0.0.0.0:80;http://10.0.0.5:80", "http://localhost:80")]
    [InlineData("http://[::]:8080/", "http://localhost:8080")]
    [InlineData("http://crm.example:5000", "http://crm.example:5000")]
    [InlineData("https://0.0.0.0:443", null)]
    [InlineData("http://unix:/run/enrolment.sock", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Its_address_is_where_it_listens_unless_another_is_given(string? urls, string? address) =>
        Assert.Equal(address, InstituteRoom.ListenedTo(urls));

    [Theory]
    [InlineData("ConnectionStrings:Enrolment=Host=127.0.0.1;Port=1;Database=x;Username=x",
        "The database of ConnectionStrings:Enrolment cannot be used: Failed to connect to 127.0.0.1:1")]
    [InlineData("Institute:Logo=/nowhere/logo.png", "There is no file at Institute:Logo.")]
    [InlineData("Institute:TimeZone=Asia/Ernakulam", "Institute:TimeZone is no time zone that this machine knows")]
    [InlineData("Institute:PublicUrl=https://institute.example/crm", "Institute:PublicUrl must be an address like https://crm.example.org")]
    [InlineData("RateLimits:EnquiriesPerMinute=0", "RateLimits:EnquiriesPerMinute must be 1 or more.")]
    [InlineData("Proxies=proxy.example", "Proxies must be addresses or networks such as 10.0.0.5, 172.16.0.0/12; “proxy.example” is")]
    [InlineData("Jobs:Enabled=perhaps", "Jobs:Enabled cannot be “perhaps”: write true or false.")]
    [InlineData("Backup:Passphrase=too short", "Backup:Passphrase must have at least 12 characters.")]
    [InlineData("Smtp:Port=abc", "Smtp:Port cannot be “abc”: write a whole number.")]
    [InlineData("Smtp:Security=tls", "Smtp:Security cannot be “tls”: write Auto, StartTls, SslOnConnect or None.")]
    [InlineData("urls=http://localhost:99999", "Urls must be addresses like http://localhost:5000, with a port up to 65535; “http")]
    [InlineData("urls=localhost:5000", "Urls must be addresses like http://localhost:5000, with a port up to 65535; “localhost:5000” is")]
    [InlineData("urls=https://localhost:59443", "Urls has an address with https, and no certificate is set for it")]
    [InlineData("ConnectionStrings:Enrolment=postgres://db/enrolment", "ConnectionStrings:Enrolment is not written like Host=db;")]
    [InlineData("urls=http://192.0.2.1:80", "Nothing can be served at http://192.0.2.1:80: Cannot assign requested address.")]
    [InlineData("seed=full", "There is no seed full; the one there is, is called demo")]
    public async Task A_wrong_setting_ends_the_start_with_a_sentence_about_it(string setting, string said)
    {
        string[] database = setting.StartsWith("ConnectionStrings", StringComparison.Ordinal)
            ? []
            : ["--ConnectionStrings:Enrolment=" + await postgres.CreateDatabaseAsync()];

        var (exit, output) = await RunningProgram.RunAsync(_folder.FullName, ["--" + setting, .. database]);

        Assert.NotEqual(0, exit);
        Assert.Contains(said, output);
        AssertPlain(output);
    }

    // Else each brochure, letter and receipt would fail by itself, and mail with them.
    [Fact]
    public async Task A_logo_that_no_paper_can_show_ends_the_start_with_a_sentence_about_it()
    {
        var database = "--ConnectionStrings:Enrolment=" + await postgres.CreateDatabaseAsync();
        using var bitmap = new SKBitmap(200, 200);
        foreach (var (x, y) in Enumerable.Range(0, 200).Select(i => (i, i * 7 % 200))) bitmap.SetPixel(x, y, SKColors.Teal);
        using var whole = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        var file = Path.Combine(_folder.FullName, "logo.png");
        foreach (var (content, problem) in new[]
        {
            ("no picture"u8.ToArray(), "must be a PNG or JPEG picture that can be read"),
            (whole.ToArray()[..^(int)(whole.Size / 2)], "is a damaged picture"),
        })
        {
            await File.WriteAllBytesAsync(file, content);

            var (exit, output) = await RunningProgram.RunAsync(_folder.FullName, "--Institute:Logo=" + file, database);

            Assert.NotEqual(0, exit);
            Assert.Contains($"Institute:Logo {problem}. It is {file}", output);
            AssertPlain(output);
        }
    }

    [Fact]
    public async Task An_address_in_use_ends_the_start_with_a_sentence_about_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        var (exit, output) = await RunningProgram.RunAsync(_folder.FullName,
            "--ConnectionStrings:Enrolment=" + await postgres.CreateDatabaseAsync(), $"--urls=http://{other.LocalEndpoint}");

        Assert.NotEqual(0, exit);
        Assert.Contains($"{other.LocalEndpoint}: address already in use. Stop what uses it", output);
        AssertPlain(output);
    }

    // As in the image of .NET, which has no Kerberos: that is not asked for, so that nobody is told that it is missing.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_machine_without_Kerberos_hears_nothing_of_it(bool given)
    {
        string[] database = given ? ["--ConnectionStrings:Enrolment=" + await postgres.CreateDatabaseAsync()] : [];

        var (exit, output) = await RunningProgram.RunInAsync(Surroundings.Without("/lib/x86_64-linux-gnu/libgssapi_krb5.so.2"),
            _folder.FullName, ["users", .. database]);

        Assert.True(exit == 0, output);
        Assert.DoesNotContain("Cannot load library", output);
    }

    [Fact]
    public async Task A_settings_file_that_cannot_be_read_ends_the_start_with_a_sentence_about_it()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "appsettings.json"), "{ \"Urls\": ");

        var (exit, output) = await RunningProgram.RunAsync(_folder.FullName);

        Assert.NotEqual(0, exit);
        Assert.Contains("appsettings.json", output);
        AssertPlain(output);
    }

    [Fact]
    public async Task A_folder_on_a_disk_that_can_only_be_read_is_told_by_that_reason()
    {
        var (exit, output) = await RunningProgram.RunInAsync(Surroundings.Disk(_folder.FullName, "size=1m,ro"), _folder.FullName);

        Assert.NotEqual(0, exit);
        Assert.Contains($"The data folder {_folder.FullName} lies on a disk that can only be read.", output);
        AssertPlain(output);
    }

    [Fact]
    public async Task A_disk_that_is_full_at_the_start_is_told_by_that_reason()
    {
        var (exit, output) = await RunningProgram.RunInAsync(Surroundings.Disk(_folder.FullName, "size=12m"), _folder.FullName);

        Assert.NotEqual(0, exit);
        Assert.Contains($"The disk of the data folder {_folder.FullName} is full. Make room, then start again.", output);
        AssertPlain(output);
    }

    // Nobody is sent away for it: people enquire, while somebody mends it.
    [Fact]
    public async Task A_folder_that_takes_no_backup_is_told_at_the_start_which_goes_on()
    {
        var file = Path.Combine(_folder.FullName, "backups");
        await File.WriteAllTextAsync(file, "somebody's");
        await using var program = RunningProgram.Begin(_folder.FullName, "--Backup:Folder=" + file,
            "--ConnectionStrings:Enrolment=" + await postgres.CreateDatabaseAsync());
        await Poll.UntilAsync(() => Task.FromResult(program.Output.Contains("Now listening on", StringComparison.Ordinal)), "the start");
        using var browser = program.Browse();

        Assert.Contains($"No backup can be made: Backup:Folder is a file, and not a folder. It is {file}", program.Output);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/enquire")).Status);
        Assert.Equal("degraded\nbackup: No backup can be made: Backup:Folder is a file, and not a folder.",
            (await browser.GetAsync("/health")).Text);
        Assert.Equal(0, await program.TerminateAsync());
    }

    [Fact]
    public async Task A_folder_of_another_user_is_told_by_that_reason()
    {
        var (exit, output) = await RunningProgram.RunInAsync(Surroundings.Nobody(), _folder.FullName);

        Assert.NotEqual(0, exit);
        Assert.Contains($"may not use the data folder {_folder.FullName}: ", output);
        Assert.Contains("Start Enrolment as the folder's owner, or give it another folder with Data:Folder.", output);
        AssertPlain(output);
    }

    // The program's own words, and no stack trace around them.
    private static void AssertPlain(string output)
    {
        Assert.DoesNotContain("Unhandled exception", output);
        Assert.DoesNotMatch(@"(?m)^\s+at \S+\(", output);
        Assert.Single(output.Split('\n'), line => line.Split(':')[0] is "crit" or "fail");
    }
}
