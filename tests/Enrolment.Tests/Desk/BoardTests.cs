using System.Net;
using Crm.Accounts;
using Crm.Correspondence;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;

namespace Crm.Tests.Desk;

/// <summary>The pipeline: its lanes, and a tile dragged from one to another.</summary>
public sealed class BoardTests(TestPostgres postgres)
{
    private static async Task<Lead> AddAsync(
        TestApp app, Stage stage, User? counsellor = null, string name = "Anjali Nair", int minutesAgo = 0)
    {
        LeadEvent[] then = stage switch
        {
            Stage.New => [],
            Stage.Lost => [new LeadLost(LostReason.Fee, null)],
            _ => [new StageChanged(Stage.New, stage)],
        };
        return await app.TellAsync(name, TestApp.Start.AddMinutes(-minutesAgo), counsellor, then: then);
    }

    // As the page's script sends it.
    private static async Task<HttpResponseMessage> DragAsync(Browser browser, Guid lead, string stage, bool sure = false)
    {
        var token = (await browser.GetAsync("/leads/board")).One("#board [name='__RequestVerificationToken']").GetAttribute("value")!;
        var body = new Dictionary<string, string>
        {
            ["stage"] = stage,
            ["__RequestVerificationToken"] = token,
        };
        if (sure) body["back"] = "true";
        return await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, $"/leads/{lead}/stage")
        {
            Headers = { { "X-Board", "1" } },
            Content = new FormUrlEncodedContent(body),
        });
    }

    private static string StandsIn(HttpResponseMessage answer) => answer.Headers.GetValues("Lead-Stage").Single();

    [Fact]
    public async Task Each_lane_shows_its_leads_and_how_many_there_are()
    {
        await using var app = await TestApp.StartAsync(postgres);
        for (var i = 0; i < 32; i++) await AddAsync(app, Stage.New, name: $"New {i}", minutesAgo: i);
        await AddAsync(app, Stage.Counselled, name: "Counselled");
        await AddAsync(app, Stage.Lost, name: "Lost");
        using var browser = await app.SignInAsync(Roles.Counsellor);

        var page = await browser.GetAsync("/leads/board");

        Assert.Equal(["New", "Contacted", "Counselled", "Offered", "Enrolled"],
            page.Html.QuerySelectorAll("ul[data-stage]").Select(l => l.GetAttribute("data-stage")));
        Assert.Equal(["32", "0", "1", "0", "0"], page.Texts("[data-total]"));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"New {i}"), page.Texts("ul[data-stage=New] .tile a"));
        Assert.Equal(["Counselled"], page.Texts("ul[data-stage=Counselled] a"));
        Assert.Equal(("2 more", "/leads?stage=New"), (page.Texts(".rest a").Single(), page.One(".rest a").GetAttribute("href")));
        var rest = await browser.GetAsync(page.One(".rest a").GetAttribute("hx-get")!, htmx: true);
        Assert.Equal(["New 30", "New 31"], rest.Texts(".tile a"));
        Assert.Empty(rest.Html.QuerySelectorAll(".rest"));
        Assert.DoesNotContain(page.Texts("li.tile a"), t => t == "Lost");
    }

    [Fact]
    public async Task A_lane_is_shown_to_its_end_with_what_is_left_counted_and_only_mine_where_they_are_asked_for()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        for (var i = 0; i < 65; i++) await AddAsync(app, Stage.Contacted, divya, $"Hers {i}", minutesAgo: i);
        await AddAsync(app, Stage.Contacted, name: "Nobody's");
        using var browser = await app.SignInAsync(divya);
        var page = await browser.GetAsync("/leads/board?mine=true");
        var (names, left) = (page.Texts(".tile a").ToList(), new List<string>());

        while (browser.Page.Html.QuerySelector(".rest a") is { } more)
        {
            left.Add(more.TextContent.Trim());
            names.AddRange((await browser.GetAsync(more.GetAttribute("hx-get")!, htmx: true)).Texts(".tile a"));
        }

        Assert.Equal(["35 more", "5 more"], left);
        Assert.Equal(Enumerable.Range(0, 65).Select(i => $"Hers {i}"), names);
        // Without a script the way on is the list.
        Assert.StartsWith("/leads?", (await browser.GetAsync(page.One(".rest a").GetAttribute("hx-get")!)).Path);
    }

    [Fact]
    public async Task Mine_shows_and_counts_only_mine()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        await AddAsync(app, Stage.New, divya, "Hers");
        await AddAsync(app, Stage.New, ravi, "His");
        await AddAsync(app, Stage.New, null, "Nobody's");
        using var browser = await app.SignInAsync(divya);

        var mine = await browser.GetAsync("/leads/board?mine=true");

        Assert.Equal(["Hers"], mine.Texts("li.tile a"));
        Assert.Equal(["1", "0", "0", "0", "0"], mine.Texts("[data-total]"));
        Assert.Equal("Mine", mine.One(".tabs [aria-current=page]").TextContent);
        Assert.Equal(3, (await browser.GetAsync("/leads/board?mine=false")).Texts("li.tile a").Count);
    }

    [Fact]
    public async Task A_tile_dragged_to_another_lane_moves_its_lead()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await AddAsync(app, Stage.New);
        using var browser = await app.SignInAsync(Roles.Counsellor);

        using var answer = await DragAsync(browser, lead.Id, "Counselled");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(Stage.Counselled, (await app.LoadAsync<Lead>(lead.Id)).Stage);
        Assert.Equal(["Anjali Nair"], (await browser.GetAsync("/leads/board")).Texts("ul[data-stage=Counselled] a"));
    }

    [Theory]
    [InlineData(Stage.New, "Offered", "Make the offer on the lead's page: it names a seat and a fee.")]
    [InlineData(Stage.New, "Enrolled", "Enrol on the lead's page: it takes a seat.")]
    [InlineData(Stage.Enrolled, "New", "The lead is enrolled: reopen it first.")]
    [InlineData(Stage.New, "Nowhere", "Choose a stage.")]
    public async Task A_move_that_the_rules_refuse_says_why_in_plain_text(Stage from, string to, string why)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await AddAsync(app, from);
        using var browser = await app.SignInAsync(Roles.Counsellor);

        using var answer = await DragAsync(browser, lead.Id, to);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "text/plain"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(why, await answer.Content.ReadAsStringAsync());
        Assert.Equal(from, (await app.LoadAsync<Lead>(lead.Id)).Stage);
    }

    [Fact]
    public async Task Every_answer_tells_the_board_where_the_lead_stands()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await AddAsync(app, Stage.New);
        using var browser = await app.SignInAsync(Roles.Counsellor);

        using var moved = await DragAsync(browser, lead.Id, "Counselled");
        using var refused = await DragAsync(browser, lead.Id, "Enrolled");
        using var stale = await DragAsync(browser, lead.Id, "Contacted");

        Assert.Equal(["Counselled", "Counselled", "Counselled"], new[] { moved, refused, stale }.Select(StandsIn));
    }

    [Fact]
    public async Task Dragged_back_within_the_moment_a_lead_never_left_and_is_written_to_as_if_it_had_not()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var browser = await app.SignInAsync(Roles.Counsellor);
        app.Time.Advance(TimeSpan.FromHours(1));
        using var slip = await DragAsync(browser, lead.Id, "Counselled");

        app.Time.Advance(TimeSpan.FromSeconds(30));
        using var back = await DragAsync(browser, lead.Id, "New");

        Assert.Equal((HttpStatusCode.NoContent, "New"), (back.StatusCode, StandsIn(back)));
        var after = await app.LoadAsync<Lead>(lead.Id);
        Assert.Equal((Stage.New, null, null), (after.Stage, after.ContactedAt, after.CounselledAt));
        await app.NudgeAsync();
        await app.DeliverAsync();
        Assert.Equal(MessageStatus.Sent, (await app.OneMessageAsync(MessageKinds.Nudge)).Status);
    }

    [Fact]
    public async Task Dragged_back_later_the_board_is_asked_and_then_moves_it_with_the_stage_still_counted()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var browser = await app.SignInAsync(Roles.Counsellor);
        app.Time.Advance(TimeSpan.FromHours(1));
        using var moved = await DragAsync(browser, lead.Id, "Counselled");
        app.Time.Advance(TimeSpan.FromSeconds(61));

        using var asked = await DragAsync(browser, lead.Id, "New");

        Assert.Equal((HttpStatusCode.Conflict, "Counselled"), (asked.StatusCode, StandsIn(asked)));
        Assert.Equal("Counselled was reached and stays in the figures. Move back to new all the same?",
            await asked.Content.ReadAsStringAsync());
        using var sure = await DragAsync(browser, lead.Id, "New", sure: true);
        var after = await app.LoadAsync<Lead>(lead.Id);
        Assert.Equal((HttpStatusCode.NoContent, Stage.New), (sure.StatusCode, after.Stage));
        Assert.NotNull(after.CounselledAt);
        await app.NudgeAsync();
        Assert.DoesNotContain(await app.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.Nudge);
    }

    [Fact]
    public async Task Without_a_script_a_slip_is_taken_back_and_a_move_back_is_asked_about_on_the_leads_page()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var browser = await app.SignInAsync(Roles.Counsellor);
        app.Time.Advance(TimeSpan.FromHours(1));
        await browser.GetAsync("/leads/" + lead.Id);
        await browser.SubmitAsync("form.steps", new() { ["stage"] = "Counselled" });

        await browser.SubmitAsync("form.ask", new() { ["stage"] = "New" });
        Assert.Null((await app.LoadAsync<Lead>(lead.Id)).CounselledAt);
        Assert.Empty(browser.Page.Html.QuerySelectorAll("form.ask"));
        await browser.SubmitAsync("form.steps", new() { ["stage"] = "Counselled" });
        app.Time.Advance(TimeSpan.FromHours(1));
        var asked = await browser.SubmitAsync("form.steps", new() { ["stage"] = "Contacted" });
        Assert.StartsWith("Counselled was reached", asked.One("form.ask .problem").TextContent);
        await browser.SubmitAsync("form.ask", new() { ["back"] = "true" });

        Assert.Equal(Stage.Contacted, (await app.LoadAsync<Lead>(lead.Id)).Stage);
    }

    [Fact]
    public async Task Each_lane_says_what_its_leads_are_worth_and_only_mine_count_among_mine()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, divya) = (await app.AddCourseAsync(fee: 42_000), await app.AddUserAsync("Divya Menon"));
        var batch = await app.AddBatchAsync(course);
        var counselled = new StageChanged(Stage.New, Stage.Counselled);
        var offer = new OfferMade(
            new Offer(batch.Id, batch.Code, Money.FromRupees(42_000), Money.FromRupees(2_000), app.Clock.Today.AddDays(3)), true);
        await app.TellAsync("Anjali", TestApp.Start, divya, course: course.Id);
        await app.TellAsync("Binu", TestApp.Start, course: course.Id);
        await app.TellAsync("Cini", TestApp.Start, divya, course: course.Id, then: [counselled, offer]);
        using var browser = await app.SignInAsync(divya);
        var seated = await app.TellAsync("Dileep", TestApp.Start, course: course.Id, then: [counselled]);
        await app.EnrolAsync(seated, divya, batch, discount: 1_500);
        var hers = await app.TellAsync("Esha", TestApp.Start, divya, course: course.Id, then: [counselled]);
        await app.EnrolAsync(hers, divya, batch, discount: 2_000);
        // Of a seat that was given up nothing is held.
        var gone = await app.TellAsync("Fathima", TestApp.Start, divya, course: course.Id, then: [counselled]);
        var left = await app.EnrolAsync(gone, divya, batch);
        await app.OnSeatAsync<Withdraw>(left.Id, divya, ("on", $"{app.Clock.Today:yyyy-MM-dd}"), ("why", "Moves away"));

        var all = await browser.GetAsync("/leads/board");
        Assert.Equal(["₹84,000 expected", "", "", "₹40,000 offered", "₹80,500 agreed"], SumsOf(all));

        var mine = await browser.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/leads/board?mine=true")
        { Headers = { { "HX-Target", "div#totals" } } });
        Assert.Equal(["₹42,000 expected", "", "", "₹40,000 offered", "₹40,000 agreed"], SumsOf(mine));
        Assert.Empty(mine.Html.QuerySelectorAll(".tile, h1"));
    }

    private static IEnumerable<string> SumsOf(WebPage page) =>
        page.Texts(".lane-head .sum").Select(t => string.Join(' ', t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public async Task Without_a_script_a_tile_is_moved_by_its_menu_and_one_comes_back_to_the_board()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var lead = await AddAsync(app, Stage.New, divya);
        await AddAsync(app, Stage.Enrolled, divya, "Enrolled");
        using var browser = await app.SignInAsync(divya);
        var page = await browser.GetAsync("/leads/board?mine=true");
        Assert.Equal(["Move to Contacted", "Move to Counselled"], page.Texts(".move button"));
        var (form, button) = (page.One("#board"), page.Html.QuerySelector(".move button")!);
        var values = form.QuerySelectorAll("input[type=hidden]").ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        values[button.GetAttribute("name")!] = button.GetAttribute("value")!;

        var after = await browser.PostAsync(button.GetAttribute("formaction")!, values);

        Assert.Equal("/leads/board?mine=true", after.Path);
        Assert.Equal(["Anjali Nair"], after.Texts("ul[data-stage=Contacted] .tile > a"));
        // The same form once more does nothing more, and who may only read is offered none.
        await browser.PostAsync(button.GetAttribute("formaction")!, values);
        Assert.Single(await app.EventsAsync(lead.Id), e => e is StageChanged);
        using var reader = await app.SignInAsync(await app.AddUserAsync("Leela Das", Roles.Reader));
        var read = await reader.GetAsync("/leads/board");
        Assert.Equal((2, 0), (read.Texts(".tile").Count, read.Texts(".move button").Count));
    }
}
