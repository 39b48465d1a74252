using Crm.Institute;

namespace Crm.Fees;

/// <summary>The tax within a payment, as a tax invoice names it. Taxable value and taxes always add up to what was paid.</summary>
/// <param name="Rate">Hundredths of the taxable value, such as 18.</param>
/// <param name="Central">CGST, always as much as <paramref name="State"/>; zero between states.</param>
/// <param name="Integrated">IGST; zero within a state.</param>
public sealed record ReceiptTax(
    string Gstin, string Sac, string PlaceOfSupply, decimal Rate, Money Taxable, Money Central, Money State, Money Integrated)
{
    /// <summary>Finds the tax that an amount holds.</summary>
    /// <param name="paid">Tax included.</param>
    /// <param name="placeOfSupply">
    /// The two digits of the state in which the seat is supplied; the institute's are the first of its GSTIN.
    /// </param>
    public static ReceiptTax Within(Money paid, InstituteProfile institute, string placeOfSupply)
    {
        var rate = institute.TaxRate;
        if (placeOfSupply != institute.StateCode)
        {
            var integrated = Part(paid, rate, rate);
            return new ReceiptTax(institute.Gstin, institute.Sac, placeOfSupply, rate, paid - integrated, Money.Zero, Money.Zero,
                integrated);
        }
        // Both halves are rounded alike, since the law wants them equal: the odd paisa stays in the taxable value.
        var half = Part(paid, rate / 2, rate);
        return new ReceiptTax(institute.Gstin, institute.Sac, placeOfSupply, rate, paid - half - half, half, half, Money.Zero);
    }

    private static Money Part(Money paid, decimal part, decimal rate) =>
        new((long)Math.Round(paid.Paise * part / (100 + rate), MidpointRounding.AwayFromZero));
}
