using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using CsCheck;

namespace Crm.Tests.Fees;

/// <summary>What a receipt says, with tax and without.</summary>
public sealed class ReceiptTests
{
    private static InstituteProfile Registered(decimal rate = 18) =>
        new() { Name = "Test School", Gstin = "32ABCDE1234F1Z5", TaxRate = rate };

    private static Receipt Of(ReceiptTax? tax, string? voided = null) => new()
    {
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

    private static string Text(Receipt receipt, InstituteProfile institute) =>
        string.Join(' ', PdfText.Pages(ReceiptPaper.Generate(receipt, new CurrentInstitute(institute), null)));

    [Fact]
    public void A_plain_receipt_says_who_paid_what_for_which_seat()
    {
        var text = Text(Of(null), new InstituteProfile { Name = "Test School" });

        Assert.All(["Receipt R-2627-0041", "23 Nov 2026", "₹14,000.50", "Rupees fourteen thousand and paise fifty only", "CPC-2701-01",
            "UPI, 432167890123", "22 Nov 2026", "Still to be paid: ₹28,000", "Divya Menon", "for Test School"],
            said => Assert.Contains(said, text));
        Assert.DoesNotContain("GST", text);
    }

    [Fact]
    public void With_a_GSTIN_it_is_a_tax_invoice()
    {
        var institute = Registered();

        var text = Text(Of(ReceiptTax.Within(Money.FromRupees(14_000.50m), institute, "32")), institute);

        // 14,000.50 × 9/118 = 1,067.8347: both halves are rounded to the paisa, the rest is the taxable value.
        Assert.All(["Tax invoice", "GSTIN 32ABCDE1234F1Z5", "SAC 999293", "Place of supply: state 32", "Taxable value ₹11,864.84",
            "CGST 9% ₹1,067.83", "SGST 9% ₹1,067.83", "In all ₹14,000.50"], said => Assert.Contains(said, text));
    }

    [Fact]
    public void To_another_state_the_tax_is_integrated()
    {
        var institute = Registered();

        var text = Text(Of(ReceiptTax.Within(Money.FromRupees(14_000.50m), institute, "33")), institute);

        Assert.All(["Place of supply: state 33", "IGST 18% ₹2,135.67", "Taxable value ₹11,864.83"], said => Assert.Contains(said, text));
        Assert.DoesNotContain("CGST", text);
    }

    [Fact]
    public void A_void_receipt_says_so_and_why()
    {
        var text = Text(Of(null, "recorded for another seat"), new InstituteProfile { Name = "Test School" });

        Assert.Contains("VOID", text);
        Assert.Contains("recorded for another seat", text);
        Assert.DoesNotContain("Still to be paid", text);
    }

    [Fact]
    public void Tax_and_taxable_value_always_add_up_to_what_was_paid() =>
        Gen.Select(Gen.Long[1, 100_000_000], Gen.Int[0, 28], Gen.Bool).Sample((paise, rate, away) =>
        {
            var tax = ReceiptTax.Within(new Money(paise), Registered(rate), away ? "33" : "32");

            Assert.Equal(paise, (tax.Taxable + tax.Central + tax.State + tax.Integrated).Paise);
            Assert.Equal(tax.Central, tax.State);
            // No more than a paisa beside what the rate asks of each.
            var asked = paise * (decimal)rate / (100 + rate);
            Assert.InRange((tax.Central + tax.State + tax.Integrated).Paise, (long)Math.Floor(asked) - 1, (long)Math.Ceiling(asked) + 1);
        });

    [Theory]
    [InlineData(DigitGrouping.Indian, "125000", "Rupees one lakh twenty five thousand only")]
    [InlineData(DigitGrouping.Indian, "42501.05", "Rupees forty two thousand five hundred and one and paise five only")]
    [InlineData(DigitGrouping.Western, "125000", "Rupees one hundred and twenty-five thousand only")]
    [InlineData(DigitGrouping.Indian, "0.01", "Paise one only")]
    [InlineData(DigitGrouping.Indian, "12300045", "Rupees one crore twenty three lakh forty five only")]
    public void Amounts_are_spelled_as_the_institute_counts(DigitGrouping grouping, string amount, string words) =>
        Assert.Equal(words, AmountInWords.Of(Money.FromRupees(decimal.Parse(amount)), new InstituteProfile { Grouping = grouping }));
}
