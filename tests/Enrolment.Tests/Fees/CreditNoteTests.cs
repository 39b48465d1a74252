using System.Net;
using Crm.Accounts;
using Crm.Fees;
using Crm.Institute;
using Crm.Reports;
using Crm.Seats;
using Crm.Tests.Enrolments;
using CsCheck;

namespace Crm.Tests.Fees;

/// <summary>What takes a tax invoice back: its number, its tax and the invoices that it names.</summary>
public sealed class CreditNoteTests(TestPostgres postgres)
{
    private const string Kerala = "32AAPFU0939F1Z4";

    private static InstituteProfile Registered(decimal rate) => new() { Name = "Test School", Gstin = Kerala, TaxRate = rate };

    private static Receipt InvoiceOf(long paise, decimal rate, string place, int number) => new()
    {
        Id = Guid.CreateVersion7(),
        Number = $"R-2627-{number:0000}",
        IssuedOn = new DateOnly(2026, 11, 1).AddDays(number),
        Amount = new Money(paise),
        Tax = ReceiptTax.Within(new Money(paise), Registered(rate), place),
    };

    [Fact]
    public void However_an_invoice_is_taken_back_in_parts_their_taxes_are_the_invoices_own_to_the_paisa() =>
        Gen.Select(Gen.Int[0, 28], Gen.Bool, Gen.Long[1, 500_000].Array[1, 12]).Sample((rate, away, parts) =>
        {
            var whole = ReceiptTax.Within(new Money(parts.Sum()), Registered(rate), away ? "33" : "");
            List<ReceiptTax> taken = [];
            foreach (var part in parts) taken.Add(whole.Of(new Money(part), taken));

            Assert.All(taken.Zip(parts), t => Assert.Equal(t.Second, t.First.Whole.Paise));
            Assert.All(taken, t => Assert.True(t.Central == t.State && t.Taxable >= Money.Zero && t.Central >= Money.Zero
                && t.Integrated >= Money.Zero, $"{t}"));
            if (parts.Min() < 100) return;
            Assert.Equal((whole.Taxable, whole.Central, whole.Integrated), (Sum(taken, t => t.Taxable), Sum(taken, t => t.Central),
                Sum(taken, t => t.Integrated)));
        });

    [Fact]
    public void Where_a_note_counts_no_more_those_after_it_take_no_tax_below_nothing_and_end_at_the_invoices_own() =>
        Gen.Select(Gen.Int[1, 28], Gen.Bool, Gen.Long[1, 60].Array[2, 12], Gen.Bool.Array[12]).Sample((rate, away, parts, dropped) =>
        {
            var whole = ReceiptTax.Within(new Money(parts.Sum() + 10_000), Registered(rate), away ? "33" : "");
            List<ReceiptTax> taken = [];
            for (var i = 0; i < parts.Length; i++)
            {
                taken.Add(whole.Of(new Money(parts[i]), taken));
                if (i > 0 && dropped[i]) taken.RemoveAt(0);
            }
            taken.Add(whole.Of(whole.Whole - Sum(taken, t => t.Whole), taken));

            Assert.All(taken, t => Assert.True(t.Central == t.State && t.Taxable >= Money.Zero && t.Central >= Money.Zero
                && t.Integrated >= Money.Zero, $"{t}"));
            Assert.Equal((whole.Taxable, whole.Central, whole.Integrated), (Sum(taken, t => t.Taxable), Sum(taken, t => t.Central),
                Sum(taken, t => t.Integrated)));
        });

    private static Money Sum(IEnumerable<ReceiptTax> taxes, Func<ReceiptTax, Money> of) => new(taxes.Sum(t => of(t).Paise));

    [Fact]
    public void No_invoice_is_taken_back_twice_and_all_that_was_taxed_is_found() =>
        Gen.Select(Gen.Long[1, 100_000].Array[1, 6], Gen.Long[1, 200_000].Array[1, 8], Gen.Bool).Sample((paid, back, isMixed) =>
        {
            List<Receipt> invoices = [.. paid.Select((p, i) => InvoiceOf(p, isMixed && i % 2 == 0 ? 0 : 18, "", i))];
            var left = invoices.Where(Crediting.IsTaxed).Sum(i => i.Amount.Paise);
            List<CreditedInvoice> credited = [];
            foreach (var amount in back)
            {
                var parts = Crediting.Part(new Money(amount), invoices, credited);
                Assert.Equal(Math.Min(left, amount), parts.Sum(p => p.Tax.Whole.Paise));
                left -= parts.Sum(p => p.Tax.Whole.Paise);
                credited.AddRange(parts);
            }
            foreach (var invoice in invoices)
                Assert.InRange(credited.Where(c => c.ReceiptId == invoice.Id).Sum(c => c.Tax.Whole.Paise), 0,
                    Crediting.IsTaxed(invoice) ? invoice.Amount.Paise : 0);
        });

    private async Task<Office> OpenAsync()
    {
        var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        await office.App.DescribeAsync(p => p.Gstin = Kerala);
        return office;
    }

    private static async Task<string> PaperAsync(WebPage page, Browser staff, string number)
    {
        var link = page.Html.QuerySelectorAll(".payments a").Single(a => a.TextContent == $"Credit note {number}");
        var answer = await staff.DownloadAsync(link.GetAttribute("href")!);
        Assert.Equal($"credit-note-{number}.pdf", answer.Content.Headers.ContentDisposition?.FileNameStar);
        return Assert.Single(PdfText.Pages(await answer.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task A_refund_has_a_note_with_all_that_the_law_asks_for_and_the_latest_invoices_first()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 11_800);
        await office.PayAsync(seat, 5_900);

        var page = await office.AgreeOnSeatAsync(seat, "refunds", ("amount", "8260"), ("way", "Cash"), ("why", "Two papers were dropped"));

        var note = Assert.Single(await office.App.AllAsync<TaxNote>());
        Assert.Equal(("CN-2627-0001", 8_260), (note.Number, note.Amount.Rupees));
        Assert.Equal([("R-2627-0002", 5_000m, 450m), ("R-2627-0001", 2_000m, 180m)],
            note.Invoices.Select(i => (i.Number, i.Tax.Taxable.Rupees, i.Tax.Central.Rupees)));
        Assert.Equal("CN-2627-0001", Assert.Single((await office.NowAsync(seat)).Refunds).CreditNote);
        var paper = await PaperAsync(page, office.Staff, "CN-2627-0001");
        Assert.All(["Credit note CN-2627-0001", "23 Nov 2026", $"GSTIN {Kerala}", "Anjali Nair", "Place of supply: Kerala (32)", "₹8,260",
            "Rupees eight thousand two hundred and sixty only", "Two papers were dropped",
            "R-2627-0002 of 23 Nov 2026, taxable value 999293 ₹5,000", "CGST 9% ₹450", "SGST 9% ₹450",
            "R-2627-0001 of 23 Nov 2026, taxable value 999293 ₹2,000", "CGST 9% ₹180", "In all ₹8,260"],
            said => Assert.Contains(said, paper));
        // The rest of the first invoice, and its very last paisa.
        await office.AgreeOnSeatAsync(seat, "refunds", ("amount", "9440"), ("way", "Cash"), ("why", "The rest"));
        var notes = (await office.App.AllAsync<TaxNote>()).OrderBy(n => n.Number).ToList();
        Assert.Equal(["CN-2627-0001", "CN-2627-0002"], notes.Select(n => n.Number));
        var invoices = await office.App.AllAsync<Receipt>();
        Assert.Equal(Sum(invoices.Select(i => i.Tax!), t => t.Central),
            Sum(notes.SelectMany(n => n.Invoices).Select(i => i.Tax), t => t.Central));
    }

    [Fact]
    public async Task An_invoice_that_notes_took_back_is_not_cancelled_when_its_payment_is_void()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        await office.App.DescribeAsync(p => p.Gstin = "");
        await office.PayAsync(seat, 10_000);
        await office.App.DescribeAsync(p => p.Gstin = Kerala);
        await office.PayAsync(seat, 5_900);
        await office.AgreeOnSeatAsync(seat, "refunds", ("amount", "5900"), ("way", "Cash"), ("why", "x"));
        var payment = (await office.NowAsync(seat)).Payments[1];

        await office.OnSeatAsync(seat, "reversals", ("entryId", payment.Id.ToString()), ("kind", "RecordedByMistake"), ("why", "x"));

        var invoice = (await office.App.AllAsync<Receipt>()).Single(r => r.Tax is not null);
        Assert.Equal(("CN-2627-0001", 1), (invoice.CreditNote, (await office.App.AllAsync<TaxNote>()).Count));
        Assert.NotNull(invoice.Void);
        Assert.False(Crediting.IsCancelled(invoice));
        // The note is the refund's, and stands there.
        var page = await office.Staff.GetAsync($"/leads/{seat.LeadId}");
        var note = Assert.Single(page.Html.QuerySelectorAll(".payments a"), a => a.TextContent.Contains("CN-", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await office.Staff.DownloadAsync(note.GetAttribute("href")!)).StatusCode);
    }

    [Fact]
    public async Task A_void_invoice_names_the_note_that_took_it_back_and_not_one_that_takes_back_another()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        await office.PayAsync(seat, 1_000);
        await office.OnSeatAsync(seat, "payments", ("amount", "5000"), ("way", "Cheque"), ("reference", "004211 SBI"));
        await office.AgreeOnSeatAsync(seat, "refunds", ("amount", "5500"), ("way", "Cash"), ("why", "x"));
        await office.PayAsync(seat, 6_000);
        var cheque = (await office.NowAsync(seat)).Payments[1];

        await office.OnSeatAsync(seat, "reversals", ("entryId", cheque.Id.ToString()), ("kind", "ChequeBounced"), ("why", "x"));

        var (notes, after) = (await office.App.AllAsync<TaxNote>(), (await office.NowAsync(seat)).Payments[1]);
        var invoice = await office.App.LoadAsync<Receipt>(cheque.Id);
        Assert.Contains(notes.Single(n => n.Number == invoice.CreditNote).Invoices, i => i.ReceiptId == invoice.Id);
        var issued = notes.Single(n => n.Id == cheque.Id);
        Assert.DoesNotContain(issued.Invoices, i => i.ReceiptId == invoice.Id);
        Assert.Equal(("CN-2627-0001", issued.Number), (invoice.CreditNote, after.CreditNote));
    }

    [Fact]
    public async Task A_plain_receipt_and_what_is_not_taxed_have_none()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        await office.App.DescribeAsync(p => p.Gstin = "");
        await office.PayAsync(seat, 1_000);
        await office.App.DescribeAsync(p => (p.Gstin, p.TaxRate) = (Kerala, 0));
        await office.PayAsync(seat, 1_000);

        await office.AgreeOnSeatAsync(seat, "refunds", ("amount", "1500"), ("way", "Cash"), ("why", "x"));

        Assert.Empty(await office.App.AllAsync<TaxNote>());
        Assert.Equal("", Assert.Single((await office.NowAsync(seat)).Refunds).CreditNote);
    }

    [Fact]
    public async Task A_void_invoice_is_cancelled_within_its_month_and_taken_back_by_a_note_after_it()
    {
        await using var opened = await OpenAsync();
        var office = opened;
        var (_, seat) = await office.EnrolAsync();
        foreach (var amount in new[] { 1_180m, 2_360m }) await office.PayAsync(seat, amount);
        var payments = (await office.NowAsync(seat)).Payments;
        static (string, string)[] Voiding(Payment p) =>
            [("entryId", p.Id.ToString()), ("kind", "RecordedByMistake"), ("why", "Of another seat")];

        await office.OnSeatAsync(seat, "reversals", Voiding(payments[0]));
        Assert.Empty(await office.App.AllAsync<TaxNote>());
        office.App.Time.Advance(TimeSpan.FromDays(8));
        using var later = await office.App.SignInAsync(office.User);
        office = office with { Staff = later };
        var page = await office.OnSeatAsync(seat, "reversals", Voiding(payments[1]));

        var note = Assert.Single(await office.App.AllAsync<TaxNote>());
        Assert.Equal((payments[1].Id, "CN-2627-0001", 2_360m, 2_000m),
            (note.Id, note.Number, note.Amount.Rupees, Assert.Single(note.Invoices).Tax.Taxable.Rupees));
        Assert.Contains("Of another seat", await PaperAsync(page, office.Staff, "CN-2627-0001"));
        var receipt = await office.App.LoadAsync<Receipt>(payments[1].Id);
        Assert.Equal(("Of another seat", "CN-2627-0001"), (receipt.Void, receipt.CreditNote));
        var paper = await office.Staff.DownloadAsync($"/receipts/{receipt.Id}.pdf");
        Assert.Contains("Credit note CN-2627-0001 takes it back.", PdfText.Pages(await paper.Content.ReadAsByteArrayAsync())[0]);
    }

    [Fact]
    public async Task The_months_return_lists_invoices_and_notes_and_what_is_left_is_what_the_ledger_says()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        foreach (var amount in new[] { 11_800m, 1_180m }) await office.PayAsync(seat, amount);
        var mistaken = (await office.NowAsync(seat)).Payments[1];
        await office.OnSeatAsync(seat, "reversals",
            ("entryId", mistaken.Id.ToString()), ("kind", "RecordedByMistake"), ("why", "Typed twice"));
        await office.AgreeOnSeatAsync(seat, "refunds", ("amount", "2360"), ("way", "Cash"), ("why", "A paper was dropped"));

        var page = await office.Staff.GetAsync("/reports/tax");

        Assert.Equal(["Tax invoices", "Credit notes", "Debit notes", "Left, by place and rate"], page.Texts("section h2"));
        string[] Row(int table, int row) => [.. page.Html.QuerySelectorAll("section table")[table].QuerySelectorAll("tbody tr")[row]
            .Children.Select(c => c.TextContent.Trim())];
        Assert.Equal(["R-2627-0001", "23 Nov 2026", "Anjali Nair", "", "Kerala (32)", "18%", "₹10,000", "₹900", "₹900", "₹0",
            "₹11,800"], Row(0, 0));
        Assert.Equal(["R-2627-0002", "23 Nov 2026", "Anjali Nair", "Cancelled", "Kerala (32)", "18%", "₹0", "₹0", "₹0", "₹0", "₹0"],
            Row(0, 1));
        Assert.Equal(["CN-2627-0001", "23 Nov 2026", "Anjali Nair", "R-2627-0001 of 23 Nov 2026", "Kerala (32)", "18%", "₹2,000", "₹180",
            "₹180", "₹0", "₹2,360"], Row(1, 0));
        Assert.Equal(["Left", "", "", "", "Kerala (32)", "18%", "₹8,000", "₹720", "₹720", "₹0", "₹9,440"], Row(2, 0));
        Assert.Equal("₹9,440", Row(2, 1)[^1]);
        Assert.Equal(office.App.Get<CurrentInstitute>().Show((await office.NowAsync(seat)).Kept), Row(2, 1)[^1]);
        using var file = await office.Staff.DownloadAsync("/reports/tax.csv");
        var csv = await file.Content.ReadAsStringAsync();
        Assert.Contains("Credit notes,CN-2627-0001,2026-11-23,Anjali Nair,R-2627-0001 of 23 Nov 2026,Kerala (32),18%,"
            + "2000.00,180.00,180.00,0.00,2360.00", csv, StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, (await office.Staff.GetAsync("/reports/tax?from=x")).Status);
    }

    [Fact]
    public async Task An_invoice_that_a_note_names_is_not_cancelled_and_what_moved_on_is_found_at_the_new_seat()
    {
        await using var office = await OpenAsync();
        var (_, seat) = await office.EnrolAsync();
        foreach (var amount in new[] { 1_180m, 1_180m }) await office.PayAsync(seat, amount);
        var to = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        await office.OnSeatAsync(seat, "transfer", ("batchId", to.Id.ToString()), ("why", "Evenings"));
        var now = await office.App.LoadAsync<Enrolment>((await office.NowAsync(seat)).Left!.To!.Value);

        await office.AgreeOnSeatAsync(now, "refunds", ("amount", "590"), ("way", "Cash"), ("why", "Goodwill"));
        var second = (await office.NowAsync(seat)).Payments[1];
        await office.OnSeatAsync(seat, "reversals",
            ("entryId", second.Id.ToString()), ("kind", "RecordedByMistake"), ("why", "Typed twice"));

        var notes = (await office.App.AllAsync<TaxNote>()).OrderBy(n => n.Number).ToList();
        // Of what was received, 590 is kept: 1,770 is taken back, the second invoice whole and half of the first.
        Assert.Equal([590m, 1_180m], notes.Select(n => n.Amount.Rupees));
        Assert.Equal([("R-2627-0002", 590m), ("R-2627-0002", 590m), ("R-2627-0001", 590m)],
            notes.SelectMany(n => n.Invoices).Select(i => (i.Number, i.Tax.Whole.Rupees)));
        Assert.Equal(590, (await office.NowAsync(now)).Kept.Rupees);
    }

    [Fact]
    public async Task Notes_are_numbered_without_gap_or_repeat_when_many_press_at_once()
    {
        await using var office = await OpenAsync();
        List<Enrolment> seats = [];
        for (var i = 0; i < 4; i++)
        {
            seats.Add((await office.EnrolAsync($"Student {(char)('A' + i)}")).Seat);
            await office.PayAsync(seats[i], 5_000);
        }
        async Task RefundAsync(int i)
        {
            try
            {
                await office.App.OnSeatAsync<GiveRefund>(seats[i % 4].Id, office.User, ("amount", i % 5 == 0 ? "99999" : "118"),
                    ("way", "Cash"), ("on", $"{office.App.Clock.Today:yyyy-MM-dd}"), ("why", "x"), ("amount-asked", "118.00"));
            }
            catch (Refusal)
            {
                // More than was received: nothing is stored, and no number is used.
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 20).Select(RefundAsync));

        Assert.Equal(Enumerable.Range(1, 16).Select(n => $"CN-2627-{n:0000}"),
            (await office.App.AllAsync<TaxNote>()).Select(n => n.Number).Order());
        Assert.NotNull(ReceiptNumbers.WhyNot("CN/"));
    }
}
