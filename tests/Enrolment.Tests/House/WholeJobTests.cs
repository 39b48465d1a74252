using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using UglyToad.PdfPig;
using static Microsoft.Playwright.Assertions;

namespace Crm.Tests.House;

/// <summary>
/// The whole job in a real browser against the real server: an institute is
/// set up, a reader enquires, is counselled and takes a seat.
/// </summary>
[Collection("Hangfire")] // one app with jobs at a time: Hangfire keeps its storage and activator in statics
public sealed class WholeJobTests(TestPostgres postgres) : IAsyncLifetime
{
    private BrowsedApp _browsed = null!;
    private string _address = "";

    public async ValueTask InitializeAsync()
    {
        _browsed = await BrowsedApp.StartAsync(postgres);
        _address = _browsed.Address;
        SetDefaultExpectTimeout(20_000); // other tests run beside this one
    }

    public ValueTask DisposeAsync() => _browsed.DisposeAsync();

    [Fact]
    public async Task An_enquiry_becomes_a_lead_is_counselled_and_is_enrolled()
    {
        await using var office = await _browsed.Browser.NewContextAsync(new() { BaseURL = _address });
        var staff = await office.NewPageAsync();
        var scriptErrors = new List<string>();
        staff.PageError += (_, error) => scriptErrors.Add($"{staff.Url}: {error}");
        await SetUpInstituteAsync(staff);
        await EnquireAsync();

        // The counsellor signs in and finds the enquiry waiting.
        await SignInAsync(staff, "divya@institute.example", "counsel with care");
        await Expect(staff.GetByRole(AriaRole.Region, new() { Name = "New, to be called" })).ToContainTextAsync("Anjali Nair");
        await staff.Locator(".call-card h2 a").ClickAsync();
        await Expect(staff.Locator(".facts-list").First).ToContainTextAsync("codingblog");

        // Each action changes the page in place and is told by the timeline.
        var timeline = staff.Locator(".timeline");
        await staff.GetByLabel("What was said").FillAsync("Works as a nurse, wants evenings.");
        await staff.GetByRole(AriaRole.Button, new() { Name = "Log it" }).ClickAsync();
        await Expect(timeline).ToContainTextAsync("Works as a nurse, wants evenings.");
        await Expect(staff.Locator(".names .stage")).ToHaveTextAsync("Contacted");

        await OpenActionAsync(staff, "Follow-up");
        await staff.GetByLabel("What for").FillAsync("Free class");
        await staff.GetByRole(AriaRole.Button, new() { Name = "Plan it" }).ClickAsync();
        await Expect(staff.GetByRole(AriaRole.Heading, new() { Name = "Next: Free class" })).ToBeVisibleAsync();

        await TypeWhileSignedOutAsync(staff);
        await MoveOnTheBoardAsync(staff);

        // A refused form says why beside the field and keeps the rest.
        await OpenActionAsync(staff, "Offer");
        await staff.Locator("#offers-discount").FillAsync("90000");
        await staff.Locator("#offers-batchId").SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await staff.GetByRole(AriaRole.Button, new() { Name = "Make the offer" }).ClickAsync();
        await Expect(staff.Locator("#offers-discount-error")).ToHaveTextAsync("The discount cannot exceed the fee of ₹42,000.");
        await Expect(staff.Locator("#offers-discount")).ToBeFocusedAsync();
        await staff.Locator("#offers-discount").FillAsync("2,000");
        await staff.Locator("#offers-byEmail").CheckAsync();
        await staff.GetByRole(AriaRole.Button, new() { Name = "Make the offer" }).ClickAsync();
        await Expect(timeline).ToContainTextAsync("Offered CPC-2701 at ₹40,000");

        // An offer that has not left yet is withdrawn by the seat: nobody reads of a price that no longer matters.
        const string left = "Offer kept as a file";
        for (var tries = 0; tries < 40 && !(await timeline.InnerTextAsync()).Contains(left, StringComparison.Ordinal); tries++)
        {
            await staff.WaitForTimeoutAsync(250);
            await staff.ReloadAsync();
        }
        await OpenActionAsync(staff, "Enrol");
        await staff.GetByLabel("Instalments").SelectOptionAsync("3");
        await staff.GetByRole(AriaRole.Button, new() { Name = "Enrol", Exact = true }).ClickAsync();
        await Expect(staff.GetByRole(AriaRole.Heading, new() { Name = "Enrolled in CPC-2701" })).ToBeVisibleAsync();
        await Expect(staff.Locator(".names .stage")).ToHaveTextAsync("Enrolled");

        var letter = await (await office.APIRequest.GetAsync(await staff.GetByRole(AriaRole.Link,
            new() { Name = "Enrolment letter" }).GetAttributeAsync("href") ?? "")).BodyAsync();
        using (var pdf = PdfDocument.Open(letter)) Assert.Contains("CPC-2701-01", pdf.GetPage(1).Text);

        // The manager sees the seat taken, the funnel, and the emails that left by themselves.
        await staff.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(staff).ToHaveURLAsync(new Regex("/signin"));
        await SignInAsync(staff, "beena@institute.example", "manage with care");
        await staff.GetByRole(AriaRole.Link, new() { Name = "Reports" }).ClickAsync();
        await Expect(staff.Locator(".funnel li", new() { HasText = "Enrolled" })).ToContainTextAsync("100%");
        var download = await staff.RunAndWaitForDownloadAsync(() => staff.GetByRole(AriaRole.Link, new() { Name = "Excel" }).ClickAsync());
        Assert.EndsWith(".xlsx", download.SuggestedFilename);
        await ExpectEmailsAsync(staff);
        Assert.True(scriptErrors.Count == 0, string.Join("; ", scriptErrors));

        await using var session = _browsed.App.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var lead = Assert.Single(await session.Query<Lead>().ToListAsync());
        Assert.Equal((Stage.Enrolled, "codingblog"), (lead.Stage, lead.SourceName));
        Assert.Equal(1, Assert.Single(await session.Query<Batch>().ToListAsync()).SeatsTaken);
        Assert.Equal(40_000, Assert.Single(await session.Query<Enrolment>().ToListAsync()).Instalments.Sum(i => i.Amount.Rupees));
    }

    private async Task SetUpInstituteAsync(IPage page)
    {
        await page.GotoAsync("/setup?code=" + _browsed.App.Services.GetRequiredService<SetupCode>().Value);
        await page.GetByLabel("Your name").FillAsync("Beena Thomas");
        await page.GetByLabel("Email").FillAsync("beena@institute.example");
        await page.GetByLabel("Password").FillAsync("manage with care");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/today$"));

        // Nobody is written to by an institute without a name: the page says so, and leads to where it is described.
        await Expect(page.Locator(".banner")).ToContainTextAsync("Nobody is written to");
        await page.Locator(".banner").GetByRole(AriaRole.Link, new() { Name = "Describe the institute" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Test School of Coding");
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("1 Chittoor Road, Ernakulam");
        await page.GetByLabel("Phone", new() { Exact = true }).FillAsync("0484 290 0100");
        await page.GetByLabel("Email", new() { Exact = true }).FillAsync("office@institute.example");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("settings are saved.")).ToBeVisibleAsync();
        await Expect(page.Locator(".banner")).ToHaveCountAsync(0);

        await page.GotoAsync("/courses/new");
        await page.GetByLabel("Name").FillAsync("CPC Examination Preparation");
        await page.GetByLabel("Code").FillAsync("cpc");
        await page.GetByLabel("Summary").FillAsync("Outpatient coding, with mock examinations.");
        await page.GetByLabel("Weeks").FillAsync("20");
        await page.GetByLabel("Fee").FillAsync("42,000");
        await page.GetByLabel("Modules").FillAsync("Medical terminology, 24\nICD-10-CM in depth, 48");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/batches\?saved="));

        await page.GetByLabel("Course").SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await page.GetByLabel("Code").FillAsync("CPC-2701");
        await page.GetByLabel("First day").FillAsync(DateTime.Today.AddDays(40).ToString("yyyy-MM-dd"));
        await page.GetByLabel("Days and times").FillAsync("Mon–Fri, 18:30–20:30");
        await page.GetByLabel("Seats").FillAsync("12");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the batch" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/batches/[0-9a-f-]{36}$"));

        await page.GotoAsync("/users");
        await page.GetByLabel("Name").FillAsync("Divya Menon");
        await page.GetByLabel("Email").FillAsync("divya@institute.example");
        await page.GetByRole(AriaRole.Button, new() { Name = "Invite" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Divya Menon" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GotoAsync(await InvitationAsync());
        await page.GetByLabel("New password").FillAsync("counsel with care");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the password" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your password is set" })).ToBeVisibleAsync();
    }

    // As it stands in the mail, which is kept as a file.
    private async Task<string> InvitationAsync()
    {
        var link = "";
        await Poll.UntilAsync(() =>
        {
            var folder = new DirectoryInfo(Path.Combine(_browsed.DataFolder, "outbox"));
            var mail = folder.Exists ? string.Concat(folder.GetFiles("*.eml").Select(f => File.ReadAllText(f.FullName))) : "";
            link = Regex.Match(mail, "/signin/new-password/[A-Za-z0-9_-]{43}").Value;
            return Task.FromResult(link.Length > 0);
        }, "the invitation");
        return link;
    }

    // On a phone, from a link in an article; first with a mistake.
    private async Task EnquireAsync()
    {
        await using var phone = await _browsed.Browser.NewContextAsync(new()
        {
            BaseURL = _address,
            ViewportSize = new() { Width = 390, Height = 844 }
        });
        var reader = await phone.NewPageAsync();
        await reader.GotoAsync("/enquire/cpc?utm_source=codingblog&utm_medium=article");
        await reader.GetByLabel("Your name").FillAsync("Anjali Nair");
        await reader.GetByLabel("Phone or WhatsApp number").FillAsync("98470");
        await reader.GetByLabel("Email (optional)").FillAsync("anjali@mail.example");
        await reader.Locator("#consent").CheckAsync();
        await reader.GetByRole(AriaRole.Button, new() { Name = "Request a call back" }).ClickAsync();
        await Expect(reader.Locator("#phone-error")).ToContainTextAsync("all its digits");
        await Expect(reader.GetByLabel("Your name")).ToHaveValueAsync("Anjali Nair");
        await reader.GetByLabel("Phone or WhatsApp number").FillAsync("98470 12345");
        await reader.GetByRole(AriaRole.Button, new() { Name = "Request a call back" }).ClickAsync();
        await Expect(reader.GetByRole(AriaRole.Heading, new() { Name = "Thank you" })).ToBeVisibleAsync();
    }

    // The session is over while a note is being typed: it is in its field again after signing in, and is kept once.
    private static async Task TypeWhileSignedOutAsync(IPage page)
    {
        var address = page.Url;
        await OpenActionAsync(page, "Note");
        await page.Locator("#notes-text").FillAsync("Her mother\ncalls at six");
        await page.Context.ClearCookiesAsync(new() { Name = "enrolment" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep the note" }).ClickAsync();
        await Expect(page.GetByText("What you typed is kept.")).ToBeVisibleAsync();
        await page.GetByLabel("Email").FillAsync("divya@institute.example");
        await page.GetByLabel("Password").FillAsync("counsel with care");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.Locator("#notes-text")).ToHaveValueAsync("Her mother\ncalls at six");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep the note" }).ClickAsync();
        await Expect(page.Locator(".timeline .detail", new() { HasText = "Her mother" })).ToHaveCountAsync(1);
        await page.GotoAsync(address);
    }

    private async Task MoveOnTheBoardAsync(IPage page)
    {
        var address = page.Url;
        await page.GetByRole(AriaRole.Link, new() { Name = "Pipeline" }).ClickAsync();
        var tile = page.Locator(".tile", new() { HasText = "Anjali Nair" });
        await DragAsync(page, tile, page.Locator("[data-stage=Counselled]"));
        await Expect(page.Locator("[data-stage=Counselled] .tile")).ToHaveCountAsync(1);

        // A slip is taken back, and was never there.
        await page.Locator("#toast").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(page.Locator("#toast")).ToContainTextAsync("Moved to Contacted.");
        await Expect(page.Locator("[data-stage=Contacted] .tile")).ToHaveCountAsync(1);
        await Expect(page.Locator("#lane-Contacted [data-total]")).ToHaveTextAsync("1");
        await using (var session = _browsed.App.Services.GetRequiredService<IDocumentStore>().QuerySession())
            Assert.Null(Assert.Single(await session.Query<Lead>().ToListAsync()).CounselledAt);

        // Moved on twice before the first answer has come, it stands in the end where the server has it.
        await page.RouteAsync("**/stage", async route =>
        {
            await Task.Delay(1500);
            await route.ContinueAsync();
        });
        await DropAsync(page, page.Locator(".tile"), page.Locator("[data-stage=Enrolled]"));
        await Expect(page.Locator("[data-stage=Enrolled] .tile")).ToHaveCountAsync(1);
        await page.WaitForTimeoutAsync(300); // the tile glides into its place
        await DropAsync(page, page.Locator(".tile"), page.Locator("[data-stage=Counselled]"));
        await Expect(page.Locator("#toast")).ToContainTextAsync("Moved to Counselled.");
        await page.UnrouteAsync("**/stage");
        await page.ReloadAsync();
        await Expect(page.Locator("[data-stage=Counselled] .tile")).ToHaveCountAsync(1);

        // A seat is not taken by dragging: the tile goes back, with the reason.
        await DragAsync(page, page.Locator(".tile"), page.Locator("[data-stage=Enrolled]"));
        await Expect(page.Locator("#toast")).ToContainTextAsync("it takes a seat");
        await Expect(page.Locator("[data-stage=Counselled] .tile")).ToHaveCountAsync(1);
        await page.GotoAsync(address);
    }

    private static Task DragAsync(IPage page, ILocator tile, ILocator lane) => page.RunAndWaitForResponseAsync(
        () => DropAsync(page, tile, lane), r => r.Url.EndsWith("/stage", StringComparison.Ordinal));

    private static async Task DropAsync(IPage page, ILocator tile, ILocator lane)
    {
        var (from, to) = (await tile.BoundingBoxAsync(), await lane.BoundingBoxAsync());
        await page.Mouse.MoveAsync(from!.X + 40, from.Y + 50);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(to!.X + 60, to.Y + 20, new() { Steps = 12 });
        await page.Mouse.MoveAsync(to.X + 64, to.Y + 24, new() { Steps = 4 });
        await page.Mouse.UpAsync();
    }

    private static Task OpenActionAsync(IPage page, string name) => page.Locator("summary", new() { HasText = name }).First.ClickAsync();

    private static async Task SignInAsync(IPage page, string email, string password)
    {
        await page.GotoAsync("/signin");
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/today$"));
    }

    // Hangfire delivers in the background: the page is looked at again until all four have left, an invitation among them.
    private async Task ExpectEmailsAsync(IPage page)
    {
        for (var tries = 0; ; tries++)
        {
            await page.GotoAsync("/outbox?status=Sent");
            if (await page.Locator("tbody tr").CountAsync() == 4 || tries == 60) break;
            await page.WaitForTimeoutAsync(500);
        }
        var subjects = await page.Locator("tbody .who").AllInnerTextsAsync();
        Assert.Equal(4, subjects.Count);
        Assert.Contains(subjects, s => s.StartsWith("Your CPC brochure", StringComparison.Ordinal));
        Assert.Contains(subjects, s => s.StartsWith("Your seat in CPC-2701", StringComparison.Ordinal));
        Assert.Contains(subjects, s => s.StartsWith("Welcome to CPC Examination Preparation", StringComparison.Ordinal));
        Assert.Equal(4, Directory.GetFiles(Path.Combine(_browsed.DataFolder, "outbox"), "*.eml").Length);
    }
}
