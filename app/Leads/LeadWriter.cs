using Crm.Institute;
using Crm.People;
using Marten;

namespace Crm.Leads;

/// <summary>What was just appended to a lead's stream, for those who react to it in the same transaction.</summary>
/// <param name="Lead">As it now stands.</param>
/// <param name="Person">Whose lead it is, where the writer has them at hand; else see <see cref="PersonAsync"/>.</param>
public sealed record LeadChange(Lead Lead, IReadOnlyList<LeadEvent> Events, Stamp Stamp, Person? Person)
{
    public async Task<Person> PersonAsync(IQuerySession session, CancellationToken cancel) =>
        Person ?? await session.LoadAsync<Person>(Lead.PersonId, cancel)
        ?? throw new InvalidOperationException($"The lead {Lead.Id} has no person.");
}

/// <summary>Somebody who acts on what happened to leads, such as the institute's correspondence.</summary>
public interface ILeadReaction
{
    /// <summary>May store documents in the session, which the writer saves.</summary>
    Task ReactAsync(LeadChange change, IDocumentSession session, CancellationToken cancel);
}

/// <summary>A lead that is being changed: others who change it wait until the session is saved.</summary>
public sealed record LeadWork(Lead Lead, Stamp Stamp, IDocumentSession Session);

/// <summary>
/// The only writer of leads. It appends what a rule decides and lets others react, in one transaction. Changes to one lead
/// wait for each other, so that each rule decides on the lead as the one before left it.
/// </summary>
public sealed class LeadWriter(IDocumentStore store, IEnumerable<ILeadReaction> reactions)
{
    /// <returns>The lead after the change, or null where there is none with that id.</returns>
    /// <exception cref="Refusal">The rule refused; nothing was stored.</exception>
    public Task<Lead?> ChangeAsync(Guid id, Stamp stamp, Func<Lead, IReadOnlyList<LeadEvent>> rule, CancellationToken cancel) =>
        ChangeAsync(id, stamp, work => Task.FromResult(rule(work.Lead)), cancel);

    /// <param name="decide">May store documents in the session that it is given.</param>
    public async Task<Lead?> ChangeAsync(
        Guid id, Stamp stamp, Func<LeadWork, Task<IReadOnlyList<LeadEvent>>> decide, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var after = await ChangeAsync(session, id, stamp, decide, null, cancel);
        if (after is not null) await session.SaveChangesAsync(cancel);
        return after;
    }

    /// <summary>As part of a larger change: the caller saves the session.</summary>
    /// <param name="person">Whose lead it is, as the larger change leaves them, where it is at hand.</param>
    public async Task<Lead?> ChangeAsync(IDocumentSession session, Guid id, Stamp stamp,
        Func<LeadWork, Task<IReadOnlyList<LeadEvent>>> decide, Person? person, CancellationToken cancel)
    {
        var stream = await session.Events.FetchForExclusiveWriting<Lead>(id, cancel);
        if (stream.Aggregate is not { } lead) return null;
        var events = Stamped(await decide(new LeadWork(lead.Copy(), stamp, session)), stamp);
        if (events.Count == 0) return lead;
        stream.AppendMany(events);
        return await ReactAsync(session, lead.Copy(), events, stamp, person, cancel);
    }

    /// <summary>Has somebody called for a reason, in a session that the caller saves; see <see cref="LeadRules.CallAbout"/>.</summary>
    public Task CallAboutAsync(IDocumentSession session, Guid id, string why, Stamp stamp, CancellationToken cancel) =>
        ChangeAsync(session, id, stamp, work => Task.FromResult(LeadRules.CallAbout(work.Lead, why, stamp.At)), null, cancel);

    /// <summary>Begins a lead's stream in a session that the caller saves.</summary>
    public Task<Lead> StartAsync(
        IDocumentSession session, IReadOnlyList<LeadEvent> events, Stamp stamp, Person person, CancellationToken cancel)
    {
        var lead = new Lead { Id = Guid.CreateVersion7(stamp.At) };
        var stamped = Stamped(events, stamp);
        session.Events.StartStream<Lead>(lead.Id, stamped);
        return ReactAsync(session, lead, stamped, stamp, person, cancel);
    }

    /// <summary>Takes from all events what was written about a person, and notes that, in a session that the caller saves.</summary>
    public async Task EraseAsync(IDocumentSession session, Guid id, string number, Stamp stamp, CancellationToken cancel)
    {
        await EventMasking.MaskAsync(session, id, cancel);
        var stream = await session.Events.FetchForExclusiveWriting<Lead>(id, cancel);
        List<LeadEvent> erased = Stamped([new LeadErased(number)], stamp);
        stream.AppendMany(erased);
        if (stream.Aggregate is { } lead) await ReactAsync(session, lead.Copy(), erased, stamp, null, cancel);
    }

    /// <summary>Takes leads back to what they were before a change, in a session that the caller saves.</summary>
    /// <param name="change">The undoing.</param>
    public async Task RestoreAsync(
        IDocumentSession session, IReadOnlyList<Restoring<Lead>> back, Guid change, Stamp stamp, CancellationToken cancel)
    {
        var now = (await session.LoadManyAsync<Lead>(cancel, [.. back.Select(b => b.Id)])).ToDictionary(l => l.Id);
        foreach (var one in back)
        {
            var before = now.GetValueOrDefault(one.Id);
            var restored = new LeadRestored(change, one.ToVersion, one.Moments, one.Before)
            {
                At = stamp.At,
                By = stamp.By,
                PersonId = one.Before is null ? before?.PersonId : null,
            };
            session.Events.Append(one.Id, one.Version + 1, restored);
            if ((one.Before ?? before) is { } lead)
                await ReactAsync(session, lead.Copy(), [restored], stamp, null, cancel);
        }
    }

    private async Task<Lead> ReactAsync(
        IDocumentSession session, Lead before, IReadOnlyList<LeadEvent> events, Stamp stamp, Person? person, CancellationToken cancel)
    {
        var change = new LeadChange(events.Aggregate(before, (l, e) => l.After(e)), events, stamp, person);
        foreach (var reaction in reactions) await reaction.ReactAsync(change, session, cancel);
        return change.Lead;
    }

    private static List<LeadEvent> Stamped(IReadOnlyList<LeadEvent> events, Stamp stamp) =>
        [.. events.Select(e => e with { At = stamp.At, By = stamp.By })];
}
