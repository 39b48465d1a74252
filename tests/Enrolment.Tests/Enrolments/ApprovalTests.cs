using System.Net;
using Crm.Accounts;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;

namespace Crm.Tests.Enrolments;

/// <summary>A discount above what a counsellor may give waits for a manager, who sees what they decide on.</summary>
public sealed class ApprovalTests(TestPostgres postgres)
{
    private sealed record Office(TestApp App, Browser Counsellor, User Divya, Browser Manager, Course Course, Batch Batch, Lead Lead)
        : IAsyncDisposable
    {
        public Task<Lead> NowAsync() => App.LoadAsync<Lead>(Lead.Id);

        public async Task<WebPage> SendAsync(string act, params (string Field, string Value)[] typed)
        {
            await Counsellor.GetAsync($"/leads/{Lead.Id}");
            return await Counsellor.SubmitAsync($"form[action='/leads/{Lead.Id}/{act}']",
                new(typed.ToDictionary(t => t.Field, t => t.Value)) { ["batchId"] = Batch.Id.ToString() });
        }

        public Task<WebPage> OfferAsync(string discount, string why = "Two sisters join") =>
            SendAsync("offers", ("discount", discount), ("why", why), ("byEmail", "true"));

        public Task<WebPage> DecideAsync(Browser manager, string decision, string why = "") =>
            manager.SubmitAsync($"form[action='/approvals/{Lead.Id}']", new() { ["decision"] = decision, ["why"] = why });

        public async Task<IReadOnlyList<OutboxMessage>> OffersSentAsync() =>
            [.. (await App.AllAsync<OutboxMessage>()).Where(m => m.Kind == MessageKinds.Offer)];

        public async ValueTask DisposeAsync()
        {
            Counsellor.Dispose();
            Manager.Dispose();
            await App.DisposeAsync();
        }
    }

    private async Task<Office> OpenAsync()
    {
        var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => p.CounsellorDiscountPercent = 10);
        var divya = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        return new Office(app, await app.SignInAsync(divya), divya, await app.SignInAsync(Roles.Manager), course,
            await app.AddBatchAsync(course), await app.AddLeadAsync(course));
    }

    [Fact]
    public async Task It_waits_is_shown_and_writes_to_nobody_until_a_manager_approves_it_once()
    {
        await using var office = await OpenAsync();
        Assert.Empty((await office.Manager.GetAsync("/today")).Html.QuerySelectorAll(".banner"));
        var asking = await office.OfferAsync("8,000", why: "");
        Assert.Equal("₹8,000 off needs a manager. Say why, and send it: it then waits for one.", asking.ErrorOf("why"));
        asking = await office.OfferAsync("8,000");

        Assert.Equal(HttpStatusCode.OK, asking.Status);
        Assert.All(asking.Texts(".asked"), said => Assert.StartsWith("Waits for a manager: ₹8,000 off ₹42,000", said));
        Assert.Equal(2, asking.Texts(".asked").Count);
        var lead = await office.NowAsync();
        Assert.Equal((Stage.New, null), (lead.Stage, lead.Offer));
        Assert.Empty(await office.OffersSentAsync());
        Assert.Contains("A discount waits for a manager.", (await office.Manager.GetAsync("/today")).One(".banner").TextContent);
        using var second = await office.App.SignInAsync(await office.App.AddUserAsync("Asha Roy", Roles.Manager));
        await second.GetAsync("/approvals");
        var page = await office.Manager.GetAsync("/approvals");
        Assert.All(["Anjali Nair", "₹8,000 (19%)", "₹34,000", "Divya Menon", "Two sisters join"],
            said => Assert.Contains(said, page.One(".approvals").TextContent));

        var answers = await Task.WhenAll(office.DecideAsync(office.Manager, "approve"), office.DecideAsync(second, "approve"));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.EndsWith("has approved this already.", answers.Single(a => a.Status != HttpStatusCode.OK).One(".problem").TextContent);
        lead = await office.NowAsync();
        Assert.Equal((Stage.Offered, 8_000m, null), (lead.Stage, lead.Offer!.Discount.Rupees, lead.Asked));
        Assert.Contains("₹34,000", Assert.Single(await office.OffersSentAsync()).Body);
        Assert.Single((await office.App.EventsAsync(lead.Id)).OfType<OfferMade>());
        Assert.Equal("₹8,000 off was approved", lead.FollowUp?.Purpose);
        Assert.Contains("Nothing waits for you.", (await office.Manager.GetAsync("/approvals")).Text);
        await office.SendAsync("enrolment");
        Assert.Equal(34_000, Assert.Single(await office.App.AllAsync<Seats.Enrolment>()).Net.Rupees);
    }

    [Theory]
    [InlineData("offers")]
    [InlineData("enrolment")]
    public async Task Where_tax_comes_on_top_since_it_was_asked_nothing_is_agreed_that_nobody_has_seen(string act)
    {
        await using var office = await OpenAsync();
        await office.SendAsync(act, ("discount", "8,000"), ("why", "Two sisters join"));
        await office.Manager.GetAsync("/approvals");
        await office.App.DescribeAsync(p => (p.Gstin, p.FeeTax) = ("32AAPFU0939F1Z4", FeeTax.OnTop));

        var page = await office.DecideAsync(office.Manager, "approve");

        Assert.Equal("With the tax as it is now, ₹40,120 would be to pay, not ₹34,000. Refuse this, so that it is asked for anew.",
            page.One(".problem").TextContent);
        Assert.Equal((null, true), ((await office.NowAsync()).Offer, (await office.NowAsync()).Asked is not null));
        Assert.Empty(await office.App.AllAsync<Seats.Enrolment>());
    }

    [Fact]
    public async Task What_is_refused_says_so_to_the_counsellor_with_the_reason()
    {
        await using var office = await OpenAsync();
        await office.OfferAsync("8,000");
        await office.Manager.GetAsync("/approvals");

        var silent = await office.DecideAsync(office.Manager, "refuse");
        Assert.Equal("Say why: the counsellor has to tell the applicant.", silent.ErrorOf("why"));
        await office.DecideAsync(office.Manager, "refuse", "Only for siblings who both enrol");

        var page = await office.Counsellor.GetAsync($"/leads/{office.Lead.Id}");
        Assert.All(page.Texts(".asked"), said => Assert.Matches("^Beena Thomas refused ₹8,000 off.*Only for siblings who both enrol$",
            said.ReplaceLineEndings(" ")));
        Assert.Contains("₹8,000 off refused", page.Texts(".timeline .what"));
        var lead = await office.NowAsync();
        Assert.Equal(("₹8,000 off was refused", null), (lead.FollowUp?.Purpose, lead.Offer));
        Assert.Empty(await office.OffersSentAsync());
        // What is within their own right makes an end of it.
        page = await office.OfferAsync("4,200");
        Assert.Empty(page.Html.QuerySelectorAll(".asked"));
        Assert.Single(await office.OffersSentAsync());
    }

    [Fact]
    public async Task A_form_that_came_without_a_button_decides_nothing()
    {
        await using var office = await OpenAsync();
        await office.OfferAsync("8,000");
        await office.Manager.GetAsync("/approvals");

        var page = await office.DecideAsync(office.Manager, "", "Too much for one student");

        Assert.Equal("Press one of the buttons: nothing is decided yet.", page.One(".problem").TextContent);
        Assert.Equal("Too much for one student", page.One("[name=why]").GetAttribute("value"));
        Assert.Equal((null, true), ((await office.NowAsync()).Offer, (await office.NowAsync()).Asked is not null));
    }

    [Fact]
    public async Task An_offer_whose_day_went_by_while_it_waited_is_approved_with_another()
    {
        await using var office = await OpenAsync();
        await office.SendAsync("offers", ("discount", "8,000"), ("why", "Two sisters join"), ("validUntil", "2026-11-25"));
        var page = await office.Manager.GetAsync("/approvals");
        Assert.Contains("25 Nov 2026", page.One(".approvals").TextContent);
        Assert.Empty(page.Html.QuerySelectorAll(".approvals [name=validUntil]"));
        office.App.Time.Advance(TimeSpan.FromDays(4));
        using var manager = await office.App.SignInAsync(await office.App.AddUserAsync("Asha Roy", Roles.Manager));
        await manager.GetAsync("/approvals");
        Task<WebPage> ApproveAsync(string until) => manager.SubmitAsync($"form[action='/approvals/{office.Lead.Id}']",
            new() { ["decision"] = "approve", ["validUntil"] = until });

        page = await ApproveAsync("");
        Assert.Equal("It was to be open until 25 Nov 2026. Say until when it is now.", page.ErrorOf("validUntil"));
        page = await ApproveAsync("2026-11-26");
        Assert.Equal("Choose today or a later day.", page.ErrorOf("validUntil"));
        page = await manager.GetAsync("/approvals");
        Assert.Contains("25 Nov 2026, which is over", page.One(".approvals").TextContent);
        Assert.Equal("2026-12-04", page.One("[name=validUntil]").GetAttribute("value"));
        await office.DecideAsync(manager, "approve");

        var lead = await office.NowAsync();
        Assert.Equal((Stage.Offered, 8_000m, new DateOnly(2026, 12, 4)),
            (lead.Stage, lead.Offer?.Discount.Rupees, lead.Offer?.ValidUntil));
    }

    [Fact]
    public async Task An_offer_whose_batch_takes_nobody_as_late_any_more_is_approved_with_another_day()
    {
        await using var office = await OpenAsync();
        await office.SendAsync("offers", ("discount", "8,000"), ("why", "Two sisters join"), ("validUntil", "2026-12-30"));
        var batch = Assert.Single(await office.App.AllAsync<Batch>());
        batch.EndsOn = new DateOnly(2026, 12, 26);
        await office.App.StoreAsync(batch);

        var page = await office.Manager.GetAsync("/approvals");
        Assert.Contains("CPC-2701 takes nobody after 26 Dec 2026 by now", page.One(".approvals").TextContent);
        Assert.Equal("2026-11-30", page.One("[name=validUntil]").GetAttribute("value"));
        page = await office.Manager.SubmitAsync($"form[action='/approvals/{office.Lead.Id}']",
            new() { ["decision"] = "approve", ["validUntil"] = "" });
        Assert.Equal("It was to be open until 30 Dec 2026. Say until when it is now.", page.ErrorOf("validUntil"));
        await office.Manager.GetAsync("/approvals");
        await office.DecideAsync(office.Manager, "approve");

        Assert.Equal(new DateOnly(2026, 11, 30), (await office.NowAsync()).Offer?.ValidUntil);
    }

    [Fact]
    public async Task What_of_an_offer_cannot_be_put_right_by_the_manager_is_said_with_what_to_do()
    {
        await using var office = await OpenAsync();
        await office.OfferAsync("8,000");
        office.App.Time.Advance(TimeSpan.FromDays(200));
        using var manager = await office.App.SignInAsync(await office.App.AddUserAsync("Asha Roy", Roles.Manager));
        await manager.GetAsync("/approvals");

        var page = await office.DecideAsync(manager, "approve");

        Assert.StartsWith("CPC-2701 takes nobody any more.", page.One(".problem").TextContent);
        Assert.Equal("Refuse it with a reason, so that it is asked for anew.", page.ErrorOf("why"));
    }

    [Fact]
    public async Task Another_discount_than_the_one_that_was_seen_is_not_approved()
    {
        await using var office = await OpenAsync();
        await office.OfferAsync("8,000");
        await office.Manager.GetAsync("/approvals");
        await office.OfferAsync("20,000", "A friend of mine");

        var page = await office.DecideAsync(office.Manager, "approve", "For sisters");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.StartsWith("This was changed meanwhile: Divya Menon now asks for ₹20,000 off ₹42,000", page.One(".problem").TextContent);
        Assert.Equal("For sisters", page.One("[name=why]").GetAttribute("value"));
        Assert.Null((await office.NowAsync()).Offer);
        // The fee that the manager saw is not the fee any more.
        office.Course.Fee = Money.FromRupees(50_000);
        await office.App.StoreAsync(office.Course);
        page = await office.DecideAsync(office.Manager, "approve");
        Assert.StartsWith("The fee is ₹50,000 by now.", page.One(".problem").TextContent);
        // What the counsellor may give takes the place of what was asked.
        await office.OfferAsync("100");
        page = await office.DecideAsync(office.Manager, "approve");
        Assert.StartsWith("This does not wait any more", page.One(".problem").TextContent);
        Assert.Equal(100, (await office.NowAsync()).Offer!.Discount.Rupees);
    }

    [Fact]
    public async Task No_way_leads_around_it()
    {
        await using var office = await OpenAsync();
        async Task NothingAgreedAsync(int asked)
        {
            Assert.Empty(await office.App.AllAsync<Seats.Enrolment>());
            Assert.Equal(asked, (await office.NowAsync()).Asked?.Offer.Discount.Rupees);
        }

        // Straight into a seat, with a discount on top of one that was offered, or into another batch than the one it was approved for.
        await office.SendAsync("enrolment", ("discount", "4200.01"), ("why", "Please"));
        Assert.Equal(4_200.01m, (await office.NowAsync()).Asked?.Offer.Discount.Rupees);
        await office.OfferAsync("4200");
        Assert.Null((await office.NowAsync()).Asked);
        await office.OfferAsync("8400", "Two of ten");
        await NothingAgreedAsync(8_400);
        await office.Manager.GetAsync("/approvals");
        await office.DecideAsync(office.Manager, "approve");
        var other = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        await (office with { Batch = other }).SendAsync("enrolment", ("discount", "8400"), ("why", "Evenings"));
        await NothingAgreedAsync(8_400);

        // An offer that has run out gives no right any more, and a manager who was made a counsellor is one.
        office.App.Time.Advance(TimeSpan.FromDays(8));
        using var later = await office.App.SignInAsync(office.Divya);
        await (office with { Counsellor = later }).SendAsync("enrolment", ("discount", "8300"), ("why", "Late"));
        await NothingAgreedAsync(8_300);
        var manager = (await office.App.AllAsync<User>()).Single(u => u.Role == Roles.Manager);
        await office.App.ActAsync<MakeOffer>(office.Lead.Id, manager, ("batchId", office.Batch.Id.ToString()), ("discount", "42000"),
            ("validUntil", "2026-12-31"));
        Assert.Equal(42_000, (await office.NowAsync()).Offer!.Discount.Rupees);
        manager.Role = Roles.Counsellor;
        await office.App.StoreAsync(manager);
        await office.App.ActAsync<MakeOffer>(office.Lead.Id, manager, ("batchId", office.Batch.Id.ToString()), ("discount", "30000"),
            ("validUntil", "2026-12-31"), ("why", "I was one"));
        Assert.Equal(30_000, (await office.NowAsync()).Asked?.Offer.Discount.Rupees);
    }

    [Fact]
    public async Task An_enrolment_that_waited_is_carried_out_as_it_was_asked_for_with_one_press()
    {
        await using var office = await OpenAsync();
        var waiting = await office.SendAsync("enrolment", ("discount", "8,000"), ("why", "Two sisters join"),
            ("parts", "1 Dec 2026, 4000\n1 Jan 2027, 30000"));
        Assert.All(waiting.Texts(".asked"),
            said => Assert.EndsWith("They are enrolled, as it was told, when it is approved.", said.Trim()));
        Assert.Equal($"/leads/{office.Lead.Id}/discount", waiting.Html.QuerySelector(".asked")!.GetAttribute("hx-get"));
        var page = await office.Manager.GetAsync("/approvals");
        Assert.Contains("They are enrolled, to pay ₹4,000 on 1 Dec 2026; ₹30,000 on 1 Jan 2027", page.One(".approvals").TextContent);

        page = await office.DecideAsync(office.Manager, "approve");

        var seat = Assert.Single(await office.App.AllAsync<Seats.Enrolment>());
        Assert.Equal([(new DateOnly(2026, 12, 1), 4_000m), (new DateOnly(2027, 1, 1), 30_000m)],
            seat.Instalments.Select(i => (i.DueOn, i.Amount.Rupees)));
        Assert.Equal((1, "CPC-2701-01"), ((await office.App.LoadAsync<Batch>(office.Batch.Id)).SeatsTaken, seat.RollNumber));
        Assert.Equal("Anjali Nair: Beena Thomas approved ₹8,000 off in CPC-2701: CPC-2701-01 is taken.", page.One(".done").TextContent);
        var lead = await office.NowAsync();
        Assert.Equal((Stage.Enrolled, null, "₹8,000 off was approved, and CPC-2701-01 is taken: tell them"),
            (lead.Stage, lead.Asked, lead.FollowUp?.Purpose));
        Assert.Single(await office.App.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.EnrolmentLetter);
        // The page on which it waits hears of it, and says no more of it once somebody has told the applicant.
        var news = await office.Counsellor.GetAsync($"/leads/{office.Lead.Id}/discount");
        Assert.StartsWith("Beena Thomas approved ₹8,000 off", news.One(".asked").TextContent.Trim());
        Assert.Null(news.One(".asked").GetAttribute("hx-get"));
        Assert.Equal($"/leads/{office.Lead.Id}", news.One(".asked a").GetAttribute("href"));
        await office.App.ChangeAsync(lead, l => LeadRules.CompleteFollowUp(l, l.FollowUp!.Id, "Told"));
        Assert.Empty((await office.Counsellor.GetAsync($"/leads/{office.Lead.Id}")).Html.QuerySelectorAll(".asked"));
    }

    [Fact]
    public async Task A_seat_that_has_gone_meanwhile_is_said_and_its_price_waits_with_the_applicant()
    {
        await using var office = await OpenAsync();
        var batch = await office.App.AddBatchAsync(office.Course, seats: 1, code: "CPC-2702");
        await (office with { Batch = batch }).SendAsync("enrolment", ("discount", "8,000"), ("why", "Two sisters join"),
            ("instalments", "4"), ("firstDueOn", "2026-12-01"));
        var page = await office.Manager.GetAsync("/approvals");
        Assert.Equal("approve", page.One(".approvals button.primary").GetAttribute("value"));
        var binu = await office.App.AddLeadAsync(office.Course, "Binu George");
        var taken = await office.App.EnrolAsync(binu, office.Divya, batch);

        page = await office.DecideAsync(office.Manager, "approve");

        Assert.StartsWith("CPC-2702 is full: its one seat is taken. Approve the price", page.One(".problem").TextContent);
        Assert.Equal("wait", page.One(".approvals button.primary").GetAttribute("value"));
        page = await office.DecideAsync(office.Manager, "wait");
        Assert.EndsWith("it is full by now. The price holds until 6 Jan 2027, for the next seat.", page.One(".done").TextContent);
        Assert.Equal([office.Lead.Id], (await office.App.LoadAsync<Batch>(batch.Id)).Waitlist.Select(w => w.LeadId));

        // The freed seat is held for them, and taken at that price in the parts that were asked for.
        await office.App.OnSeatAsync<Withdraw>(taken.Id, office.Divya, ("on", "2026-11-23"), ("why", "Moving"));
        var panel = await office.Counsellor.GetAsync($"/leads/{office.Lead.Id}");
        var form = $"form[action='/leads/{office.Lead.Id}/enrolment']";
        Assert.Equal(("8000", "4", "2026-12-01"), (panel.One(form + " [name=discount]").GetAttribute("value"),
            panel.One(form + " [name=instalments] [selected]").GetAttribute("value"),
            panel.One(form + " [name=firstDueOn]").GetAttribute("value")));
        await office.Counsellor.SubmitAsync(form);
        Assert.Equal((34_000m, 4), Assert.Single((await office.App.AllAsync<Seats.Enrolment>()).Where(s => s.LeadId == office.Lead.Id)
            .Select(s => (s.Net.Rupees, s.Instalments.Count))));
    }

    [Fact]
    public async Task Two_managers_who_approve_one_seat_at_once_take_one()
    {
        await using var office = await OpenAsync();
        await office.SendAsync("enrolment", ("discount", "8,000"), ("why", "Two sisters join"));
        using var second = await office.App.SignInAsync(await office.App.AddUserAsync("Asha Roy", Roles.Manager));
        foreach (var manager in new[] { office.Manager, second }) await manager.GetAsync("/approvals");

        await Task.WhenAll(office.DecideAsync(office.Manager, "approve"), office.DecideAsync(second, "approve"));

        Assert.Single(await office.App.AllAsync<Seats.Enrolment>());
        Assert.Equal(1, (await office.App.LoadAsync<Batch>(office.Batch.Id)).SeatsTaken);
    }

    [Fact]
    public async Task Once_agreed_neither_instalments_nor_the_fee_of_the_course_change_what_is_owed()
    {
        await using var office = await OpenAsync();
        await office.SendAsync("enrolment", ("discount", "4200"));
        var seat = Assert.Single(await office.App.AllAsync<Seats.Enrolment>());

        var page = await office.Counsellor.SubmitAsync($"form[action='/enrolments/{seat.Id}/instalments']",
            new() { ["instalments"] = "1 Dec 2026, 30000", ["why"] = "cheaper" });

        Assert.Equal("They add up to ₹30,000, ₹7,800 less than ₹37,800.", page.ErrorOf("instalments"));
        using var fee = await office.Counsellor.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, $"/courses/{office.Course.Id}")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("fee", "1")]),
        });
        Assert.Equal(HttpStatusCode.Forbidden, fee.StatusCode);
    }

    [Fact]
    public async Task To_a_lower_fee_a_discount_goes_along_as_the_same_share_and_no_more()
    {
        await using var office = await OpenAsync();
        await office.SendAsync("enrolment", ("discount", "4200"));
        var seat = Assert.Single(await office.App.AllAsync<Seats.Enrolment>());
        var cheap = await office.App.AddBatchAsync(await office.App.AddCourseAsync("CCS", fee: 10_000));
        var form = $"form[action='/enrolments/{seat.Id}/transfer']";
        async Task<WebPage> MoveAsync(string discount)
        {
            await office.Counsellor.GetAsync($"/leads/{office.Lead.Id}");
            return await office.Counsellor.SubmitAsync(
                form, new() { ["batchId"] = cheap.Id.ToString(), ["discount"] = discount, ["why"] = "Too hard" });
        }

        var much = await MoveAsync("1000.01");
        var share = await MoveAsync("1000");

        Assert.StartsWith("This is more than you may take off by yourself.", much.One(form + " .error").TextContent);
        Assert.StartsWith("₹9,000 is ₹28,800 less", share.One(form + " .error").TextContent);
    }

    [Theory]
    [InlineData(null, null, 42_000, null)]
    [InlineData(10.0, null, 42_000, 4_200)]
    [InlineData(null, 3_000, 42_000, 3_000)]
    [InlineData(10.0, 3_000, 42_000, 3_000)]
    [InlineData(10.0, 5_000, 42_000, 4_200)]
    [InlineData(0.0, null, 42_000, 0)]
    public void The_lower_of_share_and_amount_is_the_most(double? share, int? amount, int fee, int? most)
    {
        var profile = new InstituteProfile
        {
            CounsellorDiscountPercent = (decimal?)share,
            CounsellorDiscountAmount = amount is { } rupees ? Money.FromRupees(rupees) : null,
        };

        Assert.Equal(most, profile.CounsellorCeiling(Money.FromRupees(fee))?.Rupees);
    }
}
