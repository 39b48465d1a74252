using System.Reflection;
using Marten;

namespace Crm.Institute;

/// <summary>The events that a room keeps, made known to Marten with their masking rules.</summary>
public static class EventTypes
{
    private static readonly MethodInfo Rule = typeof(EventTypes).GetMethod(nameof(AddRule), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <param name="kinds">Of <see cref="StoredEvent"/>.</param>
    public static void AddEvents(this StoreOptions options, IEnumerable<Type> kinds)
    {
        foreach (var kind in kinds)
        {
            options.Events.AddEventType(kind);
            Rule.MakeGenericMethod(kind).Invoke(null, [options]);
        }
    }

    private static void AddRule<T>(StoreOptions options) where T : StoredEvent =>
        options.Events.AddMaskingRuleForProtectedInformation<T>(e => (T)e.Masked());
}
