using System.Net;
using Crm.Accounts;
using Crm.Assignment;
using Crm.Desk;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;

namespace Crm.Tests.Desk;

/// <summary>No lead waits where nobody looks: whatever its stage, its follow-up, its offer and its counsellor.</summary>
public sealed class NobodysQueueTests(TestPostgres postgres)
{
    // From the present moment, 10:00 on a Monday at the institute; null for none.
    private static readonly TimeSpan?[] FollowUps =
        [null, TimeSpan.FromDays(-3), TimeSpan.FromHours(2), TimeSpan.FromDays(3), TimeSpan.FromDays(30)];

    // Days until the offer's last; null for no offer.
    private static readonly int?[] Offers = [null, 5, 0, -1, -90];

    private enum Whose { Mine, ManagersOwn, Nobodys, OfSomebodyWhoLeft }

    private sealed record Case(Stage Stage, TimeSpan? FollowUp, int? Offer, Whose Whose, bool Reopened)
    {
        public string Name => $"{Stage} {FollowUp?.ToString() ?? "unplanned"} {Offer?.ToString() ?? "no offer"} {Whose} {Reopened}";
    }

    private static readonly IReadOnlyList<Case> Cases =
    [
        .. from stage in Enum.GetValues<Stage>()
           from followUp in FollowUps
           from offer in Offers
           from whose in Enum.GetValues<Whose>()
           from reopened in new[] { false, true }
           // A closed lead has no plan but that of somebody who asked again, and nobody reopens what is closed again.
           where stage.IsOpen() || !reopened && (stage == Stage.Enrolled || followUp is null)
           select new Case(stage, followUp, offer, whose, reopened),
    ];

    [Fact]
    public async Task Who_is_only_invited_gets_no_new_leads_and_what_was_given_to_them_is_in_a_managers_day()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var invited = new User
        { Id = Guid.NewGuid(), Name = "Ravi Pillai", Role = Roles.Counsellor, Email = "r@x.example", NormalizedEmail = "R@X.EXAMPLE" };
        await app.StoreAsync(invited);
        var rota = app.Get<CounsellorRota>();
        rota.Forget();
        await rota.RefreshAsync(default);

        Assert.All(Enumerable.Range(0, 4), _ => Assert.Equal(divya.Id, rota.Next()?.Id));

        await app.TellAsync("Anjali Nair", TestApp.Start.AddDays(-1), invited);
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.Equal(["Anjali Nair"], (await manager.GetAsync("/leads?counsellor=none")).Texts(".leads .who > a"));
        Assert.Contains("Anjali Nair", (await manager.GetAsync("/today")).Text);
    }

    private static LeadEvent[] EventsOf(Case c, DateTimeOffset now, DateOnly today)
    {
        List<LeadEvent> events = [];
        if (c.Offer is { } days)
            events.Add(new OfferMade(new Offer(Guid.NewGuid(), "CPC-1", new Money(1), Money.Zero, today.AddDays(days)), false));
        if (c.Reopened) events.AddRange([new LeadLost(LostReason.Fee, null), new LeadReopened("Called back")]);
        if (c.Stage is Stage.Enrolled) events.Add(new LeadEnrolled(Guid.NewGuid(), Guid.NewGuid(), "CPC-1", "CPC-1-01", new Money(1)));
        else if (c.Stage is Stage.Lost) events.Add(new LeadLost(LostReason.Fee, null));
        else events.Add(new StageChanged(Stage.New, c.Stage));
        if (c.FollowUp is { } due) events.Add(new FollowUpPlanned(Guid.NewGuid(), now + due, "Call"));
        return [.. events];
    }

    [Fact]
    public async Task Each_lead_that_waits_is_in_one_section_of_somebodys_day_and_each_other_in_none()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, beena) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Beena Thomas", Roles.Manager));
        var left = await app.AddUserAsync("Ravi Pillai");
        await using (var session = app.Store.LightweightSession())
        {
            left.Active = false;
            session.Update(left);
            await session.SaveChangesAsync();
        }
        foreach (var c in Cases)
        {
            var counsellor = c.Whose switch { Whose.Mine => divya, Whose.ManagersOwn => beena, Whose.OfSomebodyWhoLeft => left, _ => null };
            await app.TellAsync(c.Name, TestApp.Start.AddDays(-100), counsellor, then: EventsOf(c, TestApp.Start, app.Clock.Today));
        }
        await using var reading = app.Store.QuerySession();
        var hers = await TodayPage.QueueAsync(reading, divya.Id, false, app.Clock, default, Cases.Count);
        var managers = await TodayPage.QueueAsync(reading, beena.Id, true, app.Clock, default, Cases.Count);
        var everybodys = await TodayPage.QueueAsync(reading, null, true, app.Clock, default, Cases.Count);

        static IEnumerable<string> Names(TodayView view) =>
            view.Sections.SelectMany(s => s.Leads.Rows).Select(r => r.Row!.Person.Name.Text);
        var (days, all) = (Names(hers).Concat(Names(managers)).ToLookup(n => n), Names(everybodys).ToLookup(n => n));

        Assert.True(Cases.Count > 700);
        Assert.All(Cases, c =>
        {
            var waits = c.Stage.IsOpen() || c.FollowUp is not null;
            Assert.Equal((c.Name, waits ? 1 : 0), (c.Name, days[c.Name].Count()));
            Assert.Equal((c.Name, waits ? 1 : 0), (c.Name, all[c.Name].Count()));
        });
    }

    [Theory]
    [InlineData(Waiting.NothingPlanned, "Contacted", "Offer open", "Reopened")]
    [InlineData(Waiting.OfferRanOut, "Offer ran out")]
    [InlineData(Waiting.New, "New")]
    [InlineData(Waiting.Overdue, "Overdue")]
    [InlineData(Waiting.Later, "Far off")]
    public async Task The_list_filters_by_what_the_sections_say(Waiting waiting, params string[] names)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, now, today) = (await app.AddUserAsync("Divya Menon"), TestApp.Start, app.Clock.Today);
        Task Tell(string name, params LeadEvent[] then) => app.TellAsync(name, now.AddDays(-20), divya, then: then);
        StageChanged contacted = new(Stage.New, Stage.Contacted);
        OfferMade Offered(int days) => new(new Offer(Guid.NewGuid(), "CPC-1", new Money(1), Money.Zero, today.AddDays(days)), false);
        await Tell("New");
        await Tell("Contacted", contacted);
        await Tell("Offer open", contacted, Offered(0));
        await Tell("Offer ran out", contacted, Offered(-1));
        await Tell("Reopened", contacted, new LeadLost(LostReason.Fee, null), new LeadReopened("Called back"));
        await Tell("Overdue", contacted, Offered(-1), new FollowUpPlanned(Guid.NewGuid(), now.AddHours(-1), "Call"));
        await Tell("Far off", contacted, new FollowUpPlanned(Guid.NewGuid(), now.AddDays(20), "Call"));
        await Tell("Lost", new LeadLost(LostReason.Fee, null));
        using var browser = await app.SignInAsync(divya);

        var page = await browser.GetAsync($"/leads?waiting={waiting}");

        Assert.Equal(names.Order(), page.Texts("td.who a").Order());
        Assert.Equal(waiting.ToString(), page.One("select[name=waiting] option[selected]").GetAttribute("value"));
        var section = (await browser.GetAsync("/today")).One($"section[aria-label='{WaitingWords.Of(waiting)}']");
        Assert.Equal(names.Order(), section.QuerySelectorAll(".who a").Select(a => a.TextContent).Order());
    }

    [Fact]
    public async Task An_offer_that_ran_out_is_told_from_an_open_one_wherever_the_lead_stands()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        foreach (var (name, days) in new[] { ("Open", 0), ("Over", -1) })
            await app.TellAsync(name, TestApp.Start, divya, then: new OfferMade(
                new Offer(Guid.NewGuid(), "CPC-1", new Money(1), Money.Zero, app.Clock.Today.AddDays(days)), false));
        using var browser = await app.SignInAsync(divya);

        Assert.Equal(["offer ran out"], (await browser.GetAsync("/leads")).Texts("td .late"));
        Assert.Equal(["offer ran out"], (await browser.GetAsync("/leads/board")).Texts(".tile .late"));
        Assert.Equal(["Ran out 22 Nov 2026"], (await browser.GetAsync("/today")).Texts("section[aria-label='Offer ran out'] strong"));
        await browser.GetAsync(browser.Page.One("section[aria-label='Offer ran out'] .who a").GetAttribute("href")!);
        Assert.Contains("Offer, ran out", browser.Page.Texts("dt"));
    }

    private static async Task<(Lead Planned, Lead Open, Lead Lost)> GiveAsync(TestApp app, User to)
    {
        var course = await app.AddCourseAsync();
        var leads = new List<Lead>();
        for (var i = 0; i < 3; i++)
        {
            leads.Add(await app.AddLeadAsync(course, "Anjali " + i, email: null));
            await app.ChangeAsync(leads[i], l => LeadRules.Assign(l, to.Id, to.Name));
        }
        await app.ChangeAsync(leads[0], l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddDays(2), "Visit"));
        await app.ChangeAsync(leads[2], l => LeadRules.Lose(l, LostReason.Fee, null));
        return (leads[0], leads[1], leads[2]);
    }

    [Fact]
    public async Task Who_leaves_hands_over_in_the_same_act_with_follow_ups_and_reminders()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        var (planned, open, lost) = await GiveAsync(app, divya);
        using var manager = await app.SignInAsync(Roles.Manager);
        var form = $"form[action='/users/{divya.Id}']";
        await manager.GetAsync("/users/" + divya.Id);

        var asked = await manager.SubmitAsync(form, new() { ["active"] = "" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Divya Menon has 2 leads in hand. Choose who takes over."),
            (asked.Status, asked.ErrorOf("heir")));
        Assert.True((await app.LoadAsync<User>(divya.Id)).Active);
        var done = await manager.SubmitAsync(form, new() { ["active"] = "", ["heir"] = ravi.Id.ToString() });
        Assert.Equal(HttpStatusCode.OK, done.Status);
        Assert.False((await app.LoadAsync<User>(divya.Id)).Active);
        foreach (var lead in new[] { planned, open })
            Assert.Equal((ravi.Id, "Ravi Pillai"),
                ((await app.LoadAsync<Lead>(lead.Id)).CounsellorId, (await app.LoadAsync<Lead>(lead.Id)).CounsellorName));
        Assert.Equal(divya.Id, (await app.LoadAsync<Lead>(lost.Id)).CounsellorId);
        Assert.Equal("Visit", (await app.LoadAsync<Lead>(planned.Id)).FollowUp?.Purpose);
        var reminder = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m is { Kind: "reminder", Status: MessageStatus.Queued });
        Assert.Equal(ravi.Email, reminder.To);
        Assert.Equal("Beena Thomas", (await app.EventsAsync(open.Id)).OfType<LeadAssigned>().Last().By.Name);
        Assert.Empty(done.Html.QuerySelectorAll("[name=heir]"));
    }

    [Fact]
    public async Task All_counsellors_can_take_over_in_turn_and_who_has_nothing_in_hand_leaves_unasked()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ravi, asha) =
            (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"), await app.AddUserAsync("Asha Nair"));
        var (planned, open, _) = await GiveAsync(app, divya);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/users/" + divya.Id);
        await manager.SubmitAsync($"form[action='/users/{divya.Id}']", new() { ["active"] = "", ["heir"] = "turn" });

        Guid?[] heirs = [(await app.LoadAsync<Lead>(planned.Id)).CounsellorId, (await app.LoadAsync<Lead>(open.Id)).CounsellorId];
        Assert.Equal(new Guid?[] { ravi.Id, asha.Id }.Order(), heirs.Order());
        var third = await app.AddUserAsync("Sandeep Nair");
        await manager.GetAsync("/users/" + third.Id);
        Assert.Equal(HttpStatusCode.OK, (await manager.SubmitAsync($"form[action='/users/{third.Id}']", new() { ["active"] = "" })).Status);
    }

    [Fact]
    public async Task Who_has_just_left_is_given_no_lead()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, course) = (await app.AddUserAsync("Divya Menon"), await app.AddCourseAsync());
        await app.AddLeadAsync(course, email: null);
        var ravi = await app.AddUserAsync("Ravi Pillai");
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/users/" + divya.Id);
        await manager.SubmitAsync($"form[action='/users/{divya.Id}']", new() { ["active"] = "", ["heir"] = ravi.Id.ToString() });

        for (var i = 0; i < 3; i++) Assert.Equal(ravi.Id, (await app.AddLeadAsync(course, "Binu " + i, email: null)).CounsellorId);
    }

    [Fact]
    public async Task A_manager_sees_whose_leads_are_nobodys_and_finds_them_in_the_list()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Unassigned", email: null);
        using var manager = await app.SignInAsync(Roles.Manager);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);

        Assert.Equal(["Unassigned"], (await manager.GetAsync("/today")).Texts("section[aria-label=\"Nobody's\"] .who a"));
        Assert.Empty((await counsellor.GetAsync("/today")).Html.QuerySelectorAll(".queue"));
        Assert.Equal(["Unassigned"], (await counsellor.GetAsync("/leads?counsellor=none&stage=waits")).Texts("td.who a"));
        Assert.Null(lead.CounsellorId);
    }
}
