using System.Net;
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
        var fresh = page.One(".side nav a[data-place=leads]");
        Assert.Equal("1 new", fresh.QuerySelector(".waits")!.TextContent);
        Assert.Equal(["Fresh"], (await browser.GetAsync(fresh.GetAttribute("href")!)).Texts("td.who a"));
    }

    [Fact]
    public async Task It_counts_who_wrote_again_after_they_were_called_until_somebody_answers()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var divya = await app.AddUserAsync("Divya Menon");
        var (hers, colleague) = (Actor.Staff(divya.Id, divya.Name), Actor.Staff(Guid.NewGuid(), "Beena Thomas"));
        using var browser = await app.SignInAsync(divya);
        await EnquireAsync(app, course.Id, "Anjali Nair", "98470 12345");
        await EnquireAsync(app, course.Id, "Binu George", "98470 54321");
        var (anjali, binu) = (await NamedAsync(app, "Anjali Nair"), await NamedAsync(app, "Binu George"));
        await app.ChangeAsync(anjali, l => LeadRules.LogContact(
            l, app.Clock.Now, null, ContactChannel.Call, ContactOutcome.NoAnswer, null), hers);

        // Who was never called is new, however often they ask.
        await EnquireAsync(app, course.Id, "Anjali Nair", "98470 12345");
        await EnquireAsync(app, course.Id, "Binu George", "98470 54321");
        await app.ChangeAsync(anjali, l => LeadRules.Assign(l, Guid.NewGuid(), "Ashik Rahman"), colleague);
        await app.ChangeAsync(anjali, l => LeadRules.Assign(l, divya.Id, divya.Name), colleague);

        var place = (await browser.GetAsync("/batches")).One(".side nav a[data-place=replies]");
        Assert.Equal("1 unanswered", place.QuerySelector(".waits")!.TextContent);
        var list = await browser.GetAsync(place.GetAttribute("href")!);
        Assert.Equal(["Anjali Nair"], list.Texts("td.who a"));
        Assert.Equal("page", list.One(".side a[data-place=replies]").GetAttribute("aria-current"));
        Assert.Contains("Waits for: An answer", list.Texts(".chip span"));
        await app.ChangeAsync(anjali, _ => LeadRules.AddNote("Will come on Friday"), hers);
        Assert.Null((await browser.GetAsync("/batches")).One(".side a[data-place=replies]").QuerySelector(".waits"));
        Assert.Empty((await browser.GetAsync(place.GetAttribute("href")!)).Texts("td.who a"));
        Assert.Equal(2, (await app.EventsAsync(binu.Id)).Count(e => e is LeadReceived or EnquiredAgain));
    }

    private static async Task EnquireAsync(TestApp app, Guid course, string name, string phone)
    {
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire");
        await visitor.SubmitAsync("form#enquiry", new()
        {
            ["name"] = name,
            ["phone"] = phone,
            ["course"] = course.ToString(),
            ["time"] = "Evening",
            ["consent"] = "true",
        });
    }

    private static async Task<Lead> NamedAsync(TestApp app, string name)
    {
        foreach (var lead in await app.AllAsync<Lead>())
            if ((await app.PersonOfAsync(lead)).Name.Text == name) return lead;
        throw new InvalidOperationException($"No lead of {name}.");
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
    public async Task Every_place_that_a_manager_goes_to_is_marked_as_where_they_are()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        var places = (await manager.GetAsync("/today")).Html.QuerySelectorAll(".side nav a[data-place]")
            .ToDictionary(a => a.GetAttribute("data-place")!, a => a.GetAttribute("href")!);

        foreach (var (place, address) in places)
            Assert.Equal(place, (await manager.GetAsync(address)).One(".side nav a[aria-current=page]").GetAttribute("data-place"));
        Assert.InRange(places.Count, 12, 20);
    }

    [Fact]
    public async Task Only_a_manager_of_a_new_institute_is_told_what_comes_next_until_somebody_has_enquired()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        const string begins = "What a new institute begins with";
        async Task<string> StepsAsync()
        {
            var page = await manager.GetAsync("/today");
            Assert.Equal(begins, page.One(".empty-state h2").TextContent);
            var done = page.Html.QuerySelectorAll(".first-steps li").Where(l => l.QuerySelector(".status") is not null);
            var tells = page.Text.Contains("link to it from your website", StringComparison.Ordinal);
            return string.Join(", ", done.Select(l => l.QuerySelector("a")!.TextContent)) + (tells ? ", the form" : "");
        }

        Assert.Equal("Describe the institute", await StepsAsync());
        var course = await app.AddCourseAsync();
        Assert.Equal("Describe the institute, Add a course, the form", await StepsAsync());
        await app.AddBatchAsync(course);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);
        Assert.Equal("Describe the institute, Add a course, Add a batch, Invite your staff, the form", await StepsAsync());
        Assert.Contains("Set a mail server", manager.Page.One(".first-steps").TextContent);
        Assert.Contains("write ?utm_source=facebook behind it", manager.Page.One("main").TextContent);
        Assert.Contains("Institute:Logo", (await manager.GetAsync("/institute")).Text);
        Assert.DoesNotContain(begins, (await counsellor.GetAsync("/today")).Text);
        await app.AddLeadAsync(course);
        Assert.DoesNotContain(begins, (await manager.GetAsync("/today")).Text);
    }

    [Fact]
    public async Task Managers_read_at_which_address_people_enquire()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.DoesNotContain("People enquire at", (await manager.GetAsync("/batches")).Text);
        var course = await app.AddCourseAsync();

        var page = await manager.GetAsync("/batches");

        Assert.Contains("People enquire at", page.Text);
        var form = page.One($"a[href='/enquire/{course.Code}']").GetAttribute("href")!;
        Assert.Equal(HttpStatusCode.OK, (await manager.GetAsync(form)).Status);
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
