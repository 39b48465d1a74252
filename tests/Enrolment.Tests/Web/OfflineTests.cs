using Crm.Leads;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.Tests.Web;

/// <summary>
/// Who works while the network, or the server, is away: what was typed stays, it is said, and it can be tried again. Forms that htmx
/// sends are looked at in <see cref="BehaviourTests"/> too.
/// </summary>
public sealed class OfflineTests(LookedAtApp app) : IClassFixture<LookedAtApp>
{
    private const string NotSent = "The server could not be reached. Nothing was sent, and what you typed stays here";

    private const string PerhapsSent = "We could not tell whether it was sent. Sending it again is harmless.";

    private async Task<IPage> OpenAsync(string path)
    {
        SetDefaultExpectTimeout(20_000); // other tests run beside this one
        var page = await app.Manager.NewPageAsync();
        await page.SetViewportSizeAsync(1280, 800);
        await page.GotoAsync(path);
        return page;
    }

    // As a browser sees a program that has stopped, or a network that is gone: each request of the page fails.
    private static Task AwayAsync(IPage page) => page.RouteAsync("**/*", route => route.AbortAsync("connectionrefused"));

    [Fact]
    public async Task The_outcome_of_a_call_is_kept_with_what_was_said_until_the_server_is_back()
    {
        var page = await OpenAsync("/today?everyone=true");
        var (note, called) = (page.Locator(".call-card textarea"), page.Locator(".call-card h2 a"));
        var who = (await called.GetAttributeAsync("href"))!;
        await note.FillAsync("Her mother decides on Friday");
        await AwayAsync(page);

        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("i");

        await Expect(page.Locator(".call-card .problem")).ToContainTextAsync(NotSent);
        await Expect(note).ToHaveValueAsync("Her mother decides on Friday");
        Assert.EndsWith("/today?everyone=true", page.Url, StringComparison.Ordinal);

        await page.UnrouteAsync("**/*");
        await page.Locator(".call-card [data-key=i]").ClickAsync();
        await Expect(called).Not.ToHaveAttributeAsync("href", who);
        var id = Guid.Parse(who.Split('/')[^1]);
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var calls = (await session.Events.FetchStreamAsync(id)).Select(e => e.Data).OfType<ContactLogged>();
        Assert.Single(calls, c => c.Note == "Her mother decides on Friday");
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_follow_up_that_is_marked_as_done_while_the_server_is_away_is_done_when_it_is_back()
    {
        var page = await OpenAsync("/today?everyone=true");
        var row = page.Locator("#queue li[data-lead]:has(form)").First;
        var id = Guid.Parse((await row.GetAttributeAsync("data-lead"))!);
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var due = (await session.LoadAsync<Lead>(id))!.FollowUp!;
        await AwayAsync(page);

        await row.GetByRole(AriaRole.Button).ClickAsync();

        await Expect(page.Locator("#toast")).ToContainTextAsync("The server could not be reached. Nothing was done.");
        Assert.EndsWith("/today?everyone=true", page.Url, StringComparison.Ordinal);
        await page.UnrouteAsync("**/*");
        await page.Locator("#toast button").ClickAsync();
        await Expect(page.Locator($"#queue li[data-lead='{id}']:has(form)")).ToHaveCountAsync(0);
        Assert.Single((await session.Events.FetchStreamAsync(id)).Select(e => e.Data).OfType<FollowUpDone>(), d => d.FollowUpId == due.Id);
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_lead_that_is_added_while_the_server_is_away_is_not_typed_twice()
    {
        var page = await OpenAsync("/leads/new");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Sosamma Varkey");
        await page.GetByLabel("Note (optional)").FillAsync("Came with her father");
        await AwayAsync(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Add the lead" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the lead" }).ClickAsync();

        await Expect(page.Locator("main .problem")).ToHaveCountAsync(1);
        await Expect(page.Locator("main .problem")).ToContainTextAsync(NotSent);
        await Expect(page.GetByLabel("Note (optional)")).ToHaveValueAsync("Came with her father");
        await page.UnrouteAsync("**/*");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the lead" }).ClickAsync();
        // It arrives: what is missing is said beside its field, as ever.
        await Expect(page.Locator("#phone-error")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Note (optional)")).ToHaveValueAsync("Came with her father");
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_note_on_a_persons_page_is_kept_and_can_be_sent_again()
    {
        var page = await OpenAsync($"/leads/{app.Of["open"]}");
        await page.Locator(".composer summary", new() { HasText = "Note" }).ClickAsync();
        var note = page.GetByLabel("Note", new() { Exact = true });
        await note.FillAsync("Half a thought, and the other half");
        await AwayAsync(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Keep the note" }).ClickAsync();

        await Expect(page.Locator(".composer .problem")).ToHaveTextAsync(PerhapsSent);
        await Expect(note).ToHaveValueAsync("Half a thought, and the other half");
        await page.UnrouteAsync("**/*");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep the note" }).ClickAsync();
        await Expect(page.Locator("#timeline")).ToContainTextAsync("Half a thought, and the other half");
        await Expect(page.Locator(".problem.unsent")).ToHaveCountAsync(0);
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_page_that_is_asked_for_offline_does_not_take_the_one_that_is_open()
    {
        await using var context = await app.AnotherAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync("/today?everyone=true");
        await page.Locator(".call-card textarea").FillAsync("She said");
        await context.SetOfflineAsync(true);
        await Expect(page.Locator("#toast")).ToContainTextAsync("You are offline. What you typed stays here");

        await page.Locator(".side a[href='/dues']").ClickAsync();

        await Expect(page.Locator("#toast")).ToContainTextAsync("You are offline, so that page cannot come.");
        await Expect(page.Locator(".call-card textarea")).ToHaveValueAsync("She said");
        await context.SetOfflineAsync(false);
        await Expect(page.Locator("#toast")).ToContainTextAsync("You are online again.");
        await page.Locator(".side a[href='/dues']").ClickAsync();
        await Expect(page.Locator("h1")).ToContainTextAsync("Dues");
    }
}
