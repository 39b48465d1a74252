using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Desk;

/// <summary>What stands around every page: places, with what waits there for whoever looks.</summary>
public sealed class FrameTests(TestPostgres postgres)
{
    [Fact]
    public async Task The_side_bar_counts_what_is_late_and_new_for_whoever_looks()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ashik) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ashik Rahman"));
        var late = new FollowUpPlanned(Guid.NewGuid(), TestApp.Start.AddHours(-2), "Call") { At = TestApp.Start.AddDays(-1) };
        await app.TellAsync("Late One", TestApp.Start.AddDays(-1), divya, then: late);
        await app.TellAsync("Late Two", TestApp.Start.AddDays(-1), divya, then: late with { FollowUpId = Guid.NewGuid() });
        await app.TellAsync("Fresh", TestApp.Start.AddHours(-1), divya);
        await app.TellAsync("Another's", TestApp.Start.AddHours(-1), ashik);
        using var browser = await app.SignInAsync(divya);

        var page = await browser.GetAsync("/batches");

        Assert.Equal("2 overdue", page.One(".side a[href='/today'] .waits").TextContent);
        var fresh = page.One(".side nav a[href^='/leads?']");
        Assert.Equal("1 new", fresh.QuerySelector(".waits")!.TextContent);
        Assert.Equal(["Fresh"], (await browser.GetAsync(fresh.GetAttribute("href")!)).Texts("td.who a"));
    }

    [Fact]
    public async Task It_marks_where_one_is_and_shows_saved_views_and_only_what_one_may_open()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Counsellor);
        await app.TellAsync("Somebody", TestApp.Start);
        await browser.GetAsync("/leads?stage=New");
        await browser.SubmitAsync("form[action='/views']", new() { ["name"] = "Just come" });

        var page = await browser.GetAsync("/dues");

        Assert.Equal("/dues", page.One(".side nav a[aria-current=page]").GetAttribute("href"));
        Assert.Contains("Just come", page.Texts(".side nav a .text"));
        Assert.DoesNotContain("Upkeep", page.Texts(".side nav a .text"));
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.Contains("Upkeep", (await manager.GetAsync("/dues")).Texts(".side nav a .text"));
    }

    [Fact]
    public async Task Every_icon_that_a_page_names_is_in_the_sprite()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Manager);
        var page = await browser.GetAsync("/search");

        var icons = page.Html.QuerySelectorAll("svg.icon use").Select(u => u.GetAttribute("href")!.Split('#')).ToList();
        var sprite = await browser.GetAsync(icons[0][0]);

        Assert.True(icons.Count > 15);
        Assert.All(icons, i => Assert.Contains($"id=\"{i[1]}\"", sprite.Text, StringComparison.Ordinal));
    }
}
