using System.Globalization;
using System.Net;
using Crm.Accounts;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Web;

namespace Crm.Tests.Enrolments;

/// <summary>Seats, fees and instalments, and the managers' forms for batches and courses.</summary>
public sealed class EnrollingTests(TestPostgres postgres)
{
    private static readonly User Staff = new() { Id = Guid.NewGuid(), Name = "Divya Menon" };

    private static Task<Lead?> OfferAsync(TestApp app, Guid lead, Guid batch, DateOnly until) => app.ActAsync<MakeOffer>(
        lead, Staff, ("batchId", batch.ToString()), ("discount", "0"), ("validUntil", until.ToString("yyyy-MM-dd")));

    private static async Task<string?> EnrolAsync(TestApp app, Guid lead, Guid batch, decimal discount = 0, int instalments = 1)
    {
        try
        {
            await app.ActAsync<Enrol>(lead, Staff, ("batchId", batch.ToString()),
                ("discount", discount.ToString(CultureInfo.InvariantCulture)),
                ("instalments", instalments.ToString()), ("firstDueOn", app.Clock.Today.ToString("yyyy-MM-dd")));
            return null;
        }
        catch (Refusal refusal)
        {
            return $"{refusal.Field}: {refusal.Message}";
        }
    }

    [Fact]
    public async Task Twenty_at_once_take_the_five_seats_there_are()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, seats: 5);
        var leads = new List<Lead>();
        for (var i = 0; i < 20; i++) leads.Add(await app.AddLeadAsync(course));

        var refusals = await Task.WhenAll(leads.Select(l => EnrolAsync(app, l.Id, batch.Id)));

        Assert.Equal(5, refusals.Count(r => r is null));
        Assert.All(refusals.Where(r => r is not null),
            r => Assert.Equal("batchId: CPC-2701 is full: its 5 seats are taken. Choose another.", r));
        var enrolments = await app.AllAsync<Seats.Enrolment>();
        Assert.Equal(["CPC-2701-01", "CPC-2701-02", "CPC-2701-03", "CPC-2701-04", "CPC-2701-05"],
            enrolments.Select(e => e.RollNumber).Order());
        Assert.Equal(5, (await app.LoadAsync<Batch>(batch.Id)).SeatsTaken);
        foreach (var (lead, refusal) in leads.Zip(refusals))
        {
            var now = await app.LoadAsync<Lead>(lead.Id);
            Assert.Equal(refusal is null ? Stage.Enrolled : Stage.New, now.Stage);
            Assert.Equal(refusal is null ? 1 : 0, enrolments.Count(e => e.LeadId == lead.Id && e.Id == now.EnrolmentId));
            if (refusal is not null) Assert.Equal(lead.Version, now.Version);
        }
    }

    [Fact]
    public async Task One_lead_enrolled_many_times_at_once_takes_one_seat()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var (first, second) = (await app.AddBatchAsync(course), await app.AddBatchAsync(course, code: "CPC-2702"));
        var lead = await app.AddLeadAsync(course);

        var refusals = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => EnrolAsync(app, lead.Id, i % 2 == 0 ? first.Id : second.Id)));

        Assert.Single(refusals, r => r is null);
        Assert.Equal(7, refusals.Count(r => r == ": The lead already has a seat."));
        Assert.Single(await app.AllAsync<Seats.Enrolment>());
        Assert.Equal(1, (await app.AllAsync<Batch>()).Sum(b => b.SeatsTaken));
    }

    [Fact]
    public async Task A_seat_in_a_batch_of_another_course_is_neither_offered_nor_taken()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var other = await app.AddBatchAsync(await app.AddCourseAsync("CCS"));

        var offered = await Assert.ThrowsAsync<Refusal>(() => OfferAsync(app, lead.Id, other.Id, app.Clock.Today));
        var enrolled = await EnrolAsync(app, lead.Id, other.Id);

        Assert.Equal(("batchId", "CCS-2701 does not belong to CPC Preparation. Choose another."), (offered.Field, offered.Message));
        Assert.Equal("batchId: CCS-2701 does not belong to CPC Preparation. Choose another.", enrolled);
        Assert.Equal(0, (await app.LoadAsync<Batch>(other.Id)).SeatsTaken);
    }

    [Theory]
    [InlineData(0, 42_000)]
    [InlineData(8, 45_000)]
    public async Task An_offer_holds_its_fee_for_as_long_as_it_is_open(int daysLater, decimal fee)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync(fee: 42_000);
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        await OfferAsync(app, lead.Id, batch.Id, app.Clock.Today.AddDays(7));
        course.Fee = Money.FromRupees(45_000);
        await app.StoreAsync(course);
        app.Time.Advance(TimeSpan.FromDays(daysLater));

        Assert.Null(await EnrolAsync(app, lead.Id, batch.Id));

        Assert.Equal(fee, Assert.Single(await app.AllAsync<Seats.Enrolment>()).Fee.Rupees);
    }

    [Theory]
    [InlineData("offers")]
    [InlineData("enrolment")]
    public async Task A_fee_that_changed_since_the_page_was_drawn_is_asked_about_once(string act)
    {
        await using var office = await Office.OpenAsync(postgres);
        var lead = await office.App.AddLeadAsync(office.Course);
        await office.Staff.GetAsync($"/leads/{lead.Id}");
        await CostsAsync(office, 45_000);
        var form = $"form[action='/leads/{lead.Id}/{act}']";
        Dictionary<string, string> typed = new() { ["batchId"] = office.Batch.Id.ToString(), ["byEmail"] = "true" };
        var before = (await office.App.AllAsync<OutboxMessage>()).Count;

        var page = await office.Staff.SubmitAsync(form, typed);

        Assert.Equal("The fee is ₹45,000 now, not ₹42,000: send it again if that is right.", page.One($"{form} .error").TextContent);
        Assert.Equal((lead.Version, before),
            ((await office.App.LoadAsync<Lead>(lead.Id)).Version, (await office.App.AllAsync<OutboxMessage>()).Count));

        await office.Staff.SubmitAsync(form, typed);

        var offered = (await office.App.EventsAsync(lead.Id)).OfType<OfferMade>().Select(o => o.Offer.Fee.Rupees);
        Assert.Equal([45_000m], [.. offered, .. (await office.App.AllAsync<Seats.Enrolment>()).Select(s => s.Fee.Rupees)]);
    }

    [Fact]
    public async Task An_offer_holds_its_price_when_tax_comes_on_top_and_any_other_price_is_asked_about()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var app = office.App;
        await app.DescribeAsync(p => p.Gstin = "32AAPFU0939F1Z4");
        var (promised, other) = (await app.AddLeadAsync(office.Course), await app.AddLeadAsync(office.Course, "Tom Jacob"));
        await office.OnLeadAsync(promised, "offers", ("batchId", office.Batch.Id.ToString()), ("discount", "1000"));
        var (own, others) = ($"form[action='/leads/{promised.Id}/enrolment']", $"form[action='/leads/{other.Id}/enrolment']");
        using var beside = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai"));
        await office.Staff.GetAsync($"/leads/{promised.Id}");
        await beside.GetAsync($"/leads/{other.Id}");
        await app.DescribeAsync(p => (p.Gstin, p.FeeTax) = ("32AAPFU0939F1Z4", FeeTax.OnTop));

        await office.Staff.SubmitAsync(own);
        var asked = await beside.SubmitAsync(others, new() { ["batchId"] = office.Batch.Id.ToString() });

        var seat = Assert.Single(await app.AllAsync<Seats.Enrolment>());
        Assert.Equal((promised.Id, 41_000m, 0m), (seat.LeadId, seat.Net.Rupees, seat.Tax.Rupees));
        Assert.Equal("The fee is ₹42,000 + 18% GST now, not ₹42,000: send it again if that is right.", asked.ErrorOf("discount"));
        await beside.SubmitAsync(others);
        Assert.Equal(49_560m, Assert.Single(await app.AllAsync<Seats.Enrolment>(), s => s.LeadId == other.Id).Net.Rupees);
    }

    [Fact]
    public async Task Where_the_page_shows_the_fee_of_an_offer_a_seat_elsewhere_is_asked_about()
    {
        await using var office = await Office.OpenAsync(postgres);
        var other = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        var lead = await office.App.AddLeadAsync(office.Course);
        await OfferAsync(office.App, lead.Id, office.Batch.Id, office.App.Clock.Today);
        await CostsAsync(office, 45_000);

        var page = await office.OnLeadAsync(lead, "enrolment", ("batchId", other.Id.ToString()));
        Assert.Equal("The fee is ₹45,000 now, not ₹42,000: send it again if that is right.", page.ErrorOf("discount"));
        await office.OnLeadAsync(lead, "enrolment", ("batchId", office.Batch.Id.ToString()));

        Assert.Equal(42_000, Assert.Single(await office.App.AllAsync<Seats.Enrolment>()).Fee.Rupees);
    }

    private static Task CostsAsync(Office office, decimal fee)
    {
        office.Course.Fee = Money.FromRupees(fee);
        return office.App.StoreAsync(office.Course);
    }

    [Fact]
    public async Task A_batch_that_takes_nobody_any_more_is_neither_offered_nor_taken()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        batch.StartsOn = app.Clock.Today.AddDays(-Batch.DaysAfterStart - 1);
        await app.StoreAsync(batch);
        var lead = await app.AddLeadAsync(course);

        var offered = await Assert.ThrowsAsync<Refusal>(() => OfferAsync(app, lead.Id, batch.Id, app.Clock.Today));

        Assert.Equal(("batchId", "CPC-2701 takes nobody any more. Choose another."), (offered.Field, offered.Message));
        Assert.Equal("batchId: CPC-2701 takes nobody any more. Choose another.", await EnrolAsync(app, lead.Id, batch.Id));
    }

    [Theory]
    [InlineData(null, "2027-01-06", "6 Jan 2027")]
    [InlineData("2026-12-30", "2026-12-30", "30 Dec 2026")]
    public async Task An_offer_is_open_no_longer_than_the_batch_takes_people(string? ends, string last, string said)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course); // from 23 December on
        batch.EndsOn = ends is null ? null : DateOnly.Parse(ends);
        await app.StoreAsync(batch);
        var (lead, day) = (await app.AddLeadAsync(course), DateOnly.Parse(last));

        var refusal = await Assert.ThrowsAsync<Refusal>(() => OfferAsync(app, lead.Id, batch.Id, day.AddDays(1)));

        Assert.Equal(("validUntil", $"CPC-2701 takes nobody after {said}. Choose that day or an earlier one."),
            (refusal.Field, refusal.Message));
        Assert.Equal(day, (await OfferAsync(app, lead.Id, batch.Id, day))!.Offer!.ValidUntil);
    }

    [Fact]
    public async Task The_last_day_that_stands_in_an_offer_at_first_is_never_too_late()
    {
        await using var office = await Office.OpenAsync(postgres);
        var today = office.App.Clock.Today;
        office.Batch.StartsOn = today.AddDays(-10);
        await office.App.StoreAsync(office.Batch);
        var later = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        var lead = await office.App.AddLeadAsync(office.Course);
        async Task<DateOnly?> UntilAsync() => (await office.App.LoadAsync<Lead>(lead.Id)).Offer?.ValidUntil;

        await office.OnLeadAsync(lead, "offers", ("batchId", $"{office.Batch.Id}"));
        Assert.Equal(today.AddDays(4), await UntilAsync());

        await office.OnLeadAsync(lead, "offers", ("batchId", $"{later.Id}"));
        Assert.Equal(today.AddDays(7), await UntilAsync());
        var typed = await office.OnLeadAsync(
            lead, "offers", ("batchId", $"{office.Batch.Id}"), ("validUntil", $"{today.AddDays(6):yyyy-MM-dd}"));
        Assert.Equal("CPC-2701 takes nobody after 27 Nov 2026. Choose that day or an earlier one.", typed.ErrorOf("validUntil"));
    }

    [Fact]
    public async Task Seats_are_not_cut_below_those_being_taken()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, seats: 10);
        var leads = new List<Lead>();
        for (var i = 0; i < 10; i++) leads.Add(await app.AddLeadAsync(course));
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/batches/" + batch.Id);

        var cutting = manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "4" });
        var refusals = await Task.WhenAll(leads.Select(l => EnrolAsync(app, l.Id, batch.Id)));
        var page = await cutting;

        var now = await app.LoadAsync<Batch>(batch.Id);
        Assert.Equal(refusals.Count(r => r is null), now.SeatsTaken);
        Assert.True(now.SeatsTaken <= now.Seats, $"{now.SeatsTaken} of {now.Seats}");
        Assert.Equal(page.Status == HttpStatusCode.OK ? 4 : 10, now.Seats);
        Assert.Equal(now.SeatsTaken, (await app.AllAsync<Seats.Enrolment>()).Count);
    }

    [Fact]
    public async Task What_was_agreed_is_written_down_and_a_discount_above_the_fee_takes_no_seat()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);

        Assert.Equal("discount: The discount cannot exceed the fee of ₹42,000.",
            await EnrolAsync(app, lead.Id, batch.Id, discount: 42_000.01m));
        Assert.Equal(0, (await app.LoadAsync<Batch>(batch.Id)).SeatsTaken);
        Assert.Null(await EnrolAsync(app, lead.Id, batch.Id, discount: 1_999.50m, instalments: 3));

        var enrolment = Assert.Single(await app.AllAsync<Seats.Enrolment>());
        Assert.Equal((42_000m, 1_999.50m, 40_000.50m), (enrolment.Fee.Rupees, enrolment.Discount.Rupees, enrolment.Net.Rupees));
        Assert.Equal([13_334.50m, 13_333m, 13_333m], enrolment.Instalments.Select(i => i.Amount.Rupees));
        Assert.Equal(40_000.50m, Assert.Single((await app.EventsAsync(lead.Id)).OfType<LeadEnrolled>()).Net.Rupees);
    }

    [Fact]
    public async Task Seats_already_taken_cannot_be_taken_away()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, seats: 3);
        for (var i = 0; i < 2; i++) Assert.Null(await EnrolAsync(app, (await app.AddLeadAsync(course)).Id, batch.Id));
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/batches/" + batch.Id);

        var refused = await manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "1", ["mode"] = "Online" });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "2 seats are taken already. Leave 2, or move or withdraw somebody first."),
            (refused.Status, refused.ErrorOf("seats")));
        Assert.Equal(("1", "Online"), (refused.One("[name=seats]").GetAttribute("value"),
            refused.One("[name=mode] option[selected]").GetAttribute("value")));
        Assert.Equal((3, batch.Mode), ((await app.LoadAsync<Batch>(batch.Id)).Seats, (await app.LoadAsync<Batch>(batch.Id)).Mode));
        await manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "2" });

        Assert.Equal((2, 2), ((await app.LoadAsync<Batch>(batch.Id)).Seats, (await app.LoadAsync<Batch>(batch.Id)).SeatsTaken));
    }

    [Fact]
    public async Task A_seat_that_was_taken_meanwhile_does_not_overtake_the_page_of_a_batch()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/batches/" + batch.Id);
        Assert.Null(await EnrolAsync(app, (await app.AddLeadAsync(course)).Id, batch.Id));

        var page = await manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["mode"] = "Online" });

        Assert.Equal("CPC-2701 is saved.", page.One(".done").TextContent);
        var saved = await app.LoadAsync<Batch>(batch.Id);
        Assert.Equal((TeachingMode.Online, 1, 1), (saved.Mode, saved.SeatsTaken, saved.LastRollNumber));
    }

    [Fact]
    public async Task A_full_batch_is_in_no_list_of_batches_to_choose_from()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var full = await app.AddBatchAsync(course, seats: 1, code: "CPC-FULL");
        var free = await app.AddBatchAsync(course, seats: 1, code: "CPC-FREE");
        Assert.Null(await EnrolAsync(app, (await app.AddLeadAsync(course)).Id, full.Id));
        var lead = await app.AddLeadAsync(course, "Meera Das");
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var page = await staff.GetAsync("/leads/" + lead.Id);
        var brochure = await (await staff.DownloadAsync($"/leads/{lead.Id}/brochure.pdf")).Content.ReadAsByteArrayAsync();

        foreach (var act in new[] { "offers", "enrolment" })
            Assert.Equal(["", free.Id.ToString()], ValuesOf(page, $"form[action='/leads/{lead.Id}/{act}'] [name=batchId] option"));
        var text = string.Join(' ', PdfText.Pages(brochure));
        Assert.Contains("CPC-FREE", text);
        Assert.DoesNotContain("CPC-FULL", text);
    }

    [Fact]
    public async Task Where_every_batch_is_full_the_page_says_so()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var full = await app.AddBatchAsync(course, seats: 1);
        Assert.Null(await EnrolAsync(app, (await app.AddLeadAsync(course)).Id, full.Id));
        var lead = await app.AddLeadAsync(course, "Meera Das");
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var page = await staff.GetAsync("/leads/" + lead.Id);

        foreach (var act in new[] { "offers", "enrolment" })
            Assert.StartsWith("No open batch of CPC Preparation has a seat left.",
                page.One($"form[action='/leads/{lead.Id}/{act}'] .quiet").TextContent.Trim());
    }

    private static IEnumerable<string?> ValuesOf(WebPage page, string selector) =>
        page.Html.QuerySelectorAll(selector).Select(o => o.GetAttribute("value"));

    [Fact]
    public async Task An_offer_whose_seat_somebody_else_has_taken_says_so_and_one_that_is_held_does_not()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1);
        var lead = await office.App.AddLeadAsync(office.Course, "Binu George");
        await office.App.ActAsync<MakeOffer>(lead.Id, office.User, ("batchId", office.Batch.Id.ToString()), ("discount", "0"),
            ("validUntil", $"{office.App.Clock.Today.AddDays(7):yyyy-MM-dd}"));
        async Task<string> SaidAsync() => (await office.Staff.GetAsync($"/leads/{lead.Id}")).Texts("dt")
            .Single(t => t.StartsWith("Offer", StringComparison.Ordinal));
        Assert.Equal("Offer", await SaidAsync());

        var (_, seat) = await office.EnrolAsync("Anjali Nair");
        Assert.Equal("Offer, the batch is full by now", await SaidAsync());

        await office.OnLeadAsync(lead, "waits", ("batchId", office.Batch.Id.ToString()));
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moves away"));
        Assert.Equal("Offer", await SaidAsync());
    }
}
