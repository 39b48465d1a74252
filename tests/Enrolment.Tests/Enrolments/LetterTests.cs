using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Correspondence;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Enrolments;

/// <summary>The letter that confirms a seat, as a reader sees it, and the downloads of a lead's papers.</summary>
public sealed class LetterTests(TestPostgres postgres)
{
    private static readonly DateTimeOffset Now = TestApp.Start;

    private static Person MakePerson(string name = "Anjali Nair") => new Person { Id = Guid.CreateVersion7() }.After(new PersonRegistered(
        PersonName.FromStored(name), [PhoneNumber.FromE164("+919847012345")], EmailAddress
            .FromStored("anjali@mail.example"), Standing.Given, "Agreed", "Public form"));

    [Fact]
    public void The_letter_confirms_the_seat_and_its_instalments_on_one_page()
    {
        var (batch, fee, discount) = (Papers.MakeBatch(), Money.FromRupees(42_501), Money.FromRupees(2_500)); // does not divide
        var seat = new AgreedSeat(batch, fee, discount, Instalments.Split(fee - discount, 6, new DateOnly(2026, 12, 1)));
        var (_, taken, _) = seat.TakeFor(new Lead { CourseName = "CPC Preparation" }, Now);
        var enrolment = new Seats.Enrolment().After(taken with { At = Now, By = Actor.Staff(Guid.NewGuid(), "Divya Menon") });

        var page = Assert.Single(PdfText.Pages(EnrolmentLetter.Generate(new EnrolmentLetterContent(MakePerson(), enrolment, batch,
            Papers.Institute, null, new DateOnly(2026, 11, 23)))));

        Assert.All(["Dear Anjali Nair,", "Roll number CPC-2701-01", "Batch CPC-2701", "First day 4 Jan 2027",
            "Days and times Mon–Fri, 10:00–12:30", "Course fee ₹42,501", "Discount – ₹2,500", "To be paid ₹40,001", "Page 1 of 1"],
            text => Assert.Contains(text, page));
        var instalments = Regex.Matches(page, @"(\d) of 6 (\d+ \w{3} \d{4}) ₹([\d,]+)");
        Assert.Equal(["1 Dec 2026", "1 Jan 2027", "1 Feb 2027", "1 Mar 2027", "1 Apr 2027", "1 May 2027"],
            instalments.Select(m => m.Groups[2].Value));
        Assert.Equal(40_001, instalments.Sum(m => int.Parse(m.Groups[3].Value.Replace(",", ""))));
    }

    [Fact]
    public async Task The_letter_of_a_free_seat_says_so_and_so_does_its_email()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (lead, _) = await office.EnrolAsync(discount: 42_000);
        await office.App.DeliverAsync();

        var page = Assert.Single(PdfText.Pages(
            await (await office.Staff.DownloadAsync($"/leads/{lead.Id}/enrolment-letter.pdf")).Content.ReadAsByteArrayAsync()));

        Assert.Contains("Fee The seat is free: nothing is to be paid. Course fee ₹42,000 Discount – ₹42,000 To be paid ₹0", page);
        Assert.DoesNotContain("1 of 1 ", page[..page.IndexOf("Page 1", StringComparison.Ordinal)]);
        Assert.Contains("The enrolment letter is attached, which says that nothing is to be paid.",
            (await office.App.OneMessageAsync(MessageKinds.EnrolmentLetter)).Body);
        var shown = await office.Staff.GetAsync($"/leads/{lead.Id}");
        Assert.Contains("The seat is free: nothing is to be paid.", shown.One("main").TextContent);
        Assert.Empty(shown.Html.QuerySelectorAll("table.money"));
    }

    [Theory]
    [InlineData(5_000, 0, "Received – ₹5,000 Still to be paid ₹37,000", "₹9,000, ₹14,000, ₹14,000")]
    [InlineData(42_000, 0, "Received – ₹42,000 Still to be paid ₹0", "paid, paid, paid")]
    [InlineData(42_100, 0, "Received – ₹42,100 Paid beyond the fee ₹100", "paid, paid, paid")]
    [InlineData(5_000, 9_000, "Received, earlier seat included – ₹14,000 Still to be paid ₹28,000", "paid, ₹14,000, ₹14,000")]
    public void After_a_part_was_paid_the_letter_asks_for_the_rest_and_for_nothing_else(
        decimal paid, decimal moved, string sums, string open)
    {
        var fee = Money.FromRupees(42_000);
        var seat = new AgreedSeat(Papers.MakeBatch(), fee, Money.Zero, Instalments.Split(fee, 3, new DateOnly(2026, 12, 1)));
        var (_, taken, _) = seat.TakeFor(new Lead { CourseName = "CPC Preparation" }, Now);
        var enrolment = new Seats.Enrolment().After(taken with { At = Now, By = Actor.System });
        if (moved > 0) enrolment.After(new Seats.MoneyMoved(Guid.NewGuid(), Money.FromRupees(moved), new DateOnly(2026, 11, 23)));
        enrolment.After(new Seats.PaymentReceived(
            Guid.NewGuid(), "R-1", Money.FromRupees(paid), Seats.PaymentWay.Cash, "", new DateOnly(2026, 11, 23), false));

        var page = Assert.Single(PdfText.Pages(EnrolmentLetter.Generate(new EnrolmentLetterContent(MakePerson(), enrolment,
            Papers.MakeBatch(), Papers.Institute, null, new DateOnly(2026, 11, 23)))));

        Assert.Contains("Course fee ₹42,000 " + sums, page);
        Assert.DoesNotContain("To be paid", page);
        var rows = Regex.Matches(page, @"\d of 3 \d+ \w{3} \d{4} ₹14,000 (paid|₹[\d,]+)");
        Assert.Equal(open, string.Join(", ", rows.Select(m => m.Groups[1].Value)));
    }

    [Fact]
    public void What_was_given_back_of_a_cheque_that_bounced_is_in_the_letter_as_on_the_page()
    {
        var (fee, today, cheque) = (Money.FromRupees(42_000), new DateOnly(2026, 11, 23), Guid.NewGuid());
        var seat = new AgreedSeat(Papers.MakeBatch(), fee, Money.Zero, Instalments.Split(fee, 1, new DateOnly(2026, 12, 1)));
        var (_, taken, _) = seat.TakeFor(new Lead { CourseName = "CPC Preparation" }, Now);
        var enrolment = new Seats.Enrolment().After(taken with { At = Now, By = Actor.System })
            .After(new Seats.PaymentReceived(cheque, "R-1", Money.FromRupees(9_000), Seats.PaymentWay.Cheque, "004211", today, false))
            .After(new Seats.FeeRefunded(Guid.NewGuid(), Money.FromRupees(1_000), Seats.PaymentWay.Cash, "", today, "goodwill"))
            .After(new Seats.ChequeBounced(cheque, today, "no funds"));

        var page = Assert.Single(PdfText.Pages(EnrolmentLetter.Generate(new EnrolmentLetterContent(MakePerson(), enrolment,
            Papers.MakeBatch(), Papers.Institute, null, today))));

        Assert.Equal(43_000, enrolment.Balance.Rupees);
        Assert.Contains("Course fee ₹42,000 Given back, never came in ₹1,000 Still to be paid ₹43,000", page);
        Assert.Matches("Given back, never came in 23 Nov 2026 ₹1,000 ₹1,000", page);
    }

    [Theory]
    [InlineData(6, 1)]
    [InlineData(8, 2)]
    [InlineData(12, 2)]
    [InlineData(24, 2)]
    public void With_a_discount_and_money_received_it_is_signed_on_the_page_of_its_sums_and_last_instalments(int parts, int pages)
    {
        var (fee, discount) = (Money.FromRupees(42_000), Money.FromRupees(500));
        var seat = new AgreedSeat(
            Papers.MakeBatch(), fee, discount, Instalments.Split(fee - discount, parts, new DateOnly(2026, 12, 1)));
        var (_, taken, _) = seat.TakeFor(new Lead { CourseName = "CPC Preparation" }, Now);
        var enrolment = new Seats.Enrolment().After(taken with { At = Now, By = Actor.Staff(Guid.NewGuid(), "Divya Menon") });
        enrolment.After(new Seats.PaymentReceived(Guid.NewGuid(), "R-1", Money.FromRupees(5_000), Seats.PaymentWay.Cash, "",
            new DateOnly(2026, 11, 23), false));

        var text = PdfText.Pages(EnrolmentLetter.Generate(new EnrolmentLetterContent(MakePerson(), enrolment, Papers.MakeBatch(),
            Papers.Institute, null, new DateOnly(2026, 11, 23))));

        Assert.Equal(pages, text.Count);
        Assert.Contains("Discount – ₹500 Fee agreed ₹41,500 Received – ₹5,000 Still to be paid ₹36,500", text[^1]);
        foreach (var last in new[] { parts - 1, parts }) Assert.Contains($"{last} of {parts}", text[^1]);
        Assert.Contains("With our best wishes for your studies, Divya Menon for Periyar School of Medical Coding", text[^1]);
    }

    [Fact]
    public async Task The_documents_of_a_lead_are_downloaded_as_the_data_stands()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var open = await app.AddBatchAsync(course, seats: 2, code: "OPEN-1");
        var full = await app.AddBatchAsync(course, seats: 1, code: "FULL-1");
        var (lead, other) = (await app.AddLeadAsync(course), await app.AddLeadAsync(course, "Rahul Das"));
        await app.ActAsync<Enrol>(other.Id, counsellor, ("batchId", full.Id.ToString()), ("instalments", "1"),
            ("firstDueOn", "2026-11-23"));
        await app.ActAsync<Enrol>(lead.Id, counsellor, ("batchId", open.Id.ToString()), ("discount", "2000"), ("instalments", "3"),
            ("firstDueOn", "2026-11-23"));
        using var browser = await app.SignInAsync(counsellor);

        var brochure = await browser.DownloadAsync($"/leads/{lead.Id}/brochure.pdf");
        var letter = await browser.DownloadAsync($"/leads/{lead.Id}/enrolment-letter.pdf");

        Assert.All([brochure, letter],
            d => Assert.Equal((HttpStatusCode.OK, "application/pdf"), (d.StatusCode, d.Content.Headers.ContentType!.MediaType)));
        Assert.Equal($"CPC-brochure-{lead.Reference}.pdf", brochure.Content.Headers.ContentDisposition!.FileName);
        Assert.Equal("enrolment-letter-OPEN-1-01.pdf", letter.Content.Headers.ContentDisposition!.FileName);
        var text = string.Join(' ', PdfText.Pages(await brochure.Content.ReadAsByteArrayAsync()));
        Assert.Matches(@"OPEN-1 .* 1 ", text);
        Assert.DoesNotContain("FULL-1", text);
        Assert.Contains("Divya Menon", text);
        Assert.Contains("To be paid ₹40,000", Assert.Single(PdfText.Pages(await letter.Content.ReadAsByteArrayAsync())));
    }

    [Fact]
    public async Task Where_there_is_no_document_there_is_no_download()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Counsellor);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var stranger = app.Browse();

        Assert.Equal(HttpStatusCode.NotFound, (await browser.DownloadAsync($"/leads/{lead.Id}/enrolment-letter.pdf")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.DownloadAsync($"/leads/{Guid.CreateVersion7()}/brochure.pdf")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await stranger.DownloadAsync($"/leads/{lead.Id}/brochure.pdf")).StatusCode);
    }
}
