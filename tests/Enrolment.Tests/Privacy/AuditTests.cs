using Crm.Accounts;
using Crm.Institute;
using Crm.Privacy;
using Npgsql;

namespace Crm.Tests.Privacy;

/// <summary>What staff do leaves a line that nobody can change: who, when, what, to whom and from where.</summary>
public sealed class AuditTests(TestPostgres postgres)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Signing_in_is_noted_whatever_came_of_it_and_no_address_that_nobody_has()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var browser = app.Browse();
        await TryAsync(app, browser, "somebody@elsewhere.example", TestApp.Password);
        for (var i = 0; i < 5; i++) await TryAsync(app, browser, divya.Email, "a wrong password");
        await TryAsync(app, browser, divya.Email, TestApp.Password);
        await app.Get<TryCounter>().UnlockAsync(divya.Email, default);
        await TryAsync(app, browser, divya.Email, TestApp.Password);
        app.Time.Advance(Moment);
        await browser.SubmitAsync("form[action='/signout']");

        var lines = await LinesAsync(app);

        Assert.Equal(
            [
                nameof(AuditKind.WrongPassword), nameof(AuditKind.WrongPassword), nameof(AuditKind.WrongPassword),
                nameof(AuditKind.WrongPassword), nameof(AuditKind.WrongPassword), nameof(AuditKind.WrongPassword),
                nameof(AuditKind.SignInLocked), nameof(AuditKind.SignedIn), nameof(AuditKind.SignedOut),
            ], lines.Select(l => l.Kind));
        Assert.Equal((null, "no such account", "Nobody known"), (lines[0].Whom, lines[0].What, lines[0].By));
        Assert.All(lines.Skip(1).Take(7), l => Assert.Equal(divya.Id, l.Whom));
        Assert.All(lines.TakeLast(2), l => Assert.Equal("Divya Menon", l.By));
        Assert.DoesNotContain("elsewhere", await AllTextAsync(app));
    }

    [Fact]
    public async Task Looking_at_a_person_is_noted_once_in_a_while_for_each_who_looks_and_each_who_is_looked_at()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var (anu, binu) = (await app.AddLeadAsync(course, "Anu George"), await app.AddLeadAsync(course, "Binu George", "b@mail.example"));
        using var divya = await app.SignInAsync(Roles.Counsellor);
        using var beena = await app.SignInAsync(Roles.Manager);
        foreach (var browser in new[] { divya, beena })
        {
            for (var i = 0; i < 3; i++) await browser.GetAsync($"/leads/{anu.Id}");
            app.Time.Advance(Moment);
        }
        await divya.GetAsync($"/people/{binu.PersonId}");
        await divya.GetAsync("/leads");
        app.Time.Advance(PersonViews.While);
        await divya.GetAsync($"/people/{anu.PersonId}");

        var seen = (await LinesAsync(app)).Where(l => l.Kind == nameof(AuditKind.PersonViewed)).Select(l => (l.By, l.Whom!.Value));

        Assert.Equal(
            [("Divya Menon", anu.PersonId), ("Beena Thomas", anu.PersonId), ("Divya Menon", binu.PersonId), ("Divya Menon", anu.PersonId)],
            seen);
        Assert.DoesNotContain("George", await AllTextAsync(app));
    }

    [Theory]
    [InlineData("update enrolment.audit_entries set by_name = 'Somebody else'")]
    [InlineData("delete from enrolment.audit_entries")]
    [InlineData("truncate enrolment.audit_entries")]
    [InlineData("select enrolment.audit_thin(now() + interval '1 day')")]
    [InlineData("select set_config('enrolment.audit_thinning', 'on', false); delete from enrolment.audit_entries where what = 'of today'")]
    public async Task The_database_itself_refuses_to_change_or_lose_a_line(string attack)
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        await AddAsync(source, "of today", DateTimeOffset.UtcNow);
        await AddAsync(source, "of two years ago", DateTimeOffset.UtcNow.AddYears(-2));
        await using var command = source.CreateCommand(attack);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Contains("The audit is only added to", refused.MessageText);
        await using var count = source.CreateCommand("select count(*) from enrolment.audit_entries where by_name = 'System'");
        Assert.Equal(2L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Only_what_is_older_than_the_kept_time_goes_and_not_by_a_plain_statement()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        foreach (var years in new[] { 0, 1, 2, 3 }) await AddAsync(source, $"{years}", DateTimeOffset.UtcNow.AddYears(-years).AddDays(-1));

        Assert.Equal(2, await Audit.ThinAsync(source, DateTimeOffset.UtcNow.AddYears(-2), default));

        await using var plain = source.CreateCommand("delete from enrolment.audit_entries where at < now() - interval '1 year'");
        await Assert.ThrowsAsync<PostgresException>(() => plain.ExecuteNonQueryAsync());
        await using var left = source.CreateCommand("select string_agg(what, ' ' order by what) from enrolment.audit_entries");
        Assert.Equal("0 1", await left.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Changes_of_staff_settings_files_and_backups_are_noted()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        var divya = await app.AddUserAsync("Divya Menon");
        using var beena = await app.SignInAsync(Roles.Manager);
        await beena.GetAsync("/users");
        app.Time.Advance(Moment);
        await beena.SubmitAsync("form[action='/users']", new()
        { ["name"] = "Eby John", ["email"] = "eby@institute.example", ["role"] = Roles.Counsellor });
        var edit = $"/users/{divya.Id}";
        await beena.GetAsync(edit);
        app.Time.Advance(Moment);
        await beena.SubmitAsync($"form[action='{edit}']", new() { ["role"] = Roles.Manager });
        app.Time.Advance(Moment);
        await beena.SubmitAsync($"form[action='{edit}']", new() { ["active"] = "" });
        await beena.GetAsync("/institute");
        app.Time.Advance(Moment);
        await beena.SubmitAsync("form[action='/institute']", new() { ["tagline"] = "Another line" });
        await beena.GetAsync("/leads");
        await beena.SubmitAsync("#selection", new() { ["of"] = "all" });
        app.Time.Advance(Moment);
        await beena.SubmitAsync("form[action='/leads/selections/files']", new() { ["as"] = "csv" });

        var lines = (await LinesAsync(app)).Where(l => l.Kind != nameof(AuditKind.SignedIn)).ToList();

        Assert.Equal(
            [
                (nameof(AuditKind.StaffAdded), "Counsellor", null), (nameof(AuditKind.StaffChanged), "counsellor → manager", null),
                (nameof(AuditKind.StaffDeactivated), "", null),
                (nameof(AuditKind.SettingsChanged), "institute: tagline", null), (nameof(AuditKind.Exported), "leads as CSV", 1),
            ], lines.Select(l => (l.Kind, l.What, l.Count)));
        Assert.All(lines, l => Assert.Equal("Beena Thomas", l.By));
        Assert.All(lines.Skip(1).Take(2), l => Assert.Equal(divya.Id, l.Whom));
    }

    [Fact]
    public async Task Who_changed_a_fee_or_the_seats_of_a_batch_is_noted_with_what_they_were()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        using var beena = await app.SignInAsync(Roles.Manager);
        await beena.GetAsync($"/courses/{course.Id}");
        await beena.SubmitAsync($"form[action='/courses/{course.Id}']", new() { ["fee"] = "45,000", ["summary"] = "Other words" });
        app.Time.Advance(Moment);
        await beena.GetAsync($"/batches/{batch.Id}");
        await beena.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "12" });
        app.Time.Advance(Moment);
        await beena.SubmitAsync($"form[action='/batches/{batch.Id}']"); // nothing is other than before
        await beena.GetAsync("/batches");
        await beena.SubmitAsync("form[action='/batches']", new()
        {
            ["courseId"] = course.Id.ToString(),
            ["code"] = "CPC-2799",
            ["startsOn"] = "2027-02-01",
            ["schedule"] = "Sundays",
            ["seats"] = "8",
            ["mode"] = "Online",
        });

        var lines = (await LinesAsync(app)).Where(l => l.Kind != nameof(AuditKind.SignedIn));

        Assert.Equal(
            [
                (nameof(AuditKind.CourseChanged), "CPC: summary, fee 42000 → 45000"),
                (nameof(AuditKind.BatchChanged), "CPC-2701: seats 10 → 12"), (nameof(AuditKind.BatchChanged), "CPC-2799: added"),
            ], lines.Select(l => (l.Kind, l.What)));
    }

    [Fact]
    public async Task Managers_find_lines_by_who_what_whom_and_day_page_by_page()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Anu George");
        var divya = await app.AddUserAsync("Divya Menon");
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        var stamp = app.Now(Actor.Staff(divya.Id, divya.Name));
        for (var i = 0; i < 250; i++)
            await Audit.WriteAsync(source, AuditEntry.Of(AuditKind.Exported, stamp with { At = stamp.At.AddDays(-1) }) with
            { What = $"file {i}" }, default);
        await Audit.WriteAsync(source, AuditEntry.Of(AuditKind.PersonViewed, stamp) with { Whom = lead.PersonId }, default);
        using var beena = await app.SignInAsync(Roles.Manager);

        Assert.StartsWith("No lead has this reference.", (await beena.GetAsync("/audit?whom=a%00b")).ErrorOf("whom"));
        var byPerson = await beena.GetAsync($"/audit?whom={lead.Reference.ToLowerInvariant()}");
        var row = Assert.Single(byPerson.Html.QuerySelectorAll("tbody tr"));
        Assert.Contains("Anu George", row.TextContent);
        Assert.Contains("Divya Menon", row.TextContent);
        Assert.Equal(2, (await beena.GetAsync($"/audit?from={app.Clock.Today:yyyy-MM-dd}")).Html.QuerySelectorAll("tbody tr").Length);
        Assert.Single((await beena.GetAsync($"/audit?kind={AuditKind.SignedIn}")).Html.QuerySelectorAll("tbody tr"));

        var (address, found) = ($"/audit?by={divya.Id}&kind={AuditKind.Exported}&to={app.Clock.Today.AddDays(-1):yyyy-MM-dd}", 0);
        for (var pages = 0; ; pages++)
        {
            var page = await beena.GetAsync(address);
            found += page.Html.QuerySelectorAll("tbody tr:not(.more)").Length;
            if (page.Html.QuerySelector("tr.more a") is not { } more)
            {
                Assert.Equal((2, 250), (pages, found));
                break;
            }
            address = more.GetAttribute("href")!;
        }
    }

    [Theory]
    [InlineData("whom=L-NOTHERE", "No lead has this reference")]
    [InlineData("from=yesterday", "Choose a day.")]
    [InlineData("from=2026-11-20&to=2026-11-02", "This is before the first day.")]
    public async Task What_cannot_be_looked_for_is_said_beside_its_field(string query, string says)
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var beena = await app.SignInAsync(Roles.Manager);

        var page = await beena.GetAsync($"/audit?{query}&before=nonsense&by=nobody&kind=17");

        Assert.Equal(422, (int)page.Status);
        Assert.Contains(says, page.Text);
    }

    private static Task AddAsync(NpgsqlDataSource source, string what, DateTimeOffset at) =>
        Audit.WriteAsync(source, AuditEntry.Of(AuditKind.Exported, new Stamp(Actor.System, at)) with { What = what }, default);

    private static async Task TryAsync(TestApp app, Browser browser, string email, string password)
    {
        app.Time.Advance(Moment);
        await browser.GetAsync("/signin");
        await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = email, ["password"] = password });
    }

    private static async Task<IReadOnlyList<AuditLine>> LinesAsync(TestApp app)
    {
        await using var session = app.Store.QuerySession();
        var (lines, _) = await AuditList.ReadAsync(session, new AuditFilter(null, null, null, null, null, null), app.Clock, default);
        return [.. lines.Reverse()];
    }

    private static async Task<string> AllTextAsync(TestApp app)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand("select coalesce(string_agg(a::text, ' '), '') from enrolment.audit_entries a");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
