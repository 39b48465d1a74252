using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Desk;

/// <summary>The queue of the day: who is to be called, in which order, by whom.</summary>
public sealed class TodayTests(TestPostgres postgres)
{
    private static async Task<Guid> AddAsync(
        TestApp app, string name, User? counsellor, TimeSpan? due = null, TimeSpan? age = null, params LeadEvent[] then)
    {
        LeadEvent[] planned = due is { } after ? [new FollowUpPlanned(Guid.NewGuid(), TestApp.Start + after, "Call")] : [];
        return (await app.TellAsync(name, TestApp.Start - (age ?? TimeSpan.FromDays(20)), counsellor, then: [.. planned, .. then])).Id;
    }

    private static IReadOnlyList<string> Names(WebPage page, string section) => page.Texts($"section[aria-label='{section}'] .who a");

    private static StageChanged Contacted() => new(Stage.New, Stage.Contacted) { At = TestApp.Start };

    [Fact]
    public async Task Who_is_new_and_asks_again_stands_above_who_asked_since()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        await app.AddLeadAsync(course, "Anjali Nair", "anjali@mail.example", "+919847012345");
        app.Time.Advance(TimeSpan.FromDays(20));
        await app.AddLeadAsync(course, "Binu George", "binu@mail.example");
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.AddLeadAsync(course, "Anjali Nair", "anjali@mail.example", "+919847012345");
        using var browser = await app.SignInAsync(divya);

        var page = await browser.GetAsync("/today");

        Assert.Equal("Anjali Nair", page.One(".call-card h2").TextContent.Trim());
    }

    [Fact]
    public async Task The_longest_overdue_come_first_then_today_then_new_leads_then_the_week()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        // Now is 10:00 at the institute: 14 hours on is midnight.
        await AddAsync(app, "An hour late", divya, TimeSpan.FromHours(-1));
        await AddAsync(app, "Nine days late", divya, TimeSpan.FromDays(-9));
        await AddAsync(app, "Just before midnight", divya, TimeSpan.FromMinutes(14 * 60 - 1));
        await AddAsync(app, "In an hour", divya, TimeSpan.FromHours(1));
        await AddAsync(app, "At midnight", divya, TimeSpan.FromHours(14));
        await AddAsync(app, "In a week", divya, TimeSpan.FromMinutes(14 * 60 + 7 * 24 * 60 - 1));
        await AddAsync(app, "In eight days", divya, TimeSpan.FromMinutes(14 * 60 + 7 * 24 * 60));
        await AddAsync(app, "New of yesterday", divya, age: TimeSpan.FromDays(1));
        await AddAsync(app, "New of now", divya, age: TimeSpan.FromMinutes(5));
        await AddAsync(app, "Contacted, nothing planned", divya, then: Contacted());
        await AddAsync(app, "Lost", divya, then: new LeadLost(LostReason.Fee, null) { At = TestApp.Start });
        using var browser = await app.SignInAsync(divya);

        var page = await browser.GetAsync("/today");

        Assert.Equal("Monday, 23 November", page.One("h1").TextContent);
        Assert.Equal(["Overdue", "Later today", "New, to be called", "Nothing planned", "The next seven days", "After that"],
            page.Html.QuerySelectorAll("section.queue").Select(s => s.GetAttribute("aria-label")));
        Assert.Equal(["Nine days late", "An hour late"], Names(page, "Overdue"));
        Assert.Equal(["In an hour", "Just before midnight"], Names(page, "Later today"));
        Assert.Equal(["New of now", "New of yesterday"], Names(page, "New, to be called"));
        Assert.Equal(["At midnight", "In a week"], Names(page, "The next seven days"));
        Assert.Equal(["In eight days"], Names(page, "After that"));
        Assert.Equal(["Contacted, nothing planned"], Names(page, "Nothing planned"));
        Assert.Equal(["2", "2", "2", "1", "2", "1"], page.Texts(".queue .total"));
    }

    [Fact]
    public async Task Only_mine_unless_everybody_is_asked_for()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        await AddAsync(app, "Hers", divya, TimeSpan.FromHours(-1));
        await AddAsync(app, "His", ravi, TimeSpan.FromHours(-2));
        await AddAsync(app, "His new", ravi);
        await AddAsync(app, "Nobody's new", null, age: TimeSpan.FromDays(21));
        using var browser = await app.SignInAsync(divya);

        Assert.Equal(["Hers"], (await browser.GetAsync("/today")).Texts(".queue .who a"));
        var all = await browser.GetAsync("/today?everyone=true");

        Assert.Equal(["His", "Hers", "His new", "Nobody's new"], all.Texts(".queue .who a"));
        Assert.Equal(["CPC · Ravi Pillai", "CPC · Divya Menon", "CPC · Ravi Pillai", "CPC · nobody yet"], all.Texts(".queue .who span"));
    }

    [Fact]
    public async Task Done_from_the_queue_comes_back_to_the_queue()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var lead = await AddAsync(app, "An hour late", divya, TimeSpan.FromHours(-1), then: Contacted());
        using var browser = await app.SignInAsync(divya);
        await browser.GetAsync("/today");

        var page = await browser.SubmitAsync($"form[action='/leads/{lead}/follow-up/outcome']");

        Assert.Equal((HttpStatusCode.OK, $"/today?did={lead}"), (page.Status, page.Path));
        Assert.Equal(["An hour late"], Names(page, "Nothing planned"));
        Assert.Null((await app.LoadAsync<Lead>(lead)).FollowUp);
        Assert.Equal("Divya Menon", Assert.Single((await app.EventsAsync(lead)).OfType<FollowUpDone>()).By.Name);
    }

    [Fact]
    public async Task Done_never_leads_to_another_site()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var lead = await AddAsync(app, "An hour late", divya, TimeSpan.FromHours(-1));
        using var browser = await app.SignInAsync(divya);
        await browser.GetAsync("/today");

        var page = await browser.SubmitAsync($"form[action='/leads/{lead}/follow-up/outcome']",
            new() { ["return"] = "//elsewhere.example/today" });

        Assert.Equal("/leads/" + lead, page.Path);
    }

    [Fact]
    public async Task The_day_is_the_institutes()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        await AddAsync(app, "Tuesday, 9:00", divya, TimeSpan.FromHours(23));
        app.Time.SetUtcNow(new DateTimeOffset(2026, 11, 23, 18, 31, 0, TimeSpan.Zero)); // 00:01 on Tuesday in Kerala
        using var browser = await app.SignInAsync(divya);

        var page = await browser.GetAsync("/today");

        Assert.Equal("Tuesday, 24 November", page.One("h1").TextContent);
        Assert.Equal(["Tuesday, 9:00"], Names(page, "Later today"));
    }
}
