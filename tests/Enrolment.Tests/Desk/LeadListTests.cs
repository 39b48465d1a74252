using System.Net;
using System.Text;
using Crm.Accounts;
using Crm.Desk;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Tests.Desk;

/// <summary>The list of leads: its pages, filters and search.</summary>
public sealed class LeadListTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    private static readonly Guid Course = Guid.NewGuid();

    private sealed record Told(string Name, DateTimeOffset At, Guid? Course, string Source, string Phone, string? Email, string Reference);

    private static Told Received(
        string name, DateTimeOffset at, Guid? course = null, string source = "Direct", string phone = "+919847012345",
        string? email = null, string reference = "L-AAAAAA") => new(name, at, course ?? Course, source, phone, email, reference);

    private static async Task<Guid> AddAsync(TestApp app, Told told, params LeadEvent[] then) =>
        (await app.TellAsync(told.Name, told.At, null, told.Source, told.Course, told.Phone, told.Email, told.Reference, then)).Id;

    private static IEnumerable<Guid> Shown(WebPage page) => page.Html.QuerySelectorAll("td.who a")
        .Select(a => Guid.Parse(a.GetAttribute("href")!["/leads/".Length..].Split('?')[0]));

    private static async Task<IReadOnlyList<string>> NamesAsync(Browser browser, string query) =>
        (await browser.GetAsync("/leads?" + query)).Texts("td.who a");

    [Theory]
    [InlineData(LeadSort.Received)]
    [InlineData(LeadSort.Activity)]
    [InlineData(LeadSort.Name)]
    [InlineData(LeadSort.FollowUp)]
    public async Task The_pages_visit_every_lead_once_in_order_while_others_arrive(LeadSort sort)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = new Dictionary<Guid, Lead>();
        var names = new Dictionary<Guid, string>();
        for (var i = 0; i < 130; i++)
        {
            var at = TestApp.Start.AddDays(-i / 45); // each key is shared across the end of a page
            var lead = await app.TellAsync("Name " + i / 60, at,
                then: new FollowUpPlanned(Guid.NewGuid(), TestApp.Start.AddHours(i / 65), "Call") { At = at.AddMinutes(i / 70) });
            leads.Add(lead.Id, lead);
            names.Add(lead.Id, "Name " + i / 60);
        }
        using var browser = await app.SignInAsync(Roles.Counsellor);

        var seen = new List<Guid>();
        string? next = "/leads?sort=" + sort;
        for (var page = 0; next is not null; page++)
        {
            Assert.InRange(page, 0, 9);
            var shown = await browser.GetAsync(next, htmx: page > 0);
            seen.AddRange(Shown(shown).Where(leads.ContainsKey));
            next = shown.Html.QuerySelector("tr.more a")?.GetAttribute("hx-get");
            await AddAsync(app, Received(page % 2 == 0 ? "Aaron" : "Name 1", app.Clock.Now.AddMinutes(page)),
                new FollowUpPlanned(Guid.NewGuid(), TestApp.Start.AddHours(page % 2), "Call"));
        }

        Assert.Equal(130, seen.Count);
        Assert.Equal(130, seen.Distinct().Count());
        IComparable KeyOf(Lead l) => sort switch
        {
            LeadSort.Activity => -l.LastActivityAt.UtcTicks,
            LeadSort.Name => names[l.Id],
            LeadSort.FollowUp => l.FollowUpDueAt!.Value.UtcTicks,
            _ => -l.ReceivedAt.UtcTicks
        };
        var keys = seen.Select(id => KeyOf(leads[id])).ToList();
        Assert.Equal(keys.Order(), keys);
    }

    [Fact]
    public async Task With_htmx_the_next_page_is_rows_alone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        for (var i = 0; i <= LeadList.PageSize; i++) await AddAsync(app, Received("Anjali", TestApp.Start));
        using var browser = await app.SignInAsync(Roles.Counsellor);
        var first = await browser.GetAsync("/leads");

        var rows = await browser.GetAsync(first.One("tr.more a").GetAttribute("hx-get")!, htmx: true);

        Assert.Equal("51 leads", first.One(".count").TextContent);
        Assert.StartsWith("<tr ", rows.Text.TrimStart());
        Assert.DoesNotContain("<table", rows.Text);
        Assert.DoesNotContain("Show more", rows.Text);
    }

    [Fact]
    public async Task Each_filter_shows_what_it_says()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        var (now, other) = (TestApp.Start, Guid.NewGuid());
        await AddAsync(app, Received("New", now), new LeadAssigned(divya.Id, divya.Name));
        await AddAsync(app, Received("Contacted", now.AddSeconds(-1), source: "blog"), new LeadAssigned(ravi.Id, ravi.Name),
            new StageChanged(Stage.New, Stage.Contacted));
        await AddAsync(app, Received("Lost", now.AddSeconds(-2), course: other), new LeadLost(LostReason.Fee, null));
        await AddAsync(app, Received("Enrolled", now.AddSeconds(-3), source: "Blog & co"),
            new LeadEnrolled(Guid.NewGuid(), Guid.NewGuid(), "CPC-1", "CPC-1-01", new Money(1)));
        using var browser = await app.SignInAsync(divya);

        Assert.Equal(["New", "Contacted", "Lost", "Enrolled"], await NamesAsync(browser, ""));
        Assert.Equal(["New", "Contacted"], await NamesAsync(browser, "stage=open"));
        Assert.Equal(["Lost"], await NamesAsync(browser, "stage=Lost"));
        Assert.Equal(["Contacted"], await NamesAsync(browser, "counsellor=" + ravi.Id));
        Assert.Equal(["Lost", "Enrolled"], await NamesAsync(browser, "counsellor=none"));
        Assert.Equal(["Lost"], await NamesAsync(browser, "course=" + other));
        Assert.Equal(["Contacted"], await NamesAsync(browser, "source=blog"));
        Assert.Equal(["Enrolled"], await NamesAsync(browser, "source=Blog+%26+co&stage=Enrolled&counsellor=none&q=enr"));
        Assert.Empty(await NamesAsync(browser, "source=blog&stage=New"));
        Assert.Equal(["", "Blog & co", "Direct", "blog"],
            browser.Page.Html.QuerySelectorAll("select[name=source] option").Select(o => o.GetAttribute("value")!)
            .OrderBy(v => v, StringComparer.Ordinal));
        Assert.Equal("blog", browser.Page.One("select[name=source] option[selected]").GetAttribute("value"));
    }

    [Theory]
    [InlineData("nair", "Anjali Nair")]
    [InlineData("JALI", "Anjali Nair")]
    [InlineData("nair anjali", "Anjali Nair")]
    [InlineData("98470 12345", "Anjali Nair")]
    [InlineData("+91 98470 12345", "Anjali Nair")]
    [InlineData("470123", "Anjali Nair")]
    [InlineData("mail.example", "Anjali Nair")]
    [InlineData("l-234567", "Anjali Nair")]
    [InlineData("L-76543", "100% Ravi_P \\ K")]
    [InlineData("100%", "100% Ravi_P \\ K")]
    [InlineData("ravi_p", "100% Ravi_P \\ K")]
    [InlineData("\\", null)]
    [InlineData("%", null)]
    [InlineData("98470-12345", "Anjali Nair")]
    [InlineData("09847012345", "Anjali Nair")]
    [InlineData("0091 98470 12345", "Anjali Nair")]
    [InlineData("(98470) 12345", "Anjali Nair")]
    [InlineData("L234567", "Anjali Nair")]
    [InlineData("j%z", null)]
    [InlineData("na_z", null)]
    [InlineData("' or 1=1 --", null)]
    public async Task Search_finds_parts_of_what_people_quote_and_takes_wildcards_for_spaces(string q, string? found)
    {
        var browser = await shared.OnceAsync(async app =>
        {
            await AddAsync(app, Received("Anjali Nair", TestApp.Start, email: "anjali@mail.example", reference: "L-234567"));
            await AddAsync(app, Received("100% Ravi_P \\ K", TestApp.Start, phone: "+971501234567", reference: "L-765432"));
            return await app.SignInAsync(Roles.Counsellor);
        });

        var names = await NamesAsync(browser, "q=" + Uri.EscapeDataString(q));

        Assert.Equal(found is null ? [] : [found], names);
        Assert.Equal(q, browser.Page.One("main [name=q]").GetAttribute("value"));
    }

    [Fact]
    public async Task A_cursor_that_is_not_ours_starts_from_the_top()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await AddAsync(app, Received("Anjali", TestApp.Start));
        await AddAsync(app, Received("Bindu", TestApp.Start.AddDays(-1)));
        using var browser = await app.SignInAsync(Roles.Counsellor);
        static string Cursor(string text) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(text));
        string[] cursors = ["garbage", "%00", "a", "====", Cursor("short"), Cursor(new string('z', 40)),
            Cursor($"{Guid.NewGuid():N}tomorrow"), Cursor($"{Guid.NewGuid():N}-5"), Cursor($"{Guid.NewGuid():N}{long.MaxValue}"),
            Cursor($"{Guid.NewGuid():N}")];

        foreach (var cursor in cursors)
            foreach (var sort in new[] { LeadSort.Received, LeadSort.Activity })
                Assert.Equal(["Anjali", "Bindu"], await NamesAsync(browser, $"sort={sort}&after={cursor}"));
        Assert.Equal(["Anjali", "Bindu"], await NamesAsync(browser, "sort=Name&after=" + Cursor($"{Guid.NewGuid():N}A\0")));
    }

    [Theory]
    [InlineData("q")]
    [InlineData("stage")]
    [InlineData("counsellor")]
    [InlineData("course")]
    [InlineData("source")]
    [InlineData("sort")]
    [InlineData("after")]
    [InlineData("mine")]
    [InlineData("everyone")]
    public async Task Odd_characters_in_the_address_do_no_harm(string name)
    {
        var browser = await shared.OnceAsync(async app =>
        {
            await AddAsync(app, Received("Anjali", TestApp.Start));
            return await app.SignInAsync(Roles.Counsellor);
        });
        string[] values = ["%00", "a%00b", "%ED%A0%80", "%F0%9F%98%80", "%FF%FE", "%0D%0A", "%27%22%3C", "%5C", "%7B0%7D", "%3F",
            "%EF%BF%BF", "%E2%80%AE", "-1", "99", new string('x', 3000)];

        foreach (var value in values)
            foreach (var path in new[] { "/leads", "/leads/board", "/today" })
            {
                var page = await browser.GetAsync($"{path}?{name}={value}");

                // A flag that is neither true nor false cannot be answered; anything else is only an odd thing to look for.
                Assert.True(page.Status == HttpStatusCode.OK || page.Status == HttpStatusCode.BadRequest && name is "mine" or "everyone",
                    $"{page.Path}: {page.Status}");
            }
    }

    [Fact]
    public async Task Who_sees_their_own_alone_is_told_with_whom_somebody_is_whom_they_added()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var (ashik, divya) = (await app.AddUserAsync("Ashik Rahman"), await app.AddUserAsync("Divya Menon"));
        var known = await app.AddLeadAsync(course, "Binu George", phone: "+919847000123");
        await app.DescribeAsync(p => p.CounsellorsSeeAll = false);
        using var other = await app.SignInAsync(known.CounsellorId == ashik.Id ? divya : ashik);
        await other.GetAsync("/leads/new");

        var page = await other.SubmitAsync("form[action='/leads']", new()
        {
            ["name"] = "Binu George",
            ["phone"] = "98470 00123",
            ["course"] = course.Id.ToString(),
            ["source"] = "WalkIn",
            ["consent"] = "true",
        });

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains($"That is taken, and with {known.CounsellorName}.", page.One(".done").TextContent);
        Assert.Equal("", page.One("[name=name]").GetAttribute("value") ?? "");
        Assert.Equal(2, Assert.Single(await app.AllAsync<Lead>()).Enquiries);
    }

    [Fact]
    public async Task A_walk_in_is_added_from_the_list_and_a_refused_form_keeps_what_was_typed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var browser = await app.SignInAsync(Roles.Counsellor);
        await browser.GetAsync("/leads/new");
        var typed = new Dictionary<string,
            string>
        {
            ["name"] = "Anjali Nair",
            ["phone"] = "98470 12345",
            ["email"] = "",
            ["course"] = course.Id.ToString(),
            ["source"] = "WalkIn",
            ["message"] = "Evenings"
        };

        var refused = await browser.SubmitAsync("form[action='/leads'][method=post]", typed);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Ask for their consent before keeping their details."),
            (refused.Status, refused.ErrorOf("consent")));
        var added = await browser.SubmitAsync("form[action='/leads'][method=post]", new() { ["consent"] = "true" });

        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Equal("/leads/" + lead.Id, added.Path);
        var person = await app.PersonOfAsync(lead);
        Assert.Equal(("Anjali Nair", "+919847012345", "Walk in"), (person.Name.Text, person.Phone?.E164, lead.SourceName));
        Assert.Contains("from Walk in · assigned to Divya Menon · Evenings", added.Texts(".timeline .detail"));
    }

    [Theory]
    [InlineData(LeadSort.Received)]
    [InlineData(LeadSort.Name)]
    [InlineData(LeadSort.Activity)]
    public async Task Who_comes_back_to_a_page_finds_all_rows_that_were_there(LeadSort sort)
    {
        await using var app = await TestApp.StartAsync(postgres);
        for (var i = 0; i < 170; i++) await AddAsync(app, Received("Name " + i / 7, TestApp.Start.AddDays(-i / 45)));
        using var browser = await app.SignInAsync(Roles.Counsellor);
        var shown = Shown(await browser.GetAsync("/leads?sort=" + sort)).ToList();
        var address = "";
        for (var more = 0; more < 2; more++)
        {
            address = browser.Page.One("tr.more a").GetAttribute("hx-get")!;
            shown.AddRange(Shown(await browser.GetAsync(address, htmx: true)));
        }

        var back = await browser.GetAsync(address);

        Assert.Equal(150, shown.Count);
        Assert.Equal(shown, Shown(back));
        Assert.Equal("170 leads", back.One(".count").TextContent);
        // Without a script the same address shows the same, and leads on from there.
        var on = back.One("tr.more a").GetAttribute("href")!;
        Assert.EndsWith($"#lead-{shown[^1]}", on);
        Assert.Equal(170, Shown(await browser.GetAsync(on[..on.IndexOf('#')])).Count());
        Assert.Single(browser.Page.Html.QuerySelectorAll($"#lead-{shown[^1]}"));
    }

    [Fact]
    public async Task Far_down_a_page_says_that_rows_above_are_not_shown()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await using (var session = app.Store.LightweightSession())
        {
            // Written past the rules: only their order matters.
            var person = PersonWriter.Register(session,
                new PersonRegistered(PersonName.FromStored("Anjali"), [], null, Standing.Given, "", ""), app.Now());
            for (var i = 0; i < 620; i++)
                session.Store(new Lead { Id = Guid.CreateVersion7(), PersonId = person.Id, ReceivedAt = TestApp.Start.AddMinutes(-i) });
            await session.SaveChangesAsync();
        }
        using var browser = await app.SignInAsync(Roles.Counsellor);
        await browser.GetAsync("/leads");
        for (var more = 0; more < 10; more++) await browser.GetAsync(browser.Page.One("tr.more a").GetAttribute("hx-get")!, htmx: true);

        var deep = await browser.GetAsync(browser.Page.One("tr.more a").GetAttribute("hx-get")!);

        Assert.Equal(LeadList.MostAbove + LeadList.PageSize, Shown(deep).Count());
        Assert.Equal("/leads", deep.Html.QuerySelectorAll(".count a").Single(a => a.TextContent == "From the top").GetAttribute("href"));
    }

    // A stage of a newer program, a follow-up and a course in another shape, a phone that is none, and a name that is not there.
    [Theory]
    [InlineData("update enrolment.mt_doc_lead set data = jsonb_set(data, '{Stage}', '\"Paused\"') where id = @id")]
    [InlineData("update enrolment.mt_doc_lead set data = data || '{\"FollowUp\": {\"Id\": 7}}' where id = @id")]
    [InlineData("update enrolment.mt_doc_lead set data = jsonb_set(data, '{CourseName}', '[1]') where id = @id")]
    [InlineData("update enrolment.mt_doc_person set data = jsonb_set(data, '{Phones}', '[{\"Number\": \"+91\"}]') where id = @person")]
    [InlineData("update enrolment.mt_doc_person set data = jsonb_set(data, '{Name}', 'null') where id = @person")]
    public async Task One_bad_row_says_that_it_cannot_be_shown_and_takes_no_other_with_it(string spoil)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        Task<Lead> AddOneAsync(string name, int hours) => app.TellAsync(name, TestApp.Start.AddHours(-hours), divya,
            then: [new FollowUpPlanned(Guid.NewGuid(), TestApp.Start.AddHours(-hours), "Call")]);
        await AddOneAsync("Before", 1);
        var bad = await AddOneAsync("Bad", 2);
        await AddOneAsync("After", 3);
        await using (var source = Npgsql.NpgsqlDataSource.Create(app.ConnectionString))
        await using (var command = source.CreateCommand(spoil))
        {
            if (spoil.Contains("@id")) command.Parameters.AddWithValue("id", bad.Id);
            if (spoil.Contains("@person")) command.Parameters.AddWithValue("person", bad.PersonId);
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }
        using var browser = await app.SignInAsync(divya);

        foreach (var (path, names) in new[] { ("/leads", "td.who a"), ("/today", ".queue .who a"), ("/leads/board", ".tile a") })
        {
            var page = await browser.GetAsync(path);

            Assert.Equal((path, HttpStatusCode.OK), (path, page.Status));
            Assert.Equal(["After", "Before"], page.Texts(names).Where(n => n != "Bad").Order());
            Assert.StartsWith("This lead cannot be shown.", page.One(".broken").TextContent);
            Assert.Equal("/leads/" + bad.Id, page.One(".broken a").GetAttribute("href"));
        }
    }
}
