using System.Net;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Leads;
using Crm.Messaging;
using Crm.Storage;
using Npgsql;

namespace Crm.Tests.Enquiries;

/// <summary>What an enquirer reads when the disk is full, the database is down, or an answer is lost.</summary>
public sealed class OutageTests(TestPostgres postgres)
{
    private const string Unknown =
        "We could not tell whether this was kept. What you typed is still here: sending it again is harmless.";

    private const string FillDisk = """
        create function enrolment.no_space() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
        create trigger no_space before insert on enrolment.mt_events execute function enrolment.no_space();
        """;

    private static Dictionary<string, string> Typed(Course course) => new()
    {
        ["name"] = "Anjali Nair",
        ["phone"] = "98470 12345",
        ["email"] = "anjali@mail.example",
        ["course"] = course.Id.ToString(),
        ["time"] = "Evening",
        ["message"] = "Weekends?",
        ["consent"] = "true",
    };

    private static async Task RunAsync(string connection, string sql)
    {
        var once = new NpgsqlConnectionStringBuilder(connection) { Pooling = false };
        await using var source = NpgsqlDataSource.Create(once.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static void IsTheFormAsTyped(WebPage page, Dictionary<string, string> typed)
    {
        Assert.Equal((HttpStatusCode.ServiceUnavailable, Unknown), (page.Status, page.One("#enquiry .problem").TextContent));
        Assert.Equal("60", page.Headers.GetValues("Retry-After").Single());
        foreach (var field in new[] { "name", "phone", "email" })
            Assert.Equal(typed[field], page.One($"#enquiry [name={field}]").GetAttribute("value"));
        Assert.Equal((typed["course"], "Evening", "Weekends?"), (page.One("[name=course] option[selected]").GetAttribute("value"),
            page.One("[name=time] option[selected]").GetAttribute("value"), page.One("textarea").TextContent));
        Assert.True(page.One("[name=consent]").HasAttribute("checked"));
        Assert.NotEqual("", page.One("[name=formId]").GetAttribute("value"));
        foreach (var claim in new[] { "is kept", "was sent", "have your enquiry" }) Assert.DoesNotContain(claim, page.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_a_full_disk_the_form_comes_back_with_all_that_was_typed_and_sent_again_later_it_counts_once(bool htmx)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire");
        await RunAsync(app.ConnectionString, FillDisk);

        var refused = await visitor.SubmitAsync("form#enquiry", Typed(course), htmx);

        IsTheFormAsTyped(refused, Typed(course));
        Assert.Equal(htmx, refused.Headers.Contains("HX-Reswap"));
        Assert.Equal(htmx, refused.Text.TrimStart().StartsWith("<form id=\"enquiry\"", StringComparison.Ordinal));
        await RunAsync(app.ConnectionString, "drop trigger no_space on enrolment.mt_events");
        await visitor.SubmitAsync("form#enquiry", htmx: htmx);
        Assert.Equal(1, Assert.Single(await app.AllAsync<Lead>()).Enquiries);
    }

    [Fact]
    public async Task With_the_database_down_the_form_comes_back_with_all_that_was_typed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire");
        var database = new NpgsqlConnectionStringBuilder(app.ConnectionString).Database!;
        var server = new NpgsqlConnectionStringBuilder(app.ConnectionString) { Database = PrivatePostgres.Beside }.ConnectionString;
        await RunAsync(server, $"alter database {database} with allow_connections false");
        await RunAsync(server, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'");
        app.Time.Advance(TimeSpan.FromMinutes(1)); // nothing that was read a moment ago is taken for good

        var refused = await visitor.SubmitAsync("form#enquiry", Typed(course));
        var twice = await visitor.SubmitAsync("form#enquiry");

        await RunAsync(server, $"alter database {database} with allow_connections true");
        IsTheFormAsTyped(refused, Typed(course));
        IsTheFormAsTyped(twice, Typed(course));
        var thanks = await visitor.SubmitAsync("form#enquiry");
        Assert.Equal((HttpStatusCode.OK, "Thank you"), (thanks.Status, thanks.One("h1").TextContent));
        Assert.Equal(1, Assert.Single(await app.AllAsync<Lead>()).Enquiries);
    }

    [Fact]
    public async Task Who_sends_it_again_and_again_meanwhile_is_taken_at_last_and_gets_the_brochure()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire");
        await RunAsync(app.ConnectionString, FillDisk);

        await visitor.SubmitAsync("form#enquiry", Typed(course));
        for (var more = 0; more < 11; more++) // a number may ask ten times within the hour, and an address is written to three times a day
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await visitor.SubmitAsync("form#enquiry")).Status);
        await RunAsync(app.ConnectionString, "drop trigger no_space on enrolment.mt_events");
        var thanks = await visitor.SubmitAsync("form#enquiry");

        Assert.Equal((HttpStatusCode.OK, "Thank you"), (thanks.Status, thanks.One("h1").TextContent));
        Assert.Equal("anjali@mail.example", (await app.OneMessageAsync()).To);
    }

    [Fact]
    public async Task Where_it_was_stored_and_the_answer_lost_the_form_sent_again_is_the_same_enquiry_put_right()
    {
        await using var proxy = new PostgresProxy(await postgres.CreateDatabaseAsync());
        await using var app = await TestApp.StartOnAsync(proxy.ConnectionString);
        var course = await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire");
        proxy.LosesAnswerTo = Writes;

        var lost = await visitor.SubmitAsync("form#enquiry", new(Typed(course)) { ["name"] = "Anjlai Niar" });
        proxy.LosesAnswerTo = _ => false;
        var stored = Assert.Single(await app.AllAsync<Enquiry>());
        var thanks = await visitor.SubmitAsync("form#enquiry", new() { ["name"] = "Anjali Nair" });

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (lost.Status, thanks.Status));
        Assert.EndsWith(stored.Reference, thanks.Path);
        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Equal((1, "Anjali Nair"), (lead.Enquiries, (await app.PersonOfAsync(lead)).Name.Text));
    }

    [Fact]
    public async Task A_database_that_hangs_up_once_is_asked_once_more_and_what_was_stored_is_found_there()
    {
        await using var proxy = new PostgresProxy(await postgres.CreateDatabaseAsync());
        await using var app = await TestApp.StartOnAsync(proxy.ConnectionString);
        var course = await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire");
        var once = 0;
        proxy.LosesAnswerTo = words => Writes(words) && Interlocked.Increment(ref once) == 1;

        var thanks = await visitor.SubmitAsync("form#enquiry", Typed(course));

        Assert.Equal((HttpStatusCode.OK, true), (thanks.Status, once > 1));
        Assert.EndsWith(Assert.Single(await app.AllAsync<Enquiry>()).Reference, thanks.Path);
        Assert.Equal(1, Assert.Single(await app.AllAsync<Lead>()).Enquiries);
    }

    [Fact]
    public async Task Mail_of_an_enquiry_that_was_stored_and_the_answer_lost_leaves_before_the_next_sweep()
    {
        await using var proxy = new PostgresProxy(await postgres.CreateDatabaseAsync());
        await using var app = await TestApp.StartOnAsync(proxy.ConnectionString);
        var course = await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire");
        using var delivery = new OutboxLoop(app.Get<OutboxSignal>(), app.Get<OutboxStore>(), app.Get<OutboxDelivery>(),
            app.Get<DatabaseTroubles>(), app.Logger<OutboxLoop>());
        await delivery.StartAsync(default);
        proxy.LosesAnswerTo = Writes;

        var lost = await visitor.SubmitAsync("form#enquiry", Typed(course));
        proxy.LosesAnswerTo = _ => false;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, lost.Status);
        await Poll.UntilAsync(async () => (await app.AllAsync<OutboxMessage>()).Any(m => m.Status == MessageStatus.Sent),
            "mail of what was stored to leave", TimeSpan.FromSeconds(30)); // the next sweep comes after a minute
        await delivery.StopAsync(default);
    }

    private static bool Writes(string words) => words.Contains("insert into enrolment.mt_streams", StringComparison.Ordinal);
}
