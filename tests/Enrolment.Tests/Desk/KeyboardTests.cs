using System.Globalization;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Tests.Web;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.Tests.Desk;

/// <summary>
/// The acts of the desk in a real browser without a mouse: what is not reached by Tab, or not seen to be, is not there for those who
/// have none. More of it stands in <see cref="AtTheDeskTests"/> (facts, filters, the board's keys) and <see cref="BehaviourTests"/>
/// (the letters of calls).
/// </summary>
public sealed class KeyboardTests(LookedAtApp app) : IClassFixture<LookedAtApp>
{
    private const int MostPresses = 150;

    private const string IsHere = "e => e === document.activeElement";

    private const string IsMarked = """
        e => [null, '::after'].map(part => getComputedStyle(e, part))
          .some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0)
        """;

    private IPage _page = null!;

    private IKeyboard Keys => _page.Keyboard;

    private InstituteClock Clock => app.Services.GetRequiredService<InstituteClock>();

    private async Task OpenAsync(string path)
    {
        SetDefaultExpectTimeout(20_000); // other tests run beside this one
        _page = await app.Manager.NewPageAsync();
        await _page.SetViewportSizeAsync(1280, 800);
        await _page.GotoAsync(path);
    }

    /// <summary>Goes on, or with <paramref name="key"/> back, until the focus is there, and is seen there.</summary>
    private async Task TabToAsync(ILocator wanted, string key = "Tab")
    {
        for (var pressed = 0; !await wanted.EvaluateAsync<bool>(IsHere); pressed++)
        {
            Assert.True(pressed < MostPresses, $"{key} does not come to {wanted}.");
            await Keys.PressAsync(key);
        }
        Assert.True(await wanted.EvaluateAsync<bool>(IsMarked), $"Nothing shows that the focus is on {wanted}.");
    }

    private async Task PressAsync(ILocator wanted, string key = "Tab")
    {
        await TabToAsync(wanted, key);
        await Keys.PressAsync("Enter");
    }

    private async Task TypeAsync(ILocator field, string text)
    {
        await TabToAsync(field);
        await Keys.TypeAsync(text);
    }

    private async Task ChooseFirstAsync(ILocator select)
    {
        await TabToAsync(select);
        await Keys.PressAsync("ArrowDown");
    }

    private ILocator Button(string name) => _page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private ILocator Tab(string title) => _page.Locator(".composer summary", new() { HasText = title });

    private ILocator Field(string act, string name) => _page.Locator($"form[action$='/{act}'] [name='{name}']");

    private async Task<T> ReadAsync<T>(Func<IQuerySession, Task<T>> read)
    {
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        return await read(session);
    }

    // Somebody with an email address, who asks for a course of which a batch has seats.
    private Task<Lead> OpenLeadAsync() => ReadAsync(async session =>
    {
        var (now, today) = (Clock.Now, Clock.Today);
        var batches = (await session.Query<Batch>().ToListAsync()).Where(b => b.HasSeatAt(now) && b.StartsOn > today);
        var courses = batches.Select(b => b.CourseId).ToHashSet();
        var people = (await session.Query<Person>().ToListAsync()).Where(p => p.Email is not null).Select(p => p.Id).ToHashSet();
        return (await session.Query<Lead>().ToListAsync()).First(l => l.Stage is Stage.Contacted or Stage.Counselled
            && courses.Contains(l.CourseId) && people.Contains(l.PersonId));
    });

    [Fact]
    public async Task Somebody_who_walks_in_is_added_from_any_page()
    {
        await OpenAsync("/dues");
        await Keys.PressAsync("Control+k");
        await Keys.TypeAsync("add a lead");
        await Expect(_page.Locator("#found a").First).ToContainTextAsync("Add a lead");
        await Keys.PressAsync("Enter");
        await Expect(_page.Locator("h1")).ToHaveTextAsync("Add a lead");

        await TypeAsync(_page.Locator("#name"), "Sosamma Varkey");
        await TypeAsync(_page.Locator("#phone"), "9847099881");
        await ChooseFirstAsync(_page.Locator("#course"));
        await ChooseFirstAsync(_page.Locator("#source"));
        await TabToAsync(_page.Locator("#consent"));
        await Keys.PressAsync("Space");
        await PressAsync(Button("Add the lead"));

        await Expect(_page.Locator("#lead h1")).ToHaveTextAsync("Sosamma Varkey");
        await _page.WaitForLoadStateAsync(); // another page, whose scripts may not be there yet
        // Found by what was typed, and by the other key of the search.
        await Keys.PressAsync("/");
        await Keys.TypeAsync("98470 99881");
        await Expect(_page.Locator("#found a").First).ToContainTextAsync("Sosamma Varkey");
        await Keys.PressAsync("ArrowDown");
        await Expect(_page.Locator("#found a").First).ToBeFocusedAsync();
        await Keys.PressAsync("Escape");
        await Expect(_page.Locator("#palette")).ToBeHiddenAsync();
        await _page.CloseAsync();
    }

    [Fact]
    public async Task Enter_in_the_managers_reason_decides_nothing()
    {
        var lead = await OpenLeadAsync();
        var batch = await ReadAsync(s => s.Query<Batch>().FirstAsync(b => b.CourseId == lead.CourseId && b.StartsOn > Clock.Today));
        var course = (await ReadAsync(s => s.LoadAsync<Course>(lead.CourseId)))!;
        var offer = new Offer(batch.Id, batch.Code, course.Fee, course.Fee, Clock.Today.AddDays(7)) { Id = Guid.NewGuid() };
        await app.Services.GetRequiredService<LeadWriter>().ChangeAsync(lead.Id, new Stamp(Actor.Staff(Guid.NewGuid(), "Ravi Pillai"),
            Clock.Now), l => DiscountRules.Ask(l, offer, false, "Two sisters", Clock.Today, new MoneyStyle()), default);
        await OpenAsync("/approvals");
        var form = _page.Locator($"form[action='/approvals/{lead.Id}']");
        await form.Locator("[name=why]").FillAsync("No, too much for this student");

        await Keys.PressAsync("Enter");

        // Were anything sent, the button below would be another page's, without what was typed.
        await Task.Delay(500);
        await Expect(form.Locator("[name=why]")).ToHaveValueAsync("No, too much for this student");
        Assert.NotNull((await ReadAsync(s => s.LoadAsync<Lead>(lead.Id)))!.Asked);
        await form.GetByRole(AriaRole.Button, new() { Name = "Refuse" }).ClickAsync();
        await Expect(_page.Locator(".done")).ToContainTextAsync("refused");
        var now = (await ReadAsync(s => s.LoadAsync<Lead>(lead.Id)))!;
        Assert.Equal((null, null), (now.Asked, now.Offer));
        await _page.CloseAsync();
    }

    [Fact]
    public async Task Whoever_asks_for_another_day_is_called_back_then()
    {
        await OpenAsync("/today?everyone=true");
        var picks = _page.Locator(".queue a.pick");
        await TabToAsync(picks.Nth(1));
        await Keys.PressAsync("Enter");
        await Expect(picks.Nth(1)).ToHaveAttributeAsync("aria-current", "true");
        var link = await _page.Locator(".call-card h2 a").GetAttributeAsync("href");
        var id = Guid.Parse(link!.Split('/')[^1]);
        var day = Clock.Today.AddDays(3);

        await Keys.PressAsync("w");
        await Keys.TypeAsync("On a bus");
        await TypeAsync(Field("calls", "date"), day.ToString("MMddyyyy", CultureInfo.InvariantCulture));
        await TypeAsync(Field("calls", "time"), "0415PM");
        await PressAsync(_page.Locator(".call-card [data-key=c]"));

        await Expect(_page.Locator(".call-card h2 a")).Not.ToHaveAttributeAsync("href", link);
        var lead = await ReadAsync(s => s.LoadAsync<Lead>(id));
        Assert.Equal(Clock.At(day, new TimeOnly(16, 15)), lead!.FollowUp!.DueAt);
        await _page.CloseAsync();
    }

    [Fact]
    public async Task Rows_are_ticked_and_acted_on_together()
    {
        await OpenAsync("/leads?stage=Contacted");
        var names = await _page.Locator(".leads .who > a").AllInnerTextsAsync();
        foreach (var key in new[] { "j", "x", "j", "x", "j", "k" }) await Keys.PressAsync(key);
        await Expect(_page.Locator(".leads .who > a").Nth(1)).ToBeFocusedAsync();

        // Two people's may be one person's; no more and no fewer.
        await Expect(Button("Merge the two")).ToBeVisibleAsync();
        await Keys.PressAsync("x");
        await Expect(Button("Merge the two")).ToBeHiddenAsync();
        await Keys.PressAsync("x");
        await PressAsync(Button("Act on 2 ticked"), "Shift+Tab");
        await Expect(_page.Locator("h1")).ToHaveTextAsync("2 leads");
        await PressAsync(_page.Locator("summary", new() { HasText = "Tag, or take a tag off" }));
        await TypeAsync(_page.Locator("details[open] [name=tag]"), "evening");
        await PressAsync(_page.Locator("details[open] button.primary"));
        await Expect(_page.Locator("h1")).ToHaveTextAsync("Tag, or take a tag off");
        await PressAsync(_page.Locator("main form button.primary"));

        await Expect(_page.Locator(".crumb")).ToHaveTextAsync("Changes");
        await Expect(_page.Locator("main")).ToContainTextAsync(names[0]);
        await Expect(_page.Locator("main")).ToContainTextAsync(names[1]);
        await _page.CloseAsync();
    }

    [Fact]
    public async Task A_list_is_gone_through_from_page_to_page_and_no_half_written_note_is_left_behind()
    {
        await OpenAsync("/leads?stage=Contacted&sort=Name");
        var names = await _page.Locator(".leads .who > a").AllInnerTextsAsync();
        await Keys.PressAsync("j");
        await Keys.PressAsync("Enter");
        await Expect(_page.Locator("h1")).ToHaveTextAsync(names[0]);
        await Keys.PressAsync("w");
        await Keys.TypeAsync("On a bus");
        await Keys.PressAsync("Escape");

        await Keys.PressAsync("j");
        await Expect(_page.Locator("#toast")).ToHaveTextAsync("Keep what you wrote first, or clear it.");
        await Expect(_page.Locator(".composer details[open] textarea")).ToBeFocusedAsync();
        await Keys.PressAsync("Control+a");
        await Keys.PressAsync("Delete");
        await Keys.PressAsync("Escape");
        await _page.WaitForTimeoutAsync(700);
        await Keys.PressAsync("j");

        await Expect(_page.Locator("h1")).ToHaveTextAsync(names[1]);
        await _page.CloseAsync();
    }

    [Fact]
    public async Task The_filters_of_the_list_are_walked_through_and_the_columns_ticked()
    {
        await OpenAsync("/leads");
        var (stage, adder) = (_page.Locator("#stage"), _page.Locator(".add-filter"));
        await PressAsync(adder.Locator("summary"));
        await TabToAsync(stage);

        // Each arrow chooses; whoever goes on to the third does not find it shut after the first.
        for (var i = 0; i < 3; i++) await Keys.PressAsync("ArrowDown");
        await Keys.PressAsync("Enter");

        await Expect(adder).Not.ToHaveAttributeAsync("open", "");
        await Expect(adder.Locator("summary")).ToBeFocusedAsync();
        var chosen = await stage.EvaluateAsync<string>("e => e.options[3].textContent");
        await Expect(_page.Locator(".chip")).ToHaveTextAsync([$"Stage: {chosen}"]);

        await PressAsync(_page.Locator(".chooser summary", new() { HasText = "Columns" }));
        var column = _page.Locator(".chooser[open] [name=columns]:not(:checked)").First;
        var heading = (await column.EvaluateAsync<string>("e => e.parentElement.textContent")).Trim();
        await Keys.PressAsync("Tab");
        await TabToAsync(_page.Locator($".chooser[open] label:text-is('{heading}') input"));
        await Keys.PressAsync("Space");
        await Expect(_page.Locator(".leads thead")).ToContainTextAsync(heading);
        await Keys.PressAsync("Escape");
        await Expect(_page.Locator(".chooser[open]")).ToHaveCountAsync(0);
        await _page.CloseAsync();
    }

    [Fact]
    public async Task On_a_phone_what_is_wrong_who_is_called_and_what_drops_down_are_on_the_screen()
    {
        await OpenAsync("/today?everyone=true");
        await _page.SetViewportSizeAsync(390, 844);
        var who = await _page.Locator(".call-card h2").InnerTextAsync();
        await Expect(_page.Locator(".thumb .whom")).ToHaveTextAsync("Call " + who);
        await Expect(_page.Locator(".thumb .whom")).ToBeInViewportAsync();
        await Expect(_page.Locator(".call-card h2")).ToBeInViewportAsync();

        await _page.GotoAsync("/leads");
        await _page.Locator(".add-filter summary").ClickAsync();
        await Expect(_page.Locator(".add-filter label", new() { HasText = "Counsellor" })).ToBeInViewportAsync(new() { Ratio = 1 });
        await Expect(_page.Locator(".add-filter .drop-down")).ToBeInViewportAsync(new() { Ratio = 1 });

        await _page.GotoAsync("/leads/board");
        Assert.Equal(844, await _page.EvaluateAsync<int>("document.documentElement.scrollHeight"));

        await _page.GotoAsync("/institute");
        await _page.Locator("#gstin").FillAsync("BAD");
        await Keys.PressAsync("Enter");
        await Expect(_page.Locator("#gstin-error")).ToBeInViewportAsync();
        await Expect(_page.Locator("#gstin")).ToBeFocusedAsync();
        await _page.CloseAsync();
    }

    [Fact]
    public async Task A_tile_is_moved_by_its_menu()
    {
        await OpenAsync("/leads/board");
        await Keys.PressAsync("j");
        var id = await _page.EvaluateAsync<string>("document.activeElement.closest('.tile').dataset.lead");
        var tile = _page.Locator($".tile[data-lead='{id}']");

        await Keys.PressAsync("Tab");
        await Expect(tile.Locator("summary")).ToBeFocusedAsync();
        await Keys.PressAsync("Enter");
        await Expect(tile.Locator(".move[open]")).ToHaveCountAsync(1);
        await Keys.PressAsync("Escape");
        await Expect(tile.Locator(".move[open]")).ToHaveCountAsync(0);
        await Expect(tile.Locator("summary")).ToBeFocusedAsync();
        await Keys.PressAsync("Enter");
        await PressAsync(tile.Locator(".move button").First);

        await Expect(_page.Locator("#toast")).ToContainTextAsync("Moved to Contacted.");
        await Expect(_page.Locator($"[data-stage=Contacted] .tile[data-lead='{id}']")).ToHaveCountAsync(1);
        await Expect(tile.Locator("> a")).ToBeFocusedAsync();
        await _page.CloseAsync();
    }

    [Fact]
    public async Task A_note_a_follow_up_an_email_and_an_offer_are_written_on_a_persons_page()
    {
        var lead = await OpenLeadAsync();
        await OpenAsync($"/leads/{lead.Id}");
        var timeline = _page.Locator("#timeline");

        // What was chosen keeps the focus, and nothing was saved by choosing it.
        var mail = timeline.GetByRole(AriaRole.Link, new() { Name = "Mail", Exact = true });
        await PressAsync(mail);
        await Expect(mail).ToHaveAttributeAsync("aria-current", "true");
        await Expect(mail).ToBeFocusedAsync();
        await Expect(_page.Locator("#toast")).ToBeHiddenAsync();
        await PressAsync(timeline.GetByRole(AriaRole.Link, new() { Name = "Everything", Exact = true }), "Shift+Tab");

        await Keys.PressAsync("w");
        await Keys.TypeAsync("Spoke with her mother");
        await Keys.PressAsync("Control+Enter");
        await Expect(timeline).ToContainTextAsync("Spoke with her mother");
        await Expect(_page.Locator("#toast")).ToContainTextAsync("Call: connected.");

        await PressAsync(Tab("Note"));
        await TypeAsync(Field("notes", "text"), "Wants the weekend batch");
        await PressAsync(Button("Keep the note"));
        await Expect(timeline).ToContainTextAsync("Wants the weekend batch");
        await Expect(Tab("Note")).ToBeFocusedAsync();

        await PressAsync(Tab("Follow-up"));
        await TypeAsync(Field("follow-up", "date"), Clock.Today.AddDays(2).ToString("MMddyyyy", CultureInfo.InvariantCulture));
        await TypeAsync(Field("follow-up", "time"), "1030AM");
        await TypeAsync(Field("follow-up", "purpose"), "Ask about the fee");
        await Keys.PressAsync("Enter");
        await Expect(_page.Locator("#lead-next")).ToContainTextAsync("Ask about the fee");

        await PressAsync(Tab("Email"));
        await TypeAsync(Field("emails", "subject"), "Your weekend batch");
        await TypeAsync(Field("emails", "body"), "It begins on Saturday.");
        await PressAsync(Button("Send"));
        await Expect(timeline).ToContainTextAsync("Your weekend batch");

        await PressAsync(Tab("Offer"));
        await ChooseFirstAsync(Field("offers", "batchId"));
        await PressAsync(Button("Make the offer"));
        await Expect(_page.Locator("#lead-top .stage").First).ToHaveTextAsync("Offered");
        Assert.NotNull((await ReadAsync(s => s.LoadAsync<Lead>(lead.Id)))!.Offer);
        await _page.CloseAsync();
    }
}
