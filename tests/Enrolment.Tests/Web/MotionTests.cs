using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.Tests.Web;

/// <summary>What moves on a page, and that nothing does for whoever has asked their machine for less motion.</summary>
public sealed class MotionTests(LookedAtApp app) : IClassFixture<LookedAtApp>
{
    // In milliseconds; 0 where nothing runs. What has no duration to speak of is a change, not a movement.
    private const string Longest = """
        () => Math.max(0, ...document.getAnimations().map(a => a.effect.getComputedTiming().activeDuration))
        """;

    private const string LongestTransition = """
        () => Math.max(0, ...[...document.querySelectorAll('*')].map(e => Math.max(
          ...getComputedStyle(e).transitionDuration.split(',').map(parseFloat))))
        """;

    [Theory]
    [InlineData(ReducedMotion.NoPreference, true)]
    [InlineData(ReducedMotion.Reduce, false)]
    public async Task What_is_on_its_way_is_shown_by_movement_to_those_alone_who_have_not_asked_for_less(ReducedMotion asked, bool moves)
    {
        SetDefaultExpectTimeout(20_000); // other tests run beside this one
        await using var context = await app.AnotherAsync(asked);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/leads");
        var (isAsked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        await page.RouteAsync("**/leads?**", async route =>
        {
            isAsked.TrySetResult();
            await answer.Task;
            await route.ContinueAsync();
        });

        await page.Locator("#q").FillAsync("an");
        await isAsked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var longest = await page.EvaluateAsync<double>(Longest);
        answer.SetResult();

        Assert.True(moves ? longest > 1000 : longest <= 1, $"{longest} ms");
        await Expect(page.Locator(".htmx-request:not(#live)")).ToHaveCountAsync(0);
    }

    // Whatever a style sheet may say one day.
    private const string MoveAllLinks = """
        () => {
          const sheet = new CSSStyleSheet()
          sheet.replaceSync('a, a::before { transition: opacity 2s; animation: comes 2s }')
          document.adoptedStyleSheets.push(sheet)
        }
        """;

    [Theory]
    [InlineData("/today")]
    [InlineData("/leads")]
    [InlineData("/leads/board")]
    [InlineData("/leads/{open}")]
    [InlineData("/morning")]
    public async Task With_less_motion_no_page_moves_anything_whatever_its_style_sheets_say(string path)
    {
        var page = await app.Manager.NewPageAsync();
        await page.GotoAsync(path.Replace("{open}", app.Of["open"], StringComparison.Ordinal));

        await page.Keyboard.PressAsync("Control+k");
        await Expect(page.Locator("#palette")).ToBeVisibleAsync();

        await page.EvaluateAsync(MoveAllLinks);
        Assert.InRange(await page.EvaluateAsync<double>(Longest), 0, 1);
        Assert.Equal(0, await page.EvaluateAsync<double>(LongestTransition));
        await page.CloseAsync();
    }
}
