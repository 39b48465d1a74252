using Crm.Institute;
using Crm.Leads;
using Crm.Tests.Web;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.Tests.Desk;

/// <summary>What stands half written on a person's page, in a real browser, when what it is about changes under it.</summary>
public sealed class HalfWrittenTests(LookedAtApp app) : IClassFixture<LookedAtApp>
{
    private static readonly Actor Colleague = Actor.Staff(Guid.NewGuid(), "Ravi Pillai");

    private DateTimeOffset Now => app.Services.GetRequiredService<InstituteClock>().Now;

    // Each of its own, so that no test finds what another did.
    private async Task<(IPage Page, Lead Lead)> OpenAsync(int which)
    {
        SetDefaultExpectTimeout(20_000); // other tests run beside this one
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var leads = await session.Query<Lead>().OrderBy(l => l.ReceivedAt).ToListAsync();
        var lead = leads.Where(l => l.IsOpen && l.Stage < Stage.Offered).ElementAt(which);
        await ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, Now, Guid.NewGuid(), Now.AddDays(1), "Call about the fee"));
        var page = await app.Manager.NewPageAsync();
        await page.SetViewportSizeAsync(1280, 800);
        await page.GotoAsync($"/leads/{lead.Id}");
        await Poll.UntilAsync(() => page.EvaluateAsync<bool>("!!document.getElementById('live')?._htmx?.sse"), "the page to listen");
        return (page, lead);
    }

    private Task ChangeAsync(Lead lead, Func<Lead, IReadOnlyList<LeadEvent>> rule) => app.Services.GetRequiredService<LeadWriter>()
        .ChangeAsync(lead.Id, new Stamp(Colleague, Now), rule, default);

    private async Task<FollowUp?> FollowUpAsync(Lead lead)
    {
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        return (await session.LoadAsync<Lead>(lead.Id))!.FollowUp;
    }

    private static async Task TagAsync(IPage page, string tag)
    {
        await page.Locator("summary", new() { HasText = "Tag" }).ClickAsync();
        await page.Locator("form[action$='/tags'] [name=tag]").FillAsync(tag);
        await page.Locator("form[action$='/tags'] button").Last.ClickAsync();
        await Expect(page.Locator("#facts")).ToContainTextAsync(tag);
    }

    private static ILocator OutcomeOf(IPage page) => page.Locator("#lead-next [name=outcome]");

    [Fact]
    public async Task What_may_not_have_arrived_is_said_until_it_is_sent_again()
    {
        var (page, _) = await OpenAsync(0);
        var (note, doubt) = (page.Locator("form[action$='/notes'] [name=text]"), page.Locator(".composer .problem.unsent"));
        await page.RouteAsync("**/notes", route => route.AbortAsync());
        await page.Locator(".composer summary", new() { HasText = "Note" }).ClickAsync();
        await note.FillAsync("Heard or not");
        await note.PressAsync("Control+Enter");
        await Expect(doubt).ToBeVisibleAsync();

        await TagAsync(page, "doubtful");

        await Expect(doubt).ToHaveTextAsync("We could not tell whether it was sent. Sending it again is harmless.");
        await Expect(note).ToHaveValueAsync("Heard or not");
        await page.UnrouteAsync("**/notes");
        await note.PressAsync("Control+Enter");
        await Expect(page.Locator("#timeline li").First).ToContainTextAsync("Heard or not");
        await Expect(doubt).ToHaveCountAsync(0);
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_came_of_a_follow_up_is_not_said_of_the_one_that_took_its_place()
    {
        var (page, lead) = await OpenAsync(1);
        await OutcomeOf(page).FillAsync("She pays on Friday");
        await page.Locator(".composer summary", new() { HasText = "Follow-up" }).ClickAsync();
        await page.Locator("form[action$='/follow-up'] [name=purpose]").FillAsync("Visit to the campus");
        await page.Locator("form[action$='/follow-up'] button").Last.ClickAsync();
        await Expect(page.Locator("#lead-next")).ToContainTextAsync("Next: Visit to the campus");
        await Expect(OutcomeOf(page)).ToHaveValueAsync("She pays on Friday");

        await page.GetByRole(AriaRole.Button, new() { Name = "Mark as done" }).ClickAsync();

        await Expect(page.Locator("#lead-next .problem")).ToContainTextAsync("This follow-up was already done or rescheduled.");
        await Expect(OutcomeOf(page)).ToHaveValueAsync("She pays on Friday");
        Assert.Equal("Visit to the campus", (await FollowUpAsync(lead))?.Purpose);
        // Who has read that says it of the new one by another press.
        await page.GetByRole(AriaRole.Button, new() { Name = "Mark as done" }).ClickAsync();
        await Expect(page.Locator("#timeline li").First).ToContainTextAsync("She pays on Friday");
        Assert.Null(await FollowUpAsync(lead));
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_a_colleague_changed_is_shown_by_a_press_and_what_was_typed_in_its_place_stays_or_is_said()
    {
        var (page, lead) = await OpenAsync(2);
        await OutcomeOf(page).FillAsync("Her father decides");
        await ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, Now, Guid.NewGuid(), Now.AddDays(2), "Call the father"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();

        await Expect(page.Locator("#lead-next")).ToContainTextAsync("Next: Call the father");
        await Expect(OutcomeOf(page)).ToHaveValueAsync("Her father decides");

        await ChangeAsync(lead, l => LeadRules.CompleteFollowUp(l, l.FollowUp!.Id, null));
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();

        await Expect(OutcomeOf(page)).ToHaveCountAsync(0);
        await Expect(page.Locator("#toast")).ToContainTextAsync("What you typed has no place here any more: “Her father decides”");
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_note_of_a_lead_that_was_taken_back_meanwhile_is_refused_above_the_page_and_stays()
    {
        var (page, lead) = await OpenAsync(3);
        var note = page.Locator("form[action$='/notes'] [name=text]");
        await page.Locator(".composer summary", new() { HasText = "Note" }).ClickAsync();
        await note.FillAsync("A long talk");
        await ChangeAsync(lead, l => [new LeadRestored(Guid.NewGuid(), 0, [], null)]);

        foreach (var _ in new[] { 1, 2 })
        {
            await note.PressAsync("Control+Enter");
            await Expect(page.Locator("#lead > .problem")).ToContainTextAsync("No such lead. What made it may have been taken back");
        }

        await Expect(page.Locator("#lead > .problem")).ToHaveCountAsync(1);
        await Expect(note).ToHaveValueAsync("A long talk");
        await Expect(page.Locator("main")).ToHaveCountAsync(1);
        await page.CloseAsync();
    }
}
