using System.Net;
using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Crm.Web;
using Hangfire;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Crm.Tests.Startup;

/// <summary>What is wrong with the installation, told to whoever watches it.</summary>
public sealed class HealthTests(TestPostgres postgres)
{
    [Fact]
    public async Task All_well_is_one_word()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();

        var health = await browser.GetAsync("/health");

        Assert.Equal((HttpStatusCode.OK, "healthy"), (health.Status, health.Text));
        var ready = await browser.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.Status);
        Assert.Matches("^ready\ndatabase: It answers and takes changes\\.\ndisk: [\\d.]+ GB are free where the data folder lies\\.\n"
            + "backup: The first one is due within a day\\.\ncertificate: None has been met yet\\.$", ready.Text);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_told_and_nothing_of_where_it_was()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();
        await DropAsync(app);

        var health = await browser.GetAsync("/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Equal("unhealthy\ndatabase: The database does not answer.\nbackup: When the last backup was made cannot be read.",
            health.Text);
        var ready = await browser.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.StartsWith("not ready\ndatabase: The database does not answer.", ready.Text);
        Assert.Equal((HttpStatusCode.OK, "live"), ((await browser.GetAsync("/health/live")).Status, browser.Page.Text));
        var page = await browser.GetAsync("/enquire");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
    }

    [Fact]
    public async Task A_database_that_can_only_be_read_is_told()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();
        await using (var source = NpgsqlDataSource.Create(app.ConnectionString))
        await using (var close = source.CreateCommand(
            $"alter database {new NpgsqlConnectionStringBuilder(app.ConnectionString).Database} set default_transaction_read_only = on"))
            await close.ExecuteNonQueryAsync();
        app.Get<NpgsqlDataSource>().Clear();

        var health = await browser.GetAsync("/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Equal("unhealthy\ndatabase: The database can only be read.", health.Text);
    }

    [Fact]
    public async Task A_change_refused_for_a_full_disk_is_told_for_five_minutes()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();
        app.Get<DatabaseTroubles>().In(new PostgresException("no space", "ERROR", "ERROR", PostgresErrorCodes.DiskFull));

        var full = await browser.GetAsync("/health");
        app.Time.Advance(TimeSpan.FromMinutes(5));
        var later = await browser.GetAsync("/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.Status);
        Assert.Contains("database: The database's disk was full", full.Text);
        Assert.Equal("healthy", later.Text);
    }

    [Fact]
    public async Task A_sweep_that_stands_still_is_told()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var check = Check(app, time);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(check)).Status); // it has just started

        app.Get<IRecurringJobManager>()
            .AddOrUpdate<OutboxSignal>(OutboxHealth.Sweep, signal => signal.Raise(), Cron.Minutely());
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(check)).Status);
        time.Advance(TimeSpan.FromMinutes(3));
        var still = await CheckAsync(check);

        Assert.Equal(HealthStatus.Unhealthy, still.Status);
        Assert.StartsWith("The sweep of the outbox has stood still since ", still.Description);
    }

    [Fact]
    public async Task A_sweep_that_was_never_put_on_the_schedule_is_told()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var check = Check(app, time);

        time.Advance(TimeSpan.FromMinutes(4));

        Assert.StartsWith("The sweep of the outbox has stood still since ", (await CheckAsync(check)).Description);
    }

    [Theory]
    [InlineData(0, 0, HealthStatus.Healthy)]
    [InlineData(11, 0, HealthStatus.Unhealthy)]
    [InlineData(-30, 3, HealthStatus.Degraded)]
    [InlineData(-1, 1, HealthStatus.Healthy)]
    public async Task Mail_that_does_not_leave_is_told(int overdueMinutes, int attempts, HealthStatus status)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var check = Check(app, app.Time);
        await app.StoreAsync(new OutboxMessage
        {
            Id = Guid.CreateVersion7(),
            To = "a@b.example",
            Status = MessageStatus.Queued,
            DueAt = app.Clock.Now.AddMinutes(-overdueMinutes),
            Attempts = attempts,
        });

        Assert.Equal(status, (await CheckAsync(check)).Status);
    }

    [Theory]
    [InlineData(1, null, "Of 1 messages that are due, the oldest has waited for 1 minutes.", HealthStatus.Healthy)]
    [InlineData(25, null, "No mail leaves. Of 1 messages that are due, the oldest has waited for 25 minutes.", HealthStatus.Unhealthy)]
    [InlineData(60 * 50, null, "No mail leaves. Of 1 messages that are due, the oldest has waited for 2 days.", HealthStatus.Unhealthy)]
    [InlineData(25, 9, "Of 1 messages that are due, the oldest has waited for 25 minutes.", HealthStatus.Healthy)] // it moves
    [InlineData(25, 11, "No mail leaves. Of 1 messages that are due, the oldest has waited for 25 minutes.", HealthStatus.Unhealthy)]
    public async Task How_long_the_oldest_mail_has_waited_is_told(int minutes, int? lastSent, string said, HealthStatus status)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var check = Check(app, app.Time);
        await app.StoreAsync(new OutboxMessage { Id = Guid.CreateVersion7(), DueAt = app.Clock.Now.AddMinutes(-minutes) });
        if (lastSent is { } ago)
        {
            var sent = new OutboxMessage { Id = Guid.CreateVersion7(), DueAt = app.Clock.Now.AddMinutes(-minutes) };
            sent.Arrived(app.Clock.Now.AddMinutes(-ago));
            await app.StoreAsync(sent);
        }

        var told = await CheckAsync(check);

        Assert.Equal((status, said), (told.Status, told.Description));
    }

    [Fact]
    public async Task Managers_see_it_on_every_page_and_counsellors_do_not()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);

        app.Get<Worries>().Now = ["No mail leaves.", "The disk is full."];

        const string said = "No mail leaves. The disk is full. What can be done";
        Assert.Equal([said], (await manager.GetAsync("/leads")).Texts(".banner"));
        Assert.Empty((await counsellor.GetAsync("/leads")).Texts(".banner"));
        app.Get<Worries>().Now = [];
        Assert.Empty((await manager.GetAsync("/leads")).Texts(".banner"));
    }

    private static OutboxHealth Check(TestApp app, TimeProvider time) => new(app.Get<JobStorage>(), app.Store, app.Get<CurrentInstitute>(),
        new InstituteClock(time, app.Get<IOptions<InstituteOptions>>()));

    private static Task<HealthCheckResult> CheckAsync(OutboxHealth check) => check.CheckHealthAsync(new HealthCheckContext());

    private static async Task DropAsync(TestApp app)
    {
        var settings = new NpgsqlConnectionStringBuilder(app.ConnectionString);
        var name = settings.Database;
        (settings.Database, settings.Pooling) = (PrivatePostgres.Beside, false);
        await using var source = NpgsqlDataSource.Create(settings.ConnectionString);
        await using var drop = source.CreateCommand($"drop database {name} with (force)");
        await drop.ExecuteNonQueryAsync();
    }
}
