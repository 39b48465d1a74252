using Crm.Accounts;
using Crm.Fees;
using Crm.Institute;
using Crm.Reports;
using Crm.Seats;
using Crm.Tests.Enrolments;
using Npgsql;

namespace Crm.Tests.Fees;

/// <summary>A refund that was recorded by mistake, or that a bank sent back: what becomes of all that it had changed.</summary>
public sealed class RefundReversalTests(TestPostgres postgres)
{
    private const string Kerala = "32AAPFU0939F1Z4";

    private async Task<Office> OpenAsync(bool isTaxed = false)
    {
        var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        if (isTaxed) await office.App.DescribeAsync(p => p.Gstin = Kerala);
        return office;
    }

    private static async Task<Refund> RefundAsync(Office office, Enrolment seat, decimal rupees, string way = "Cash", string reference = "")
    {
        await office.AgreeOnSeatAsync(
            seat, "refunds", ("amount", $"{rupees}"), ("way", way), ("reference", reference), ("why", "Goodwill"));
        return (await office.NowAsync(seat)).Refunds[^1];
    }

    private static async Task<Office> LaterAsync(Office office, int days)
    {
        office.App.Time.Advance(TimeSpan.FromDays(days));
        return office with { Staff = await office.App.SignInAsync(office.User) };
    }

    private static async Task<Money> TaxLeftAsync(Office office)
    {
        await using var session = office.App.Store.QuerySession();
        var report = await TaxReport.LoadAsync(session, new(2026, 1, 1), new(2028, 1, 1), default);
        return new Money(report.Invoices.Where(i => !Crediting.IsCancelled(i)).Sum(i => i.Tax!.Whole.Paise)
            - Crediting.Standing(report.Notes).Sum(n => n.Tax.Whole.Paise));
    }

    [Fact]
    public async Task It_stays_in_sight_with_its_reason_and_the_drawer_expects_its_cash_again_on_the_day_of_the_reversal()
    {
        await using var opened = await OpenAsync();
        var (_, seat) = await opened.EnrolAsync();
        await opened.PayAsync(seat, 10_000);
        var refund = await RefundAsync(opened, seat, 2_500);
        var office = await LaterAsync(opened, 1);

        var page = await office.ReverseAsync(seat, refund.Id, why: "Of another student");

        var now = await office.NowAsync(seat);
        Assert.Equal((32_000, 0, false), (now.Balance.Rupees, now.Refunded.Rupees, now.HasRefunds));
        var line = page.Html.QuerySelectorAll(".payments li")[1];
        Assert.Equal("₹2,500", line.QuerySelector(".struck")!.TextContent);
        Assert.Equal("Voided: Of another student", line.QuerySelector(".late")!.TextContent);
        Assert.DoesNotContain("Refunded", page.Texts(".seat dt"));
        Assert.Contains("Refund voided", page.Texts(".timeline .what"));
        var entry = Assert.Single(await office.App.AllAsync<LedgerEntry>(), e => e.Kind == EntryKind.RefundReversal);
        Assert.Equal((refund.Id, 2_500m, PaymentWay.Cash, office.App.Clock.Today), (entry.Reverses, entry.Amount.Rupees, entry.Way,
            entry.Day));
        await using var session = office.App.Store.QuerySession();
        var drawer = await CashDrawer.ReadAsync(session, default);
        Assert.Equal((0, 10_000), (drawer.Refunded.Rupees, drawer.Expected.Rupees));
        var report = await FeeReport.LoadAsync(office.App.Get<NpgsqlDataSource>(), session, entry.Day, entry.Day, entry.Day, default);
        Assert.Equal((-2_500, 2_500), (report.Total.Refunded.Rupees, report.Total.Net.Rupees));
    }

    [Fact]
    public async Task Of_a_seat_that_was_given_up_it_is_due_back_again_and_can_be_given_anew()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 20_000);
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));
        var refund = await RefundAsync(office, seat, 20_000, "BankTransfer", "NEFT0042");
        Assert.Equal(0, (await office.NowAsync(seat)).Balance.Rupees);

        // It was said to be due back then, and so nothing is asked.
        var page = await office.OnSeatAsync(
            seat, "reversals", ("entryId", $"{refund.Id}"), ("kind", "RefundNeverArrived"), ("why", "Account closed"));

        Assert.Equal(20_000, (await office.NowAsync(seat)).Credit.Rupees);
        Assert.Equal("20000", page.One($"form[action='/enrolments/{seat.Id}/refunds'] [name=amount]").GetAttribute("value"));
        Assert.Equal("Never arrived: Account closed", page.One(".payments .late").TextContent);
        Assert.Contains("Nobody owes anything", (await office.Staff.GetAsync("/dues")).Text);
        await RefundAsync(office, seat, 20_000, "BankTransfer", "NEFT0043");
        Assert.Equal((0, 20_000), ((await office.NowAsync(seat)).Balance.Rupees, (await office.NowAsync(seat)).Refunded.Rupees));
        // Whoever reads the bank's line of what came back finds whose it is.
        Assert.Contains("₹20,000 given back", (await office.Staff.GetAsync("/search?q=NEFT0042")).Text);
    }

    [Fact]
    public async Task One_from_before_the_seat_was_given_up_makes_more_due_back_than_was_said_and_that_is_asked_once()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 42_000);
        await office.PayAsync(seat, 3_000);
        var refund = await RefundAsync(office, seat, 3_000, "Cheque", "004711");
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"), ("refund", "20000"), ("because", "As agreed"));
        (string, string)[] typed = [("entryId", $"{refund.Id}"), ("kind", "RefundNeverArrived"), ("why", "Never cashed")];

        var asked = await office.OnSeatAsync(seat, "reversals", typed);

        Assert.Equal("₹20,000 was due back when the seat was given up. With what was not given back before, ₹23,000 is due back now. "
            + "If that is right, send it again.", asked.ErrorOf("entryId"));
        Assert.Equal(20_000, (await office.NowAsync(seat)).Credit.Rupees);
        await office.Staff.SubmitAsync($"form[action='/enrolments/{seat.Id}/reversals']");
        Assert.Equal((23_000, 22_000), ((await office.NowAsync(seat)).Credit.Rupees, (await office.NowAsync(seat)).Net.Rupees));
    }

    [Fact]
    public async Task Of_a_seat_that_was_changed_for_another_it_goes_along_to_where_the_student_is_now()
    {
        await using var office = await OpenAsync();
        var (b, c) = (await office.App.AddBatchAsync(office.Course, code: "B"), await office.App.AddBatchAsync(office.Course, code: "C"));
        var (_, first) = await office.EnrolAsync();
        await office.PayAsync(first, 10_000);
        var refund = await RefundAsync(office, first, 4_000);
        await office.OnSeatAsync(first, "transfer", ("batchId", b.Id.ToString()), ("why", "One"));
        var second = await office.App.LoadAsync<Enrolment>((await office.NowAsync(first)).Left!.To!.Value);
        await office.OnSeatAsync(second, "transfer", ("batchId", c.Id.ToString()), ("why", "Two"));
        var third = await office.App.LoadAsync<Enrolment>((await office.NowAsync(second)).Left!.To!.Value);
        Assert.Equal(36_000, third.Balance.Rupees);

        await office.ReverseAsync(first, refund.Id);

        Enrolment[] now = [await office.NowAsync(first), await office.NowAsync(second), await office.NowAsync(third)];
        Assert.Equal([(0, 0), (0, 0), (32_000, 10_000)], now.Select(s => ((int)s.Balance.Rupees, (int)s.Kept.Rupees)));
        var lines = (await office.App.AllAsync<LedgerEntry>()).ToLookup(l => l.EnrolmentId, l => l.Amount.Paise);
        Assert.All(now, s => Assert.Equal((s.Received - s.Refunded).Paise, lines[s.Id].Sum()));
    }

    [Fact]
    public async Task What_it_is_called_has_to_be_what_it_was()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 10_000);
        var refund = await RefundAsync(office, seat, 1_000, "BankTransfer");
        var payment = Assert.Single((await office.NowAsync(seat)).Payments);

        Task<WebPage> SendAsync(Guid id, string kind) => office.ReverseAsync(seat, id, kind);
        var wrong = await SendAsync(payment.Id, "RefundNeverArrived");
        Assert.Equal("This is a payment. Only a refund never arrives.", wrong.ErrorOf("kind"));
        Assert.Equal("This is a refund. Say that it never arrived.", (await SendAsync(refund.Id, "ChequeBounced")).ErrorOf("kind"));
        var page = await office.Staff.GetAsync($"/leads/{seat.LeadId}");
        Assert.Contains("Void a payment or a refund", page.Texts("summary"));
        var entries = page.Texts($"form[action='/enrolments/{seat.Id}/reversals'] [name=entryId] option:not([value=''])");
        Assert.Equal(["R-2627-0001 · ₹10,000 · Cash · 23 Nov 2026", "Refund · ₹1,000 · Bank transfer · 23 Nov 2026"], entries);
        await SendAsync(refund.Id, "RefundNeverArrived");
        var again = await Assert.ThrowsAsync<Refusal>(() => office.App.OnSeatAsync<Reverse>(
            seat.Id, office.User, ("entryId", $"{refund.Id}"), ("kind", "RecordedByMistake"), ("why", "x")));
        Assert.Equal("This refund counts no more already.", again.Message);
    }

    [Fact]
    public async Task Within_its_month_its_credit_note_is_cancelled_and_keeps_number_and_paper()
    {
        await using var office = await OpenAsync(isTaxed: true);
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 11_800);
        var refund = await RefundAsync(office, seat, 2_360);

        await office.ReverseAsync(seat, refund.Id, why: "Of another student");

        var note = Assert.Single(await office.App.AllAsync<TaxNote>());
        Assert.Equal(("CN-2627-0001", "Of another student", ""), (note.Number, note.Void, note.DebitNote));
        var paper = await PaperAsync(office, note.Id);
        Assert.All(["Credit note CN-2627-0001", "VOID", "Of another student", "₹2,360"], said => Assert.Contains(said, paper));
        var page = await office.Staff.GetAsync("/reports/tax");
        Assert.Equal(["CN-2627-0001", "23 Nov 2026", "Anjali Nair", "Cancelled", "Kerala (32)", "18%", "₹0", "₹0", "₹0", "₹0", "₹0"],
            [.. page.Html.QuerySelectorAll("section table")[1].QuerySelectorAll("tbody tr")[0].Children.Select(c => c.TextContent.Trim())]);
        Assert.Equal(11_800, (await TaxLeftAsync(office)).Rupees);
        // The invoice is as if no note had named it: void, it is cancelled within its month too.
        await office.ReverseAsync(seat, (await office.NowAsync(seat)).Payments[0].Id);
        Assert.Equal((1, 0), ((await office.App.AllAsync<TaxNote>()).Count, (await TaxLeftAsync(office)).Rupees));
    }

    [Fact]
    public async Task In_a_later_month_a_debit_note_takes_its_credit_note_back()
    {
        await using var opened = await OpenAsync(isTaxed: true);
        var (_, seat) = await opened.EnrolAsync();
        await opened.PayAsync(seat, 11_800);
        var refund = await RefundAsync(opened, seat, 2_360, "BankTransfer", "NEFT0042");
        var office = await LaterAsync(opened, 30);

        var page = await office.ReverseAsync(seat, refund.Id, "RefundNeverArrived", "Account closed");

        var (credit, debit) = ((await office.App.AllAsync<TaxNote>()).Single(n => !n.IsDebit),
            (await office.App.AllAsync<TaxNote>()).Single(n => n.IsDebit));
        Assert.Equal(("DN-2627-0001", "CN-2627-0001", 2_360m, 2_000m, new DateOnly(2026, 12, 23)),
            (debit.Number, debit.TakesBack, debit.Amount.Rupees, Assert.Single(debit.Invoices).Tax.Taxable.Rupees, debit.IssuedOn));
        Assert.Equal((null, "DN-2627-0001"), (credit.Void, credit.DebitNote));
        var link = page.Html.QuerySelectorAll(".payments a").Single(a => a.TextContent == "Debit note DN-2627-0001");
        Assert.Equal($"/receipts/notes/{debit.Id}.pdf", link.GetAttribute("href"));
        var paper = await PaperAsync(office, debit.Id);
        Assert.All(["Debit note DN-2627-0001", "23 Dec 2026", $"GSTIN {Kerala}", "Charged again to Anjali Nair", "₹2,360",
            "Credit note CN-2627-0001", "Account closed", "Against tax invoice", "R-2627-0001 of 23 Nov 2026", "CGST 9% ₹180"],
            said => Assert.Contains(said, paper));
        Assert.Contains("Debit note DN-2627-0001 takes it back.", await PaperAsync(office, credit.Id));
        Assert.Equal(11_800, (await TaxLeftAsync(office)).Rupees);
        using var file = await office.Staff.DownloadAsync("/reports/tax.csv?from=2026-12-01&to=2026-12-31");
        Assert.Contains("Debit notes,DN-2627-0001,2026-12-23,Anjali Nair,R-2627-0001 of 23 Nov 2026,Kerala (32),18%,2000.00,180.00",
            await file.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("Anjali Nair", (await office.Staff.GetAsync("/search?q=DN-2627")).Text);
        // Sent again, it is credited again.
        await RefundAsync(office, seat, 2_360, "BankTransfer", "NEFT0043");
        Assert.Equal(9_440, (await TaxLeftAsync(office)).Rupees);
        Assert.NotNull(ReceiptNumbers.WhyNot("DN"));
    }

    private static async Task<string> PaperAsync(Office office, Guid id)
    {
        var answer = await office.Staff.DownloadAsync($"/receipts/notes/{id}.pdf");
        return Assert.Single(PdfText.Pages(await answer.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task Whatever_bounced_or_was_void_meanwhile_what_stays_taxed_is_what_is_kept_of_what_was_taxed()
    {
        await using var office = await OpenAsync(isTaxed: true);
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 5_000);
        await office.PayAsync(seat, 5_000, "Cheque", "004211");
        var refund = await RefundAsync(office, seat, 7_000);
        await office.ReverseAsync(seat, (await office.NowAsync(seat)).Payments[1].Id, "ChequeBounced", "No funds");
        Assert.Equal((0, 2_000), ((await TaxLeftAsync(office)).Rupees, (await office.NowAsync(seat)).Overdrawn.Rupees));

        // Of the note's 7,000 the cheque's 5,000 stay, less the 3,000 that the cheque's own note took.
        await office.ReverseAsync(seat, refund.Id);

        Assert.Equal((5_000, 5_000), ((await TaxLeftAsync(office)).Rupees, (await office.NowAsync(seat)).Kept.Rupees));
        Assert.Equal(5_000, (await office.App.AllAsync<TaxNote>()).Single(n => n.IsDebit).Amount.Rupees);
    }

    [Fact]
    public async Task A_note_stays_that_alone_takes_back_an_invoice_which_is_void()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 10_000);
        await office.App.DescribeAsync(p => p.Gstin = Kerala);
        await office.PayAsync(seat, 5_900);
        var refund = await RefundAsync(office, seat, 5_900);
        await office.ReverseAsync(seat, (await office.NowAsync(seat)).Payments[1].Id);

        await office.ReverseAsync(seat, refund.Id);

        Assert.Equal((0, 10_000), ((await TaxLeftAsync(office)).Rupees, (await office.NowAsync(seat)).Kept.Rupees));
        Assert.Null(Assert.Single(await office.App.AllAsync<TaxNote>()).Void);
    }
}
