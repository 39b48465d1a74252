using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Crm.Tests.LongestFirst))]

namespace Crm.Tests;

/// <summary>
/// Begins with the classes that take longest, each of which is one test after the other: begun last, one of them would have all
/// processors for itself, and use one.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        nameof(Web.AccessibilityTests), nameof(Storage.PrivatePostgresTests), nameof(Web.BehaviourTests), nameof(Desk.AtTheDeskTests),
        nameof(Startup.ChoresTests), nameof(House.FormTwiceTests), nameof(Startup.KilledTests), nameof(Demo.SeedTests),
        nameof(Operations.UpgradeTests), nameof(Storage.DataFolderTests), nameof(Desk.LeadListTests), nameof(Startup.ProgramTests),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(Turn).ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static int Turn<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection
    {
        var turn = Array.FindIndex(Long, name => collection.TestCollectionDisplayName.Contains('.' + name, StringComparison.Ordinal));
        return turn < 0 ? Long.Length : turn;
    }
}
