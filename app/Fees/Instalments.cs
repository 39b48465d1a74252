using Crm.Institute;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>How a net fee is paid in parts.</summary>
public static class Instalments
{
    public const int Most = 6;

    /// <summary>Monthly parts in whole rupees, none of them nothing; the first carries what does not divide.</summary>
    /// <param name="count">How many parts are wished; fewer come out where the amount is too small for so many.</param>
    public static IReadOnlyList<Instalment> Split(Money net, int count, DateOnly firstDueOn) =>
        [.. net.Split(count).Select((amount, i) => new Instalment(firstDueOn.AddMonths(i), amount))];
}
