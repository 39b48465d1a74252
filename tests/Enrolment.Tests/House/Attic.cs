using Crm.Tests.House.Cellar;

// Two small rooms, of which the attic uses the cellar in each way in which one type can use another.
#pragma warning disable MA0048, CA1852, CA1812, CA1813, IDE0130

namespace Crm.Tests.House.Cellar
{
    internal sealed class Jar
    {
        public static int Count() => 1;
    }

    [AttributeUsage(AttributeTargets.Class)]
    internal sealed class LabelAttribute : Attribute;
}

namespace Crm.Tests.House.Attic
{
    internal static class Returns
    {
        public static Jar? Get() => null;
    }

    internal static class Awaits
    {
        public static async Task<int> CountAsync()
        {
            await Task.Yield();
            return Jar.Count();
        }
    }

    internal static class Passes
    {
        public static IEnumerable<int> Count(int extra) => Enumerable.Range(0, 2).Select(i => i + extra + Jar.Count());
    }

    internal static class Lists
    {
        public static object Make() => new List<Jar>();
    }

    [Label]
    internal static class Marked;

    internal static class Iterates
    {
        public static IEnumerable<int> Count()
        {
            yield return 1;
            yield return Jar.Count();
        }
    }
}
