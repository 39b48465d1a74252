using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using Crm.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests.Storage;

/// <summary>A server that somebody else runs: silent, small, behind a pooler, or started again in the middle of the day.</summary>
[SupportedOSPlatform("linux")]
public sealed class GivenServerTests(TestPostgres postgres) : InDataFolder
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_takes_the_connection_and_says_nothing_ends_the_start_with_a_sentence(bool fromTheBeginning)
    {
        await using var proxy = new PostgresProxy(await postgres.CreateDatabaseAsync())
        {
            SaysNothing = fromTheBeginning,
            StallsAt = words => words.Contains("max_connections", StringComparison.Ordinal),
        };
        var since = Stopwatch.StartNew();

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => MeetAsync(proxy.ConnectionString));

        Assert.Equal("The server of ConnectionStrings:Enrolment did not answer within 1 seconds. See whether it runs, and whether this "
            + "machine may reach it.", refused.Message);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(8), $"It took {since.Elapsed}.");
    }

    [Fact]
    public async Task One_that_can_only_be_read_ends_the_start_with_a_sentence()
    {
        var refused = await Assert.ThrowsAsync<CannotStartException>(async () =>
            await MeetAsync(await postgres.CreateDatabaseAsync() + ";Options=-c default_transaction_read_only=on"));

        Assert.StartsWith("The server of ConnectionStrings:Enrolment takes no changes: it is a copy that can only be", refused.Message);
    }

    [Fact]
    public async Task Of_several_hosts_the_one_is_used_that_takes_changes_and_where_there_is_none_the_start_says_why()
    {
        var real = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        var both = new NpgsqlConnectionStringBuilder(real.ConnectionString) { Host = $"127.0.0.1:1,127.0.0.1:{real.Port}" };

        var met = await MeetAsync(both.ConnectionString);
        await using var source = MartenSetup.Connect(met.Connection);
        await using var connection = await source.OpenConnectionAsync();
        both.Host = "127.0.0.1:1,127.0.0.1:2";
        var refused = await Assert.ThrowsAsync<CannotStartException>(() => MeetAsync(both.ConnectionString));

        Assert.Equal("primary", new NpgsqlConnectionStringBuilder(met.Connection).TargetSessionAttributes);
        Assert.Equal("None of the hosts of ConnectionStrings:Enrolment can be used: Failed to connect to 127.0.0.1:1, Failed to connect to "
            + "127.0.0.1:2. Any other that is named there takes no changes: it is a copy that can only be read.", refused.Message);
    }

    // While a copy is made the server, there is none that takes changes: first each host is asked, then it is remembered of each.
    [Fact]
    public async Task None_of_several_hosts_is_a_database_that_is_away()
    {
        const string several = "Host=127.0.0.1:1,127.0.0.1:2;Username=x;Database=x;Target Session Attributes=primary";
        await using var source = MartenSetup.Connect(several);
        var troubles = new DatabaseTroubles(TimeProvider.System);

        var asked = await Assert.ThrowsAsync<NpgsqlException>(async () => await source.OpenConnectionAsync());
        var remembered = await Assert.ThrowsAsync<NpgsqlException>(async () => await source.OpenConnectionAsync());

        Assert.NotEqual(asked.Message, remembered.Message);
        Assert.Equal((DatabaseTrouble.Away, DatabaseTrouble.Away), (troubles.In(asked), troubles.In(remembered)));
    }

    [Fact]
    public async Task Behind_a_pooler_nothing_is_prepared_and_few_connections_are_held()
    {
        await using var proxy = new PostgresProxy(Unset(await postgres.CreateDatabaseAsync())) { TellsAnotherProcess = true };

        var met = await MeetAsync(proxy.ConnectionString);
        await using var source = MartenSetup.Connect(met.Connection);
        var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        var own = new NpgsqlConnectionStringBuilder((await MeetAsync(proxy.ConnectionString + ";Max Auto Prepare=7")).Connection);

        Assert.Equal((0, 10 - MartenSetup.AtHand, null), (settings.MaxAutoPrepare, settings.MaxPoolSize, met.Allowed));
        Assert.True(MartenSetup.AllOf(met.Connection) < 20); // which is what PgBouncer has for a role where nobody said otherwise
        Assert.Equal(7, own.MaxAutoPrepare); // who sets it knows a pooler that can
        Assert.DoesNotContain("jit", settings.Options ?? "", StringComparison.Ordinal); // which it would refuse
    }

    // After 34,000 enquiries in a minute, of which it knew nothing yet, a server with a compiler took 0.6 seconds for the next.
    [Theory]
    [InlineData("", "off", "on")]
    [InlineData(";Options=-c enable_sort=off", "off", "off")]
    [InlineData(";Options=-c jit=on", "on", "on")]
    public async Task Met_without_a_pooler_the_server_compiles_no_statement_unless_it_is_told_to(string given, string jit, string sort)
    {
        var met = await MeetAsync(await postgres.CreateDatabaseAsync() + given);
        foreach (var connection in new[] { met.Connection, MartenSetup.WithFew(met.Connection) })
        {
            await using var source = MartenSetup.Connect(connection);
            await using var command = source.CreateCommand("select current_setting('jit') || ' ' || current_setting('enable_sort')");
            Assert.Equal($"{jit} {sort}", await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task Met_without_a_pooler_statements_are_prepared_and_what_the_server_allows_is_known()
    {
        var met = await MeetAsync(Unset(await postgres.CreateDatabaseAsync()));
        await using var source = MartenSetup.Connect(met.Connection);

        var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        Assert.Equal((100, MartenSetup.Most - MartenSetup.AtHand, 297), (settings.MaxAutoPrepare, settings.MaxPoolSize, met.Allowed));
    }

    // 97 is what a server has for ordinary roles where nobody said otherwise.
    [Theory]
    [InlineData(97, 2)]
    [InlineData(60, 2)]
    [InlineData(34, 2)]
    [InlineData(25, 1)]
    [InlineData(17, 1)]
    public void Pools_stay_under_what_the_server_allows(int allowed, int processes)
    {
        var fitted = GivenServer.Within(new NpgsqlConnectionStringBuilder("Host=db"), GivenServer.Oldest, allowed, NullLogger.Instance);
        var (marten, hangfire) = (new NpgsqlConnectionStringBuilder(fitted.Connection).MaxPoolSize,
            new NpgsqlConnectionStringBuilder(MartenSetup.WithFew(fitted.Connection)).MaxPoolSize);

        Assert.InRange(processes * (marten + hangfire), processes * 12, allowed);
        Assert.InRange(processes * MartenSetup.AllOf(fitted.Connection), 0, allowed);
    }

    [Fact]
    public void A_server_that_allows_too_few_connections_ends_the_start_with_a_sentence()
    {
        var refused = Assert.Throws<CannotStartException>(() =>
            GivenServer.Within(new NpgsqlConnectionStringBuilder("Host=db"), GivenServer.Oldest, 16, NullLogger.Instance));

        Assert.Equal("The server of ConnectionStrings:Enrolment lets this role have 16 connections; Enrolment needs 17.", refused.Message);
    }

    [Theory]
    [InlineData("Host=db", 30)]
    [InlineData("Host=db;Command Timeout=0", 30)]
    [InlineData("Host=db;Command Timeout=7", 7)]
    public async Task No_statement_of_a_page_or_a_job_goes_without_a_limit(string given, int seconds)
    {
        await using var source = MartenSetup.Connect(given);

        Assert.Equal(seconds, new NpgsqlConnectionStringBuilder(source.ConnectionString).CommandTimeout);
        Assert.Equal(seconds, new NpgsqlConnectionStringBuilder(MartenSetup.WithFew(given)).CommandTimeout);
    }

    [Fact]
    public async Task A_page_that_waits_for_what_another_holds_gives_up_with_words()
    {
        await using var app = await TestApp.StartOnAsync(await postgres.CreateDatabaseAsync() + ";Command Timeout=1");
        using var browser = app.Browse();
        await using var other = new NpgsqlConnection(app.ConnectionString);
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await ExecuteAsync(other, "lock table enrolment.mt_doc_course in access exclusive mode");

        var given = await browser.GetAsync("/enquire");
        await transaction.RollbackAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "One moment, please"), (given.Status, given.One("h1").TextContent));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/enquire")).Status);
    }

    [Fact]
    public async Task After_one_was_killed_and_came_back_pages_are_answered_and_mail_flows_within_a_minute()
    {
        await using var mail = await MailServer.StartAsync();
        await using var server = await StartAsync(new() { ["fsync"] = "off" });
        using var stop = new CancellationTokenSource();
        var keeping = server.KeepAliveAsync(() => { }, NullLogger.Instance, stop.Token); // as whoever runs it would
        await using var app = await TestApp.StartOnEmptyAsync(server.ConnectionString);
        var course = await app.AddCourseAsync();
        await using var program = await RunningProgram.StartAsync(Path.Combine(Folder, "program"),
            ["--ConnectionStrings:Enrolment=" + server.ConnectionString, .. mail.Settings.Select(s => $"--{s.Key}={s.Value}")]);
        using var browser = program.Browse();
        await browser.GetAsync("/enquire");

        using (var killed = Process.GetProcessById(ServerId())) killed.Kill();
        var typed = new Dictionary<string, string>
        {
            ["name"] = "Anjali Nair",
            ["phone"] = "98470 55501",
            ["email"] = "after@mail.example",
            ["course"] = course.Id.ToString(),
            ["consent"] = "true",
        };
        await Poll.UntilAsync(async () => (await browser.SubmitAsync("form#enquiry", typed)).Status == HttpStatusCode.OK,
            "the form to be taken", TimeSpan.FromSeconds(30));
        await Poll.UntilAsync(() => Task.FromResult(mail.Accepted.Any(m =>
            m.To.ToString().Contains("after@mail.example", StringComparison.Ordinal))), "its mail to leave", TimeSpan.FromMinutes(1));

        Assert.Equal("healthy", (await browser.GetAsync("/health")).Text);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    private static Task<GivenServer> MeetAsync(string given) => GivenServer.MeetAsync(given, NullLogger.Instance, Short);

    // Of tests' own settings, those that are found out here.
    private static string Unset(string given)
    {
        var settings = new NpgsqlConnectionStringBuilder(given);
        settings.Remove("Maximum Pool Size");
        return settings.ConnectionString;
    }
}
