using System.Globalization;
using Crm.Accounts;
using Crm.Counselling;
using Crm.Desk;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Desk;

/// <summary>Calling one after the other from today's page.</summary>
public sealed class CallingTests(TestPostgres postgres)
{
    private static readonly FollowUpPlanned Late = new(Guid.Empty, TestApp.Start.AddHours(-2), "Ask again");

    private static FollowUpPlanned LateBy(int hours) =>
        Late with { FollowUpId = Guid.NewGuid(), DueAt = TestApp.Start.AddHours(-hours), At = TestApp.Start.AddDays(-1) };

    private static async Task<(TestApp App, Browser Browser, Lead First, Lead Second)> OpenAsync(TestPostgres postgres)
    {
        var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var first = await app.TellAsync("Anjali Nair", TestApp.Start.AddDays(-2), divya, phone: "+919847012345",
            then: [new NoteAdded("Wants an evening batch") { At = TestApp.Start.AddDays(-1) }, LateBy(5)]);
        var second = await app.TellAsync("Binu George", TestApp.Start.AddDays(-2), divya, phone: "+919847012346", then: LateBy(3));
        return (app, await app.SignInAsync(divya), first, second);
    }

    private static string Called(Browser browser) => browser.Page.One(".call-card h2").TextContent.Trim();

    [Fact]
    public async Task The_first_to_call_is_open_with_what_was_said_last_and_one_press_brings_the_next()
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;

        var page = await browser.GetAsync("/today");
        Assert.Equal("Anjali Nair", Called(browser));
        Assert.Contains("Wants an evening batch", page.One(".call-card .said").TextContent);
        Assert.Equal("tel:+919847012345", page.One(".call-card .thumb a[data-key='d']").GetAttribute("href"));

        page = await browser.SubmitAsync(".call-card form", new() { ["result"] = "NoAnswer" });

        Assert.Equal($"/today?did={first.Id}", page.Path);
        Assert.Equal("Binu George", Called(browser));
        var lead = await app.LoadAsync<Lead>(first.Id);
        Assert.Equal(("Ask again", TestApp.Start.AddHours(3)), (lead.FollowUp!.Purpose, lead.FollowUp.DueAt)); // 13:00 in Kerala
        Assert.Contains(await app.EventsAsync(first.Id), e => e is ContactLogged { Outcome: ContactOutcome.NoAnswer });
    }

    [Theory]
    [InlineData("NoAnswer")]
    [InlineData("Busy")]
    public async Task Whom_nobody_could_speak_with_keeps_what_was_promised_for_another_day(string result)
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        await app.ChangeAsync(first, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddDays(2), "Visit"));
        await browser.GetAsync($"/today?lead={first.Id}");

        await browser.SubmitAsync($"form[action='/leads/{first.Id}/calls']", new() { ["result"] = result });

        var lead = await app.LoadAsync<Lead>(first.Id);
        Assert.Equal(("Visit", app.Clock.Now.AddDays(2), 1), (lead.FollowUp?.Purpose, lead.FollowUp?.DueAt, lead.ContactAttempts));
    }

    [Theory]
    [InlineData("Busy", Stage.New, "2026-11-23T10:30", "Ask again")]
    [InlineData("Interested", Stage.Contacted, "2026-11-25T10:00", "Ask for the decision")]
    [InlineData("NotInterested", Stage.Lost, null, null)]
    public async Task Each_outcome_brings_what_follows_from_it(string result, Stage stage, string? next, string? purpose)
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        await browser.GetAsync("/today");

        await browser.SubmitAsync(".call-card form", new() { ["result"] = result, ["note"] = "Said so" });

        var lead = await app.LoadAsync<Lead>(first.Id);
        Assert.Equal((stage, purpose), (lead.Stage, lead.FollowUp?.Purpose));
        Assert.Equal(next, lead.FollowUp is { } due
            ? app.Clock.Local(due.DueAt).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture)
            : null);
        Assert.Contains(await app.EventsAsync(first.Id), e => e is ContactLogged { Note: "Said so" });
    }

    [Fact]
    public async Task Who_asks_to_be_called_back_is_at_that_time_and_a_time_gone_by_is_refused_with_nothing_lost()
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        await browser.GetAsync("/today");
        Dictionary<string, string> typed = new()
        {
            ["result"] = "CallBack",
            ["note"] = "In a bus",
            ["date"] = "2026-11-22",
            ["time"] = "16:00",
        };

        var refused = await browser.SubmitAsync(".call-card form", typed);
        Assert.Equal("Choose a time still to come.", refused.ErrorOf("date"));
        Assert.Equal("In a bus", refused.One("#calls-note").TextContent.Trim());
        await browser.SubmitAsync($"form[action='/leads/{first.Id}/calls']", new() { ["result"] = "CallBack", ["date"] = "2026-11-24" });

        var due = (await app.LoadAsync<Lead>(first.Id)).FollowUp!;
        Assert.Equal(app.Clock.At(new DateOnly(2026, 11, 24), new TimeOnly(16, 0)), due.DueAt);
        Assert.Single(await app.EventsAsync(first.Id), e => e is ContactLogged);
    }

    [Fact]
    public async Task Who_was_refused_once_is_back_in_the_queue_when_it_is_put_right()
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        await browser.GetAsync("/today");
        var form = $"form[action='/leads/{first.Id}/calls']";
        await browser.SubmitAsync(".call-card form", new() { ["result"] = "CallBack", ["date"] = "", ["time"] = "16:00" });
        await browser.SubmitAsync(form, new() { ["result"] = "CallBack", ["date"] = "2026-11-22" });

        await browser.SubmitAsync(form, new() { ["result"] = "CallBack", ["date"] = "2026-11-24" });

        Assert.Equal(($"/today?did={first.Id}", "Binu George"), (browser.Page.Path, Called(browser)));
    }

    [Fact]
    public async Task Another_of_the_queue_is_opened_by_its_link_and_one_that_is_gone_opens_the_first()
    {
        var (app, browser, first, second) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;

        var page = await browser.GetAsync("/today");
        await browser.GetAsync(page.Html.QuerySelectorAll(".queue a.pick")[1].GetAttribute("href")!);
        Assert.Equal("Binu George", Called(browser));
        Assert.Equal($"/leads/{second.Id}/calls", browser.Page.One(".call-card form").GetAttribute("action"));
        await browser.GetAsync($"/today?lead={Guid.NewGuid()}");
        Assert.Equal("Anjali Nair", Called(browser));
        Assert.Equal($"/leads/{first.Id}/calls", browser.Page.One(".call-card form").GetAttribute("action"));
    }

    [Fact]
    public async Task Who_did_not_answer_and_is_tried_later_today_makes_way_for_who_is_new()
    {
        var (app, browser, first, second) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        var divya = (await app.AllAsync<User>()).Single(u => u.Name == "Divya Menon");
        await app.TellAsync("Deepa Das", TestApp.Start.AddMinutes(-5), divya);
        await browser.GetAsync("/today");
        foreach (var late in new[] { first, second })
        {
            await browser.SubmitAsync($"form[action='/leads/{late.Id}/calls']", new() { ["result"] = "NoAnswer" });
            app.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal("Deepa Das", Called(browser));
        await browser.SubmitAsync(".call-card form[action$='/calls']", new() { ["result"] = "NoAnswer" });
        Assert.Equal("Anjali Nair", Called(browser));
    }

    [Fact]
    public async Task One_that_stands_below_what_its_section_shows_is_opened_by_its_link_too()
    {
        var (app, browser, _, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        var divya = (await app.AllAsync<User>()).Single(u => u.Name == "Divya Menon");
        Lead? last = null;
        for (var hours = 0; hours <= TodayPage.Limit; hours++)
            last = await app.TellAsync($"New {hours}", TestApp.Start.AddHours(-1 - hours), divya);

        await browser.GetAsync($"/today?lead={last!.Id}");

        Assert.Equal($"New {TodayPage.Limit}", Called(browser));
        Assert.Equal(TodayPage.Limit, browser.Page.Texts(".queue .who a").Count(t => t.StartsWith("New ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_manager_sees_what_waits_for_whom_and_the_list_of_it()
    {
        var (app, browser, _, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        await app.TellAsync("Of nobody", TestApp.Start.AddHours(-1));
        using var manager = await app.SignInAsync(Roles.Manager);

        var page = await manager.GetAsync("/today?everyone=true");

        Assert.Equal(["Divya Menon", "Nobody"], page.Texts(".load .who"));
        Assert.Equal(["2", "0", "0", "0", "0", "0", "1", "0"], page.Texts(".load td a"));
        var late = page.Html.QuerySelector(".load td a")!.GetAttribute("href")!;
        Assert.Equal(["Binu George", "Anjali Nair"], (await manager.GetAsync(late)).Texts("td.who a").Order().Reverse());
        Assert.Empty((await browser.GetAsync("/today?everyone=true")).Html.QuerySelectorAll(".load"));
    }

    [Theory]
    [InlineData("NotInterested", "Anjali Nair: not interested, lost.")]
    [InlineData("NoAnswer", "Anjali Nair: no answer; next: Ask again, 1:00 PM.")]
    [InlineData("Interested", "Anjali Nair: reached; next: Ask for the decision, Wed 10:00 AM.")]
    public async Task What_a_press_did_is_said_with_the_name_and_undone_by_another_press(string result, string said)
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        var before = await app.LoadAsync<Lead>(first.Id);
        await browser.GetAsync("/today");

        var page = await browser.SubmitAsync(".call-card form", new() { ["result"] = result });
        Assert.Equal(said, page.One(".did span").TextContent);
        await browser.SubmitAsync(".did", []);

        Assert.Equal("Anjali Nair", Called(browser));
        var after = await app.LoadAsync<Lead>(first.Id);
        Assert.Equal((before.Stage, before.FollowUp, before.LostAt, before.ContactedAt, before.ContactAttempts, before.LaterActivityAt),
            (after.Stage, after.FollowUp, after.LostAt, after.ContactedAt, after.ContactAttempts, after.LaterActivityAt));
        Assert.Null(after.LostReason);
        page = await browser.GetAsync($"/leads/{first.Id}");
        Assert.Equal("Taken back: this is as it was before", page.Texts(".timeline .what")[0]);
    }

    [Fact]
    public async Task A_follow_up_that_was_marked_as_done_by_a_slip_is_due_again_and_is_said_for_two_minutes_alone()
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        await browser.GetAsync("/today");

        var page = await browser.SubmitAsync($"form[action='/leads/{first.Id}/follow-up/outcome']", []);
        Assert.Equal("Anjali Nair: the follow-up is done.", page.One(".did span").TextContent);
        Assert.Null((await app.LoadAsync<Lead>(first.Id)).FollowUp);
        await browser.SubmitAsync(".did", []);
        Assert.Equal(first.FollowUp, (await app.LoadAsync<Lead>(first.Id)).FollowUp);

        await browser.SubmitAsync($"form[action='/leads/{first.Id}/follow-up/outcome']", []);
        app.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Empty((await browser.GetAsync($"/today?did={first.Id}")).Html.QuerySelectorAll(".did"));
    }

    [Fact]
    public async Task What_a_colleague_has_gone_on_with_is_not_taken_back()
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        await browser.GetAsync("/today");
        await browser.SubmitAsync(".call-card form", new() { ["result"] = "NotInterested" });
        await app.ChangeAsync(first, l => LeadRules.Reopen(l, "Called back"));

        var page = await browser.SubmitAsync(".did", []);

        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal("This was not taken back: something else happened to the lead since, as the timeline tells.",
            page.One(".lead-next .problem").TextContent.Trim());
        Assert.Equal(Stage.Contacted, (await app.LoadAsync<Lead>(first.Id)).Stage);
    }

    [Fact]
    public async Task A_call_on_the_persons_page_plans_the_next_and_ends_the_one_that_was_due()
    {
        var (app, browser, first, _) = await OpenAsync(postgres);
        await using var closes = app;
        using var gone = browser;
        await browser.GetAsync($"/leads/{first.Id}");
        var form = $"form[action='/leads/{first.Id}/contacts']";

        var refused = await browser.SubmitAsync(form, new() { ["date"] = "2026-11-22", ["note"] = "In a bus" });
        Assert.Equal("Choose a time still to come.", refused.ErrorOf("date"));
        await browser.SubmitAsync(form, new() { ["date"] = "2026-11-24", ["time"] = "16:00" });

        var lead = await app.LoadAsync<Lead>(first.Id);
        Assert.Equal(("Call back, as asked", app.Clock.At(new DateOnly(2026, 11, 24), new TimeOnly(16, 0))),
            (lead.FollowUp!.Purpose, lead.FollowUp.DueAt));
        Assert.Single(await app.EventsAsync(first.Id), e => e is FollowUpDone);
        Assert.DoesNotContain(await app.EventsAsync(first.Id), e => e is FollowUpCancelled);
        // Without a day nothing is planned, and what was planned for another day stays.
        await browser.SubmitAsync(form, new() { ["outcome"] = "NoAnswer" });
        Assert.Equal(lead.FollowUp, (await app.LoadAsync<Lead>(first.Id)).FollowUp);
    }

    [Theory]
    [InlineData("2026-11-23T10:00", CallResult.NoAnswer, "2026-11-23T13:00")]
    [InlineData("2026-11-23T15:01", CallResult.NoAnswer, "2026-11-24T10:00")]
    [InlineData("2026-11-23T23:30", CallResult.NoAnswer, "2026-11-24T10:00")]
    [InlineData("2026-11-23T06:00", CallResult.NoAnswer, "2026-11-23T10:00")]
    [InlineData("2026-11-23T17:29", CallResult.Busy, "2026-11-23T17:59")]
    [InlineData("2026-11-23T17:31", CallResult.Busy, "2026-11-24T10:00")]
    [InlineData("2026-11-23T20:00", CallResult.Interested, "2026-11-25T10:00")]
    public void Nobody_is_to_be_called_at_night(string now, CallResult result, string next)
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(At(now));
        var clock = new InstituteClock(time, Microsoft.Extensions.Options.Options.Create(new InstituteOptions()));

        Assert.Equal(At(next), CallTimes.After(result, clock));
    }

    private static DateTimeOffset At(string local) =>
        new(DateTime.Parse(local, CultureInfo.InvariantCulture), TimeSpan.FromHours(5.5));
}
