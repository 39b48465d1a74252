using System.Collections;
using System.Text.Json.Serialization.Metadata;

namespace Crm.Storage;

/// <summary>
/// Leaves out of what is stored lists and texts that are empty where a new one of its kind has them so: read again, they are. They were an
/// eighth of what a lead consists of.
/// </summary>
internal static class EmptyParts
{
    public static void LeaveOut(JsonTypeInfo type)
    {
        // What is made by a constructor with values has none of its own.
        if (type.Kind != JsonTypeInfoKind.Object || type.CreateObject is not { } create) return;
        var fresh = new Lazy<object>(create);
        foreach (var property in type.Properties)
        {
            if (property is not { Get: { } get, Set: not null, IsRequired: false } || !MayBeEmpty(property.PropertyType)) continue;
            if (IsEmpty(get(fresh.Value))) property.ShouldSerialize = static (_, value) => value is not null && !IsEmpty(value);
        }
    }

    private static bool MayBeEmpty(Type type) => type.IsAssignableTo(typeof(IEnumerable));

    private static bool IsEmpty(object? value) => value is "" or ICollection { Count: 0 };
}
