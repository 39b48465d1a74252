using System.Net;
using Crm.Accounts;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;

namespace Crm.Tests.Fees;

/// <summary>An institute that is registered for tax, from its settings to the invoice in the student's hands.</summary>
public sealed class TaxInvoiceTests(TestPostgres postgres)
{
    private const string Kerala = "32AAPFU0939F1Z4", TamilNadu = "33AAPFU0939F1Z2";

    private static async Task<WebPage> SetAsync(Browser manager, params (string Field, string Value)[] typed)
    {
        await manager.GetAsync("/institute");
        return await manager.SubmitAsync("form[action='/institute']", typed.ToDictionary(t => t.Field, t => t.Value));
    }

    private static async Task<(WebPage Page, Receipt Receipt)> PayAsync(TestApp app, Browser staff, Enrolment seat, string amount)
    {
        await staff.GetAsync($"/leads/{seat.LeadId}");
        var page = await staff.SubmitAsync(
            $"form[action='/enrolments/{seat.Id}/payments']", new() { ["amount"] = amount, ["way"] = "Cash" });
        return (page, (await app.AllAsync<Receipt>()).MaxBy(r => r.Id)!);
    }

    private static async Task<string> PaperAsync(Browser staff, Receipt receipt)
    {
        var answer = await staff.DownloadAsync($"/receipts/{receipt.Id}.pdf");
        return string.Join(' ', PdfText.Pages(await answer.Content.ReadAsByteArrayAsync()));
    }

    private static async Task<(Lead Lead, Enrolment Seat)> EnrolAsync(
        TestApp app, User user, Crm.Courses.Batch batch, string name, params (string Field, string Value)[] terms)
    {
        var lead = await app.AddLeadAsync(await app.LoadAsync<Crm.Courses.Course>(batch.CourseId), name);
        await app.ActAsync<Enrol>(
            lead.Id, user, [("batchId", batch.Id.ToString()), ("instalments", "1"), ("firstDueOn", "2026-11-23"), .. terms]);
        return (lead, Assert.Single(await app.AllAsync<Enrolment>(), e => e.LeadId == lead.Id));
    }

    [Fact]
    public async Task Settings_are_refused_beside_the_field_that_is_wrong()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);

        foreach (var (field, value, reason) in new[]
        {
            ("gstin", "27AAPFU0939F1ZW", "The last letter does not fit the others"),
            ("gstin", "39AAPFU0939F1ZV", "No state has the code 39"),
            ("receiptPrefix", "REC#", "Begin with up to 4 capital letters"), ("receiptPrefix", "", "Enter how numbers begin."),
            ("sac", "99X", "Enter 4 to 8 digits"), ("taxRate", "180", "Enter the rate in hundredths"), ("taxRate", "-1", "Enter the rate"),
            ("upiPayee", "fees@mail.example", "Enter it as the bank writes it"), ("discountPercent", "101", "Enter the share"),
            ("discountAmount", "35.000", "35.000 has more than 2 digits"),
        })
        {
            var page = await SetAsync(manager, (field, value));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.StartsWith(reason, page.ErrorOf(field));
            Assert.Equal(value, page.One($"[name={field}]").GetAttribute("value"));
        }

        var saved = await SetAsync(manager, ("gstin", "27 aapfu0939f 1zv"), ("receiptPrefix", "inv/"), ("taxRate", "18 %"),
            ("feeTax", "OnTop"), ("upiPayee", "fees@okbank"), ("discountPercent", "7.5"), ("discountAmount", "₹ 3,000/-"));
        Assert.Equal("The institute's settings are saved.", saved.One(".done").TextContent);
        var profile = app.Get<CurrentInstitute>().Profile;
        Assert.Equal(("27AAPFU0939F1ZV", "INV/", 18m, FeeTax.OnTop, "fees@okbank"),
            (profile.Gstin, profile.ReceiptPrefix, profile.TaxRate, profile.FeeTax, profile.UpiPayee));
        Assert.Equal([2_400m, 3_000m],
            new[] { 32_000, 42_000 }.Select(fee => profile.CounsellorCeiling(Money.FromRupees(fee))!.Value.Rupees));
    }

    [Fact]
    public async Task Earlier_receipts_say_what_they_said_whatever_is_changed_since_and_the_numbers_go_on()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => p.Gstin = Kerala);
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var staff = await app.SignInAsync(user);
        var (_, seat) = await EnrolAsync(app, user, await app.AddBatchAsync(await app.AddCourseAsync()), "Anjali Nair");
        var (_, first) = await PayAsync(app, staff, seat, "11800");
        var before = await PaperAsync(staff, first);

        await SetAsync(staff, ("gstin", TamilNadu), ("receiptPrefix", "INV/"), ("taxRate", "5"), ("financialYearStart", "7"),
            ("name", "Another School"), ("address", "Anna Salai, Chennai"), ("currencySymbol", "Rs "), ("courseWord", "programme"));
        var (_, second) = await PayAsync(app, staff, seat, "10500");
        var (page, third) = await PayAsync(app, staff, seat, "1");

        Assert.Equal(before, await PaperAsync(staff, first));
        Assert.Contains("CGST 9% ₹900", before);
        Assert.Equal(["R-2627-0001", "INV/2627/0002", "INV/2627/0003"], new[] { first, second, third }.Select(r => r.Number));
        Assert.Contains("INV/2627/0003", page.Texts(".payments a"));
        var after = await PaperAsync(staff, second);
        Assert.All(["Another School", TamilNadu, "Place of supply: Tamil Nadu (33)", "SGST 2.5% Rs250"],
            said => Assert.Contains(said, after));
        var paper = await staff.DownloadAsync($"/receipts/{second.Id}.pdf");
        Assert.Equal("receipt-INV-2627-0002.pdf", paper.Content.Headers.ContentDisposition?.FileNameStar);
    }

    [Fact]
    public async Task The_timeline_says_of_a_seat_taken_what_its_parts_add_up_to_tax_and_all()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => (p.Gstin, p.FeeTax) = (Kerala, FeeTax.OnTop));
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var staff = await app.SignInAsync(user);
        var (lead, seat) = await EnrolAsync(
            app, user, await app.AddBatchAsync(await app.AddCourseAsync()), "Anjali Nair", ("discount", "2000"), ("instalments", "3"));

        var timeline = (await staff.GetAsync($"/leads/{lead.Id}")).Texts(".timeline .detail");

        Assert.Equal(Money.FromRupees(47_200), seat.Net);
        Assert.Contains($"roll number {seat.RollNumber}, ₹47,200 · in 3 instalments", timeline);
    }

    [Fact]
    public async Task Tax_is_added_when_a_seat_is_agreed_and_every_paisa_of_it_is_in_the_balance()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => (p.Gstin, p.FeeTax) = (Kerala, FeeTax.OnTop));
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var staff = await app.SignInAsync(user);
        var batch = await app.AddBatchAsync(await app.AddCourseAsync(fee: 10_000.55m));
        var lead = await app.AddLeadAsync(await app.LoadAsync<Crm.Courses.Course>(batch.CourseId), "Anjali Nair");
        await app.ActAsync<MakeOffer>(lead.Id, user, ("batchId", batch.Id.ToString()), ("discount", "0.54"), ("validUntil", "2026-11-30"),
            ("byEmail", "true"));
        await staff.GetAsync($"/leads/{lead.Id}");

        await staff.SubmitAsync($"form[action='/leads/{lead.Id}/enrolment']", new() { ["instalments"] = "3" });

        // 9% of 10,000.01 is 900.0009.
        var seat = Assert.Single(await app.AllAsync<Enrolment>());
        Assert.Equal((10_000.55m, 0.54m, 1_800m, 11_800.01m), (seat.Fee.Rupees, seat.Discount.Rupees, seat.Tax.Rupees, seat.Net.Rupees));
        Assert.Equal(seat.Net, seat.Instalments.Aggregate(Money.Zero, (sum, i) => sum + i.Amount));
        var mail = Assert.Single(await app.AllAsync<Crm.Messaging.OutboxMessage>(),
            m => m.Subject.EndsWith("our offer", StringComparison.Ordinal));
        Assert.Contains("GST: ₹1,800\nYou pay: ₹11,800.01", mail.Body);
        var (page, receipt) = await PayAsync(app, staff, seat, "11,800.01");
        Assert.Contains("₹0", page.One(".seat .sum dd").TextContent);
        Assert.Equal((10_000.01m, 900m, 900m), (receipt.Tax!.Taxable.Rupees, receipt.Tax.Central.Rupees, receipt.Tax.State.Rupees));
        var letter = await (await staff.DownloadAsync($"/leads/{lead.Id}/enrolment-letter.pdf")).Content.ReadAsByteArrayAsync();
        Assert.Contains("GST ₹1,800 Fee agreed ₹11,800.01 Received – ₹11,800.01 Still to be paid ₹0",
            string.Join(' ', PdfText.Pages(letter)));
        using var visitor = app.Browse();
        Assert.Contains("₹10,000.55 + 18% GST", (await visitor.GetAsync("/")).One(".facts").TextContent);
    }

    [Fact]
    public async Task A_student_of_another_state_pays_one_tax_and_invoices_say_where_they_live()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => p.Gstin = Kerala);
        var user = await app.AddUserAsync("Divya Menon");
        using var staff = await app.SignInAsync(user);
        var batch = await app.AddBatchAsync(await app.AddCourseAsync());
        var (lead, seat) = await EnrolAsync(app, user, batch, "Anjali Nair", ("placeOfSupply", "33"));
        var (_, first) = await PayAsync(app, staff, seat, "11800");
        await staff.GetAsync($"/leads/{lead.Id}");
        var form = $"form[action='/enrolments/{seat.Id}/invoice-address']";
        Assert.Equal("33", staff.Page.One(form + " option[selected]").GetAttribute("value"));

        await staff.SubmitAsync(form, new() { ["placeOfSupply"] = "", ["address"] = "TC 4/12, Kowdiar\nThiruvananthapuram 695003" });
        var (page, second) = await PayAsync(app, staff, seat, "11800");

        Assert.Equal(("33", 1_800m), (first.Tax!.PlaceOfSupply, first.Tax.Integrated.Rupees));
        Assert.Equal(("32", 900m, 900m), (second.Tax!.PlaceOfSupply, second.Tax.Central.Rupees, second.Tax.State.Rupees));
        Assert.Contains("IGST 18% ₹1,800", await PaperAsync(staff, first));
        Assert.Contains("TC 4/12, Kowdiar Thiruvananthapuram 695003", await PaperAsync(staff, second));
        Assert.Contains("Invoices addressed anew", page.Texts(".timeline .what"));
    }
}
