using Crm.Institute;
using Marten;

namespace Crm.People;

/// <summary>The only writer of persons. Changes to one person wait for each other.</summary>
public sealed class PersonWriter(IDocumentStore store)
{
    /// <returns>The person after the change, or null where there is none with that id.</returns>
    /// <exception cref="Refusal">The rule refused; nothing was stored.</exception>
    public async Task<Person?> ChangeAsync(Guid id, Stamp stamp, Func<Person, IReadOnlyList<PersonEvent>> rule, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var after = await ChangeAsync(session, id, stamp, rule, cancel);
        await session.SaveChangesAsync(cancel);
        return after;
    }

    /// <summary>As part of a larger change: the caller saves the session.</summary>
    public static Task<Person?> ChangeAsync(
        IDocumentSession session, Guid id, Stamp stamp, Func<Person, IReadOnlyList<PersonEvent>> rule, CancellationToken cancel) =>
        ChangeAsync(session, id, stamp, person => Task.FromResult(rule(person)), cancel);

    /// <param name="decide">May store documents in the session.</param>
    public static async Task<Person?> ChangeAsync(
        IDocumentSession session, Guid id, Stamp stamp, Func<Person, Task<IReadOnlyList<PersonEvent>>> decide, CancellationToken cancel)
    {
        var stream = await session.Events.FetchForExclusiveWriting<Person>(id, cancel);
        if (stream.Aggregate is not { } person) return null;
        var events = Stamped(await decide(person.Copy()), stamp);
        if (events.Count > 0) stream.AppendMany(events);
        return events.Aggregate(person.Copy(), (p, e) => p.After(e));
    }

    /// <summary>
    /// Changes two persons in a session that the caller saves. The rule decides on both as they stand when nobody else can change
    /// them; they are locked in the order of their ids, so that two such changes do not wait for each other.
    /// </summary>
    /// <returns>False where one of the two is not there.</returns>
    public static async Task<bool> ChangeBothAsync(IDocumentSession session, Guid one, Guid other, Stamp stamp,
        Func<Person, Person, Task<(IReadOnlyList<PersonEvent> One, IReadOnlyList<PersonEvent> Other)>> rule, CancellationToken cancel)
    {
        var (low, high) = one.CompareTo(other) < 0 ? (one, other) : (other, one);
        var first = await session.Events.FetchForExclusiveWriting<Person>(low, cancel);
        var second = await session.Events.FetchForExclusiveWriting<Person>(high, cancel);
        var (streamOfOne, streamOfOther) = low == one ? (first, second) : (second, first);
        if (streamOfOne.Aggregate is not { } personOne || streamOfOther.Aggregate is not { } personOther) return false;
        var (ofOne, ofOther) = await rule(personOne.Copy(), personOther.Copy());
        streamOfOne.AppendMany(Stamped(ofOne, stamp));
        streamOfOther.AppendMany(Stamped(ofOther, stamp));
        return true;
    }

    /// <summary>Begins a person's stream in a session that the caller saves.</summary>
    /// <returns>The person, whose version is 0 until then.</returns>
    /// <param name="then">What else was told at once.</param>
    public static Person Register(
        IDocumentSession session, PersonRegistered registered, Stamp stamp, IReadOnlyList<PersonEvent>? then = null)
    {
        var id = Guid.CreateVersion7(stamp.At);
        var events = Stamped([registered, .. then ?? []], stamp);
        session.Events.StartStream<Person>(id, events);
        return events.Aggregate(new Person { Id = id }, (person, e) => person.After(e));
    }

    /// <summary>Takes persons back to what they were before a change, in a session that the caller saves.</summary>
    /// <param name="change">The undoing.</param>
    public static void Restore(IDocumentSession session, IReadOnlyList<Restoring<Person>> back, Guid change, Stamp stamp)
    {
        foreach (var one in back)
            session.Events.Append(one.Id, one.Version + 1,
                new PersonRestored(change, one.ToVersion, one.Before) { At = stamp.At, By = stamp.By });
    }

    /// <summary>Takes from all events what tells who somebody is, and notes that, in a session that the caller saves.</summary>
    public static async Task EraseAsync(IDocumentSession session, Guid id, string number, Stamp stamp, CancellationToken cancel)
    {
        await EventMasking.MaskAsync(session, id, cancel);
        var stream = await session.Events.FetchForExclusiveWriting<Person>(id, cancel);
        stream.AppendOne(new PersonErased(number) { At = stamp.At, By = stamp.By });
    }

    private static List<PersonEvent> Stamped(IReadOnlyList<PersonEvent> events, Stamp stamp) =>
        [.. events.Select(e => e with { At = stamp.At, By = stamp.By })];
}
