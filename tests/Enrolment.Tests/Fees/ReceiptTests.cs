using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using CsCheck;

namespace Crm.Tests.Fees;

/// <summary>What a receipt says, with tax and without.</summary>
public sealed class ReceiptTests
{
    private static readonly InstituteProfile Plain = new() { Name = "Test School", Address = "Chittoor Road, Ernakulam" };

    private static InstituteProfile Registered(decimal rate = 18, string gstin = "32AAPFU0939F1Z4", FeeTax feeTax = FeeTax.Within) =>
        new() { Name = "Test School", Address = "Chittoor Road, Ernakulam", Gstin = gstin, TaxRate = rate, FeeTax = feeTax };

    private static ReceiptTax Within(InstituteProfile institute, string place = "") =>
        ReceiptTax.Within(Money.FromRupees(14_000.50m), institute, place);

    private static Receipt Of(ReceiptTax? tax, string? voided = null) => new()
    {
        Issuer = ReceiptIssuer.Of(Plain),
        Address = "4 Anna Salai\nChennai 600002",
        Id = Guid.NewGuid(),
        Number = "R-2627-0041",
        Name = PersonName.FromStored("അഞ്ജലി Nair"),
        RollNumber = "CPC-2701-01",
        CourseName = "CPC Preparation",
        BatchCode = "CPC-2701",
        Amount = Money.FromRupees(14_000.50m),
        Way = PaymentWay.Upi,
        Reference = "432167890123",
        PaidOn = new DateOnly(2026, 11, 22),
        IssuedOn = new DateOnly(2026, 11, 23),
        By = "Divya Menon",
        BalanceAfter = Money.FromRupees(28_000),
        Tax = tax,
        Void = voided,
    };

    private static string Text(Receipt receipt) => Assert.Single(PdfText.Pages(ReceiptPaper.Generate(receipt, null)));

    [Fact]
    public void A_plain_receipt_says_who_paid_what_for_which_seat()
    {
        var text = Text(Of(null));

        Assert.All(["Receipt R-2627-0041", "23 Nov 2026", "₹14,000.50", "Rupees fourteen thousand and paise fifty only", "CPC-2701-01",
            "UPI, 432167890123", "22 Nov 2026", "Still to be paid: ₹28,000", "Divya Menon", "for Test School"],
            said => Assert.Contains(said, text));
        Assert.DoesNotContain("GST", text);
    }

    [Fact]
    public void However_much_there_is_to_say_it_is_signed_on_the_page_of_its_sum()
    {
        for (var lines = 0; lines <= 16; lines++)
            foreach (var tax in new[] { Within(Registered()), null })
            {
                var receipt = Of(tax);
                (receipt.Address, receipt.CourseName) = (string.Join('\n', Enumerable.Repeat("4 Anna Salai", lines)),
                    string.Join(' ', Enumerable.Repeat("Certified Professional Coder", lines)));

                var page = PdfText.Pages(ReceiptPaper.Generate(receipt, null))[^1];

                Assert.Contains("Divya Menon for Test School", page);
                Assert.Contains("Still to be paid: ₹28,000", page);
                if (tax is not null) Assert.Contains("SGST 9% ₹1,067.83 In all ₹14,000.50", page);
            }
    }

    [Fact]
    public void However_many_invoices_a_credit_note_names_its_sum_stands_below_one_of_them()
    {
        for (var count = 1; count <= 24; count++)
        {
            var tax = Within(Registered());
            var note = new TaxNote
            {
                Number = "CN-2627-0003",
                Issuer = ReceiptIssuer.Of(Plain),
                Name = PersonName.FromStored("Anjali Nair"),
                CourseName = "CPC Preparation",
                Amount = Money.FromRupees(14_000.50m * count),
                By = "Divya Menon",
                Invoices = [.. Enumerable.Range(1, count).Select(i => new CreditedInvoice(Guid.NewGuid(), $"R-{i}", default, tax))],
            };

            var page = PdfText.Pages(TaxNotePaper.Generate(note, null))[^1];

            Assert.Matches($"R-{count} of .*CGST.*SGST 9% ₹1,067.83 In all ₹[0-9,.]+ Divya Menon for Test School", page);
        }
    }

    [Fact]
    public void With_a_GSTIN_it_is_a_tax_invoice_with_all_that_the_law_asks_for()
    {
        var text = Text(Of(Within(Registered())));

        // 14,000.50 × 9/118 = 1,067.8347: both halves are rounded to the paisa, the rest is the taxable value.
        Assert.All(["Tax invoice R-2627-0041", "23 Nov 2026", "Test School", "Chittoor Road, Ernakulam", "GSTIN 32AAPFU0939F1Z4",
            "4 Anna Salai", "Chennai 600002", "Place of supply: Kerala (32)", "CPC Preparation, taxable value 999293 ₹11,864.84",
            "CGST 9% ₹1,067.83", "SGST 9% ₹1,067.83", "In all ₹14,000.50", "Rupees fourteen thousand and paise fifty only",
            "Tax payable on reverse charge: no"], said => Assert.Contains(said, text));
    }

    [Fact]
    public void To_another_state_the_tax_is_integrated()
    {
        var text = Text(Of(Within(Registered(), "33")));

        Assert.All(["Place of supply: Tamil Nadu (33)", "IGST 18% ₹2,135.67", "taxable value 999293 ₹11,864.83"],
            said => Assert.Contains(said, text));
        Assert.DoesNotContain("CGST", text);
    }

    [Fact]
    public void A_union_territory_has_its_half_by_another_name_and_odd_rates_are_halved_whole()
    {
        var text = Text(Of(Within(Registered(rate: 0.25m, gstin: "04AAPFU0939F1Z3"))));

        Assert.Contains("CGST 0.125%", text);
        Assert.Contains("UTGST 0.125%", text);
    }

    [Fact]
    public void What_is_not_taxed_has_a_bill_of_supply()
    {
        var text = Text(Of(Within(Registered(rate: 0))));

        Assert.Contains("Bill of supply", text);
        Assert.Contains("taxable value 999293 ₹14,000.50", text);
        Assert.DoesNotContain("CGST", text);
    }

    [Fact]
    public void A_void_receipt_says_so_and_why()
    {
        var text = Text(Of(null, "recorded for another seat"));

        Assert.Contains("VOID", text);
        Assert.Contains("recorded for another seat", text);
        Assert.DoesNotContain("Still to be paid", text);
    }

    [Fact]
    public void Tax_and_taxable_value_always_add_up_to_what_was_paid() =>
        Gen.Select(Gen.Long[1, 100_000_000], Gen.Int[0, 28], Gen.Bool).Sample((paise, rate, away) =>
        {
            var tax = ReceiptTax.Within(new Money(paise), Registered(rate), away ? "33" : "");

            Assert.Equal(paise, (tax.Taxable + tax.Central + tax.State + tax.Integrated).Paise);
            Assert.Equal(tax.Central, tax.State);
            // No more than a paisa beside what the rate asks of each.
            var asked = paise * (decimal)rate / (100 + rate);
            Assert.InRange((tax.Central + tax.State + tax.Integrated).Paise, (long)Math.Floor(asked) - 1, (long)Math.Ceiling(asked) + 1);
        });

    [Fact]
    public void Tax_that_is_added_to_a_fee_is_found_again_in_what_is_paid() =>
        Gen.Select(Gen.Long[1, 100_000_000], Gen.Int[0, 4000], Gen.Bool).Sample((paise, rate, away) =>
        {
            var (fee, place) = (new Money(paise), away ? "33" : "");
            var institute = Registered(rate / 100m, feeTax: FeeTax.OnTop);

            var added = ReceiptTax.OnTop(fee, institute, place);

            var tax = ReceiptTax.Within(fee + added, institute, place);
            Assert.Equal((fee, added), (tax.Taxable, tax.Central + tax.State + tax.Integrated));
            Assert.Equal(Money.Zero, ReceiptTax.OnTop(fee, Registered(rate / 100m), place));
        });

    [Theory]
    [InlineData("R", true)]
    [InlineData("INV/", true)]
    [InlineData("A/B-1-", false)]
    [InlineData("A-B1/", true)]
    [InlineData("-R", false)]
    [InlineData("R--", false)]
    [InlineData("INVO1", false)]
    [InlineData("R.", false)]
    [InlineData("ആ", false)]
    public void Numbers_begin_with_what_a_tax_invoice_may_have(string prefix, bool may) =>
        Assert.Equal(may, ReceiptNumbers.WhyNot(prefix) is null);

    [Theory]
    [InlineData(DigitGrouping.Indian, "125000", "Rupees one lakh twenty five thousand only")]
    [InlineData(DigitGrouping.Indian, "42501.05", "Rupees forty two thousand five hundred and one and paise five only")]
    [InlineData(DigitGrouping.Western, "125000", "Rupees one hundred and twenty-five thousand only")]
    [InlineData(DigitGrouping.Indian, "0.01", "Paise one only")]
    [InlineData(DigitGrouping.Indian, "12300045", "Rupees one crore twenty three lakh forty five only")]
    public void Amounts_are_spelled_as_the_institute_counts(DigitGrouping grouping, string amount, string words) =>
        Assert.Equal(words, AmountInWords.Of(Money.FromRupees(decimal.Parse(amount)), new InstituteProfile { Grouping = grouping }));
}
