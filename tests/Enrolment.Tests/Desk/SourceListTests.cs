using System.Net;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Desk;

/// <summary>Managers join sources that are one, and take them apart again; reports, lists and filters follow.</summary>
public sealed class SourceListTests(TestPostgres postgres)
{
    private static async Task FillAsync(TestApp app)
    {
        foreach (var source in new[] { "fb", "m.facebook.com", "Facebook", "blog", "blog", "codingblog.example", "🔥" })
            await app.TellAsync("From " + source, TestApp.Start, source: source);
    }

    private static async Task<IReadOnlyList<string>> InReportAsync(Browser browser)
    {
        var page = await browser.GetAsync("/reports");
        var rows = page.Texts("section[aria-label='By source'] tbody th")
            .Zip(page.Texts("section[aria-label='By source'] tbody td:nth-child(2)"), (name, count) => $"{name} {count}");
        return [.. rows.Order(StringComparer.Ordinal)];
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(Browser browser, string source) =>
        [.. (await browser.GetAsync("/leads?source=" + Uri.EscapeDataString(source))).Texts("td.who a").Order(StringComparer.Ordinal)];

    private static string[] Ticked(string? name) => name is null ? [] : [name];

    private static Task<WebPage> JoinAsync(Browser browser, string into, params string[] names) =>
        SendAsync(browser, "/sources/joins", [("into", into), .. names.Select(n => ("names", n))]);

    private static Task<WebPage> SendAsync(Browser browser, string path, IEnumerable<(string Name, string Value)> values)
    {
        var token = browser.Page.Html.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        return browser.PostAllAsync(path, values.Append(("__RequestVerificationToken", token)));
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_refused_and_not_cut()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/sources");

        var refused = await JoinAsync(manager, new string('a', 300), "blog");

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Keep this to 80 characters; it has 300."),
            (refused.Status, refused.ErrorOf("into")));
        Assert.Contains("blog", refused.Texts("label.check bdi"));
    }

    [Fact]
    public async Task Sources_are_joined_by_hand_and_everything_that_shows_them_follows_and_back()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.Equal(["Facebook 3", "blog 2", "codingblog.example 1", "🔥 1"], await InReportAsync(manager));
        Assert.Equal(["From Facebook", "From fb", "From m.facebook.com"], await NamesAsync(manager, "Facebook"));
        await manager.GetAsync("/sources");

        var joined = await JoinAsync(manager, "Our blog", "blog", "codingblog.example");

        Assert.Equal("/sources", joined.Path);
        Assert.Equal(["Facebook", "Our blog", "🔥"], joined.Texts("label.check bdi"));
        Assert.Equal(["Facebook 3", "Our blog 3", "🔥 1"], await InReportAsync(manager));
        Assert.Contains(",Our blog,3,", await (await manager.DownloadAsync("/reports/funnel.csv")).Content.ReadAsStringAsync());
        foreach (var name in new[] { "Our blog", "blog", "codingblog.example" })
            Assert.Equal(["From blog", "From blog", "From codingblog.example"], await NamesAsync(manager, name));
        Assert.Equal("Our blog", manager.Page.One("select[name=source] option[selected]").TextContent);
        Assert.Equal(["All sources", "🔥", "Facebook", "Our blog"], manager.Page.Texts("select[name=source] option"));
        Assert.Equal(["Our blog", "Our blog", "Our blog"], manager.Page.Texts("td[data-label=Source]"));

        await manager.GetAsync("/sources");
        await SendAsync(manager, "/sources/partings", [("name", "codingblog.example")]);

        Assert.Equal(["Facebook 3", "Our blog 2", "codingblog.example 1", "🔥 1"], await InReportAsync(manager));
        Assert.Equal("blog", (await app.AllAsync<Lead>()).First(l => l.SourceName == "blog").Source.Name);
    }

    [Theory]
    [InlineData("", "blog", "into", "Enter the name that they are to have.")]
    [InlineData("\u200B", "blog", "into", "Enter the name that they are to have.")]
    [InlineData("Our blog", null, "", "Choose the sources that are to have this name.")]
    public async Task A_join_that_cannot_be_is_refused_and_keeps_what_was_ticked(string into, string? name, string field, string why)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/sources");

        var refused = await JoinAsync(manager, into, Ticked(name));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal(why, field.Length > 0 ? refused.ErrorOf(field) : refused.One(".problem").TextContent);
        Assert.Equal(Ticked(name),
            refused.Html.QuerySelectorAll("[name=names][checked]").Select(b => b.GetAttribute("value")!));
        Assert.Empty((await app.AllAsync<SourceBook>()).SelectMany(b => b.Joins));
    }

    [Fact]
    public async Task Two_managers_who_join_one_source_at_once_are_told()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/sources");
        await JoinAsync(manager, "Website", "blog");

        var late = await JoinAsync(manager, "Our blog", "blog");

        Assert.Equal("“blog” is a part of “Website” by now. Look at the list again.", late.One(".problem").TextContent);
    }

    [Fact]
    public async Task What_was_ticked_is_still_ticked_after_signing_in_again_and_sent_twice_it_is_joined_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);
        var user = await app.AddUserAsync("Mini Varghese", Roles.Manager);
        using var manager = await app.SignInAsync(user);
        await manager.GetAsync("/sources");
        manager.Forget("enrolment");
        var carried = manager.Page.Html.QuerySelectorAll("#join input[type=hidden]")
            .Select(i => (i.GetAttribute("name")!, i.GetAttribute("value")!));
        await SendAsync(manager, "/sources/joins", [("into", "Our blog"), ("names", "blog"), ("names", "codingblog.example"), .. carried]);

        var back = await manager.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = TestApp.Password });

        Assert.Equal(["blog", "codingblog.example"],
            back.Html.QuerySelectorAll("[name=names][checked]").Select(b => b.GetAttribute("value")!).Order());
        Assert.Equal("Our blog", back.One("[name=into]").GetAttribute("value"));
        var again = back.Html.QuerySelectorAll("#join input").Where(i => i.GetAttribute("type") != "checkbox")
            .Select(i => (i.GetAttribute("name")!, i.GetAttribute("value")!))
            .Concat([("names", "blog"), ("names", "codingblog.example")]).ToList();
        var (first, second) = (await manager.PostAllAsync("/sources/joins", again), await manager.PostAllAsync("/sources/joins", again));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.Status, second.Status));
        Assert.Equal(2, Assert.Single(await app.AllAsync<SourceBook>()).Joins.Count);
    }
}
