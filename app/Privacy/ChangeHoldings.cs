using Crm.Changes;
using Crm.Institute;
using Crm.People;
using Crm.Storage;
using Marten;

namespace Crm.Privacy;

/// <summary>What changes say of a person, and who was listed with them as perhaps the same.</summary>
public sealed class ChangeHoldings : IHoldings
{
    private const string Rows = $"{MartenSetup.Schema}.change_rows";

    private const string Touching =
        $"where d.id in (select r.change_id from {Rows} r where r.stream_id = any(?)) order by d.id";

    private const string Blank = $"update {Rows} set why = ? where stream_id = any(?) and why is not null";

    private const string Pairs = "where (d.data ->> 'Newer')::uuid = any(?) or (d.data ->> 'Older')::uuid = any(?)";

    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
    [
        .. (await ChangesAsync(subject, session, cancel)).Select(c => new Holding("Changes to many that they were part of", c)),
        .. (await PairsAsync(subject, session, cancel)).Select(p => new Holding("Records that may be of the same person", p)),
    ];

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        foreach (var change in await ChangesAsync(subject, work.Session, cancel))
        {
            var words = subject.Traces.Clean(change.Words);
            if (words == change.Words) continue;
            change.Words = words;
            work.Session.Store(change);
            work.Count("changes");
        }
        work.Session.QueueSqlCommand(Blank, StoredEvent.Erased, subject.All);
        foreach (var pair in await PairsAsync(subject, work.Session, cancel)) work.Session.Delete(pair);
    }

    private static Task<IReadOnlyList<Change>> ChangesAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        session.QueryAsync<Change>(Touching, cancel, (object)subject.All);

    private static Task<IReadOnlyList<PossibleDuplicate>> PairsAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        session.QueryAsync<PossibleDuplicate>(Pairs, cancel, subject.People, subject.People);
}
