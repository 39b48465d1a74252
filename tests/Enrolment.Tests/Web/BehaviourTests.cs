using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using RazorSlices;
using static Microsoft.Playwright.Assertions;

namespace Crm.Tests.Web;

/// <summary>What a reader sees in a real browser when an answer fails, and that the policy stops nothing of ours.</summary>
public sealed class BehaviourTests(TestPostgres postgres) : IAsyncLifetime
{
    private const string Unknown = "We could not tell whether it was sent. Sending it again is harmless.";

    private readonly List<string> _complaints = [];
    private BrowsedApp _browsed = null!;
    private IPage _page = null!;

    public async ValueTask InitializeAsync()
    {
        _browsed = await BrowsedApp.StartAsync(postgres, new Dictionary<string, string?> { ["Jobs:Enabled"] = "false" },
            routes: app => app.MapPages().MapPost("/broken", () => new BrokenView()).AllowAnonymous().WithoutCsrf());
        await using (var session = _browsed.App.Services.GetRequiredService<IDocumentStore>().LightweightSession())
        {
            session.Store(new InstituteProfile { Name = "Our Institute" });
            session.Store(new Course
            {
                Id = Guid.CreateVersion7(),
                Code = "CPC",
                Name = "CPC Preparation",
                Weeks = 20,
                Fee = Money.FromRupees(42_000)
            });
            await session.SaveChangesAsync();
        }
        SetDefaultExpectTimeout(20_000); // other tests run beside this one
        _page = await _browsed.Browser.NewPageAsync(new() { BaseURL = _browsed.Address });
        _page.PageError += (_, error) => _complaints.Add(error);
        _page.Console += (_, said) =>
        {
            if (said.Text.Contains("Content Security Policy", StringComparison.Ordinal)) _complaints.Add(said.Text);
        };
        await _page.GotoAsync("/enquire");
        await _page.GetByLabel("Your name").FillAsync("Anjali Nair");
    }

    public ValueTask DisposeAsync() => _browsed.DisposeAsync();

    [Fact]
    public async Task Where_no_answer_comes_nobody_claims_to_know_and_what_was_typed_stays()
    {
        await _page.RouteAsync("**/enquire?sent", route => route.AbortAsync());

        await SendAsync();
        await SendAsync();

        await Expect(_page.Locator("#enquiry .problem")).ToHaveTextAsync(Unknown);
        await Expect(_page.GetByLabel("Your name")).ToHaveValueAsync("Anjali Nair");
        // What may have arrived is put right by what is sent next.
        await Expect(_page.Locator("#enquiry [name=corrects]")).ToHaveValueAsync("true");
        await _page.UnrouteAsync("**/enquire?sent");
        await SendAsync();
        await Expect(_page.Locator("#phone-error")).ToBeVisibleAsync();
        await Expect(_page.Locator(".unsent")).ToHaveCountAsync(0);
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task The_error_page_of_a_proxy_does_not_take_the_place_of_the_form()
    {
        var answer = new RouteFulfillOptions { Status = 502, ContentType = "text/html", Body = "<body><h1>Bad gateway</h1></body>" };
        await _page.RouteAsync("**/enquire?sent", route => route.FulfillAsync(answer));

        await SendAsync();

        await Expect(_page.Locator("#enquiry .problem")).ToHaveTextAsync(Unknown);
        await Expect(_page.GetByLabel("Your name")).ToHaveValueAsync("Anjali Nair");
        await Expect(_page.GetByRole(AriaRole.Button, new() { Name = "Request a call back" })).ToBeEnabledAsync();
        await Expect(_page.GetByText("Bad gateway")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_failure_of_ours_is_shown_above_the_form_which_stays()
    {
        await _page.RouteAsync("**/enquire?sent", route => route.ContinueAsync(new() { Url = _browsed.Address + "/broken" }));

        await SendAsync();

        await Expect(_page.Locator("#enquiry .problem")).ToContainTextAsync("Something went wrong.");
        await Expect(_page.GetByLabel("Your name")).ToHaveValueAsync("Anjali Nair");
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task Where_nothing_can_be_stored_the_form_says_so_and_keeps_what_was_typed()
    {
        await using (var session = _browsed.App.Services.GetRequiredService<IDocumentStore>().LightweightSession())
        {
            session.QueueSqlCommand("alter table enrolment.mt_events rename to gone");
            await session.SaveChangesAsync();
        }
        await _page.GetByLabel("Phone or WhatsApp number").FillAsync("98470 12345");
        await _page.GetByLabel("Course").SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await _page.Locator("#consent").CheckAsync();

        await SendAsync();

        await Expect(_page.Locator("#enquiry .problem")).ToHaveTextAsync(
            "We could not tell whether this was kept. What you typed is still here: sending it again is harmless.");
        await Expect(_page.GetByLabel("Your name")).ToHaveValueAsync("Anjali Nair");
        await Expect(_page.Locator("#consent")).ToBeCheckedAsync();
        Assert.Empty(_complaints);
    }

    // The browser keeps the form that was sent, so that it is the same one.
    [Fact]
    public async Task Who_goes_back_to_the_form_and_puts_a_slip_right_is_one_person_still()
    {
        await _page.GetByLabel("Phone or WhatsApp number").FillAsync("98470 12345");
        await _page.GetByLabel("Course").SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await _page.Locator("#consent").CheckAsync();
        await SendAsync();
        await Expect(_page.Locator("h1")).ToHaveTextAsync("Thank you");

        await _page.GoBackAsync();
        await Expect(_page.GetByLabel("Your name")).ToHaveValueAsync("Anjali Nair");
        await _page.GetByLabel("Phone or WhatsApp number").FillAsync("98470 12346");
        await SendAsync();

        await Expect(_page.Locator("h1")).ToHaveTextAsync("Thank you");
        await using var session = _browsed.App.Services.GetRequiredService<IDocumentStore>().QuerySession();
        Assert.Equal("+919847012346", string.Join(" ", (await session.Query<Crm.People.Person>().ToListAsync()).SelectMany(p => p.Keys)));
    }

    [Fact]
    public async Task Back_from_a_lead_after_more_was_shown_twice_are_the_same_rows_at_the_same_place()
    {
        await SeedLeadsAsync(170);
        await SignInAsync();
        await _page.GotoAsync("/leads");
        var rows = _page.Locator(".leads tbody tr:not(.more)");
        foreach (var count in new[] { 100, 150 })
        {
            await _page.GetByRole(AriaRole.Link, new() { Name = "Show more" }).ClickAsync();
            await Expect(rows).ToHaveCountAsync(count);
        }
        var names = await rows.Locator(".who a").AllInnerTextsAsync();
        await rows.Nth(120).ScrollIntoViewIfNeededAsync();
        var place = await _page.EvaluateAsync<double>("scrollY");

        await rows.Nth(120).Locator("a").ClickAsync();
        await Expect(_page.Locator("#lead h1")).ToHaveTextAsync(names[120]);
        await _page.GoBackAsync();

        await Expect(rows).ToHaveCountAsync(150);
        Assert.Equal(names, await rows.Locator(".who a").AllInnerTextsAsync());
        await Expect(rows.Nth(120)).ToBeInViewportAsync();
        Assert.InRange(await _page.EvaluateAsync<double>("scrollY"), place - 2, place + 2);
        Assert.True(place > 1000);
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task One_box_ticks_all_that_are_shown_and_the_button_tells_how_many_go_along()
    {
        await SeedLeadsAsync(60);
        await SignInAsync();
        await _page.GotoAsync("/leads");
        var (all, button) = (_page.Locator("th [data-tick-all]"), _page.Locator("#selection [data-ticked]"));
        await Expect(button).ToHaveTextAsync("Act on those ticked");

        await all.CheckAsync();
        await Expect(button).ToHaveTextAsync("Act on 50 ticked");
        await _page.GetByRole(AriaRole.Link, new() { Name = "Show more" }).ClickAsync();
        await Expect(_page.Locator(".tick[name=ids]")).ToHaveCountAsync(60);
        await Expect(all).Not.ToBeCheckedAsync(); // ten came that are not ticked
        await all.CheckAsync();
        await _page.Locator(".tick[name=ids]").Nth(3).UncheckAsync();
        await Expect(button).ToHaveTextAsync("Act on 59 ticked");

        await button.ClickAsync();
        await Expect(_page.Locator("h1")).ToHaveTextAsync("59 leads");
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task Calls_search_and_the_list_need_no_mouse()
    {
        await SeedLeadsAsync(3);
        await SignInAsync();
        await Expect(_page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/today$"));
        await _page.GotoAsync("/today?everyone=true");
        var (called, keys) = (_page.Locator(".call-card h2"), _page.Keyboard);
        await Expect(called).ToHaveTextAsync("Anjali 0");
        // A word that was meant for a field notes nothing of a call.
        await keys.TypeAsync("nice");
        await _page.WaitForTimeoutAsync(1000);
        await Expect(called).ToHaveTextAsync("Anjali 0");
        await keys.PressAsync("j");
        await Expect(called).ToHaveTextAsync("Anjali 1");
        await _page.WaitForLoadStateAsync(); // another page, whose scripts may not be there yet
        await keys.PressAsync("x");
        await Expect(called).ToHaveTextAsync("Anjali 0");
        // One press lost somebody: it is said who, for a moment, and another press brings them back.
        await Expect(_page.Locator("#toast")).ToContainTextAsync("Anjali 1: not interested, lost.");
        await Expect(_page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"/today\?everyone=true$"));
        await _page.WaitForLoadStateAsync();
        await keys.PressAsync("u");
        await Expect(called).ToHaveTextAsync("Anjali 1");
        await _page.WaitForLoadStateAsync();
        await keys.PressAsync("w");
        await keys.TypeAsync("No bus, back in June");
        await keys.PressAsync("Escape");
        await keys.PressAsync("n");
        await Expect(_page.Locator(".queue .pick[aria-current=true]")).ToHaveCountAsync(1);
        await Expect(called).ToHaveTextAsync("Anjali 0");
        await _page.WaitForLoadStateAsync();

        // One Escape closes the search, also with something typed.
        await keys.PressAsync("Control+k");
        await keys.TypeAsync("anj");
        await keys.PressAsync("Escape");
        await Expect(_page.Locator("#palette")).ToBeHiddenAsync();
        await keys.PressAsync("Control+k");
        await keys.TypeAsync("anjali 1");
        await Expect(_page.Locator("#found a").First).ToContainTextAsync("Anjali 1");
        await keys.PressAsync("Enter");
        await Expect(_page.Locator("#lead h1")).ToHaveTextAsync("Anjali 1");
        await Expect(_page.Locator(".timeline")).ToContainTextAsync("No bus, back in June");

        await _page.GotoAsync("/leads");
        foreach (var key in new[] { "j", "x", "j", "k" }) await keys.PressAsync(key);
        await Expect(_page.Locator(".leads .tick:checked")).ToHaveCountAsync(1);
        await Expect(_page.Locator(".leads .who a").First).ToBeFocusedAsync();
        await keys.PressAsync("Enter");
        await Expect(_page.Locator("#lead h1")).ToHaveTextAsync("Anjali 0");
        Assert.Empty(_complaints);
    }

    private async Task SignInAsync()
    {
        await _page.GotoAsync("/signin");
        await _page.GetByLabel("Email").FillAsync("divya@institute.example");
        await _page.GetByLabel("Password").FillAsync(TestApp.Password);
        await _page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    private async Task SeedLeadsAsync(int count)
    {
        using var scope = _browsed.App.Services.CreateScope();
        var divya = new User { Name = "Divya Menon", Email = "divya@institute.example" };
        Assert.True((await scope.ServiceProvider.GetRequiredService<UserManager<User>>().CreateAsync(divya, TestApp.Password)).Succeeded);
        await using var session = _browsed.App.Services.GetRequiredService<IDocumentStore>().LightweightSession();
        for (var i = 0; i < count; i++)
        {
            var at = TestApp.Start.AddMinutes(-i);
            var person = PersonWriter.Register(session, new PersonRegistered(PersonName.FromStored($"Anjali {i}"),
                [PhoneNumber.FromE164("+919847012345")], null, Standing.Given, "Agreed", "Public form"), new Stamp(Actor.Applicant, at));
            session.Events.StartStream<Lead>(Guid.NewGuid(), new LeadReceived("L-AAAAAA", person.Id,
                new CourseRef(Guid.NewGuid(), "CPC", "CPC"), PreferredTime.Anytime, LeadSource.Direct, null)
            { At = at });
        }
        await session.SaveChangesAsync();
    }

    [Fact]
    public async Task A_dark_screen_gets_a_dark_page()
    {
        var light = await BackgroundAsync();

        await _page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });

        var dark = await BackgroundAsync();
        Assert.True(light.Sum() > 700 && dark.Sum() < 100, $"light {string.Join(' ', light)}, dark {string.Join(' ', dark)}");
    }

    private Task SendAsync() => _page.GetByRole(AriaRole.Button, new() { Name = "Request a call back" }).ClickAsync();

    private async Task<int[]> BackgroundAsync() =>
        await _page.EvaluateAsync<int[]>("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)");

    private sealed class BrokenView : RazorSlice
    {
        public override Task ExecuteAsync() => throw new InvalidOperationException("This view cannot be shown.");
    }
}
