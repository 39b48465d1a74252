using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace Crm.Storage;

/// <summary>What follows from the rest of a document and is kept in a column alone, by which it is found: it is not written into the
/// document as well.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ColumnOnlyAttribute : Attribute
{
    // Each document that goes in asks, and to look took as long as all else of an enquiry.
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<string>> Known = new();

    internal static void LeaveOut(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.ToList())
            if (property.AttributeProvider?.IsDefined(typeof(ColumnOnlyAttribute), true) == true) type.Properties.Remove(property);
    }

    /// <returns>The names of such properties.</returns>
    internal static IReadOnlyList<string> Of(Type type) => Known.GetOrAdd(type, static one =>
        [.. one.GetProperties().Where(p => p.IsDefined(typeof(ColumnOnlyAttribute))).Select(p => p.Name)]);
}
