using System.Net;
using Crm.Changes;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Privacy;
using Crm.Tests.Enrolments;

namespace Crm.Tests.Privacy;

/// <summary>Whose time is over is erased at night, and nobody else.</summary>
public sealed class RetentionTests(TestPostgres postgres)
{
    private const string Banner = ".banner.trouble p";

    private static async Task SetAsync(Browser manager, string months)
    {
        await manager.GetAsync("/privacy");
        await manager.SubmitAsync("form[action='/privacy']", new() { ["lostMonths"] = months });
    }

    [Fact]
    public async Task Only_lost_leads_without_anything_new_go_and_the_night_is_told_by_counts_and_numbers()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (app, course) = (office.App, office.Course);
        async Task<Lead> LostAsync(string name) =>
            (await app.ChangeAsync(await app.AddLeadAsync(course, name, null), l => LeadRules.Lose(l, LostReason.Fee, null)))!;
        var (gone, called) = (await LostAsync("Gone George"), await LostAsync("Called George"));
        var (open, kept) = (await app.AddLeadAsync(course, "Open George", null), await LostAsync("Kept George"));
        var (_, seat) = await office.EnrolAsync("Seated George");
        app.Time.Advance(TimeSpan.FromDays(200));
        await app.ChangeAsync(called, l => LeadRules.AddNote("Called back"));
        var late = await LostAsync("Late George");
        await app.Get<Retention>().RunAsync(default);
        Assert.Empty(await app.AllAsync<Erasure>()); // nothing is set
        using var manager = await app.SignInAsync(Roles.Manager);
        await SetAsync(manager, "6");
        var due = (await manager.GetAsync("/privacy")).Texts("section[aria-labelledby=due] td.who");
        Assert.Equal(["Gone George", "Kept George"], due.Order());
        var form = $"form[action='/privacy/kept/{kept.PersonId}']";
        var refused = await manager.SubmitAsync(form, new() { ["until"] = "2020-01-01" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotNull(refused.ErrorOf("why"));
        await manager.SubmitAsync(form, new()
        { ["until"] = $"{app.Clock.Today.AddDays(30):yyyy-MM-dd}", ["why"] = "Complained to the board" });
        Assert.Equal(["Gone George"], (await manager.GetAsync("/privacy")).Texts("section[aria-labelledby=due] td.who"));

        await app.Get<Retention>().RunAsync(default);

        Assert.True((await app.LoadAsync<Person>(gone.PersonId)).IsErased);
        foreach (var stays in new[] { called, open, kept, late })
            Assert.False((await app.LoadAsync<Person>(stays.PersonId)).IsErased);
        Assert.False((await app.LoadAsync<Person>(seat.PersonId)).IsErased);
        var erased = Assert.Single(await app.AllAsync<Erasure>());
        Assert.Equal((ErasureReason.TimeOver, "System"), (erased.Why, erased.By));
        var page = await manager.GetAsync("/privacy");
        Assert.Contains("1 erased (E-0001)", page.Text);
        Assert.DoesNotContain("Gone George", page.Text);
        app.Time.Advance(TimeSpan.FromDays(31));
        await app.Get<Retention>().RunAsync(default);
        Assert.True((await app.LoadAsync<Person>(kept.PersonId)).IsErased);
        Assert.Empty(await app.AllAsync<KeptLonger>());
    }

    // As where a machine is started whose clock is years ahead: the night that was missed is made up for at once.
    [Fact]
    public async Task A_clock_that_has_leapt_takes_nothing_away_until_a_manager_says_that_it_is_right()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.Get<NightClock>().BeginAsync(default); // as the first start does
        await app.StoreAsync(new PrivacySettings { LostMonths = 24, AuditMonths = 120 }); // its table goes by the database's own clock
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Gone George", null);
        await app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null));
        using (var before = await app.SignInAsync(Roles.Manager)) Assert.Empty((await before.GetAsync("/today")).Texts(Banner));
        app.Time.Advance(TimeSpan.FromDays(3 * 365));

        await app.Get<Retention>().RunAsync(default);
        await app.Get<Retention>().RunAsync(default);

        Assert.False((await app.LoadAsync<Person>(lead.PersonId)).IsErased);
        using var manager = await app.SignInAsync(await app.AddUserAsync("Asha Nair", Roles.Manager));
        Assert.StartsWith("Is today 22 Nov 2029? So says the clock of the server, and the last night's work was done on 23 Nov 2026.",
            Assert.Single((await manager.GetAsync("/today")).Texts(Banner)).ReplaceLineEndings("").Replace("    ", " "));
        using (var counsellor = await app.SignInAsync(Roles.Counsellor))
            Assert.Empty((await counsellor.GetAsync("/today")).Texts(Banner));
        await using (var setRight = await TestApp.StartOnAsync(app.ConnectionString, described: false))
        using (var who = await setRight.SignInAsync(await setRight.AddUserAsync("Binu Nair", Roles.Manager)))
            Assert.Empty((await who.GetAsync("/today")).Texts(Banner));

        await manager.SubmitAsync("form[action='/privacy/clock']");

        Assert.Empty(manager.Page.Texts(Banner));
        Assert.Contains("23 Nov 2026 → 22 Nov 2029", (await manager.GetAsync("/audit?kind=ClockConfirmed")).Text);
        await app.Get<Retention>().RunAsync(default);
        Assert.True((await app.LoadAsync<Person>(lead.PersonId)).IsErased);
    }

    [Fact]
    public async Task A_day_to_which_the_clock_has_leapt_since_it_was_shown_is_not_confirmed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.Get<NightClock>().BeginAsync(default);
        app.Time.Advance(TimeSpan.FromDays(36));
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/privacy");

        await manager.SubmitAsync("form[action='/privacy/clock']", new() { ["day"] = "29 Dec 2029" });

        Assert.StartsWith("Is today 29 Dec 2026?", Assert.Single((await manager.GetAsync("/privacy")).Texts(Banner)));
    }

    [Fact]
    public async Task What_an_undone_import_had_brought_goes_from_the_events_as_well()
    {
        using var desk = await UndoneAsync();
        await using var app = desk.App;
        Assert.NotEmpty(await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles));
        await SetAsync(desk.Browser, "6");
        app.Time.Advance(TimeSpan.FromDays(200));

        await app.Get<Retention>().RunAsync(default);
        await app.Get<Retention>().RunAsync(default);

        Assert.Empty(await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles));
        Assert.Single(await app.AllAsync<Erasure>());
        Assert.Empty(await app.AllAsync<Person>());
        Assert.Empty(await app.AllAsync<Lead>());
    }

    [Theory]
    [InlineData(WholeLife.Phone)]
    [InlineData(WholeLife.Email)]
    public async Task Whom_an_undone_import_had_brought_is_found_when_they_ask_given_what_is_held_and_erased(string known)
    {
        using var desk = await UndoneAsync();
        await using var app = desk.App;
        var manager = desk.Browser;
        await manager.GetAsync("/privacy");

        var found = await manager.GetAsync("/privacy?gone=" + Uri.EscapeDataString(known));

        var link = found.One("section[aria-labelledby=gone] td.who a");
        Assert.Equal(WholeLife.Name, link.TextContent);
        var data = await manager.GetAsync(link.GetAttribute("href")!);
        Assert.Equal($"What is held of {WholeLife.Name}", data.One("h1").TextContent);
        Assert.Empty(data.Html.QuerySelectorAll(".crumb"));
        var file = await manager.SubmitAsync($"form[action$='/data/files']");
        Assert.Contains(WholeLife.Email, file.Text);
        await manager.GetAsync(data.Path);
        var erased = await manager.SubmitAsync("form[action$='/data/erasure']", new() { ["sure"] = "true" });
        Assert.StartsWith("Erased as E-0001", erased.One("section[aria-labelledby=erase] [role=status]").TextContent);
        Assert.Empty(await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles));
        Assert.Empty(await app.AllAsync<Person>());
        // Whoever has the page open in another tab presses it once more.
        var person = Guid.Parse(data.Path.Split('/')[2]);
        var why = await Assert.ThrowsAsync<Refusal>(() => app.Get<Eraser>().EraseAsync(
            person, ErasureReason.Asked, app.Now(), AuditEntry.Of(AuditKind.Erased, app.Now()), default));
        Assert.Equal("This person was erased before, as E-0001.", why.Message);
        Assert.Single(await app.AllAsync<Erasure>());
        var again = await manager.GetAsync("/privacy?gone=" + Uri.EscapeDataString(known));
        Assert.Equal("Nobody who was taken back with an import has it. Search for them as for anybody else.",
            again.One("section[aria-labelledby=gone] [role=status]").TextContent);
    }

    [Theory]
    [InlineData("98470")]
    [InlineData("anjali@")]
    [InlineData("Anjali Nair")]
    public async Task What_is_no_number_and_no_address_is_told_beside_the_field(string typed)
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);

        var page = await manager.GetAsync("/privacy?gone=" + Uri.EscapeDataString(typed));

        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.NotEmpty(page.One("section[aria-labelledby=gone] .error").TextContent);
        Assert.Equal(typed, page.One("[name=gone]").GetAttribute("value"));
    }

    private async Task<Imports.ImportDesk> UndoneAsync()
    {
        var desk = await Imports.ImportDesk.OpenAsync(postgres);
        var app = desk.App;
        await desk.DropAsync("old.csv", $"Name,Phone,Email,Course\n{WholeLife.Name},{WholeLife.Phone},{WholeLife.Email},CPC\n");
        await desk.ImportAsync();
        var import = Assert.Single(await app.AllAsync<Change>());
        await desk.Browser.GetAsync($"/changes/{import.Id}/undoings/new");
        await desk.Browser.SubmitAsync($"form[action='/changes/{import.Id}/undoings']");
        var undoing = (await app.LoadAsync<Change>(import.Id)).UndoneBy!.Value;
        while (await app.Get<ChangeUndo>().ContinueAsync(undoing, default)) { }
        Assert.Empty(await app.AllAsync<Person>());
        return desk;
    }

    [Fact]
    public async Task Papers_of_who_was_erased_name_nobody_when_no_law_asks_for_it_any_more_and_the_sums_stay()
    {
        await using var life = await WholeLife.LiveAsync(postgres);
        var app = life.App;
        await life.Manager.GetAsync($"/people/{life.Lead.PersonId}/data");
        await life.Manager.SubmitAsync($"form[action='/people/{life.Lead.PersonId}/data/erasure']", new() { ["sure"] = "true" });
        var other = await app.AddLeadAsync(await app.AddCourseAsync("COC"), "Other Person", "other@mail.example");
        await app.OnSeatAsync<RecordPayment>((await app.EnrolAsync(other, life.User, await app.AddBatchAsync(
            await app.LoadAsync<Course>(other.CourseId), code: "COC-1"))).Id, life.User, ("amount", "1000"), ("way", "Cash"),
            ("on", $"{app.Clock.Today:yyyy-MM-dd}"));
        var (kept, books) = (Assert.Single(await app.AllAsync<Erasure>()).Kept, await SumAsync(app));
        await app.StoreAsync(new PrivacySettings { AuditMonths = 240 }); // its table goes by the database's own clock
        // Papers of November 2026 are of the year that ends with March 2027.
        app.Time.SetUtcNow(new DateTimeOffset(2035, 3, 30, 4, 30, 0, TimeSpan.Zero));
        await app.Get<Retention>().RunAsync(default);
        Assert.NotEmpty(await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles));
        app.Time.SetUtcNow(new DateTimeOffset(2035, 4, 1, 4, 30, 0, TimeSpan.Zero));

        await app.Get<Retention>().RunAsync(default);
        await app.Get<Retention>().RunAsync(default);

        Assert.Empty(await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles));
        var erasure = Assert.Single(await app.AllAsync<Erasure>());
        Assert.Equal(kept.Order(), erasure.LetGo.Order());
        Assert.Empty(erasure.Kept);
        Assert.Equal(books, await SumAsync(app));
        Assert.Equal("Other Person", Assert.Single(await app.AllAsync<Receipt>(), r => r.Name is not null).Name!.Text);
        var night = Assert.Single(await app.AllAsync<RetentionRun>(), r => r.Papers > 0);
        Assert.Equal(kept.Count, night.Papers);
        using var manager = await app.SignInAsync(life.User);
        Assert.Contains($"{kept.Count} receipts and credit notes without a name since", (await manager.GetAsync("/privacy")).Text);
    }

    private static async Task<(int Count, decimal Sum, int Receipts, int Notes)> SumAsync(TestApp app)
    {
        var books = await app.AllAsync<LedgerEntry>();
        return (books.Count, books.Sum(e => e.Amount.Rupees),
            (await app.AllAsync<Receipt>()).Count, (await app.AllAsync<TaxNote>()).Count);
    }

    [Theory]
    [InlineData("paperMonths", "80")]
    [InlineData("paperMonths", "")]
    [InlineData("auditMonths", "11")]
    [InlineData("auditMonths", "")]
    [InlineData("lostMonths", "0")]
    [InlineData("lostMonths", "six")]
    public async Task A_time_that_cannot_be_is_refused_beside_its_field(string field, string typed)
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/privacy");

        var page = await manager.SubmitAsync("form[action='/privacy']", new() { [field] = typed });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.NotNull(page.ErrorOf(field));
        Assert.Equal(typed, page.One($"[name={field}]").GetAttribute("value"));
        Assert.Empty(await app.AllAsync<PrivacySettings>());
    }
}
