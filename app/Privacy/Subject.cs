using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Privacy;

/// <summary>A human being with all their records, as far as ids tell, and what else tells of them.</summary>
/// <param name="Records">The one that goes on first, then those that gave way to it.</param>
/// <param name="LeadStreams">Of all leads that there ever were, also those that were taken back.</param>
public sealed record Subject(
    IReadOnlyList<Person> Records, IReadOnlyList<Lead> Leads, IReadOnlyList<Enrolment> Seats, Guid[] LeadStreams, Guid[] SeatStreams,
    Traces Traces)
{
    // What has no record any more, because a change was undone. It may have one again, where that was undone as well.
    private const string TakenBackOf = $"""
        select distinct stream_id from {MartenSetup.Schema}.mt_events
        where {TakenBackIndex.Is} and {TakenBackIndex.Whose} = any(?) and type = ?
        """;

    public Person Person => Records[0];

    /// <summary>Whether they were taken back with the change that had brought them: of them there are events, and no record.</summary>
    public bool IsGone { get; private init; }

    /// <summary>What they are called, or were called in the file that had brought them.</summary>
    public string Name => IsGone ? Traces.Names.FirstOrDefault(StoredEvent.Erased) : Person.Name.Text;

    /// <summary>The number under which they were erased; empty for everybody else.</summary>
    public string ErasedAs { get; private init; } = "";

    public Guid[] People => [.. Records.Select(r => r.Id)];

    public Guid[] All => [.. People, .. LeadStreams, .. SeatStreams];

    /// <summary>What they may have quoted of their enquiries.</summary>
    public string[] References { get; private init; } = [];

    /// <param name="gone">Whether somebody counts as well who was taken back with the change that had brought them: of them there are
    /// events, and no record.</param>
    /// <returns>Null where there is no such person.</returns>
    public static Task<Subject?> LoadAsync(IQuerySession session, Guid personId, CancellationToken cancel, bool gone = false) =>
        LoadAsync(session, [personId], cancel, gone);

    /// <summary>The same of several records that are known to be of one person, whether the database knows it or not.</summary>
    public static async Task<Subject?> LoadAsync(
        IQuerySession session, IReadOnlyList<Guid> ids, CancellationToken cancel, bool gone = false)
    {
        var records = new List<Person>();
        foreach (var id in ids)
            records.AddRange((await RecordsAsync(session, id, cancel)).Where(r => records.TrueForAll(known => known.Id != r.Id)));
        gone &= records.Count == 0;
        if (gone) records = [.. ids.Select(id => new Person { Id = id })];
        if (records.Count == 0) return null;
        Guid[] people = [.. records.Select(r => r.Id)];
        var leads = await session.Query<Lead>().Where(l => l.PersonId.IsOneOf(people)).ToListAsync(cancel);
        var seats = await session.Query<Enrolment>().Where(s => s.PersonId.IsOneOf(people)).ToListAsync(cancel);
        var leadStreams = await session.AdvancedSql.QueryAsync<Guid>(TakenBackOf, cancel, people, TakenBackIndex.Lead);
        var seatStreams = await session.AdvancedSql.QueryAsync<Guid>(TakenBackOf, cancel, people, TakenBackIndex.Seat);
        // What went to another person since, as by a split, is that person's.
        var elsewhere = (await session.LoadManyAsync<Lead>(cancel, [.. leadStreams])).Where(l => !people.Contains(l.PersonId))
            .Select(l => l.Id).Concat((await session.LoadManyAsync<Enrolment>(cancel, [.. seatStreams]))
                .Where(s => !people.Contains(s.PersonId)).Select(s => s.Id)).ToHashSet();
        Guid[] ofLeads = [.. leadStreams.Union(leads.Select(l => l.Id)).Except(elsewhere).Order()];
        Guid[] ofSeats = [.. seatStreams.Union(seats.Select(s => s.Id)).Except(elsewhere).Order()];
        var told = new List<object>();
        foreach (var stream in people.Concat(ofLeads))
            told.AddRange((await session.Events.FetchStreamAsync(stream, token: cancel)).Select(e => e.Data));
        // Any id may be asked for, also of what is no person.
        if (gone ? !told.OfType<PersonEvent>().Any() : told.Count == 0) return null;
        return new Subject(records, [.. leads], [.. seats], ofLeads, ofSeats, Traces.Of(told))
        {
            IsGone = gone,
            References = [.. told.Select(ReferenceIn).OfType<string>().Distinct()],
            ErasedAs = gone ? told.OfType<PersonErased>().LastOrDefault()?.Number ?? "" : records[0].ErasedAs,
        };
    }

    private static string? ReferenceIn(object told) =>
        told switch { LeadReceived received => received.Reference, EnquiredAgain again => again.Reference, _ => null };

    private static async Task<IReadOnlyList<Person>> RecordsAsync(IQuerySession session, Guid id, CancellationToken cancel)
    {
        var person = await session.LoadAsync<Person>(id, cancel);
        while (person?.MergedInto is { } other) person = await session.LoadAsync<Person>(other, cancel);
        if (person is null) return [];
        var found = new List<Person> { person };
        for (var at = 0; at < found.Count; at++)
        {
            var (into, known) = (found[at], found.Select(f => f.Id).ToHashSet());
            var gaveWay = await session.LoadManyAsync<Person>(cancel, [.. into.Merges.Select(m => m.Other).Distinct()]);
            found.AddRange(gaveWay.Where(p => p.MergedInto == into.Id && known.Add(p.Id)));
        }
        return found;
    }
}
