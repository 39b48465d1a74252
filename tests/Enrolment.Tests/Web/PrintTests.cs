using Microsoft.Playwright;

namespace Crm.Tests.Web;

/// <summary>Pages as they are printed.</summary>
public sealed class PrintTests(LookedAtApp app) : IClassFixture<LookedAtApp>
{
    private const string Cut = """
        () => [...document.querySelectorAll('.leads td, .leads td *')].filter(e => e.checkVisibility()
            && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow === 'hidden').length
        """;

    private async Task<IPage> PrintAsync(string path)
    {
        var page = await app.Manager.NewPageAsync();
        await page.SetViewportSizeAsync(1280, 900);
        await page.GotoAsync(path);
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        return page;
    }

    [Fact]
    public async Task The_list_of_leads_says_how_many_of_all_are_on_the_paper_and_cuts_no_name()
    {
        var page = await PrintAsync("/leads");

        Assert.Matches(@"^50 of \d+ leads$", await HeadAsync(page));
        Assert.Equal(0, await page.EvaluateAsync<int>(Cut));

        await page.EmulateMediaAsync(new() { Media = Media.Screen });
        await page.GetByText("Show more").ClickAsync();
        await page.Locator(".leads tbody tr[data-lead]").Nth(60).WaitForAsync();
        await page.EvaluateAsync("() => dispatchEvent(new Event('beforeprint'))");
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        Assert.Matches(@"^100 of \d+ leads$", await HeadAsync(page));
        await page.CloseAsync();
    }

    private static async Task<string> HeadAsync(IPage page) =>
        string.Join(' ', (await page.Locator(".list-head").InnerTextAsync()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public async Task A_report_is_of_days_in_words_and_not_as_a_browser_writes_them()
    {
        var page = await PrintAsync("/reports?from=2026-11-01&to=2026-11-23");

        Assert.Equal("Received from 1 Nov 2026 until 23 Nov 2026", await page.Locator("main .on-paper").InnerTextAsync());
        Assert.False(await page.Locator("#from").IsVisibleAsync());
        await page.CloseAsync();
    }
}
