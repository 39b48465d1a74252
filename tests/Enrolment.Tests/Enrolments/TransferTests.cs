using Crm.Accounts;
using Crm.Changes;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Seats;

namespace Crm.Tests.Enrolments;

/// <summary>Changing a seat for one in another batch or course: the seat, the money, the lead and the letter in one step.</summary>
public sealed class TransferTests(TestPostgres postgres)
{
    private static async Task<Enrolment> NewSeatAsync(Office office, Enrolment old) =>
        await office.App.LoadAsync<Enrolment>((await office.NowAsync(old)).Left!.To!.Value);

    // By then everybody has been signed out.
    private static Task<Browser> SomeDaysOnAsync(Office office, int days)
    {
        office.App.Time.Advance(TimeSpan.FromDays(days));
        return office.App.SignInAsync(office.User);
    }

    private static async Task AgreeAsync(Office office)
    {
        var lines = (await office.App.AllAsync<LedgerEntry>()).ToLookup(l => l.EnrolmentId);
        foreach (var seat in await office.App.AllAsync<Enrolment>())
        {
            Assert.Equal(seat.Net - seat.Received + seat.Refunded, seat.Balance);
            Assert.Equal(seat.Received - seat.Refunded, lines[seat.Id].Aggregate(Money.Zero, (sum, l) => sum + l.Amount));
            Assert.Equal(seat.Net, seat.Instalments.Aggregate(Money.Zero, (sum, i) => sum + i.Amount));
        }
    }

    [Fact]
    public async Task One_person_has_one_seat_in_a_batch_whatever_leads_they_have()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var crc = await office.App.AddCourseAsync("CRC");
        var elsewhere = await office.App.AddBatchAsync(crc, code: "CRC-2701");
        var (first, _) = await office.EnrolAsync("Dual Nair");
        var moves = await office.App.AddLeadAsync(crc, "Dual Nair", "dual@mail.example");
        var again = await office.App.AddLeadAsync(office.Course, "Dual K Nair", "dual.k@mail.example");
        var seat = await office.App.EnrolAsync(moves, office.User, elsewhere);
        foreach (var other in new[] { moves, again })
        {
            await office.Staff.GetAsync($"/people/{first.PersonId}/merges/new?with={other.PersonId}");
            await office.Staff.SubmitAsync($"form[action='/people/{first.PersonId}/merges']", new() { ["name"] = "keep" });
        }

        var enrolled = await office.OnLeadAsync(again, "enrolment", ("batchId", office.Batch.Id.ToString()), ("instalments", "1"));
        var moved = await office.OnSeatAsync(seat, "transfer", ("batchId", office.Batch.Id.ToString()), ("instalments", "1"),
            ("firstDueOn", "2027-01-10"), ("why", "Other course"));

        const string says = "The same person has CPC-2701-01 in CPC-2701 already.";
        Assert.Equal((says, says), (enrolled.ErrorOf("batchId"), moved.ErrorOf("batchId")));
        Assert.Equal((1, 1), ((await office.BatchNowAsync()).SeatsTaken, (await office.BatchNowAsync(elsewhere)).SeatsTaken));
    }

    [Fact]
    public async Task Within_a_course_the_price_stays_and_what_was_paid_goes_along()
    {
        await using var office = await Office.OpenAsync(postgres);
        var to = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        var (lead, seat) = await office.EnrolAsync(instalments: 3, discount: 2_000);
        await office.PayAsync(seat, 14_000);
        office.Course.Fee = Money.FromRupees(60_000);
        await office.App.StoreAsync(office.Course);

        var page = await office.OnSeatAsync(seat, "transfer", ("batchId", to.Id.ToString()), ("instalments", "2"),
            ("firstDueOn", "2027-01-10"), ("why", "Evenings suit better"));
        await office.App.DeliverAsync();

        var (old, now) = (await office.NowAsync(seat), await NewSeatAsync(office, seat));
        Assert.Equal(("CPC-2702-01", 40_000, 14_000, 26_000), (now.RollNumber, now.Net.Rupees, now.Received.Rupees, now.Balance.Rupees));
        Assert.Equal((0, 0, 0, 14_000), (old.Net.Rupees, old.Received.Rupees, old.Balance.Rupees, old.MovedOn.Rupees));
        Assert.Equal([14_000, 13_000, 13_000], now.Instalments.Select(i => i.Amount.Rupees));
        Assert.Equal((new DateOnly(2027, 1, 10), 13_000), (now.DueOn, now.DueNext(office.App.Clock.Today).Rupees));
        Assert.Equal((0, 1), ((await office.BatchNowAsync()).SeatsTaken, (await office.BatchNowAsync(to)).SeatsTaken));
        var after = await office.App.LoadAsync<Lead>(lead.Id);
        Assert.Equal((Stage.Enrolled, now.Id), (after.Stage, after.EnrolmentId));
        Assert.Equal(["Enrolled in CPC-2702", "Moved on from CPC-2701"], page.Texts(".seat h2"));
        await AgreeAsync(office);
        var receipt = Assert.Single(await office.App.AllAsync<Receipt>());
        Assert.Equal(("CPC-2701", "CPC-2701-01", null), (receipt.BatchCode, receipt.RollNumber, receipt.Void));
        // A colleague's page still shows the seat as it was.
        var refused = await Assert.ThrowsAsync<Refusal>(() => office.App.OnSeatAsync<RecordPayment>(seat.Id, office.User,
            ("amount", "1"), ("way", "Cash"), ("on", "2026-11-23")));
        Assert.Equal("They moved to CPC-2702-01: record the payment there.", refused.Message);
        var letters = (await office.App.AllAsync<OutboxMessage>()).Where(m => m.Kind == "enrolment-letter").OrderBy(m => m.CreatedAt);
        Assert.Equal([MessageStatus.Cancelled, MessageStatus.Sent], letters.Select(m => m.Status).Order().Reverse());
    }

    [Fact]
    public async Task The_parts_and_days_that_were_agreed_go_along_unless_somebody_says_otherwise()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (_, seat) = await office.EnrolAsync(instalments: 3);
        await office.PayAsync(seat, 20_000);
        using var later = await SomeDaysOnAsync(office, 40);
        var to = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        var before = await office.NowAsync(seat);

        await (office with { Staff = later }).OnSeatAsync(seat, "transfer", ("batchId", $"{to.Id}"), ("why", "Evenings suit better"));

        var now = await NewSeatAsync(office, seat);
        Assert.Equal((3, before.DueOn!.Value), (before.Instalments.Count, before.Instalments[1].DueOn));
        Assert.Equal(before.Instalments, now.Instalments);
        Assert.Equal(before.Open, now.Open);
        await AgreeAsync(office);
    }

    [Fact]
    public async Task To_another_price_what_is_left_falls_in_equal_parts_on_the_days_that_were_agreed_however_late_they_are()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (_, seat) = await office.EnrolAsync(instalments: 3);
        await office.PayAsync(seat, 20_000);
        using var later = await SomeDaysOnAsync(office, 80);
        var to = await office.App.AddBatchAsync(await office.App.AddCourseAsync("CCS", 55_000));
        var before = await office.NowAsync(seat);

        await (office with { Staff = later }).OnSeatAsync(seat, "transfer", ("batchId", $"{to.Id}"), ("why", "Has experience"));
        await later.SubmitAsync($"form[action='/enrolments/{seat.Id}/transfer']");

        var now = await NewSeatAsync(office, seat);
        Assert.Equal([(before.Open[0].DueOn, 17_500m), (before.Open[1].DueOn, 17_500m)], now.Open.Select(i => (i.DueOn, i.Amount.Rupees)));
        Assert.True(now.DueOn < office.App.Clock.Today.AddDays(-31));
        Assert.Equal([20_000, 17_500, 17_500], now.Instalments.Select(i => i.Amount.Rupees));
        await AgreeAsync(office);
    }

    [Theory]
    [InlineData(FeeTax.Within, FeeTax.OnTop, "2000", "40000")]
    [InlineData(FeeTax.OnTop, FeeTax.Within, "2000", "47200")]
    [InlineData(FeeTax.OnTop, FeeTax.Within, "2100.50", "47081.41")]
    public async Task Within_a_course_the_tax_stays_as_it_was_agreed_whatever_is_set_of_taxes_since(
        FeeTax then, FeeTax now, string discount, string net)
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        await office.App.DescribeAsync(p => (p.Gstin, p.FeeTax) = ("32AAPFU0939F1Z4", then));
        var to = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        var (_, seat) = await office.EnrolAsync(discount: 2_000);
        await office.App.DescribeAsync(p => p.FeeTax = now);

        (string, string)[] typed = [("batchId", to.Id.ToString()), ("discount", discount), ("why", "Evenings")];
        await office.OnSeatAsync(seat, "transfer", typed);
        // Another discount is another price, and asked about.
        if (discount != "2000") await office.Staff.SubmitAsync($"form[action='/enrolments/{seat.Id}/transfer']");

        Assert.Equal(decimal.Parse(net), (await NewSeatAsync(office, seat)).Net.Rupees);
        await AgreeAsync(office);
    }

    [Theory]
    [InlineData(55_000, "0", "₹55,000 is ₹13,000 more than the ₹42,000 agreed now; ₹35,000 would be left to pay.", 35_000)]
    [InlineData(15_000, "0", "₹15,000 is ₹27,000 less than the ₹42,000 agreed now; ₹5,000 would be credit to give back.", -5_000)]
    [InlineData(55_000, "35000", "₹20,000 is ₹22,000 less than the ₹42,000 agreed now; nothing would be left to pay.", 0)]
    public async Task Another_price_is_said_first_and_taken_when_it_is_sent_again(
        decimal fee, string discount, string said, decimal balance)
    {
        await using var office = await Office.OpenAsync(postgres);
        var to = await office.App.AddBatchAsync(await office.App.AddCourseAsync("CCS", fee));
        var (lead, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 20_000);
        (string, string)[] typed = [("batchId", to.Id.ToString()), ("discount", discount), ("why", "Has experience")];
        var form = $"form[action='/enrolments/{seat.Id}/transfer']";

        var page = await office.OnSeatAsync(seat, "transfer", typed);
        Assert.StartsWith(said, page.One(form + " .error").TextContent);
        Assert.True((await office.NowAsync(seat)).IsCurrent);
        Assert.Equal(0, (await office.BatchNowAsync(to)).SeatsTaken);
        await office.Staff.SubmitAsync(form);

        Assert.Equal(balance, (await NewSeatAsync(office, seat)).Balance.Rupees);
        Assert.Equal("CCS Preparation", (await office.App.LoadAsync<Lead>(lead.Id)).CourseName);
        await AgreeAsync(office);
    }

    [Fact]
    public async Task It_is_listed_among_the_changes_with_all_that_it_touched_and_says_how_it_is_taken_back()
    {
        await using var office = await Office.OpenAsync(postgres);
        var to = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        var (lead, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 20_000);
        await office.OnSeatAsync(seat, "transfer", ("batchId", to.Id.ToString()), ("why", ""));
        Assert.Empty(await office.App.AllAsync<Change>()); // it was refused

        await office.OnSeatAsync(seat, "transfer", ("batchId", to.Id.ToString()), ("why", "Evenings suit better"));
        var now = await NewSeatAsync(office, seat);
        office.App.Time.Advance(TimeSpan.FromMinutes(1));
        await office.OnSeatAsync(now, "withdrawal", ("why", "Moved away"));

        var list = await office.Staff.GetAsync("/changes");
        Assert.Equal(["Withdrew CPC-2702-01", "Moved CPC-2701-01 to CPC-2702-01"], list.Texts("td.who a"));
        Assert.Equal(["Withdrawal", "Transfer"], list.Texts("td[data-label=Kind]"));
        var change = (await office.App.AllAsync<Change>()).Single(c => c.Kind == ChangeKind.Transfer);
        Assert.Equal((1, 2, 0, false), (change.Leads, change.Seats, change.People, change.CanBeUndone));
        var page = await office.Staff.GetAsync($"/changes/{change.Id}");
        Assert.Equal(["Lead", "Seat", "Seat"], page.Texts("td[data-label=Of]").Order());
        Assert.Contains("Move the student back from the seat instead", page.Text);
        Assert.Null(page.Html.QuerySelector("a[href$='/undoings/new']"));
        Assert.Equal($"/changes/{change.Id}", (await office.Staff.GetAsync($"/changes/{change.Id}/undoings/new")).Path);
        Assert.Equal(lead.Id, now.LeadId);
    }

    [Fact]
    public async Task A_cheque_that_bounces_after_two_transfers_is_missing_where_the_student_is_now()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (b, c) = (await office.App.AddBatchAsync(office.Course, code: "B"), await office.App.AddBatchAsync(office.Course, code: "C"));
        var (_, first) = await office.EnrolAsync();
        await office.PayAsync(first, 5_000);
        await office.PayAsync(first, 2_000);
        await office.PayAsync(first, 9_000, "Cheque", "004211");
        await office.AgreeOnSeatAsync(first, "refunds", ("amount", "1000"), ("way", "Cash"), ("why", "goodwill"));
        await office.OnSeatAsync(first, "transfer", ("batchId", b.Id.ToString()), ("why", "One"));
        var second = await NewSeatAsync(office, first);
        await office.OnSeatAsync(second, "transfer", ("batchId", c.Id.ToString()), ("why", "Two"));
        var third = await NewSeatAsync(office, second);
        Assert.Equal(15_000, third.Received.Rupees);

        var cheque = (await office.NowAsync(first)).Payments.Single(p => p.Way == PaymentWay.Cheque);
        await office.OnSeatAsync(first, "reversals", ("entryId", cheque.Id.ToString()), ("kind", "ChequeBounced"), ("why", "no funds"));

        Assert.Equal([0, 0, 36_000], [(await office.NowAsync(first)).Balance.Rupees, (await office.NowAsync(second)).Balance.Rupees,
            (await office.NowAsync(third)).Balance.Rupees]);
        await AgreeAsync(office);
        Assert.Equal(6_000, (await office.App.AllAsync<LedgerEntry>()).Sum(l => l.Amount.Rupees));
        await office.AgreeOnSeatAsync(third, "refunds", ("amount", "5000"), ("way", "Cash"), ("why", "left"));
        Task<WebPage> VoidAsync(Enrolment seat, decimal rupees) => office.OnSeatAsync(seat, "reversals",
            ("entryId", office.NowAsync(seat).Result.Payments.Single(p => p.Amount.Rupees == rupees).Id.ToString()),
            ("kind", "RecordedByMistake"), ("why", "x"));
        // The cheque was money when that was given back.
        await VoidAsync(first, 2_000);
        Assert.Equal((1_000, 43_000), ((await office.NowAsync(third)).Overdrawn.Rupees, (await office.NowAsync(third)).Balance.Rupees));
        await VoidAsync(first, 5_000);
        Assert.Equal((6_000, 48_000), ((await office.NowAsync(third)).Overdrawn.Rupees, (await office.NowAsync(third)).Balance.Rupees));
        await AgreeAsync(office);
    }

    public enum Seat { Kept, Moved, Withdrawn, MovedAndWithdrawn }

    [Theory]
    [InlineData(Seat.Kept, 42_000 + 9_000)]
    [InlineData(Seat.Moved, 42_000 + 9_000)]
    [InlineData(Seat.Withdrawn, 9_000)]
    [InlineData(Seat.MovedAndWithdrawn, 9_000)]
    public async Task A_cheque_that_bounces_when_it_was_given_back_is_owed_on_the_page_of_dues_and_in_its_file(Seat which, decimal owed)
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 9_000, "Cheque", "004211");
        var now = seat;
        if (which is Seat.Moved or Seat.MovedAndWithdrawn)
        {
            var to = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
            await office.OnSeatAsync(seat, "transfer", ("batchId", to.Id.ToString()), ("firstDueOn", "2027-02-01"), ("why", "Evenings"));
            now = await NewSeatAsync(office, seat);
        }
        if (which is Seat.Withdrawn or Seat.MovedAndWithdrawn) await office.OnSeatAsync(now, "withdrawal", ("why", "Moving"));
        await office.AgreeOnSeatAsync(now, "refunds", ("amount", "9000"), ("way", "Cash"), ("why", "as agreed"));
        Assert.Equal(0, (await office.NowAsync(now)).Kept.Rupees);
        var payment = Assert.Single((await office.NowAsync(seat)).Payments);
        (string, string)[] Reversal(string kind) => [("entryId", payment.Id.ToString()), ("kind", kind), ("why", "no funds")];
        var page = await office.OnSeatAsync(seat, "reversals", Reversal("RecordedByMistake"));
        Assert.Equal("₹9,000 was given back, more than would have come in without this payment.", page.ErrorOf("entryId"));

        await office.OnSeatAsync(seat, "reversals", Reversal("ChequeBounced"));

        var after = await office.NowAsync(now);
        Assert.Equal((owed, 9_000), (after.Balance.Rupees, after.Overdrawn.Rupees));
        Assert.Contains("Given back, never came in", (await office.Staff.GetAsync($"/leads/{seat.LeadId}")).One(".money").TextContent);
        var dues = await office.Staff.GetAsync("/dues");
        Assert.Equal([now.RollNumber], dues.Texts("td[data-label=Seat]"));
        Assert.Equal([$"₹{owed:N0}"], dues.Texts("td[data-label=Balance]"));
        Assert.Contains("is owed by today", dues.One("h1 .total").TextContent);
        var file = await office.Staff.SubmitAsync("form[action='/dues/files']");
        Assert.Contains($"{now.RollNumber},CPC Preparation,2026-11-23,0,", file.Text);
        await AgreeAsync(office);
        Assert.Equal(-9_000, (await office.App.AllAsync<LedgerEntry>()).Sum(l => l.Amount.Rupees));
        // What comes in settles it.
        await office.PayAsync(now, owed);
        Assert.Equal((0, null), ((await office.NowAsync(now)).Balance.Rupees, (await office.NowAsync(now)).DueOn));
        Assert.Contains("Nobody owes anything", (await office.Staff.GetAsync("/dues")).Text);
    }

    [Fact]
    public async Task What_was_given_back_and_never_came_in_goes_along_to_another_seat_and_stays_owed_when_that_is_given_up()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var to = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 9_000, "Cheque", "004211");
        await office.AgreeOnSeatAsync(seat, "refunds", ("amount", "9000"), ("way", "Cash"), ("why", "goodwill"));
        var payment = Assert.Single((await office.NowAsync(seat)).Payments);
        await office.OnSeatAsync(
            seat, "reversals", ("entryId", payment.Id.ToString()), ("kind", "ChequeBounced"), ("why", "no funds"));

        await office.OnSeatAsync(seat, "transfer", ("batchId", to.Id.ToString()), ("why", "Evenings suit better"));
        var now = await NewSeatAsync(office, seat);
        Assert.Equal((0, 51_000, 9_000), ((await office.NowAsync(seat)).Balance.Rupees, now.Balance.Rupees, now.Overdrawn.Rupees));
        await AgreeAsync(office);
        await office.OnSeatAsync(now, "withdrawal", ("why", "Moving"));

        now = await office.NowAsync(now);
        Assert.Equal((0, 9_000, office.App.Clock.Today), (now.Net.Rupees, now.Balance.Rupees, now.DueOn));
        await AgreeAsync(office);
    }

    [Fact]
    public async Task Two_who_move_one_seat_at_once_and_many_who_cross_move_each_once_and_overbook_nothing()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 4);
        var to = await office.App.AddBatchAsync(office.Course, seats: 4, code: "CPC-2702");
        var seats = new List<Enrolment>();
        for (var i = 0; i < 3; i++)
            foreach (var batch in new[] { office.Batch, to })
                seats.Add((await office.EnrolAsync($"Student {(char)('A' + seats.Count)}", batch)).Seat);
        var pages = new List<(string Action, Dictionary<string, string> Body)>();
        foreach (var seat in seats.Concat(seats[..2]))
        {
            await office.Staff.GetAsync($"/leads/{seat.LeadId}");
            var form = office.Staff.Page.One($"form[action='/enrolments/{seat.Id}/transfer']");
            var body = form.QuerySelectorAll("input[type=hidden]")
                .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value") ?? "");
            var other = seat.BatchId == to.Id ? office.Batch.Id : to.Id;
            pages.Add(($"/enrolments/{seat.Id}/transfer", new(body)
            {
                ["batchId"] = other.ToString(),
                ["instalments"] = "1",
                ["firstDueOn"] = "2026-12-01",
                ["why"] = "Across",
            }));
        }

        await Task.WhenAll(pages.Select(p => office.Staff.SendRawAsync(
            new HttpRequestMessage(HttpMethod.Post, p.Action) { Content = new FormUrlEncodedContent(p.Body) })));

        var all = await office.App.AllAsync<Enrolment>();
        Assert.Equal(6, all.Count(s => s.IsCurrent));
        foreach (var batch in await office.App.AllAsync<Batch>())
        {
            Assert.Equal(all.Count(s => s.IsCurrent && s.BatchId == batch.Id), batch.SeatsTaken);
            Assert.InRange(batch.SeatsTaken, 0, batch.Seats);
        }
        Assert.All(all.Where(s => s.MovedFrom is not null).GroupBy(s => s.MovedFrom), g => Assert.Single(g));
    }

    [Fact]
    public async Task It_is_refused_where_there_is_no_seat_to_go_to()
    {
        await using var office = await Office.OpenAsync(postgres);
        var full = await office.App.AddBatchAsync(office.Course, seats: 1, code: "FULL");
        var (_, seat) = await office.EnrolAsync();
        await office.EnrolAsync("Binu George", full);
        var form = $"form[action='/enrolments/{seat.Id}/transfer'] .error";

        Assert.Equal("FULL is full: its one seat is taken. Choose another.",
            (await office.OnSeatAsync(seat, "transfer", ("batchId", full.Id.ToString()), ("why", "x"))).One(form).TextContent);
        Assert.Equal("This is where the seat is. Choose another.",
            (await office.OnSeatAsync(seat, "transfer", ("batchId", office.Batch.Id.ToString()), ("why", "x"))).One(form).TextContent);
    }
}
