using System.Net;
using Crm.Correspondence;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Reports;
using Crm.Seats;
using Npgsql;

namespace Crm.Tests.Enrolments;

/// <summary>Giving up a seat: what becomes of it, of the money, and of the lead.</summary>
public sealed class WithdrawalTests(TestPostgres postgres)
{
    private static readonly DateOnly First = new(2027, 1, 4);
    private static readonly DateOnly Last = new(2027, 5, 23); // 140 days

    private static RefundDue Count(RefundPolicy policy, decimal paid, DateOnly on, decimal net = 42_000) =>
        policy.Count(Money.FromRupees(paid), Money.FromRupees(net), First, Last, on, new MoneyStyle());

    [Theory]
    [InlineData("2027-01-03", 14_000, "All of ₹14,000: before the first day, 4 Jan 2027")]
    [InlineData("2027-01-04", 7_000, "50% of ₹14,000: on or before 17 Jan 2027")]
    [InlineData("2027-01-17", 7_000, "50% of ₹14,000: on or before 17 Jan 2027")]
    [InlineData("2027-01-18", 0, "None of ₹14,000: after 17 Jan 2027")]
    public void All_is_due_back_before_the_first_day_then_a_part_then_nothing(string on, decimal due, string counted)
    {
        var found = Count(new RefundPolicy(50, 14), 14_000, DateOnly.Parse(on));

        Assert.Equal((due, counted), (found.Amount.Rupees, found.Counted));
    }

    [Theory]
    [InlineData(25, "2027-02-07", true)]
    [InlineData(25, "2027-02-08", false)]
    [InlineData(100, "2027-05-23", true)]
    public void The_time_can_be_a_share_of_the_batch(int share, string on, bool part) =>
        Assert.Equal(part, Count(new RefundPolicy(50, share, RefundSpan.PercentOfTheTime), 14_000, DateOnly.Parse(on)).Amount > Money.Zero);

    [Theory]
    [InlineData(0, 14)]
    [InlineData(50, 0)]
    public void Where_no_part_is_given_nothing_is_due_from_the_first_day_on(int percent, int days)
    {
        var found = Count(new RefundPolicy(percent, days), 14_000, First);

        Assert.Equal((0, "None of ₹14,000: from the first day on, 4 Jan 2027"), (found.Amount.Rupees, found.Counted));
    }

    [Fact]
    public async Task A_manager_may_say_that_another_amount_is_due_back_with_a_reason_beside_the_rules()
    {
        await using var office = await Office.OpenAsync(postgres);
        using var manager = await office.App.SignInAsync(Roles.Manager);
        var (_, seat) = await office.EnrolAsync(instalments: 3);
        await office.PayAsync(seat, 14_000);
        var page = await office.Staff.GetAsync($"/leads/{seat.LeadId}");
        Assert.Empty(page.Html.QuerySelectorAll($"form[action='/enrolments/{seat.Id}/withdrawal'] [name=refund]"));
        (string, string)[] typed =
            [("on", "2026-11-23"), ("why", "Moving"), ("refund", "9,000"), ("because", "Books were given out")];
        var refused = await Assert.ThrowsAsync<Refusal>(() => office.App.OnSeatAsync<Withdraw>(seat.Id, office.User, typed));
        Assert.Equal("Only a manager may say that another amount is due back.", refused.Message);
        var asManager = office with { Staff = manager };

        page = await asManager.OnSeatAsync(seat, "withdrawal", [.. typed[1..2], ("refund", "14000.01"), typed[3]]);
        Assert.Equal("No more than ₹14,000 was received and not given back yet.", page.ErrorOf("refund"));
        page = await asManager.OnSeatAsync(seat, "withdrawal", typed[1..3]);
        Assert.NotEqual("", page.ErrorOf("because"));
        page = await asManager.OnSeatAsync(seat, "withdrawal", typed[1..]);

        var now = await office.NowAsync(seat);
        Assert.Equal((9_000, 9_000, 5_000), (now.Left!.RefundDue.Rupees, now.Credit.Rupees, now.Net.Rupees));
        Assert.Equal("Beena Thomas decided: Books were given out. By the rules ₹14,000: All of ₹14,000: before the first day, 23 Dec 2026",
            now.Left.Counted);
        Assert.Contains("Beena Thomas decided: Books were given out", page.One(".seat-left").TextContent);
    }

    [Fact]
    public async Task What_is_kept_beyond_the_fee_is_owed_when_its_cheque_bounces()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (_, seat) = await office.EnrolAsync(instalments: 3);
        await office.PayAsync(seat, 42_000);
        await office.PayAsync(seat, 8_000, "Cheque", "004211 SBI");
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"), ("refund", "0"), ("because", "Books were given out"));
        var now = await office.NowAsync(seat);
        Assert.Equal((50_000, 50_000, null), (now.Net.Rupees, now.Instalments.Sum(i => i.Amount.Rupees), now.DueOn));

        await office.OnSeatAsync(seat, "reversals",
            ("entryId", now.Payments[1].Id.ToString()), ("kind", "ChequeBounced"), ("why", "no funds"));

        now = await office.NowAsync(seat);
        Assert.Equal((8_000, 8_000), (now.Balance.Rupees, now.Open.Sum(o => o.Amount.Rupees)));
    }

    [Fact]
    public async Task A_payment_that_never_was_is_not_owed_when_the_seat_is_given_up()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (_, seat) = await office.EnrolAsync(instalments: 3);
        foreach (var rupees in new[] { 14_000m, 14_000m, 5_000m }) await office.PayAsync(seat, rupees);
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"), ("refund", "10000"), ("because", "As agreed"));
        Assert.Equal((23_000, 10_000), ((await office.NowAsync(seat)).Net.Rupees, (await office.NowAsync(seat)).Credit.Rupees));
        async Task<Enrolment> VoidAsync(decimal rupees)
        {
            var wrong = (await office.NowAsync(seat)).Payments.First(p => p.Counts && p.Amount.Rupees == rupees);
            var asked = await office.OnSeatAsync(seat, "reversals",
                ("entryId", wrong.Id.ToString()), ("kind", "RecordedByMistake"), ("why", "entered twice"));
            Assert.Equal("₹10,000 was due back, counted with this payment. That stays, and less of the fee is kept. If that is right, "
                + "send it again.", asked.ErrorOf("entryId"));
            await office.Staff.SubmitAsync($"form[action='/enrolments/{seat.Id}/reversals']");
            return await office.NowAsync(seat);
        }

        var now = await VoidAsync(14_000);

        Assert.Equal((9_000, 10_000, null), (now.Net.Rupees, now.Credit.Rupees, now.DueOn));
        Assert.Equal(9_000, now.Instalments.Sum(i => i.Amount.Rupees));
        Assert.Contains("Nobody owes anything", (await office.Staff.GetAsync("/dues")).Text);
        // No more is due back than came in.
        now = await VoidAsync(14_000);
        Assert.Equal((0, 5_000, null), (now.Net.Rupees, now.Credit.Rupees, now.DueOn));
    }

    [Fact]
    public void Half_a_paisa_is_the_students_and_what_was_paid_beyond_the_fee_comes_back_in_any_case()
    {
        Assert.Equal(0.01m, Count(new RefundPolicy(50, 14), 0.01m, First).Amount.Rupees);
        var late = Count(new RefundPolicy(50, 14), 50_000, Last);
        Assert.Equal((8_000, "None of ₹42,000: after 17 Jan 2027, and ₹8,000 paid beyond the fee"), (late.Amount.Rupees, late.Counted));
        Assert.Equal("Nothing was paid that could be given back", Count(new RefundPolicy(), 0, First).Counted);
    }

    [Fact]
    public async Task An_offer_is_a_fact_until_its_seat_is_taken()
    {
        await using var office = await Office.OpenAsync(postgres);
        var lead = await office.App.AddLeadAsync(office.Course);
        await office.OnLeadAsync(lead, "offers", ("batchId", office.Batch.Id.ToString()));
        Assert.Contains("Offer", (await office.Staff.GetAsync($"/leads/{lead.Id}")).Texts("#facts dt"));

        var seat = await office.App.EnrolAsync(lead, office.User, office.Batch);

        Assert.DoesNotContain("Offer", (await office.Staff.GetAsync($"/leads/{lead.Id}")).Texts("#facts dt"));
        Assert.DoesNotContain("Offer", (await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"))).Texts("#facts dt"));
    }

    [Fact]
    public async Task The_seat_is_free_at_once_open_instalments_fall_due_no_more_and_the_refund_is_said_and_given()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (lead, seat) = await office.EnrolAsync(instalments: 3);
        await office.PayAsync(seat, 20_000);
        var panel = await office.Staff.GetAsync($"/leads/{lead.Id}");
        Assert.Contains("₹20,000 would be due back today. All of ₹20,000: before the first day, 23 Dec 2026.",
            panel.One($"form[action='/enrolments/{seat.Id}/withdrawal'] .quiet").TextContent);

        var page = await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving to Dubai"));

        var now = await office.NowAsync(seat);
        Assert.Equal((0, 1), ((await office.BatchNowAsync()).SeatsTaken, (await office.BatchNowAsync()).LastRollNumber));
        Assert.Equal((0, -20_000, 20_000, null), (now.Net.Rupees, now.Balance.Rupees, now.Left!.RefundDue.Rupees, now.DueOn));
        Assert.Equal(["Withdrawn from CPC-2701", "20000"],
            [page.One(".seat h2").TextContent,
                page.One($"form[action='/enrolments/{seat.Id}/refunds'] [name=amount]").GetAttribute("value")]);
        Assert.Contains("₹20,000 was due back. All of ₹20,000: before the first day", page.One(".seat-left").TextContent);
        Assert.Equal("roll number CPC-2701-01 · Moving to Dubai · ₹20,000 due back · All of ₹20,000: before the first day, 23 Dec 2026",
            page.Texts(".timeline li:has(.what) .detail").First());
        Assert.Equal(["Withdrew from CPC-2701", "₹20,000 received", "Enrolled in CPC-2701"],
            page.Texts(".timeline .what").Where(w => !w.Contains("etter") && !w.StartsWith("Receipt ", StringComparison.Ordinal)).Take(3));
        Assert.Equal("Fee kept", page.Html.QuerySelectorAll(".seat dt").Single(t => t.NextElementSibling!.TextContent == "₹0"
            && t.TextContent.StartsWith("Fee", StringComparison.Ordinal)).TextContent);
        Assert.DoesNotContain("Anjali", (await office.Staff.GetAsync("/dues")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await office.Staff.DownloadAsync($"/leads/{lead.Id}/enrolment-letter.pdf")).StatusCode);

        await office.OnSeatAsync(seat, "refunds", ("way", "Cash"), ("why", "as agreed"));
        now = await office.NowAsync(seat);
        Assert.Equal((0, 20_000, 20_000), (now.Balance.Rupees, now.Received.Rupees, now.Refunded.Rupees));
        Assert.Equal(0, (await office.App.AllAsync<LedgerEntry>()).Sum(e => e.Amount.Paise));
    }

    [Fact]
    public async Task Of_what_the_institute_keeps_the_tax_in_it_is_shown_and_more_than_is_due_back_is_asked_about()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        await office.App.DescribeAsync(p => (p.Gstin, p.FeeTax) = ("32AAPFU0939F1Z4", FeeTax.OnTop));
        var (lead, seat) = await office.EnrolAsync(discount: 27_000);
        await office.PayAsync(seat, 17_700);
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Night shifts"), ("refund", "7700"), ("because", "As agreed"));
        var page = await office.Staff.GetAsync($"/leads/{lead.Id}");
        Assert.Contains("₹1,525.42", page.Texts(".seat .facts-list dd"));
        Assert.Equal(10_000, (await office.NowAsync(seat)).Net.Rupees);

        var asked = await office.OnSeatAsync(seat, "refunds", ("amount", "8000"), ("way", "Cash"), ("why", "as agreed"));
        Assert.Equal("₹7,700 is due back, and ₹300 would be owed again. If that is right, send it again.", asked.ErrorOf("amount"));
        Assert.Empty((await office.NowAsync(seat)).Refunds);
        await office.Staff.SubmitAsync($"form[action='/enrolments/{seat.Id}/refunds']");
        Assert.Equal(300, (await office.NowAsync(seat)).Balance.Rupees);
    }

    [Fact]
    public async Task In_the_time_of_a_part_the_institute_keeps_the_rest()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (_, seat) = await office.EnrolAsync(instalments: 3);
        await office.PayAsync(seat, 14_000.01m);
        office.App.Time.Advance(TimeSpan.FromDays(35));
        var signedIn = office with { Staff = await office.App.SignInAsync(office.User) };

        await signedIn.OnSeatAsync(seat, "withdrawal", ("why", "Night shifts"));

        var now = await office.NowAsync(seat);
        Assert.Equal((7_000m, 7_000.01m, -7_000.01m), (now.Net.Rupees, now.Left!.RefundDue.Rupees, now.Balance.Rupees));
        Assert.Equal([7_000m], now.Instalments.Select(i => i.Amount.Rupees));
    }

    [Fact]
    public async Task Where_another_sum_is_due_back_than_the_page_said_it_is_asked_about_once()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 20_000);
        await office.Staff.GetAsync($"/leads/{seat.LeadId}");
        var batch = await office.BatchNowAsync();
        batch.StartsOn = new(2026, 11, 2);
        await office.App.StoreAsync(batch);
        var form = $"form[action='/enrolments/{seat.Id}/withdrawal']";

        var page = await office.Staff.SubmitAsync(form, new() { ["why"] = "Moving" });

        Assert.Equal("₹0 would be due back, not ₹20,000. None of ₹20,000: after 15 Nov 2026. Send it again if that is right.",
            page.One($"{form} .field:has([name=on]) .error").TextContent);
        Assert.True((await office.NowAsync(seat)).IsCurrent);
        await office.Staff.SubmitAsync(form);
        Assert.Equal(0, (await office.NowAsync(seat)).Left!.RefundDue.Rupees);
    }

    [Theory]
    [InlineData("", "on", 14_000, 0)]
    [InlineData("9000", "refund", 5_000, 9_000)]
    public async Task Money_that_a_colleague_recorded_meanwhile_is_said_before_it_is_kept(
        string refund, string field, decimal kept, decimal due)
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 10_000);
        office.App.Time.Advance(TimeSpan.FromDays(50)); // nothing is due back by the rules any more
        var now = office with { Staff = await office.App.SignInAsync(office.User) };
        using var colleague = office.App.Browse(now.Staff);
        await now.Staff.GetAsync($"/leads/{seat.LeadId}");
        await (now with { Staff = colleague }).PayAsync(seat, 4_000);
        var form = $"form[action='/enrolments/{seat.Id}/withdrawal']";

        var page = await now.Staff.SubmitAsync(form, new() { ["why"] = "Moving", ["refund"] = refund, ["because"] = "As agreed" });

        Assert.Equal("This was changed meanwhile: ₹14,000 was received and not given back, not ₹10,000. Send it again if that is right.",
            page.One($"{form} .field:has([name={field}]) .error").TextContent);
        Assert.True((await office.NowAsync(seat)).IsCurrent);
        await now.Staff.SubmitAsync(form);
        Assert.Equal((kept, due), ((await office.NowAsync(seat)).Net.Rupees, (await office.NowAsync(seat)).Credit.Rupees));
    }

    [Fact]
    public async Task A_day_on_which_more_was_due_back_than_today_is_a_managers_to_choose()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (_, seat) = await office.EnrolAsync();
        var (_, late) = await office.EnrolAsync("Binu George");
        foreach (var one in new[] { seat, late }) await office.PayAsync(one, 20_000);
        office.App.Time.Advance(TimeSpan.FromDays(50));
        var counsellor = office with { Staff = await office.App.SignInAsync(office.User) };
        var manager = office with { Staff = await office.App.SignInAsync(Roles.Manager) };
        var form = $"form[action='/enrolments/{seat.Id}/withdrawal']";

        var page = await counsellor.OnSeatAsync(seat, "withdrawal", ("on", "2026-12-25"), ("why", "Moving"));
        Assert.Equal("₹10,000 would be due back for this day, and ₹0 today. Only a manager may choose a day that brings more back.",
            page.One($"{form} .field:has([name=on]) .error").TextContent);
        await counsellor.OnSeatAsync(late, "withdrawal", ("on", "2027-01-11"), ("why", "Moving"));
        var left = (await office.NowAsync(late)).Left!;
        Assert.Equal((new DateOnly(2027, 1, 11), 0), (left.On, left.RefundDue.Rupees));

        page = await manager.OnSeatAsync(seat, "withdrawal", ("on", "2026-12-25"), ("why", "Moving"));
        Assert.StartsWith("₹10,000 would be due back, not ₹0.", page.One($"{form} .field:has([name=on]) .error").TextContent);
        await manager.Staff.SubmitAsync(form);
        Assert.Equal(10_000, (await office.NowAsync(seat)).Left!.RefundDue.Rupees);
    }

    [Fact]
    public async Task The_lead_shows_it_the_funnel_keeps_it_and_the_student_can_come_again()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (lead, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 42_000);
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Fees at home"));
        var after = await office.App.LoadAsync<Lead>(lead.Id);
        Assert.Equal((Stage.Lost, LostReason.Withdrew), (after.Stage, after.LostReason));
        Assert.NotNull(after.EnrolledAt);

        await office.OnLeadAsync(lead, "enrolment", ("batchId", office.Batch.Id.ToString()));

        var seats = await office.App.AllAsync<Enrolment>();
        Assert.Equal(["CPC-2701-01", "CPC-2701-02"], seats.Select(s => s.RollNumber).Order());
        Assert.Equal((1, 2), ((await office.BatchNowAsync()).SeatsTaken, (await office.BatchNowAsync()).LastRollNumber));
        await using var database = NpgsqlDataSource.Create(office.App.ConnectionString);
        await using var session = office.App.Store.QuerySession();
        var today = office.App.Clock.Today;
        var funnel = (await FunnelReport.LoadAsync(database, session, today, today, office.App.Clock, default)).Total;
        Assert.Equal((1, 1, 0, 42_000), (funnel.Enquiries, funnel.Enrolled, funnel.Lost, funnel.Fees.Rupees));
    }

    [Fact]
    public async Task What_waits_about_the_seat_is_not_sent()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (_, seat) = await office.EnrolAsync();
        await office.OnSeatAsync(seat, "withdrawal", ("why", "At once"));

        await office.App.DeliverAsync();

        Assert.Equal(MessageStatus.Cancelled,
            Assert.Single(await office.App.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.EnrolmentLetter).Status);
    }

    [Theory]
    [InlineData("on", "2026-11-24", "why", "This day has not come yet.")]
    [InlineData("on", "2026-11-22", "why", "This is before the day on which they enrolled.")]
    [InlineData("why", "", "", "Enter the reason.")]
    public async Task It_is_refused_beside_the_field_that_cannot_be(string field, string value, string why, string said)
    {
        await using var office = await Office.OpenAsync(postgres);
        var (_, seat) = await office.EnrolAsync();

        var page = await office.OnSeatAsync(seat, "withdrawal", (field, value), (why.Length == 0 ? "x" : why, "Kept"));

        Assert.Equal(said, page.One($"form[action='/enrolments/{seat.Id}/withdrawal'] .error").TextContent);
        Assert.True((await office.NowAsync(seat)).IsCurrent);
    }

    [Fact]
    public async Task A_seat_is_given_up_once_and_a_batch_that_ended_keeps_its_seats()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (lead, seat) = await office.EnrolAsync();
        await office.Staff.GetAsync($"/leads/{lead.Id}");
        var stale = office.Staff.Page;
        await office.OnSeatAsync(seat, "withdrawal", ("why", "First"));

        var withdrawal = Assert.Throws<Refusal>(() => Departures.RefuseLeft(office.NowAsync(seat).Result));
        Assert.Equal("They withdrew on 23 Nov 2026 already.", withdrawal.Message);
        var form = stale.Html.QuerySelectorAll($"form[action='/enrolments/{seat.Id}/withdrawal'] input[type=hidden]")
            .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        var page = await office.Staff.PostAsync($"/enrolments/{seat.Id}/withdrawal",
            new(form) { ["on"] = "2026-11-23", ["why"] = "Second", ["formId"] = Guid.NewGuid().ToString() });
        Assert.Contains("They withdrew on 23 Nov 2026 already.", page.Text);

        var batch = await office.BatchNowAsync();
        batch.EndsOn = office.App.Clock.Today.AddDays(-1);
        Assert.Equal("CPC-2701 ended on 22 Nov 2026.", OpenBatches.WhyClosed(batch, office.App.Clock.Today));
    }
}
