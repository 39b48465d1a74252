using Crm.Institute;

namespace Crm.Fees;

/// <summary>The ways of paying that are offered to everybody.</summary>
public static class Plans
{
    private static readonly int[] Counts = [1, 3, 6];

    /// <returns>The parts of each plan; a plan that comes to the same as the one before is left out.</returns>
    public static IReadOnlyList<IReadOnlyList<Money>> For(Money fee) =>
        [.. Counts.Select(fee.Split).DistinctBy(parts => parts.Count)];
}
