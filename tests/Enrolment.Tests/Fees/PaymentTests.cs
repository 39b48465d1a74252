using System.Net;
using Crm.Accounts;
using Crm.Correspondence;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Crm.Tests.Fees;

/// <summary>Money at the desk: recorded, taken back, given back and put off on the person's page.</summary>
public sealed class PaymentTests(TestPostgres postgres)
{
    private sealed record Counter(TestApp App, Browser Staff, User User, Lead Lead, Enrolment Seat) : IAsyncDisposable
    {
        public string Form(string act) => $"form[action='/enrolments/{Seat.Id}/{act}']";

        public async Task<WebPage> SendAsync(string act, params (string Field, string Value)[] typed)
        {
            await Staff.GetAsync($"/leads/{Lead.Id}");
            return await Staff.SubmitAsync(Form(act), typed.ToDictionary(t => t.Field, t => t.Value));
        }

        // Sent again, which agrees to what was asked about.
        public async Task<WebPage> AgreeAsync(string act, params (string Field, string Value)[] typed)
        {
            var page = await SendAsync(act, typed);
            Assert.NotNull(page.Html.QuerySelector($"{Form(act)} [name$='-asked']"));
            return await Staff.SubmitAsync(Form(act));
        }

        public Task<Enrolment> NowAsync() => App.LoadAsync<Enrolment>(Seat.Id);

        public async ValueTask DisposeAsync()
        {
            Staff.Dispose();
            await App.DisposeAsync();
        }
    }

    private async Task<Counter> OpenAsync(int instalments = 3, string role = Roles.Counsellor)
    {
        var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Divya Menon", role);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var (lead, seat) = await EnrolAsync(app, user, course, batch, "Anjali Nair", instalments);
        return new Counter(app, await app.SignInAsync(user), user, lead, seat);
    }

    private static async Task<(Lead Lead, Enrolment Seat)> EnrolAsync(
        TestApp app, User user, Crm.Courses.Course course, Crm.Courses.Batch batch, string name, int instalments = 3)
    {
        var lead = await app.AddLeadAsync(course, name);
        return (lead, await app.EnrolAsync(lead, user, batch, instalments, from: "2026-11-23"));
    }

    [Fact]
    public async Task What_a_colleague_has_recorded_meanwhile_is_said_before_it_is_recorded_twice()
    {
        await using var counter = await OpenAsync(role: Roles.Manager);
        using var colleague = counter.App.Browse(counter.Staff);
        await counter.Staff.GetAsync($"/leads/{counter.Lead.Id}");
        await colleague.GetAsync($"/leads/{counter.Lead.Id}");
        await counter.Staff.SubmitAsync(counter.Form("payments"), new() { ["way"] = "Cash" });

        var page = await colleague.SubmitAsync(counter.Form("payments"), new() { ["way"] = "Cash", ["amount"] = "13999" });

        Assert.Equal("This was changed meanwhile: ₹14,000 was received and ₹28,000 is owed now. "
            + "Send it again if this comes on top.", page.ErrorOf("amount"));
        Assert.Equal("13999", page.One(counter.Form("payments") + " [name=amount]").GetAttribute("value"));
        Assert.Equal(14_000, (await counter.NowAsync()).Received.Rupees);
        await colleague.SubmitAsync(counter.Form("payments"));
        Assert.Equal(27_999, (await counter.NowAsync()).Received.Rupees);

        // The same of what is given back: both pages were drawn before the first of the two.
        await counter.Staff.GetAsync($"/leads/{counter.Lead.Id}");
        await colleague.GetAsync($"/leads/{counter.Lead.Id}");
        Dictionary<string, string> back = new() { ["amount"] = "500", ["way"] = "Cash", ["why"] = "Paid too much" };
        await counter.Staff.SubmitAsync(counter.Form("refunds"), back);
        await counter.Staff.SubmitAsync(counter.Form("refunds"));
        page = await colleague.SubmitAsync(counter.Form("refunds"), back);
        Assert.Equal("This was changed meanwhile: ₹27,999 was received, ₹500 was given back and ₹14,501 is owed now. "
            + "Send it again if this comes on top.", page.ErrorOf("amount"));
        Assert.Equal(500, (await counter.NowAsync()).Refunded.Rupees);

        // What is received beyond the fee is due back, and is not called owed.
        await counter.Staff.GetAsync($"/leads/{counter.Lead.Id}");
        await colleague.GetAsync($"/leads/{counter.Lead.Id}");
        await counter.Staff.SubmitAsync(counter.Form("payments"), new() { ["way"] = "Cash", ["amount"] = "15000" });
        await counter.Staff.SubmitAsync(counter.Form("payments"));
        page = await colleague.SubmitAsync(counter.Form("payments"), new() { ["way"] = "Cash", ["amount"] = "100" });
        Assert.EndsWith("and ₹499 is due back now. Send it again if this comes on top.", page.ErrorOf("amount"));
    }

    [Fact]
    public async Task A_payment_is_recorded_with_what_is_due_and_has_a_receipt()
    {
        await using var counter = await OpenAsync();
        var page = await counter.Staff.GetAsync($"/leads/{counter.Lead.Id}");
        Assert.Equal("14000", page.One(counter.Form("payments") + " [name=amount]").GetAttribute("value"));

        page = await counter.SendAsync("payments", ("reference", "432167890123"));

        Assert.Equal(HttpStatusCode.OK, page.Status);
        var payment = Assert.Single((await counter.NowAsync()).Payments);
        Assert.Equal(("R-2627-0001", 14_000, PaymentWay.Upi, "432167890123", counter.App.Clock.Today, "Divya Menon"),
            (payment.Receipt, payment.Amount.Rupees, payment.Way, payment.Reference, payment.On, payment.By));
        Assert.Contains("₹14,000 received", page.Texts(".timeline .what"));
        Assert.Equal(["paid", "₹14,000", "₹14,000"], page.Texts(".money td[data-label=Open]"));
        Assert.Contains("₹28,000", page.One(".seat .sum dd").TextContent);
        var receipt = await counter.Staff.DownloadAsync(page.One(".payments a").GetAttribute("href")!);
        Assert.Equal("receipt-R-2627-0001.pdf", receipt.Content.Headers.ContentDisposition?.FileNameStar);
        Assert.Contains("R-2627-0001", string.Concat(PdfText.Pages(await receipt.Content.ReadAsByteArrayAsync())));
    }

    [Theory]
    [InlineData("42000", "420000", "₹42,000 is owed in all, and ₹3,78,000 would be kept as credit. If that is right, send it again.")]
    [InlineData("42000", "42000.01", "₹42,000 is owed in all, and ₹0.01 would be kept as credit. If that is right, send it again.")]
    [InlineData("42000", "42000", null)]
    [InlineData("42000", "28000.5", null)]
    [InlineData("0", "5", "Nothing is owed: ₹5 would be kept as credit. If that is right, send it again.")]
    public async Task More_than_is_owed_is_asked_about_once_before_a_receipt_leaves(string owed, string amount, string? asked)
    {
        await using var counter = await OpenAsync();
        if (owed == "0") await counter.SendAsync("payments", ("amount", "42000"), ("way", "Cash"));
        var before = (await counter.NowAsync()).Payments.Count;

        var page = await counter.SendAsync("payments", ("amount", amount), ("way", "Cash"), ("byEmail", "true"));

        if (asked is not null)
        {
            Assert.Equal(asked, page.ErrorOf("amount"));
            Assert.Equal(before, (await counter.NowAsync()).Payments.Count);
            // Another amount is another question.
            page = await counter.Staff.SubmitAsync(counter.Form("payments"), new() { ["amount"] = "99999" });
            Assert.Contains("would be kept as credit", page.ErrorOf("amount"));
            await counter.Staff.SubmitAsync(counter.Form("payments"), new() { ["amount"] = amount });
            await counter.Staff.SubmitAsync(counter.Form("payments"));
        }
        Assert.Equal(decimal.Parse(amount), (await counter.NowAsync()).Payments[before..].Single().Amount.Rupees);
    }

    [Theory]
    [InlineData("2026-11-23", null)]
    [InlineData("2026-11-22", "They enrolled after this day, on 23 Nov 2026. If that is right, send it again.")]
    [InlineData("2025-12-11", "They enrolled after this day, on 23 Nov 2026. This is in a financial year that is over, and changes its "
        + "figures. If that is right, send it again.")]
    public async Task A_day_before_they_enrolled_or_in_a_year_that_is_over_is_asked_about_once(string on, string? asked)
    {
        await using var counter = await OpenAsync();

        var page = await counter.SendAsync("payments", ("amount", "500"), ("way", "Cash"), ("on", on));

        if (asked is not null)
        {
            Assert.Equal(asked, page.ErrorOf("on"));
            Assert.Empty((await counter.NowAsync()).Payments);
            await counter.Staff.SubmitAsync(counter.Form("payments"));
        }
        Assert.Equal(DateOnly.Parse(on), Assert.Single((await counter.NowAsync()).Payments).On);
    }

    [Fact]
    public async Task A_day_of_last_years_books_is_asked_about_after_they_had_enrolled_too()
    {
        await using var opened = await OpenAsync();
        opened.App.Time.Advance(TimeSpan.FromDays(140));
        var counter = opened with { Staff = await opened.App.SignInAsync(opened.User) };

        var page = await counter.SendAsync("payments", ("amount", "500"), ("way", "Cash"), ("on", "2027-03-31"));

        Assert.Equal("This is in a financial year that is over, and changes its figures. If that is right, send it again.",
            page.ErrorOf("on"));
        await counter.SendAsync("payments", ("amount", "500"), ("way", "Cash"), ("on", "2027-04-01"));
        Assert.Single((await counter.NowAsync()).Payments);
    }

    [Fact]
    public async Task So_is_a_refund_of_last_years_books()
    {
        await using var opened = await OpenAsync(role: Roles.Manager);
        await opened.AgreeAsync("payments", ("amount", "43000"), ("way", "Cash"));
        opened.App.Time.Advance(TimeSpan.FromDays(140));
        var counter = opened with { Staff = await opened.App.SignInAsync(opened.User) };
        (string, string)[] back = [("amount", "400"), ("way", "Cash"), ("why", "Paid too much")];

        var page = await counter.SendAsync("refunds", [.. back, ("on", "2027-03-31")]);

        Assert.Equal("This is in a financial year that is over, and changes its figures. If that is right, send it again.",
            page.ErrorOf("on"));
        Assert.Empty((await counter.NowAsync()).Refunds);
        await counter.Staff.SubmitAsync(counter.Form("refunds"));
        await counter.SendAsync("refunds", [.. back, ("on", "2027-04-01")]);
        Assert.Equal([new(2027, 3, 31), new(2027, 4, 1)], (await counter.NowAsync()).Refunds.Select(r => r.On));
    }

    [Fact]
    public async Task Cash_that_is_not_in_the_drawer_is_asked_about_before_it_is_given_back()
    {
        await using var counter = await OpenAsync(role: Roles.Manager);
        await counter.AgreeAsync("payments", ("amount", "43000"), ("way", "Upi"), ("reference", "432167890123"));
        (string, string)[] back = [("amount", "600"), ("why", "Paid too much")];

        var page = await counter.SendAsync("refunds", [.. back, ("way", "Cash")]);
        const string asked = "This is more cash than should be in the drawer. If that is right, send it again.";
        Assert.Equal(asked, page.One(counter.Form("refunds") + " .field:has([name=way]) .error").TextContent);
        await counter.AgreeAsync("payments", ("amount", "599.99"), ("way", "Cash"));
        page = await counter.SendAsync("refunds", [.. back, ("way", "Cash")]);
        Assert.Equal(asked, page.One(counter.Form("refunds") + " .field:has([name=way]) .error").TextContent);
        Assert.Empty((await counter.NowAsync()).Refunds);
        await counter.Staff.SubmitAsync(counter.Form("refunds"));
        await counter.SendAsync("refunds", [.. back, ("way", "BankTransfer")]);

        Assert.Equal([PaymentWay.Cash, PaymentWay.BankTransfer], (await counter.NowAsync()).Refunds.Select(r => r.Way));
    }

    [Fact]
    public async Task What_changed_meanwhile_is_told_as_credit_where_nothing_is_owed()
    {
        await using var counter = await OpenAsync();
        using var colleague = counter.App.Browse(counter.Staff);
        await colleague.GetAsync($"/leads/{counter.Lead.Id}");
        await counter.AgreeAsync("payments", ("amount", "50006.02"), ("way", "Cash"));

        var page = await colleague.SubmitAsync(counter.Form("payments"), new() { ["way"] = "Cash" });

        Assert.Equal("This was changed meanwhile: ₹50,006.02 was received and ₹8,006.02 is due back now. "
            + "Send it again if this comes on top.", page.ErrorOf("amount"));
    }

    [Fact]
    public async Task What_is_not_due_back_only_a_manager_gives_back_and_is_asked_about_it_once()
    {
        await using var counter = await OpenAsync();
        await counter.AgreeAsync("payments", ("amount", "43000"), ("way", "Cash"));
        using var manager = await counter.App.SignInAsync(Roles.Manager);
        using var accountant = await counter.App.SignInAsync(await counter.App.AddUserAsync("Asha Rao", Roles.Accountant));
        (string, string)[] back = [("amount", "1000.01"), ("way", "Cash"), ("why", "he insisted")];
        Assert.Contains("₹1,000 is due back; a manager may give back up to ₹43,000",
            (await counter.Staff.GetAsync($"/leads/{counter.Lead.Id}")).One(counter.Form("refunds")).TextContent);

        foreach (var staff in new[] { counter.Staff, accountant })
        {
            var refused = await (counter with { Staff = staff }).SendAsync("refunds", back);
            Assert.Equal("₹1,000 is due back. Only a manager may give back more.", refused.ErrorOf("amount"));
            refused = await staff.SubmitAsync(counter.Form("refunds"));
            Assert.Equal("₹1,000 is due back. Only a manager may give back more.", refused.ErrorOf("amount"));
        }
        var page = await (counter with { Staff = manager }).SendAsync("refunds", back);
        Assert.Equal("₹1,000 is due back, and ₹0.01 would be owed again. If that is right, send it again.", page.ErrorOf("amount"));
        Assert.Empty((await counter.NowAsync()).Refunds);
        await manager.SubmitAsync(counter.Form("refunds"));
        Assert.Equal(1_000.01m, (await counter.NowAsync()).Refunded.Rupees);
        // Nothing is due back now, and what is not is asked about all the same.
        page = await (counter with { Staff = manager }).SendAsync("refunds", back);
        Assert.Equal("₹0 is due back, and ₹1,000.01 would be owed again. If that is right, send it again.", page.ErrorOf("amount"));

        await counter.AgreeAsync("payments", ("amount", "500.01"), ("way", "Cash"));
        await counter.SendAsync("refunds", ("amount", "500"), ("way", "Cash"), ("why", "Paid too much"));
        Assert.Equal(1_500.01m, (await counter.NowAsync()).Refunded.Rupees);
    }

    [Fact]
    public async Task A_receipt_is_emailed_when_that_was_asked_also_to_who_wants_no_advertisement()
    {
        await using var counter = await OpenAsync();
        var person = await counter.App.PersonOfAsync(counter.Lead);
        await counter.App.Get<PersonWriter>().ChangeAsync(person.Id, counter.App.Now(), p => [new EmailsStopped(p.Email)], default);

        await counter.SendAsync("payments", ("way", "Cash"), ("amount", "5000"));
        await counter.SendAsync("payments", ("way", "Cash"), ("amount", "6000.50"), ("byEmail", "true"));
        await counter.App.DeliverAsync();

        var message = Assert.Single(await counter.App.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.Receipt);
        Assert.Equal((MessageStatus.Sent, "Receipt R-2627-0002 for ₹6,000.50", "anjali@mail.example"),
            (message.Status, message.Subject, message.To));
        using var mime = await MimeMessage.LoadAsync(message.File!);
        Assert.Contains("₹30,999.50 is still to be paid", mime.TextBody);
        Assert.Equal("receipt-R-2627-0002.pdf", Assert.IsType<MimePart>(Assert.Single(mime.Attachments)).FileName);
    }

    [Fact]
    public async Task A_receipt_that_was_voided_before_it_left_does_not_leave()
    {
        await using var counter = await OpenAsync();
        await counter.SendAsync("payments", ("way", "Cash"), ("byEmail", "true"));
        var payment = Assert.Single((await counter.NowAsync()).Payments);

        await counter.SendAsync("reversals", ("entryId", payment.Id.ToString()), ("kind", "RecordedByMistake"), ("why", "other seat"));
        await counter.App.DeliverAsync();

        var message = Assert.Single(await counter.App.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.Receipt);
        Assert.Equal(MessageStatus.Cancelled, message.Status);
    }

    [Fact]
    public async Task Without_an_address_nobody_is_promised_a_receipt_by_email()
    {
        await using var counter = await OpenAsync();
        var person = await counter.App.PersonOfAsync(counter.Lead);
        await counter.App.Get<PersonWriter>().ChangeAsync(person.Id, counter.App.Now(), p => [new EmailRemoved(p.Email)], default);

        var page = await counter.SendAsync("payments", ("way", "Cash"), ("byEmail", "true"));

        Assert.StartsWith("There is no address that it could go to.", page.One(counter.Form("payments") + " .error").TextContent);
        Assert.Empty((await counter.NowAsync()).Payments);
    }

    [Fact]
    public async Task What_no_font_draws_is_refused_where_it_would_stand_on_the_receipt()
    {
        await using var counter = await OpenAsync();

        var page = await counter.SendAsync("payments", ("reference", "\U00013000 1"));

        Assert.StartsWith("Documents cannot show", page.One(counter.Form("payments") + " .error").TextContent);
        Assert.Empty((await counter.NowAsync()).Payments);
    }

    [Fact]
    public async Task Sent_twice_it_is_one_payment()
    {
        await using var counter = await OpenAsync();
        await counter.Staff.GetAsync($"/leads/{counter.Lead.Id}");
        var form = counter.Form("payments");
        Dictionary<string, string> typed = new() { ["way"] = "Cash", ["amount"] = "5,000/-" };
        var sent = new Dictionary<string, string>(typed)
        {
            ["formId"] = counter.Staff.Page.One(form + " [name=formId]").GetAttribute("value")!,
        };

        await counter.Staff.SubmitAsync(form, typed);
        await counter.Staff.GetAsync($"/leads/{counter.Lead.Id}");
        await counter.Staff.SubmitAsync(form, sent);

        Assert.Equal(5_000, Assert.Single((await counter.NowAsync()).Payments).Amount.Rupees);
        Assert.Single(await counter.App.AllAsync<LedgerEntry>());
    }

    [Theory]
    [InlineData("35000,50", "The commas in 35000,50 do not part thousands.")]
    [InlineData("35.000", "35.000 has more than 2 digits behind the point.")]
    [InlineData("-500", "Enter the amount without a minus or brackets.")]
    [InlineData("1e5", "Enter the amount in rupees")]
    [InlineData("0", "Enter what was paid.")]
    public async Task An_amount_that_is_none_has_its_reason_beside_the_field_and_nothing_is_lost(string amount, string reason)
    {
        await using var counter = await OpenAsync();

        var page = await counter.SendAsync("payments", ("amount", amount), ("reference", "432167890123"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.StartsWith(reason, page.One(counter.Form("payments") + " .error").TextContent);
        Assert.Equal("432167890123", page.One(counter.Form("payments") + " [name=reference]").GetAttribute("value"));
        Assert.Empty((await counter.NowAsync()).Payments);
    }

    [Theory]
    [InlineData("₹ 35,000", "35000")]
    [InlineData("35,000.00", "35000")]
    [InlineData("Rs. 35000", "35000")]
    [InlineData("൩൫൦൦൦", "35000")]
    [InlineData("३५०००", "35000")]
    [InlineData("0.01", "0.01")]
    public async Task Amounts_are_taken_as_people_write_them(string amount, string rupees)
    {
        await using var counter = await OpenAsync();

        await counter.SendAsync("payments", ("amount", amount), ("way", "Cash"));

        Assert.Equal(decimal.Parse(rupees), Assert.Single((await counter.NowAsync()).Payments).Amount.Rupees);
    }

    [Fact]
    public async Task No_money_is_taken_of_whom_no_receipt_could_be_made_until_there_is_a_name_for_papers()
    {
        await using var counter = await OpenAsync();
        var seat = await counter.NowAsync();
        var writer = counter.App.Get<PersonWriter>();
        await writer.ChangeAsync(seat.PersonId, counter.App.Now(), p => [new NameCorrected(PersonName.FromStored("김민수"))], default);

        var page = await counter.SendAsync("payments", ("amount", "100"), ("way", "Cash"));

        Assert.Contains("No receipt could be made: write down the name on certificates in other letters first.", page.Text);
        Assert.Empty((await counter.NowAsync()).Payments);
        await writer.ChangeAsync(
            seat.PersonId, counter.App.Now(), p => [new CertificateNameSet(PersonName.FromStored("Kim Minsu"))], default);
        await counter.SendAsync("payments", ("amount", "100"), ("way", "Cash"));
        Assert.Equal("Kim Minsu", Assert.Single(await counter.App.AllAsync<Receipt>()).Name?.Text);
    }

    [Fact]
    public async Task One_transfer_does_not_pay_two_fees_unless_the_first_was_void()
    {
        await using var counter = await OpenAsync();
        await counter.SendAsync("payments", ("reference", "432167890123"));

        var page = await counter.SendAsync("payments", ("reference", "432167890123"), ("amount", "1"));

        Assert.Equal("R-2627-0001 has this reference already.", page.One(counter.Form("payments") + " .error").TextContent);
        // However it is written, and whatever the way is called.
        foreach (var (way, said) in new[] { ("BankTransfer", "432167890123"), ("Upi", "UPI Ref 432167890123") })
        {
            page = await counter.SendAsync("payments", ("reference", said), ("amount", "1"), ("way", way));
            Assert.Equal("R-2627-0001 has this reference already.", page.One(counter.Form("payments") + " .error").TextContent);
        }
        page = await counter.SendAsync("payments", ("reference", "4321 6789-0123"), ("amount", "1"));
        Assert.Equal("R-2627-0001 has this reference already.", page.One(counter.Form("payments") + " .error").TextContent);
        var payment = (await counter.NowAsync()).Payments.Single();
        await counter.SendAsync("reversals", ("entryId", payment.Id.ToString()), ("kind", "RecordedByMistake"), ("why", "other seat"));
        await counter.SendAsync("payments", ("reference", "432167890123"));
        Assert.Equal(["R-2627-0001", "R-2627-0002"], (await counter.NowAsync()).Payments.Select(p => p.Receipt));
    }

    [Fact]
    public async Task Cheques_of_two_banks_may_have_one_number_and_who_holds_the_second_is_asked()
    {
        await using var counter = await OpenAsync();
        var other = await EnrolAsync(counter.App, counter.User, await counter.App.LoadAsync<Crm.Courses.Course>(counter.Seat.CourseId),
            await counter.App.LoadAsync<Crm.Courses.Batch>(counter.Seat.BatchId), "Binu George");
        var binus = counter with { Lead = other.Lead, Seat = other.Seat };
        await counter.SendAsync("payments", ("way", "Cheque"), ("reference", "004211 SBI"), ("amount", "9000"));

        var page = await binus.SendAsync("payments", ("way", "Cheque"), ("reference", "4211, Federal Bank"), ("amount", "9000"));

        Assert.Equal("R-2627-0001 is cheque 004211 SBI, ₹9,000 of 23 Nov 2026. If this is another, send it again.",
            page.One(binus.Form("payments") + " .error").TextContent);
        Assert.Empty((await binus.NowAsync()).Payments);
        await binus.Staff.SubmitAsync(binus.Form("payments"));
        Assert.Equal(("R-2627-0002", "4211, Federal Bank"),
            Assert.Single((await binus.NowAsync()).Payments.Select(p => (p.Receipt, p.Reference))));

        // A third one is asked about both.
        page = await counter.SendAsync("payments", ("way", "Cheque"), ("reference", "HDFC 004211"), ("amount", "1"));
        Assert.StartsWith("R-2627-000", page.One(counter.Form("payments") + " .error").TextContent);
        await counter.Staff.SubmitAsync(counter.Form("payments"));
        Assert.Equal(2, (await counter.NowAsync()).Payments.Count);
    }

    [Theory]
    [InlineData("004211 SBI", "4211")]
    [InlineData("004211", "004211")]
    [InlineData("004211, SBI", "004211-sbi")]
    public async Task A_cheque_with_nothing_to_tell_it_from_another_is_recorded_once(string first, string second)
    {
        await using var counter = await OpenAsync();
        await counter.SendAsync("payments", ("way", "Cheque"), ("reference", first), ("amount", "9000"));

        var page = await counter.SendAsync("payments", ("way", "Cheque"), ("reference", second), ("amount", "9000"));

        Assert.Contains("R-2627-0001 is cheque", page.One(counter.Form("payments") + " .error").TextContent);
        page = await counter.Staff.SubmitAsync(counter.Form("payments"));
        Assert.EndsWith("If this is another, write its bank behind the number, and its account at the same bank.",
            page.One(counter.Form("payments") + " .error").TextContent);
        Assert.Single((await counter.NowAsync()).Payments);
        await counter.Staff.SubmitAsync(counter.Form("payments"), new() { ["reference"] = "004211 SBI, account 1234" });
        Assert.Equal(2, (await counter.NowAsync()).Payments.Count);
    }

    [Theory]
    [InlineData("State Bank of India 004211")]
    [InlineData("Branch 2 of SBI, 004211")]
    [InlineData("SBI a/c 30112233445, 004211")]
    [InlineData("004211 sbi bank")]
    public async Task Another_spelling_of_the_bank_does_not_pass_unasked(string second)
    {
        await using var counter = await OpenAsync();
        await counter.SendAsync("payments", ("way", "Cheque"), ("reference", "004211 SBI"), ("amount", "9000"));

        var page = await counter.SendAsync("payments", ("way", "Cheque"), ("reference", second), ("amount", "9000"));

        Assert.Equal("R-2627-0001 is cheque 004211 SBI, ₹9,000 of 23 Nov 2026. If this is another, send it again.",
            page.One(counter.Form("payments") + " .error").TextContent);
        Assert.Single((await counter.NowAsync()).Payments);
    }

    [Fact]
    public async Task Of_two_who_record_one_transfer_for_two_seats_at_once_one_is_refused()
    {
        await using var counter = await OpenAsync();
        var other = await EnrolAsync(counter.App, counter.User, await counter.App.LoadAsync<Crm.Courses.Course>(counter.Seat.CourseId),
            await counter.App.LoadAsync<Crm.Courses.Batch>(counter.Seat.BatchId), "Binu George");
        async Task<bool> PayAsync(Enrolment seat, string reference)
        {
            try
            {
                await counter.App.OnSeatAsync<RecordPayment>(seat.Id, counter.User, ("amount", "500"), ("way", "BankTransfer"),
                    ("reference", reference), ("on", "2026-11-23"));
                return true;
            }
            catch (Refusal)
            {
                return false;
            }
        }

        for (var i = 0; i < 5; i++)
        {
            var taken = await Task.WhenAll(PayAsync(counter.Seat, $"SBIN{i} a1b2c3"), PayAsync(other.Seat, $"sbin{i}A1B2C3"));
            Assert.Single(taken, t => t);
        }
    }

    [Fact]
    public async Task Nothing_is_given_back_on_a_day_by_which_less_had_come_in()
    {
        await using var counter = await OpenAsync(role: Roles.Manager);
        await counter.AgreeAsync("payments", ("amount", "1,000"), ("way", "Cash"), ("on", "2026-11-02"));
        await counter.AgreeAsync("payments", ("amount", "5,000"), ("way", "Cash"), ("on", "2026-11-10"));
        (string, string)[] back = [("amount", "3,000"), ("way", "Cash"), ("why", "goodwill")];

        var page = await counter.SendAsync("refunds", [.. back, ("on", "2026-11-09")]);
        Assert.Equal("By 9 Nov 2026 less than that had been received. Choose a later day.", page.ErrorOf("on"));
        await counter.AgreeAsync("refunds", [.. back, ("on", "2026-11-10")]);

        Assert.Equal(new DateOnly(2026, 11, 10), Assert.Single((await counter.NowAsync()).Refunds).On);
    }

    [Fact]
    public async Task Voids_bounces_refunds_and_new_days_are_lines_with_a_reason()
    {
        await using var counter = await OpenAsync(role: Roles.Manager);
        await counter.SendAsync("payments", ("amount", "10,000"), ("way", "Cash"));
        await counter.SendAsync("payments", ("amount", "9,000"), ("way", "Cheque"), ("reference", "004211"));
        await counter.SendAsync("payments", ("amount", "8,000"), ("way", "Cash"));
        var payments = (await counter.NowAsync()).Payments;

        foreach (var (payment, kind, why) in new[] { (0, "RecordedByMistake", "typed twice"), (1, "ChequeBounced", "no funds") })
            await counter.SendAsync("reversals", ("entryId", payments[payment].Id.ToString()), ("kind", kind), ("why", why));
        await counter.AgreeAsync("refunds", ("amount", "3,000"), ("way", "Cash"), ("why", "goodwill"));
        var page = await counter.SendAsync("instalments", ("instalments", "1 Dec 2026, 20,000\n1 Jan 2027, 22000"), ("why", "salary day"));

        var seat = await counter.NowAsync();
        Assert.Equal((8_000, 3_000, 37_000), (seat.Received.Rupees, seat.Refunded.Rupees, seat.Balance.Rupees));
        Assert.Equal([(new DateOnly(2026, 12, 1), 20_000), (new DateOnly(2027, 1, 1), 22_000)],
            seat.Instalments.Select(i => (i.DueOn, i.Amount.Rupees)));
        Assert.Equal([-10_000, -9_000, -3_000, 8_000, 9_000, 10_000],
            (await counter.App.AllAsync<LedgerEntry>()).Select(e => e.Amount.Rupees).Order());
        Assert.All(["Payment voided", "Cheque bounced", "₹3,000 refunded", "Instalments changed to 2"],
            what => Assert.Contains(what, page.Texts(".timeline .what")));
        var details = string.Join(' ', page.Texts(".timeline .detail"));
        Assert.All(["typed twice", "no funds", "salary day"], why => Assert.Contains(why, details));
        var paper = await counter.Staff.DownloadAsync($"/receipts/{payments[1].Id}.pdf");
        Assert.Contains("The cheque bounced: no funds", string.Join(' ', PdfText.Pages(await paper.Content.ReadAsByteArrayAsync())));
    }

    [Fact]
    public async Task Where_more_owe_than_are_shown_the_sum_says_of_how_many_it_is()
    {
        await using var counter = await OpenAsync();
        await using (var session = counter.App.Store.LightweightSession())
        {
            session.QueueSqlCommand("""
                insert into enrolment.mt_doc_enrolment select (jsonb_populate_record(d, jsonb_build_object('id', n.id, 'data', d.data
                    || jsonb_build_object('Id', n.id, 'RollNumber', 'CPC-2701-' || n.number)))).*
                from enrolment.mt_doc_enrolment d, (select gen_random_uuid() as id, number from generate_series(100, 599) number) n
                """);
            await session.SaveChangesAsync();
        }

        var page = await counter.Staff.GetAsync("/dues");

        Assert.EndsWith(" is owed by today by the first 500", page.One("h1 .total").TextContent);
    }

    [Fact]
    public async Task Dues_list_who_owes_longest_first_and_forget_who_has_paid()
    {
        await using var opened = await OpenAsync();
        var counter = opened;
        var (course, batch) = (await counter.App.LoadAsync<Crm.Courses.Course>(counter.Seat.CourseId),
            await counter.App.LoadAsync<Crm.Courses.Batch>(counter.Seat.BatchId));
        await EnrolAsync(counter.App, counter.User, course, batch, "Binu George", instalments: 1);
        counter.App.Time.Advance(TimeSpan.FromDays(2));
        await EnrolAsync(counter.App, counter.User, course, batch, "Chithra Das", instalments: 1);
        counter.App.Time.Advance(TimeSpan.FromDays(1));
        counter = counter with { Staff = await counter.App.SignInAsync(counter.User) };
        await counter.SendAsync("payments", ("amount", "4000"), ("way", "Cash"));

        var page = await counter.Staff.GetAsync("/dues");

        Assert.Equal(["Anjali Nair", "Binu George", "Chithra Das"], page.Texts("td.who > a").Order(StringComparer.Ordinal));
        Assert.All(page.Texts("td[data-label=Due]"), due => Assert.StartsWith("3 days late", due));
        Assert.Contains("₹94,000 is owed by today", page.One("h1 .total").TextContent);
        var chat = page.Html.QuerySelectorAll("tr").Single(r => r.TextContent.Contains("Anjali")).QuerySelector("a.button")!;
        Assert.Contains("₹10,000 of your fee for CPC Preparation (roll number CPC-2701-01) was due on 23 Nov 2026.",
            Uri.UnescapeDataString(chat.GetAttribute("href")!));
        await counter.SendAsync("payments", ("amount", "10000"), ("way", "Cash"));
        page = await counter.Staff.GetAsync("/dues");
        Assert.Equal(["Binu George", "Chithra Das"], page.Texts("td.who > a").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reminder_that_was_noted_by_a_slip_is_taken_back_by_who_noted_it_while_nothing_else_has_happened()
    {
        await using var opened = await OpenAsync();
        opened.App.Time.Advance(TimeSpan.FromDays(3));
        var counter = opened with { Staff = await opened.App.SignInAsync(opened.User) };
        var noting = $"form[action='/enrolments/{counter.Seat.Id}/reminders']";
        async Task<GivenReminder?> LastAsync() => (await counter.App.LoadAsync<Enrolment>(counter.Seat.Id)).LastReminder;
        await counter.Staff.GetAsync("/dues");
        await counter.Staff.SubmitAsync(noting, new() { ["way"] = "WhatsApp" });
        var before = await LastAsync();
        counter.App.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty((await counter.Staff.GetAsync($"/dues?did={counter.Seat.Id}")).Html.QuerySelectorAll(".did"));

        var page = await counter.Staff.SubmitAsync(noting, new() { ["way"] = "Call" });
        Assert.Equal($"/dues?did={counter.Seat.Id}", page.Path);
        Assert.Equal("Anjali Nair: noted that you called.", page.One(".did span").TextContent);
        using var colleague = await counter.App.SignInAsync(await counter.App.AddUserAsync("Ravi Pillai"));
        Assert.Empty((await colleague.GetAsync(page.Path)).Html.QuerySelectorAll(".did"));
        page = await counter.Staff.SubmitAsync(".did");

        Assert.Equal(("/dues", before), (page.Path, await LastAsync()));
        Assert.Empty(page.Html.QuerySelectorAll(".did"));
        Assert.Contains("Taken back: this is as it was before",
            (await counter.Staff.GetAsync($"/leads/{counter.Seat.LeadId}")).Texts(".timeline .what"));
        // Somebody paid meanwhile.
        await counter.Staff.GetAsync("/dues");
        await counter.Staff.SubmitAsync(noting, new() { ["way"] = "Call" });
        var offered = counter.Staff.Page;
        await counter.SendAsync("payments", ("amount", "100"), ("way", "Cash"));
        var fields = offered.Html.QuerySelectorAll(".did [name]").ToDictionary(f => f.GetAttribute("name")!, f => f.GetAttribute("value")!);
        page = await counter.Staff.PostAsync($"/enrolments/{counter.Seat.Id}/reminders/undoing", fields);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.StartsWith("This was not taken back", page.One("main .problem").TextContent);
        Assert.Equal(ReminderWay.Call, (await LastAsync())!.Way);
    }

    [Fact]
    public async Task The_books_agree_with_every_seat()
    {
        await using var counter = await OpenAsync(role: Roles.Manager);
        var other = await EnrolAsync(counter.App, counter.User, await counter.App.LoadAsync<Crm.Courses.Course>(counter.Seat.CourseId),
            await counter.App.LoadAsync<Crm.Courses.Batch>(counter.Seat.BatchId), "Binu George");
        foreach (var amount in new[] { "100.01", "4,999.99", "20" })
            await counter.SendAsync("payments", ("amount", amount), ("way", "Cash"));
        await counter.AgreeAsync("refunds", ("amount", "19.99"), ("way", "Cash"), ("why", "change"));
        var binus = counter with { Lead = other.Lead, Seat = other.Seat };
        await binus.SendAsync("payments", ("amount", "7"), ("way", "Cash"));

        var lines = await counter.App.AllAsync<LedgerEntry>();

        foreach (var seat in await counter.App.AllAsync<Enrolment>())
            Assert.Equal(seat.Net - seat.Balance, lines.Where(l => l.EnrolmentId == seat.Id).Aggregate(Money.Zero, (s, l) => s + l.Amount));
        Assert.Equal(5_107.01m, lines.Sum(l => l.Amount.Rupees));
    }

    [Fact]
    public async Task Receipts_are_numbered_without_gap_or_repeat_when_many_press_at_once_and_some_are_refused()
    {
        await using var counter = await OpenAsync();
        var course = await counter.App.LoadAsync<Crm.Courses.Course>(counter.Seat.CourseId);
        var batch = await counter.App.LoadAsync<Crm.Courses.Batch>(counter.Seat.BatchId);
        List<Enrolment> seats = [counter.Seat];
        foreach (var name in new[] { "Binu George", "Chithra Das", "Deepa Raj" })
            seats.Add((await EnrolAsync(counter.App, counter.User, course, batch, name)).Seat);
        var act = counter.App.Host.Services.GetServices<SeatAct>().OfType<RecordPayment>().Single();

        async Task PayAsync(int i)
        {
            var form = new Crm.Web.Form { ["amount"] = $"{100 + i}", ["way"] = "Cash", ["on"] = "2026-11-23" };
            try
            {
                await counter.App.Get<SeatWriter>().ChangeAsync(seats[i % seats.Count].Id, counter.App.Now(), async work =>
                {
                    var events = await act.DecideAsync(
                        new SeatForm(work.Seat, work.Stamp, form, work.Session, counter.App.Clock), default);
                    // As if the program had been stopped, or the line lost, after the number was taken.
                    return i % 5 == 0 ? throw new InvalidOperationException("stopped") : events;
                }, default);
            }
            catch (InvalidOperationException e) when (e.Message == "stopped")
            {
                // Nothing was stored.
            }
        }
        await Task.WhenAll(Enumerable.Range(0, 40).Select(PayAsync));

        var receipts = (await counter.App.AllAsync<Receipt>()).Select(r => r.Number).Order().ToList();
        Assert.Equal(Enumerable.Range(1, 32).Select(n => $"R-2627-{n:0000}"), receipts);
    }

    [Theory]
    [InlineData("2026-03-31T18:29:00Z", 4, "R-2526-0001")]
    [InlineData("2026-03-31T18:31:00Z", 4, "R-2627-0001")]
    [InlineData("2026-12-31T18:31:00Z", 1, "R-2027-0001")]
    public async Task The_numbers_begin_anew_with_the_financial_year_at_the_institutes_midnight(string now, int month, string first)
    {
        await using var counter = await OpenAsync();
        var profile = counter.App.Get<CurrentInstitute>().Profile;
        profile.FinancialYearStart = month;
        await using var session = counter.App.Store.LightweightSession();

        var number = await ReceiptNumbers.TakeAsync(
            session, new CurrentInstitute(profile), counter.App.Clock.DayOf(DateTimeOffset.Parse(now)), default);

        Assert.Equal(first, number);
    }
}
