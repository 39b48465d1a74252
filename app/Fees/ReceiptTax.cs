using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Fees;

/// <summary>The tax within a payment, as a tax invoice names it. Taxable value and taxes always add up to what was paid.</summary>
/// <param name="PlaceOfSupply">The two digits of the state in which the seat is supplied.</param>
/// <param name="Rate">Hundredths of the taxable value, such as 18.</param>
/// <param name="Central">CGST, always as much as <paramref name="State"/>; zero between states.</param>
/// <param name="Integrated">IGST; zero within a state.</param>
public sealed record ReceiptTax(
    string Gstin, string Sac, string PlaceOfSupply, decimal Rate, Money Taxable, Money Central, Money State, Money Integrated)
{
    /// <summary>The institute's own state.</summary>
    [JsonIgnore] public string Home => Gstin[..2];

    [JsonIgnore] public bool IsBetweenStates => PlaceOfSupply != Home;

    /// <summary>Taxable value and taxes together.</summary>
    [JsonIgnore] public Money Whole => Taxable + Central + State + Integrated;

    /// <summary>Finds the tax that an amount holds.</summary>
    /// <param name="paid">Tax included.</param>
    /// <param name="placeOfSupply">The two digits of a state; empty for the institute's own.</param>
    public static ReceiptTax Within(Money paid, InstituteProfile institute, string placeOfSupply)
    {
        var place = placeOfSupply.Length > 0 ? placeOfSupply : institute.StateCode;
        var none = new ReceiptTax(institute.Gstin, institute.Sac, place, institute.TaxRate, paid, Money.Zero, Money.Zero, Money.Zero);
        return none.Over(paid);
    }

    /// <summary>The tax within a part of what this is over. All its parts together come to exactly this, however small they are.</summary>
    /// <param name="part">Tax included, no more than is left.</param>
    /// <param name="before">The parts that were taken before.</param>
    public ReceiptTax Of(Money part, IReadOnlyCollection<ReceiptTax> before)
    {
        Money Sum(Func<ReceiptTax, Money> of) => before.Aggregate(Money.Zero, (sum, t) => sum + of(t));
        var after = Over(Sum(t => t.Whole) + part);
        // A part of a paisa or two holds no more tax than itself; what is missing is in the next. Where one of those before counts no
        // more, the others may hold a paisa too much.
        var integrated = Fitting(after.Integrated - Sum(t => t.Integrated), part);
        var half = Fitting(after.Central - Sum(t => t.Central), new Money(part.Paise / 2));
        return this with { Taxable = part - integrated - half - half, Central = half, State = half, Integrated = integrated };
    }

    /// <summary>The same, less than nothing.</summary>
    public ReceiptTax Negated() => this with { Taxable = -Taxable, Central = -Central, State = -State, Integrated = -Integrated };

    private ReceiptTax Over(Money paid)
    {
        if (IsBetweenStates)
        {
            var integrated = Part(paid, Rate, 100 + Rate);
            return this with { Taxable = paid - integrated, Integrated = integrated };
        }
        // Both halves are rounded alike, since the law wants them equal: the odd paisa stays in the taxable value.
        var half = Part(paid, Rate / 2, 100 + Rate);
        return this with { Taxable = paid - half - half, Central = half, State = half };
    }

    /// <summary>
    /// The tax that is added to a fee when a seat is agreed: zero where fees hold it already, or there is none. The invoice over fee and
    /// tax together finds exactly this tax again: see <see cref="Within"/>.
    /// </summary>
    public static Money OnTop(Money fee, InstituteProfile institute, string placeOfSupply)
    {
        if (!institute.AddsTax) return Money.Zero;
        if (placeOfSupply.Length > 0 && placeOfSupply != institute.StateCode) return Part(fee, institute.TaxRate, 100);
        var half = Part(fee, institute.TaxRate / 2, 100);
        return half + half;
    }

    private static Money Fitting(Money tax, Money most) => tax < Money.Zero ? Money.Zero : tax < most ? tax : most;

    private static Money Part(Money amount, decimal part, decimal whole) =>
        new((long)Math.Round(amount.Paise * part / whole, MidpointRounding.AwayFromZero));
}
