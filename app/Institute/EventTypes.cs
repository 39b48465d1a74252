using System.Reflection;
using Marten;

namespace Crm.Institute;

/// <summary>The events that a room keeps, made known to Marten with their masking rules.</summary>
public static class EventTypes
{
    private static readonly MethodInfo Rule = typeof(EventTypes).GetMethod(nameof(AddRule), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static IEnumerable<Type> Of<TEvent>() where TEvent : StoredEvent =>
        typeof(TEvent).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(TEvent)));

    public static void AddEventsOf<TEvent>(this StoreOptions options) where TEvent : StoredEvent
    {
        foreach (var type in Of<TEvent>())
        {
            options.Events.AddEventType(type);
            Rule.MakeGenericMethod(type).Invoke(null, [options]);
        }
    }

    private static void AddRule<T>(StoreOptions options) where T : StoredEvent =>
        options.Events.AddMaskingRuleForProtectedInformation<T>(e => (T)e.Masked());
}
