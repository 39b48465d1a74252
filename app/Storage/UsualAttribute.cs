using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Marten;
using Marten.Linq.Members;

namespace Crm.Storage;

/// <summary>What a property has where nothing is stored of it: that is not written. A query that asks for it is
/// refused: see <see cref="AskedFor"/>.</summary>
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

    /// <summary>Refuses a query that asks for such a property: where nothing is stored of it, the query would pass it over.</summary>
    internal sealed class AskedFor : IMemberSource
    {
        /// <returns>False for all others, which Marten knows itself.</returns>
        /// <exception cref="NotSupportedException">Nothing is stored of what is usual.</exception>
        public bool TryResolve(IQueryableMember parent, StoreOptions options, MemberInfo memberInfo, Type memberType,
            [NotNullWhen(true)] out IQueryableMember? member)
        {
            if (memberInfo.IsDefined(typeof(UsualAttribute)))
                throw new NotSupportedException($"No query may ask for {memberInfo.DeclaringType?.Name}.{memberInfo.Name}: "
                    + "where it is as usual, nothing is stored of it.");
            member = null;
            return false;
        }
    }
}
