using System.Globalization;
using Crm.Accounts;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Tests.Web;
using Crm.Web;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.Tests.Desk;

/// <summary>What somebody at the desk sees in a real browser: facts in their places, filters, the board by keys, and colleagues at work.
/// </summary>
public sealed class AtTheDeskTests(LookedAtApp app) : IClassFixture<LookedAtApp>
{
    private static readonly Actor Colleague = Actor.Staff(Guid.NewGuid(), "Ravi Pillai");

    private async Task<IPage> OpenAsync(string path)
    {
        SetDefaultExpectTimeout(20_000); // other tests run beside this one
        var page = await app.Manager.NewPageAsync();
        await page.SetViewportSizeAsync(1280, 800);
        await page.GotoAsync(path);
        return page;
    }

    // How far the demo's leads have come depends on the day: where none is at that stage, a new one is brought there.
    private async Task<Lead> LeadAsync(Stage stage)
    {
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var leads = await session.Query<Lead>().OrderByDescending(l => l.ReceivedAt).ToListAsync();
        if (leads.FirstOrDefault(l => l.Stage == stage) is { } there) return there;
        var lead = leads.First(l => l.Stage < stage && l.IsOpen);
        await ChangeAsync(lead, l => LeadRules.MoveOn(l, stage));
        return lead;
    }

    private Task ChangeAsync(Lead lead, Func<Lead, IReadOnlyList<LeadEvent>> rule) => app.Services.GetRequiredService<LeadWriter>()
        .ChangeAsync(lead.Id, new Stamp(Colleague, app.Services.GetRequiredService<InstituteClock>().Now), rule, default);

    // Asked from outside: a page that asks itself again and again would need "unsafe-eval".
    private static Task ListeningAsync(IPage page) => Poll.UntilAsync(
        () => page.EvaluateAsync<bool>("!!document.getElementById('live')?._htmx?.sse"), "the page to listen");

    [Fact]
    public async Task A_name_that_never_ends_makes_no_page_wider_than_a_phone()
    {
        var lead = await LeadAsync(Stage.Counselled);
        await app.Services.GetRequiredService<PersonWriter>().ChangeAsync(lead.PersonId, new Stamp(Colleague, lead.ReceivedAt),
            _ => [new NameCorrected(PersonName.FromStored(new string('m', 100)))], default);
        var page = await OpenAsync("/leads");
        await page.SetViewportSizeAsync(390, 800);

        foreach (var path in new[]
            { $"/people/{lead.PersonId}/data", $"/leads/selections/previews?ids={lead.Id}&act=tags&tag=never-ends" })
        {
            await page.GotoAsync(path);
            await Expect(page.Locator("main")).ToContainTextAsync("mmm");
            Assert.Equal((path, 0), (path, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth")));
        }
    }

    private async Task<Lead> NamedAsync(string name)
    {
        var lead = await LeadAsync(Stage.Counselled);
        await app.Services.GetRequiredService<PersonWriter>().ChangeAsync(lead.PersonId, new Stamp(Colleague, lead.ReceivedAt),
            _ => [new NameCorrected(PersonName.FromStored(name))], default);
        return lead;
    }

    [Fact]
    public async Task A_name_that_never_ends_runs_under_no_stage_and_pushes_no_column_out_of_sight()
    {
        var lead = await NamedAsync(new string('m', 100));
        var page = await OpenAsync($"/people/{lead.PersonId}/data"); // which is noted in the audit
        await page.GotoAsync("/audit");
        await Expect(page.Locator("tbody")).ToContainTextAsync("mmm");
        var cut = await page.EvaluateAsync<int>("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.flush:has(> .rows)'))");
        await page.SetViewportSizeAsync(390, 800);
        await page.GotoAsync("/leads?q=mmmm");

        var name = (await page.Locator($"#lead-{lead.Id} .who a").BoundingBoxAsync())!;
        var stage = (await page.Locator($"#lead-{lead.Id} .stage").BoundingBoxAsync())!;

        Assert.Equal(0, cut);
        Assert.True(name.X + name.Width <= stage.X, $"The name ends at {name.X + name.Width}, the stage begins at {stage.X}.");
        await page.CloseAsync();
    }

    [Fact]
    public async Task Of_a_name_from_right_to_left_that_is_too_long_for_a_line_the_beginning_is_seen()
    {
        var lead = await NamedAsync("محمد عبد الرحمن بن إبراهيم الأنصاري القحطاني");
        var page = await OpenAsync("/leads?q=محمد");

        var hidden = await page.Locator($"#lead-{lead.Id} .who a").EvaluateAsync<double>("""
            link => {
              const first = document.createRange(), box = link.getBoundingClientRect();
              first.setStart(link.firstChild, 0);
              first.setEnd(link.firstChild, 1);
              return first.getBoundingClientRect().right - box.right;
            }
            """);

        Assert.True(hidden <= 0, $"The first letter ends {hidden} pixels behind what is seen.");
        await page.CloseAsync();
    }

    [Fact]
    public async Task Back_from_the_preview_of_an_act_is_the_form_with_what_was_typed()
    {
        var lead = await LeadAsync(Stage.Counselled);
        var page = await OpenAsync("/leads");
        await page.Locator(".tick[name=ids]").First.CheckAsync();
        await page.Locator("#selection [data-ticked]").ClickAsync();
        await page.Locator("summary", new() { HasText = "Send an email" }).ClickAsync();
        await page.GetByLabel("Subject").FillAsync("News");
        await page.GetByLabel("Message").FillAsync("A long message");
        await page.Locator("details[open] button").ClickAsync();
        await Expect(page.Locator(".preview")).ToBeVisibleAsync();

        await page.GoBackAsync();

        await Expect(page.Locator("[name=subject]")).ToHaveValueAsync("News");
        await Expect(page.Locator("[name=body]")).ToHaveValueAsync("A long message");
    }

    [Fact]
    public async Task A_fact_is_changed_or_given_up_by_keys_and_a_note_half_written_stays()
    {
        var lead = await LeadAsync(Stage.Counselled);
        var page = await OpenAsync($"/leads/{lead.Id}");
        await page.Locator(".composer summary", new() { HasText = "Note" }).ClickAsync();
        await page.GetByLabel("Note", new() { Exact = true }).FillAsync("Half a thought");

        await page.Locator("#fact-language").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#facts [name=language]")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#fact-language")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#facts [name=language]")).ToBeFocusedAsync();
        await page.Locator("#facts [name=language]").FillAsync("Konkani");
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("#facts form")).ToHaveCountAsync(0);
        await Expect(page.Locator("#facts")).ToContainTextAsync("Konkani");
        await Expect(page.Locator("#fact-language")).ToBeFocusedAsync();
        await Expect(page.Locator("#timeline li").First).ToContainTextAsync("Konkani");
        await Expect(page.GetByLabel("Note", new() { Exact = true })).ToHaveValueAsync("Half a thought");
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_is_half_written_stays_when_something_else_is_done_and_what_is_typed_while_the_answer_is_on_its_way()
    {
        var lead = await LeadAsync(Stage.Counselled);
        var page = await OpenAsync($"/leads/{lead.Id}");
        var note = page.Locator("form[action$='/notes'] [name=text]");
        await page.Locator(".composer summary", new() { HasText = "Note" }).ClickAsync();
        await note.FillAsync("Half a thought");
        await page.Locator("form[action$='/contacts'] [name=channel]").EvaluateAsync("e => { e.selectedIndex = 1 }");
        var chosen = await page.Locator("form[action$='/contacts'] [name=channel]").InputValueAsync();

        // Something else is done: a tag, which is on the other side of the page.
        await page.Locator("summary", new() { HasText = "Tag" }).ClickAsync();
        await page.Locator("form[action$='/tags'] [name=tag]").FillAsync("weekend");
        await page.Locator("form[action$='/tags'] button").Last.ClickAsync();

        await Expect(page.Locator("#facts")).ToContainTextAsync("weekend");
        await Expect(note).ToHaveValueAsync("Half a thought");
        await Expect(page.Locator("form[action$='/contacts'] [name=channel]")).ToHaveValueAsync(chosen);
        await Expect(page.Locator("form[action$='/tags'] [name=tag]")).ToHaveValueAsync("");

        // The note itself is sent, and its answer is slow.
        var goes = new TaskCompletionSource();
        await page.RouteAsync("**/notes", async route =>
        {
            await goes.Task;
            await route.ContinueAsync();
        });
        await note.PressAsync("Control+Enter");
        await note.FillAsync("Half a thought, and the rest");
        goes.SetResult();

        await Expect(page.Locator("#timeline li").First).ToContainTextAsync("Half a thought");
        await Expect(note).ToHaveValueAsync("Half a thought, and the rest");
        await Expect(note).ToBeFocusedAsync();
        await note.PressAsync("Control+Enter");
        await Expect(page.Locator("#timeline li").First).ToContainTextAsync("and the rest");
        await Expect(note).ToHaveValueAsync("");
        await page.CloseAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_note_whose_answer_is_lost_is_kept_once_though_something_else_is_done_before_it_is_sent_again(bool early)
    {
        var lead = await LeadAsync(Stage.Counselled);
        var said = $"Heard once, {(early ? "early" : "late")}";
        var page = await OpenAsync($"/leads/{lead.Id}");
        var note = page.Locator("form[action$='/notes'] [name=text]");
        var isLost = new TaskCompletionSource();
        await page.RouteAsync("**/notes", async route =>
        {
            await route.FetchAsync();
            if (early) await isLost.Task;
            await route.AbortAsync();
        });
        await page.Locator(".composer summary", new() { HasText = "Note" }).ClickAsync();
        await note.FillAsync(said);
        await note.PressAsync("Control+Enter");
        if (!early) await Expect(page.Locator(".composer .problem.unsent")).ToBeVisibleAsync();

        // Something else is done, before the answer is lost or after.
        await page.Locator("summary", new() { HasText = "Tag" }).ClickAsync();
        await page.Locator("form[action$='/tags'] [name=tag]").FillAsync(early ? "early" : "late");
        await page.Locator("form[action$='/tags'] button").Last.ClickAsync();
        await Expect(page.Locator("#facts")).ToContainTextAsync(early ? "early" : "late");
        isLost.SetResult();
        await Expect(note).ToHaveValueAsync(said);
        await page.UnrouteAsync("**/notes");
        await note.PressAsync("Control+Enter");

        await Expect(note).ToHaveValueAsync("");
        await Expect(page.Locator("#timeline li", new() { HasText = said })).ToHaveCountAsync(1);
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_was_half_written_in_the_place_of_a_fact_stays_in_sight()
    {
        var lead = await LeadAsync(Stage.Counselled);
        var page = await OpenAsync($"/leads/{lead.Id}?edit=language");
        await page.Locator("#facts [name=language]").FillAsync("Badaga");

        await page.Locator("summary", new() { HasText = "Tag" }).ClickAsync();
        await page.Locator("form[action$='/tags'] [name=tag]").FillAsync("evening");
        await page.Locator("form[action$='/tags'] button").Last.ClickAsync();

        await Expect(page.Locator("#facts")).ToContainTextAsync("evening");
        await Expect(page.Locator("[name=language]:visible")).ToHaveValueAsync("Badaga");
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_filter_goes_by_its_cross_and_comes_back_with_Back()
    {
        await LeadAsync(Stage.Contacted);
        var page = await OpenAsync("/leads?stage=Contacted&sort=Name");
        var (chips, rows) = (page.Locator(".chip"), page.Locator(".leads tbody tr"));
        var (filtered, first) = (await rows.CountAsync(), await rows.First.InnerTextAsync());

        await page.Locator(".chip a").ClickAsync();
        await Expect(chips).ToHaveCountAsync(0);
        await Expect(page.Locator(".add-filter summary")).ToBeFocusedAsync();
        Assert.EndsWith("/leads?sort=Name", page.Url, StringComparison.Ordinal);
        await page.GoBackAsync();
        await Expect(chips).ToHaveTextAsync(["Stage: Contacted"]);
        await Expect(rows).ToHaveCountAsync(filtered);
        Assert.Equal(first, await rows.First.InnerTextAsync());

        // One is added by keys: the drop opens, the choice closes it.
        await page.Locator(".add-filter summary").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByLabel("Waits for").SelectOptionAsync("Overdue");
        await Expect(chips).ToHaveCountAsync(2);
        await Expect(page.Locator(".add-filter")).Not.ToHaveAttributeAsync("open", "");
        await page.ReloadAsync();
        await Expect(chips).ToHaveTextAsync(["Stage: Contacted", "Waits for: Overdue"]);
        await page.CloseAsync();
    }

    [Fact]
    public async Task The_board_is_worked_by_keys_and_a_tile_that_may_not_move_goes_back_with_the_reason()
    {
        var lead = await LeadAsync(Stage.New);
        var page = await OpenAsync("/leads/board");
        var (tile, toast) = (page.Locator($".tile[data-lead='{lead.Id}']"), page.Locator("#toast"));
        var name = await tile.Locator("> a").InnerTextAsync();
        var before = int.Parse(await page.Locator("#lane-New [data-total]").InnerTextAsync(), CultureInfo.InvariantCulture);

        await tile.Locator("> a").FocusAsync();
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await page.Keyboard.PressAsync("Shift+ArrowRight");

        // Two quick moves, one after the other: the last one counts, here and there.
        await Expect(toast).ToContainTextAsync("Moved to Counselled.");
        await Expect(page.Locator("[data-stage=Counselled]")).ToContainTextAsync(name);
        await Expect(tile.Locator("> a")).ToBeFocusedAsync();
        Assert.Equal(Stage.Counselled, (await LoadAsync(lead.Id)).Stage);
        await Expect(page.Locator("#lane-New [data-total]")).ToHaveTextAsync($"{before - 1}");

        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await Expect(toast).ToContainTextAsync("Make the offer on the lead's page");
        await Expect(page.Locator("[data-stage=Counselled]")).ToContainTextAsync(name);
        await Expect(tile.Locator("> a")).ToBeFocusedAsync();
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_a_colleague_is_paid_is_in_the_sums_of_the_seat_and_takes_nothing_from_who_types()
    {
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var seat = (await session.Query<Enrolment>().ToListAsync()).First(s => s is { IsCurrent: true, HasDebt: true });
        var page = await OpenAsync($"/leads/{seat.LeadId}");
        var card = page.Locator($"section.seat:has(#seat-{seat.Id})");
        var received = await card.Locator("dl").InnerTextAsync();
        await card.Locator(".upi summary").ClickAsync();
        var code = await card.Locator(".upi summary").InnerTextAsync();
        await card.Locator("summary", new() { HasText = "Record a payment" }).ClickAsync();
        await card.Locator("[action$='/payments'] [name=amount]").FillAsync("1234");
        await ListeningAsync(page);

        var clock = app.Services.GetRequiredService<InstituteClock>();
        var form = new Form { ["amount"] = "1", ["way"] = "Cash", ["on"] = $"{clock.Today:yyyy-MM-dd}" };
        var act = app.Services.GetServices<SeatAct>().OfType<RecordPayment>().Single();
        await app.Services.GetRequiredService<SeatWriter>().ChangeAsync(seat.Id, new Stamp(Colleague, clock.Now),
            work => act.DecideAsync(new SeatForm(work.Seat, work.Stamp, form, work.Session, clock), default), default,
            s => act.LockAsync(seat, s, default));

        await Expect(card.Locator(".payments li")).ToHaveCountAsync(seat.Payments.Count + 1);
        Assert.NotEqual(received, await card.Locator("dl").InnerTextAsync());
        await Expect(card.Locator(".upi[open] summary")).Not.ToHaveTextAsync(code);
        await Expect(card.Locator("[action$='/payments'] [name=amount]")).ToHaveValueAsync("1234");
        // What was typed rests on the sums of before, and is asked about.
        await card.Locator("[action$='/payments'] button.primary").ClickAsync();
        await Expect(card.Locator("[action$='/payments'] .error")).ToContainTextAsync("This was changed meanwhile");
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_was_saved_is_not_said_beside_what_is_refused()
    {
        var page = await OpenAsync($"/leads/{(await LeadAsync(Stage.Counselled)).Id}");

        async Task ChangeAsync(string fact, string to)
        {
            await page.Locator($"#fact-{fact}").ClickAsync();
            await page.Locator($"#facts [name={fact}]").FillAsync(to);
            await page.Keyboard.PressAsync("Enter");
        }

        await ChangeAsync("language", "Tulu");
        await Expect(page.Locator("#toast")).ToHaveTextAsync("Prefers Tulu.");
        await ChangeAsync("email", "nobody@");
        await Expect(page.Locator("#facts [aria-invalid=true]")).ToBeVisibleAsync();

        await Expect(page.Locator("#toast")).ToBeHiddenAsync(new() { Timeout = 500 });
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_a_colleague_does_appears_in_the_list_on_the_board_and_on_the_page_and_takes_nothing_from_who_types()
    {
        var lead = await LeadAsync(Stage.Contacted);
        var (list, board) = (await OpenAsync("/leads?sort=Activity"), await OpenAsync("/leads/board"));
        var person = await OpenAsync($"/leads/{lead.Id}");
        await person.Locator(".composer summary", new() { HasText = "Note" }).ClickAsync();
        await person.GetByLabel("Note", new() { Exact = true }).FillAsync("Half a thought");
        await list.Locator("#q").PressSequentiallyAsync(" ");
        var wrong = new List<string>();
        board.PageError += (_, error) => wrong.Add(error);
        foreach (var page in new[] { list, board, person }) await ListeningAsync(page);

        await ChangeAsync(lead, _ => [new StageChanged(Stage.Contacted, Stage.Counselled), .. LeadRules.AddNote("From afar")]);

        await Expect(list.Locator($"#lead-{lead.Id}")).ToContainTextAsync("Counselled");
        await Expect(list.Locator("#q")).ToBeFocusedAsync();
        await Expect(board.Locator($"[data-stage=Counselled] .tile[data-lead='{lead.Id}']")).ToHaveCountAsync(1);
        await Expect(board.Locator($".tile[data-lead='{lead.Id}']")).ToHaveCountAsync(1);
        await Expect(person.Locator("#timeline")).ToContainTextAsync("From afar");
        await Expect(person.Locator("#lead-top .stage").First).ToHaveTextAsync("Counselled");
        await Expect(person.GetByLabel("Note", new() { Exact = true })).ToHaveValueAsync("Half a thought");
        await Expect(person.GetByLabel("Note", new() { Exact = true })).ToBeFocusedAsync();
        await Expect(person.Locator("#changed")).ToBeEmptyAsync();

        // Where somebody is at work in the very place, or where a row comes or goes, it is offered.
        await person.Locator("#fact-language").ClickAsync();
        await person.Locator("#facts [name=language]").FillAsync("Tu");
        await list.GotoAsync("/leads?stage=Counselled");
        await ListeningAsync(list);
        await ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Timing, null));
        await Expect(list.Locator("#changed")).ToContainTextAsync("1 changed.");
        await Expect(list.Locator($"#lead-{lead.Id}")).ToHaveCountAsync(1);
        await list.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(list.Locator($"#lead-{lead.Id}")).ToHaveCountAsync(0);
        await Expect(list.Locator("#changed")).ToBeEmptyAsync();
        await Expect(person.Locator("#changed")).ToContainTextAsync("A colleague changed this.");
        await Expect(person.Locator("#facts [name=language]")).ToHaveValueAsync("Tu");
        await Expect(person.Locator("#facts [name=language]")).ToBeFocusedAsync();
        foreach (var page in new[] { list, board, person }) await page.CloseAsync();
        Assert.True(wrong.Count == 0, string.Join("; ", wrong));
    }

    [Fact]
    public async Task The_counts_of_the_frame_follow_what_colleagues_do_and_what_one_does_and_the_focus_stays()
    {
        var (late, elsewhere) = (await OfBeenaAsync(), await LeadAsync(Stage.Contacted));
        var page = await OpenAsync($"/leads/{elsewhere.Id}");
        var (place, tab) = (page.Locator(".side nav a[href='/today']"), page.Locator(".tab-bar a[href='/today'] .waits"));
        var before = await tab.CountAsync() == 0
            ? 0
            : int.Parse((await tab.TextContentAsync())!.Split(' ')[0], CultureInfo.InvariantCulture);
        await place.FocusAsync();
        await ListeningAsync(page);

        // It happens to somebody else than the page is of: nothing of it changes but the frame.
        var due = app.Services.GetRequiredService<InstituteClock>().Now.AddHours(-3);
        await ChangeAsync(late, _ => [new FollowUpPlanned(Guid.NewGuid(), due, "Call back")]);

        await Expect(place.Locator(".waits")).ToHaveTextAsync($"{before + 1} overdue");
        await Expect(tab).ToHaveTextAsync($"{before + 1} overdue");
        await Expect(place).ToBeFocusedAsync();
        await Expect(page.Locator("#changed")).ToBeEmptyAsync();

        // Who does something is told nothing of it by the server's stream, and sees it as well.
        await page.GotoAsync($"/leads/{late.Id}");
        await Expect(place.Locator(".waits")).ToHaveTextAsync($"{before + 1} overdue");
        await page.GetByRole(AriaRole.Button, new() { Name = "Mark as done" }).ClickAsync();
        await Expect(place.Locator(".waits")).ToHaveTextAsync(before == 0 ? [] : [$"{before} overdue"]);
        await page.CloseAsync();
    }

    // A lead in the hands of who looks, that is not late.
    private async Task<Lead> OfBeenaAsync()
    {
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var beena = (await session.Query<User>().ToListAsync()).Single(u => u.Email == "beena@periyar.example");
        var lead = (await session.Query<Lead>().ToListAsync()).First(l => l.IsOpen && l.CounsellorId != beena.Id);
        var tomorrow = app.Services.GetRequiredService<InstituteClock>().Now.AddDays(1);
        await ChangeAsync(lead, l => [.. LeadRules.Assign(l, beena.Id, beena.Name), new FollowUpPlanned(Guid.NewGuid(), tomorrow, "Call")]);
        return lead;
    }

    [Fact]
    public async Task What_was_paid_for_a_seat_stands_in_the_whole_width_of_its_card()
    {
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var paid = (await session.Query<Enrolment>().ToListAsync()).First(e => e.Payments.Count > 0);
        var page = await OpenAsync($"/leads/{paid.LeadId}");

        var card = await page.Locator(".seat").First.BoundingBoxAsync();
        var list = await page.Locator(".seat .payments").First.BoundingBoxAsync();

        Assert.InRange(list!.Width, card!.Width - 4, card.Width);
        await page.CloseAsync();
    }

    [Fact]
    public async Task Todays_queue_takes_in_what_changed_and_leaves_who_is_called_alone()
    {
        var page = await OpenAsync("/today?everyone=true");
        await ListeningAsync(page);
        // One that is open, and not who is called.
        var other = page.Locator("#queue li[data-lead]:has(.pick[aria-current=false]):not(:has(.stage.enrolled, .stage.lost))").First;
        var id = Guid.Parse((await other.GetAttributeAsync("data-lead"))!);
        var (lead, row, note) = (await LoadAsync(id), page.Locator($"#queue li[data-lead='{id}']"), page.Locator(".call-card textarea"));
        await note.PressSequentiallyAsync("She said");

        var stamp = new Stamp(Colleague, app.Services.GetRequiredService<InstituteClock>().Now);
        await app.Services.GetRequiredService<PersonWriter>().ChangeAsync(lead.PersonId, stamp,
            _ => [new NameCorrected(PersonName.FromStored("Quite Another"))], default);
        await Expect(row).ToContainTextAsync("Quite Another");
        await ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Timing, null));
        await Expect(page.Locator("#changed")).ToContainTextAsync("1 changed.");
        await Expect(note).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();

        await Expect(row).ToHaveCountAsync(0);
        await Expect(note).ToHaveValueAsync("She said");
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_changes_twice_before_it_is_shown_is_one_thing_to_show()
    {
        var page = await OpenAsync("/today?everyone=true");
        var id = (await page.Locator("#queue li[data-lead]").First.GetAttributeAsync("data-lead"))!;
        await page.RouteAsync("**/today?everyone=true", async route =>
        {
            var answer = await route.FetchAsync();
            var text = await answer.TextAsync();
            await route.FulfillAsync(new() { Response = answer, Body = text.Replace(id, $"{Guid.NewGuid()}", StringComparison.Ordinal) });
        });
        Task HearAsync(bool many) => page.EvaluateAsync(
            "([id, many]) => htmx.trigger('#live', 'changed', { data: JSON.stringify({ leads: [id], people: [], many }) })",
            new object[] { id, many });

        // Also where so much was told at once that all is looked at.
        await HearAsync(many: true);
        await Expect(page.Locator("#changed")).ToContainTextAsync("1 changed.");
        await page.EvaluateAsync("document.getElementById('changed').firstChild.data = 'Once more. '");
        await HearAsync(many: false);

        await Expect(page.Locator("#changed")).ToContainTextAsync("1 changed.");
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_page_that_could_not_listen_at_first_asks_again()
    {
        var page = await app.Manager.NewPageAsync();
        var asked = 0;
        await page.RouteAsync("**/live", route => ++asked == 1 ? route.AbortAsync() : route.ContinueAsync());
        await page.GotoAsync("/leads");

        await ListeningAsync(page);

        Assert.Equal(2, asked);
        await page.CloseAsync();
    }

    [Theory]
    [InlineData(204)] // too many pages of theirs listen
    [InlineData(401)] // signed out meanwhile
    [InlineData(502)] // a proxy whose server is away
    public async Task Who_is_at_work_hears_nothing_of_a_page_that_may_not_listen(int status)
    {
        var page = await app.Manager.NewPageAsync();
        var answered = new TaskCompletionSource();
        await page.RouteAsync("**/live", async route =>
        {
            await route.FulfillAsync(new() { Status = status, ContentType = "text/html", Body = status == 204 ? "" : "<h1>No</h1>" });
            answered.TrySetResult();
        });
        await page.GotoAsync("/leads");
        await answered.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await page.WaitForTimeoutAsync(500); // until the page has made of it what it does

        await Expect(page.Locator("#toast")).ToBeHiddenAsync();
        Assert.Equal("BODY", await page.EvaluateAsync<string>("document.activeElement.tagName"));
        Assert.Equal("/leads", new Uri(page.Url).PathAndQuery);
        await page.CloseAsync();
    }

    [Fact]
    public async Task The_number_of_very_many_takes_its_place_and_moves_no_focus()
    {
        var page = await OpenAsync("/leads");
        var number = await page.Locator("#count").InnerTextAsync();

        // As the list of a search that thousands match comes.
        await page.EvaluateAsync("""
            () => {
              const count = document.getElementById('count')
              count.outerHTML = '<p id="count" hx-get="/leads" hx-trigger="load" hx-target="#count" hx-swap="outerHTML">More</p>'
              htmx.process(document.querySelector('.list-head'))
            }
            """);

        await Expect(page.Locator("#count")).ToHaveTextAsync(number);
        await page.WaitForTimeoutAsync(300); // until the page has made of it what it does
        Assert.Equal("BODY", await page.EvaluateAsync<string>("document.activeElement.tagName"));
        await page.CloseAsync();
    }

    [Fact]
    public async Task The_keys_are_explained_by_a_key_and_by_a_button()
    {
        var page = await OpenAsync("/leads");
        var dialog = page.Locator("#keys");
        await page.Keyboard.PressAsync("Shift+?");
        await Expect(dialog).ToBeVisibleAsync();
        // Each letter that a page shows on a button is told.
        await Expect(dialog.Locator("section", new() { HasText = "Today" }).Locator("kbd"))
            .ToHaveTextAsync(["J", "K", "D", "W", "N", "B", "C", "I", "X", "U", "Esc"]);
        await page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToBeHiddenAsync();
        await page.Locator(".keys-button").ClickAsync();
        await Expect(dialog).ToBeVisibleAsync();
        await page.Locator("#keys .plain").ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        // While something is typed it is a letter.
        await page.Locator("#q").FocusAsync();
        await page.Keyboard.PressAsync("Shift+?");
        await Expect(dialog).ToBeHiddenAsync();
        await page.CloseAsync();
    }

    [Theory]
    [InlineData("/today", 1280)]
    [InlineData("/leads?stage=Contacted", 1280)]
    [InlineData("/leads", 390)]
    [InlineData("/leads/board", 1280)]
    [InlineData("/leads/{open}", 1280)]
    [InlineData("/leads/{open}", 390)]
    public async Task Nothing_moves_while_a_page_comes(string path, int width)
    {
        var page = await app.Manager.NewPageAsync();
        await page.SetViewportSizeAsync(width, 800);
        await page.AddInitScriptAsync("""
            window.moved = 0
            new PerformanceObserver(list => { for (const one of list.getEntries()) window.moved += one.value })
              .observe({ type: 'layout-shift', buffered: true })
            """);
        await page.GotoAsync(path.Replace("{open}", app.Of["open"], StringComparison.Ordinal));
        await page.WaitForTimeoutAsync(1000); // scripts and fonts are there by then; what listens is never done

        Assert.InRange(await page.EvaluateAsync<double>("window.moved"), 0, 0.02);
        await page.CloseAsync();
    }

    // A page of 1280 pixels that is enlarged four times is as wide as this.
    [Fact]
    public async Task The_number_to_call_and_the_chat_fit_on_the_smallest_page()
    {
        var page = await app.Manager.NewPageAsync();
        await page.SetViewportSizeAsync(320, 640);
        await page.GotoAsync($"/leads/{app.Of["open"]}");

        var rights = await page.Locator(".thumb a").EvaluateAllAsync<double[]>("all => all.map(a => a.getBoundingClientRect().right)");

        Assert.NotEmpty(rights);
        Assert.All(rights, right => Assert.InRange(right, 0, 320));
        await page.CloseAsync();
    }

    [Fact]
    public async Task Where_no_answer_comes_the_list_says_so_stays_and_asks_again_on_a_press()
    {
        var page = await OpenAsync("/leads");
        var rows = await page.Locator(".leads tbody tr").CountAsync();
        await page.RouteAsync("**/leads?**", route => route.AbortAsync());

        await page.Locator("#q").FillAsync("zzzz");

        await Expect(page.Locator("#toast")).ToContainTextAsync("The server could not be reached. Nothing here was changed or lost.");
        await Expect(page.Locator(".leads tbody tr")).ToHaveCountAsync(rows);
        await Expect(page.Locator("#q")).ToHaveValueAsync("zzzz");
        await page.UnrouteAsync("**/leads?**");
        await page.Locator("#toast button").ClickAsync();
        await Expect(page.Locator(".empty")).ToContainTextAsync("No leads match.");
        await page.CloseAsync();
    }

    private async Task<Lead> LoadAsync(Guid id)
    {
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        return await session.LoadAsync<Lead>(id) ?? throw new InvalidOperationException($"No lead {id}.");
    }
}
