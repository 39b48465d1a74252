using Crm.Accounts;
using Crm.Courses;
using Crm.Demo;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Deque.AxeCore.Commons;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Playwright;

namespace Crm.Tests.Web;

/// <summary>A demo institute in a browser, with a visitor and a manager, and somebody whose name is long and in two scripts.</summary>
public sealed class LookedAtApp(TestPostgres postgres) : IAsyncLifetime
{
    private const string Password = "a password of tests";
    private const string LongName = "Mariyam Theresa Padmanabhan Kunjukrishnan അനുപമ കൃഷ്ണൻകുട്ടി";

    private BrowsedApp _browsed = null!;

    public IBrowserContext Visitor { get; private set; } = null!;
    public IBrowserContext Manager { get; private set; } = null!;

    public IServiceProvider Services => _browsed.App.Services;

    /// <summary>Where things stand that pages are of, by what they are called in braces.</summary>
    public IReadOnlyDictionary<string, string> Of { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // What the demo tells, and what is due, depends on the day and the hour: they are the same in each run.
        _browsed = await BrowsedApp.StartAsync(
            postgres, new Dictionary<string, string?> { ["Jobs:Enabled"] = "false" }, time: new RunningFrom(TestApp.Start));
        await DemoSeed.RunAsync(_browsed.App.Services, NullLogger.Instance, Password, 120);
        await _browsed.App.Services.GetRequiredService<CurrentInstitute>().RefreshAsync(default, now: true);
        Of = await FindAsync(_browsed.App.Services);
        Visitor = await ContextAsync();
        Manager = await ContextAsync();
        var page = await Manager.NewPageAsync();
        await page.GotoAsync("/signin");
        await page.GetByLabel("Email").FillAsync("beena@periyar.example");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.Locator("body.staff").WaitForAsync();
        await page.CloseAsync();
    }

    public ValueTask DisposeAsync() => _browsed.DisposeAsync();

    /// <summary>The manager in a browser of their own, which may be cut off, or see what moves.</summary>
    public async Task<IBrowserContext> AnotherAsync(ReducedMotion motion = ReducedMotion.Reduce) =>
        await ContextAsync(motion, await Manager.StorageStateAsync());

    private Task<IBrowserContext> ContextAsync(ReducedMotion motion = ReducedMotion.Reduce, string? signedIn = null) =>
        _browsed.Browser.NewContextAsync(new() { BaseURL = _browsed.Address, ReducedMotion = motion, StorageState = signedIn });

    private static async Task<IReadOnlyDictionary<string, string>> FindAsync(IServiceProvider services)
    {
        var clock = services.GetRequiredService<InstituteClock>();
        await using var session = services.GetRequiredService<IDocumentStore>().QuerySession();
        var leads = await session.Query<Lead>().ToListAsync();
        var named = leads.First(l => l.IsOpen);
        await services.GetRequiredService<PersonWriter>().ChangeAsync(named.PersonId, new Stamp(Actor.System, clock.Now),
            _ => [new NameCorrected(PersonName.FromStored(LongName))], default);
        return new Dictionary<string, string>
        {
            ["open"] = named.Id.ToString(),
            ["person"] = named.PersonId.ToString(),
            ["user"] = (await session.Query<User>().ToListAsync()).First(u => u.Role == Roles.Counsellor).Id.ToString(),
            ["enrolled"] = leads.First(l => l.Stage == Stage.Enrolled).Id.ToString(),
            ["lost"] = leads.First(l => l.Stage == Stage.Lost).Id.ToString(),
            ["batch"] = (await session.Query<Batch>().ToListAsync()).OrderByDescending(b => b.SeatsTaken).First().Id.ToString(),
        };
    }
}

/// <summary>
/// Every page on a desk and on a phone, light and dark: axe finds nothing that breaks WCAG 2.2 AA, and nothing runs out of the side.
/// With the environment variable PICTURES set to a folder, each is also drawn there.
/// </summary>
public sealed class AccessibilityTests(LookedAtApp app) : IClassFixture<LookedAtApp>
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    // What else there is on a page is the same in the dark; and on a phone but for what stands where, and for the bar and the menu.
    private const string Rules = """{ "type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }""";
    private const string RulesOfColours = """{ "type": "rule", "values": ["color-contrast"] }""";

    private const string RulesOfPlaces =
        """{ "type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"] }""";

    private static readonly string[] OfVisitors = ["/", "/enquire", "/signin", "/signin/forgotten"];

    private static readonly string[] OfStaff =
    [
        "/today", "/today?everyone=true", "/leads", "/leads?q=zzz", "/leads/board", "/leads/new", "/leads/{open}", "/leads/{enrolled}",
        "/leads/{lost}", "/search?q=anu", "/batches", "/batches/{batch}", "/batches/{batch}/attendance", "/dues", "/bank-statements",
        "/duplicates", "/changes", "/reports", "/reports/fees", "/reports/cash", "/reports/tax", "/imports", "/outbox", "/users",
        "/institute", "/morning", "/upkeep", "/backups", "/views", "/sources", "/account", "/leads/selections?of=all",
        "/leads/{open}?edit=guardian", "/leads?stage=Contacted&waiting=Overdue", "/users/rules", "/users/{user}", "/audit", "/privacy",
        "/people/{person}/data", "/approvals", "/institute/batches", "/account/authenticator",
    ];

    private static readonly string[] WholeOnAPhone = [.. OfVisitors, "/today", "/leads", "/leads/{open}"];

    public static TheoryData<string> Pages => [.. OfVisitors, .. OfStaff];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_can_be_used_by_everybody_on_any_screen(string path)
    {
        var page = await (OfVisitors.Contains(path) ? app.Visitor : app.Manager).NewPageAsync();
        await page.SetViewportSizeAsync(1280, 800);
        await OpenAsync(page, path);
        await LookAsync(page, path, 1280, Rules);
        await page.SetViewportSizeAsync(390, 800);
        await LookAsync(page, path, 390, WholeOnAPhone.Contains(path) ? Rules : RulesOfPlaces);
        await page.CloseAsync();
    }

    private static async Task LookAsync(IPage page, string path, int width, string rules)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await DrawAsync(page, path, width, scheme);

            var found = await FindAsync(page, scheme == ColorScheme.Light ? rules : RulesOfColours);

            Assert.Empty(found.Select(f => $"{width}, {scheme}: {f}"));
            Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"));
        }
    }

    private async Task OpenAsync(IPage page, string path)
    {
        foreach (var (name, id) in app.Of) path = path.Replace($"{{{name}}}", id, StringComparison.Ordinal);
        var answer = await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
        Assert.Equal((path, 200), (path, answer!.Status));
        await page.EvaluateAsync(Axe);
    }

    // Without the package's own way to run it, which opens another tab each time and takes twenty times as long.
    private static Task<string[]> FindAsync(IPage page, string rules) => page.EvaluateAsync<string[]>($$"""
        async () => (await axe.run(document, { runOnly: {{rules}}, resultTypes: ['violations'] }))
          .violations.flatMap(v => v.nodes.map(n => `${v.id} at ${n.target}: ${n.html}`))
        """);

    private static async Task DrawAsync(IPage page, string path, int width, ColorScheme scheme)
    {
        if (Environment.GetEnvironmentVariable("PICTURES") is not { Length: > 0 } folder) return;
        var name = string.Concat(path.Trim('/').Select(c => char.IsLetterOrDigit(c) ? c : '-')) is { Length: > 0 } told ? told : "home";
        await page.ScreenshotAsync(new()
        {
            Path = Path.Combine(folder, $"{name}-{width}-{scheme}.png".ToLowerInvariant()),
            FullPage = true,
        });
    }
}
