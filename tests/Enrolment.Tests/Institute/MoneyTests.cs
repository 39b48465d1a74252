using System.Text.Json;
using Crm.Institute;
using CsCheck;

namespace Crm.Tests.Institute;

public sealed class MoneyTests
{
    private static readonly Money Crore = Money.FromRupees(10_000_000);
    private static readonly MoneyStyle Rupees = new();
    private static readonly MoneyStyle Dollars = new("$", [3], "dollars", "cents");

    private static readonly Gen<Money> Amounts = Gen.Long[0, Crore.Paise].Select(paise => new Money(paise));

    [Theory]
    [InlineData("35000", 35000)]
    [InlineData("35,000", 35000)]
    [InlineData("35,000.00", 35000)]
    [InlineData("35,000/-", 35000)]
    [InlineData("Rs. 35000", 35000)]
    [InlineData("Rs 35,000", 35000)]
    [InlineData("Rs.35,000/- only", 35000)]
    [InlineData("₹ 35,000", 35000)]
    [InlineData("₨ 35,000", 35000)]
    [InlineData("INR 35000", 35000)]
    [InlineData("35000 rupees", 35000)]
    [InlineData("1,25,000", 125_000)]
    [InlineData("125,000", 125_000)]
    [InlineData("1,00,00,000", 10_000_000)]
    [InlineData("35\u202F000", 35000)]
    [InlineData("\u200E₹35,000\u200F", 35000)]
    [InlineData("൩൫൦൦൦", 35000)]
    [InlineData("३५,०००", 35000)]
    [InlineData("３５，０００", 35000)]
    [InlineData("1234.5", 1234.5)]
    [InlineData("₹.50", 0.5)]
    [InlineData("Rs.50", 50)]
    [InlineData("35000.", 35000)]
    [InlineData("0", 0)]
    [InlineData("0035", 35)]
    public void An_amount_is_taken_as_people_type_it(string typed, double rupees) =>
        Assert.Equal(new MoneyReading(Money.FromRupees((decimal)rupees), null), Rupees.Read(typed, "the fee", Crore));

    [Theory]
    [InlineData("35000,50", "The commas in 35000,50 do not part thousands.")]
    [InlineData("35,00", "The commas in 35,00 do not part thousands.")]
    [InlineData("3,5000", "do not part thousands")]
    [InlineData("0,350", "do not part thousands")]
    [InlineData("35,,000", "do not part thousands")]
    [InlineData("12,50,00", "do not part thousands")]
    [InlineData("35.000", "35.000 has more than 2 digits behind the point.")]
    [InlineData("1.234", "Enter the fee such as 35000 or 35,000, with paise behind a point: 35000.50.")]
    [InlineData("-35000", "Enter the fee without a minus or brackets.")]
    [InlineData("₹ −35,000", "Enter the fee without a minus or brackets.")]
    [InlineData("(35,000)", "Enter the fee without a minus or brackets.")]
    [InlineData("1e5", "Enter the fee in rupees, such as 35000.")]
    [InlineData("35.000,00", "Enter the fee in rupees, such as 35000.")]
    [InlineData("35'000", "Enter the fee in rupees, such as 35000.")]
    [InlineData("much", "Enter the fee in rupees, such as 35000.")]
    [InlineData("$35000", "Enter the fee in rupees, such as 35000.")]
    [InlineData("1.2.3", "Enter the fee in rupees, such as 35000.")]
    [InlineData(".", "Enter the fee in rupees, such as 35000.")]
    [InlineData("Rs.", "Enter the fee in rupees, such as 35000.")]
    [InlineData("", "Enter the fee in rupees, such as 35000.")]
    [InlineData(null, "Enter the fee in rupees, such as 35000.")]
    [InlineData("10000000.01", "This is more than ₹1,00,00,000.")]
    [InlineData("99999999999999999999999999999999", "This is more than ₹1,00,00,000.")]
    public void What_may_mean_another_amount_is_refused_with_the_reason(string? typed, string reason)
    {
        var reading = Rupees.Read(typed, "the fee", Crore);
        Assert.Null(reading.Amount);
        Assert.Contains(reason, reading.Problem);
    }

    [Fact]
    public void An_institute_reads_its_own_currency_only()
    {
        Assert.Equal(Money.FromRupees(1234567), Dollars.Read("$1,234,567", "the fee", Crore).Amount);
        Assert.Equal("Enter the fee in dollars, such as 35000.", Dollars.Read("Rs 35000", "the fee", Crore).Problem);
        var dirhams = new MoneyStyle("AED ", [3], "dirhams", "fils", ["Dhs"]);
        Assert.Equal(Money.FromRupees(500), dirhams.Read("dhs. 500", "the fee", Crore).Amount);
    }

    [Theory]
    [InlineData(125_000, "₹1,25,000", "$125,000")]
    [InlineData(125_000.5, "₹1,25,000.50", "$125,000.50")]
    [InlineData(12_345_678, "₹1,23,45,678", "$12,345,678")]
    [InlineData(0, "₹0", "$0")]
    [InlineData(0.05, "₹0.05", "$0.05")]
    [InlineData(-500, "-₹500", "-$500")]
    public void An_amount_is_shown_in_the_institutes_groups(double rupees, string indian, string western)
    {
        Assert.Equal(indian, Rupees.Show(Money.FromRupees((decimal)rupees)));
        Assert.Equal(western, Dollars.Show(Money.FromRupees((decimal)rupees)));
    }

    [Fact]
    public void A_number_is_shown_in_the_same_groups()
    {
        Assert.Equal("1,25,000", Rupees.Number(125_000));
        Assert.Equal("1,25,000.3", Rupees.Number(125_000.25m, 1));
        Assert.Equal("125,000", Dollars.Number(125_000));
    }

    [Fact]
    public void What_is_shown_is_read_back_as_the_same_amount() => Gen.Select(Amounts, Gen.OneOf(Rupees, Dollars))
        .Sample((amount, style) => style.Read(style.Show(amount), "the fee", Crore).Amount == amount);

    [Theory]
    [InlineData(35_000, 3, "11668.00 11666.00 11666.00")]
    [InlineData(100.50, 3, "34.50 33.00 33.00")]
    [InlineData(2, 6, "1.00 1.00")]
    [InlineData(2.75, 6, "1.75 1.00")]
    [InlineData(0.50, 3, "0.50")]
    [InlineData(0, 4, "0.00")]
    [InlineData(90, 1, "90.00")]
    public void Instalments_are_whole_rupees_and_the_first_carries_the_rest(double rupees, int parts, string expected) =>
        Assert.Equal(expected, string.Join(' ', Money.FromRupees((decimal)rupees).Split(parts)));

    [Fact]
    public void However_an_amount_is_split_its_parts_add_up_and_none_is_nothing() =>
        Gen.Select(Gen.OneOf(Amounts, Gen.Long[0, 10_000].Select(paise => new Money(paise))), Gen.Int[1, 60]).Sample((amount, count) =>
        {
            var parts = amount.Split(count);
            return parts.Aggregate(Money.Zero, (sum, part) => sum + part) == amount
                && parts.Count >= 1 && parts.Count <= count
                && (amount == Money.Zero || parts.All(part => part > Money.Zero))
                && parts.Skip(1).All(part => part == parts[^1] && part.Paise % 100 == 0)
                && parts[0] - parts[^1] < Money.FromRupees(parts.Count)
                && (parts.Count == count || amount < Money.FromRupees(count));
        });

    [Fact]
    public void Nothing_can_be_split_into_no_parts_and_no_debt_into_any()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Money(100).Split(0));
        Assert.Throws<InvalidOperationException>(() => new Money(-100).Split(2));
    }

    [Fact]
    public void Amounts_are_counted_and_compared()
    {
        Money fee = new(10_050), discount = new(1_000);
        Assert.Equal(new Money(9_050), fee - discount);
        Assert.Equal(new Money(21_100), fee * 2 + discount);
        Assert.Equal(new Money(-1_000), -discount);
        Assert.True(discount < fee && fee > discount && fee >= new Money(10_050) && fee <= new Money(10_050));
        Assert.Equal([discount, fee], new[] { fee, discount }.Order());
        Assert.Equal(100.5m, fee.Rupees);
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue) + new Money(1));
    }

    [Fact]
    public void An_amount_of_half_a_paisa_is_an_error()
    {
        Assert.Equal(new Money(3_550), Money.FromRupees(35.50m));
        Assert.Throws<ArgumentException>(() => Money.FromRupees(0.005m));
        Assert.Throws<OverflowException>(() => Money.FromRupees(100_000_000_000_000_000));
    }

    [Fact]
    public void In_JSON_an_amount_is_a_number_of_paise()
    {
        Assert.Equal("[3550,null]", JsonSerializer.Serialize(new Money?[] { new(3_550), null }));
        Assert.Equal(new Money(3_550), JsonSerializer.Deserialize<Money>("3550"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Money>("35.5"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Money>("\"3550\""));
    }
}
