using System.Runtime.CompilerServices;
using Marten;
using Microsoft.Extensions.Caching.Memory;

namespace Crm.Desk;

/// <summary>What many pages ask of all leads, and what changes little in some seconds: asked once in ten.</summary>
internal static class Remembered
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);
    private static readonly ConditionalWeakTable<IDocumentStore, MemoryCache> Answers = [];

    public static bool TryGet<T>(IDocumentStore store, string question, out T? answer) => Of(store).TryGetValue(question, out answer);

    public static T Keep<T>(IDocumentStore store, string question, T answer) => Of(store).Set(question, answer, Long);

    /// <summary>Has all of it asked anew: many leads have come, gone or changed at once.</summary>
    public static void Forget(IDocumentStore store) => Answers.Remove(store);

    private static MemoryCache Of(IDocumentStore store) => Answers.GetValue(store, _ => new MemoryCache(new MemoryCacheOptions()));
}
