using System.Globalization;
using Crm.Fees;
using Crm.Institute;
using CsCheck;

namespace Crm.Tests.Fees;

/// <summary>How a net fee is paid in parts.</summary>
public sealed class InstalmentTests
{
    [Theory]
    [InlineData("42000", 1, 1)]
    [InlineData("42000", 6, 6)]
    [InlineData("41999", 6, 6)]
    [InlineData("40000.50", 3, 3)]
    [InlineData("0.01", 2, 1)]
    [InlineData("1", 6, 1)]
    [InlineData("2", 6, 2)]
    [InlineData("0", 4, 1)]
    [InlineData("9999999.99", 5, 5)]
    public void Instalments_add_up_to_the_fee_and_fall_due_month_by_month(string amount, int wished, int parts)
    {
        var net = Money.FromRupees(decimal.Parse(amount, CultureInfo.InvariantCulture));

        var instalments = Instalments.Split(net, wished, new DateOnly(2026, 12, 31));

        Assert.Equal(parts, instalments.Count);
        Assert.Equal(net, instalments.Aggregate(Money.Zero, (sum, i) => sum + i.Amount));
        if (net > Money.Zero) Assert.All(instalments, i => Assert.True(i.Amount > Money.Zero));
        Assert.All(instalments.Skip(1), i => Assert.Equal(decimal.Floor(net.Rupees / parts), i.Amount.Rupees));
        DateOnly[] due = [new(2026, 12, 31), new(2027, 1, 31), new(2027, 2, 28), new(2027, 3, 31), new(2027, 4, 30), new(2027, 5, 31)];
        Assert.Equal(due.Take(parts), instalments.Select(i => i.DueOn));
    }

    [Fact]
    public void Whatever_the_net_and_the_count_no_instalment_is_nothing_and_all_are_the_net() =>
        Gen.Select(Gen.OneOf(Gen.Long[1, 1000], Gen.Long[1, 1_000_000_000]), Gen.Int[1, Instalments.Most]).Sample((paise, wished) =>
        {
            var instalments = Instalments.Split(new Money(paise), wished, new DateOnly(2027, 1, 31));
            return instalments.Count >= 1 && instalments.Count <= wished && instalments.All(i => i.Amount > Money.Zero)
                && instalments.Sum(i => i.Amount.Paise) == paise
                && instalments.Zip(instalments.Skip(1)).All(pair => pair.First.DueOn < pair.Second.DueOn);
        });
}
