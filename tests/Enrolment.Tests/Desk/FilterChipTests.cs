using Crm.Courses;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Desk;

/// <summary>The filters of the list, said in chips above it and taken away one by one.</summary>
public sealed class FilterChipTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private sealed record Office(TestApp App, Browser Browser, Course Course, Guid Divya);

    private Task<Office> OpenAsync() => apps.OnceAsync(async app =>
    {
        var (course, divya) = (await app.AddCourseAsync(), await app.AddUserAsync("Divya Menon"));
        await app.TellAsync("Anjali Nair", TestApp.Start, divya, course: course.Id, then: [new StageChanged(Stage.New, Stage.Contacted)]);
        await app.TellAsync("Binu George", TestApp.Start, divya, course: course.Id);
        return new Office(app, await app.SignInAsync(divya), course, divya.Id);
    });

    [Fact]
    public async Task Each_filter_is_said_and_taken_away_by_its_own_cross()
    {
        var (_, browser, course, divya) = await OpenAsync();
        var all = $"/leads?q=n&stage=Contacted&counsellor={divya}&course={course.Id}&sort=Name";

        var page = await browser.GetAsync(all);

        Assert.Equal(["Search: n", "Stage: Contacted", "Counsellor: Divya Menon", "Course: CPC"], page.Texts(".chip span"));
        Assert.Equal(["Anjali Nair"], page.Texts(".leads .who > a"));
        foreach (var (at, gone) in new[] { (0, "q=n&"), (1, "stage=Contacted&"), (2, $"counsellor={divya}&"), (3, $"course={course.Id}&") })
        {
            var cross = page.Html.QuerySelectorAll(".chip a")[at].GetAttribute("href")!;
            Assert.Equal(all.Replace(gone, "", StringComparison.Ordinal), cross);
            Assert.Equal(3, (await browser.GetAsync(cross)).Texts(".chip").Count);
        }
        Assert.Equal(2, (await browser.GetAsync(page.Html.QuerySelectorAll(".chip a")[1].GetAttribute("href")!)).Texts("tbody .who").Count);
        // The order is none of the filters.
        Assert.Equal("/leads?sort=Name", page.One(".chips .clear").GetAttribute("href"));
    }

    [Fact]
    public async Task What_filters_nothing_is_not_said_and_who_has_left_is()
    {
        var (_, browser, _, _) = await OpenAsync();

        Assert.Empty((await browser.GetAsync("/leads")).Html.QuerySelectorAll(".chips"));
        Assert.Empty((await browser.GetAsync("/leads?stage=nowhere&counsellor=me&waiting=9")).Html.QuerySelectorAll(".chips"));
        var gone = await browser.GetAsync(
            $"/leads?counsellor={Guid.NewGuid()}&course={Guid.NewGuid()}&stage=open&waiting=New&source=Direct");
        Assert.Equal(["Stage: Open", "Counsellor: Has left", "Waits for: New, to be called", "Course: Gone", "Source: Direct"],
            gone.Texts(".chip span"));
        Assert.Contains("No leads match.", gone.One(".empty").TextContent);
    }

    [Fact]
    public async Task A_cross_draws_what_is_chosen_from_anew_and_what_is_typed_leaves_it_alone()
    {
        var (_, browser, _, divya) = await OpenAsync();
        Task<WebPage> PartAsync(string target)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, $"/leads?counsellor={divya}");
            request.Headers.Add("HX-Target", $"div#{target}");
            return browser.AskAsync(request);
        }

        var typed = await PartAsync("leads");
        Assert.Equal(["Counsellor: Divya Menon"], typed.Texts(".chip span"));
        Assert.Empty(typed.Html.QuerySelectorAll("#filters"));

        var crossed = await PartAsync("list");
        Assert.Equal($"{divya}", crossed.One("#counsellor option[selected]").GetAttribute("value"));
        Assert.Empty(crossed.Html.QuerySelectorAll("h1"));

        // Without a script the same form is sent by its own button.
        await browser.GetAsync("/leads");
        var sent = await browser.SubmitAsync("#filters", new() { ["stage"] = nameof(Stage.Contacted), ["counsellor"] = $"{divya}" });
        Assert.Equal(["Stage: Contacted", "Counsellor: Divya Menon"], sent.Texts(".chip span"));
        Assert.Equal(["Anjali Nair"], sent.Texts(".leads .who > a"));
    }
}
