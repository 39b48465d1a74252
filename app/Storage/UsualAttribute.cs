using System.Text.Json.Serialization.Metadata;

namespace Crm.Storage;

/// <summary>What a property has where nothing is stored of it: that is not written. No query may ask for it.</summary>
/// <param name="value">What a new object of its kind has, or what the constructor gives it.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UsualAttribute(object value) : Attribute
{
    public object Value { get; } = value;

    internal static void LeaveOut(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (property.AttributeProvider?.GetCustomAttributes(typeof(UsualAttribute), true) is [UsualAttribute usual])
                property.ShouldSerialize = (_, value) => !usual.Value.Equals(value);
    }
}
