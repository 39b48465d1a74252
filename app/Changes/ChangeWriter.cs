using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using JasperFx.Events;
using Marten;

namespace Crm.Changes;

/// <summary>
/// Records what an act on many things does, in the transactions in which it does it. An act of one transaction calls
/// <see cref="Record"/> just before it saves. A long one calls <see cref="Begin"/> once, <see cref="NoteAsync"/> in each transaction just
/// before it saves, and <see cref="End"/> in the last.
/// </summary>
public static class ChangeWriter
{
    /// <summary>Records a change that lies in one transaction: all that the session is about to append.</summary>
    /// <param name="together">Whether it is taken back as a whole or not at all.</param>
    /// <returns>Null where the session appends nothing: then nothing is recorded.</returns>
    public static Change? Record(IDocumentSession session, ChangeKind kind, string words, Stamp stamp, bool together = false)
    {
        if (session.PendingChanges.Streams().All(s => s.Events.Count == 0)) return null;
        var change = Begin(session, kind, words, stamp);
        change.Add(session, change.Appended(session, together));
        change.End(session, stamp.At);
        return change;
    }

    /// <summary>Begins a change of several transactions, in the first of them.</summary>
    /// <param name="id">Of the change, where it is known by something else already, such as by the import that it is.</param>
    public static Change Begin(IDocumentSession session, ChangeKind kind, string words, Stamp stamp, Guid? id = null)
    {
        var change = new Change
        {
            Id = id ?? Guid.CreateVersion7(stamp.At),
            Kind = kind,
            Words = words,
            By = stamp.By,
            At = stamp.At,
        };
        session.Store(change);
        return change;
    }

    /// <summary>
    /// Notes all streams that the session is about to append to, just before the caller saves it, each to be taken back by itself. Once
    /// for each session; the change is stored with it, and nobody else may write it meanwhile: lock it, or be the only one who works on
    /// it.
    /// </summary>
    public static async Task NoteAsync(this Change change, IDocumentSession session, CancellationToken cancel)
    {
        var rows = change.Appended(session, together: false);
        var before = await ChangeRows.OfAsync(session, change.Id, [.. rows.Where(r => r.Before > 0).Select(r => r.Stream)], cancel);
        // What the change did to a stream at two times, and nobody between them, is one row: it is counted, shown and taken back as one.
        var begun = rows.ToDictionary(
            r => r.Stream, r => before[r.Stream].FirstOrDefault(b => b.State == RowState.Done && b.After == r.Before));
        List<ChangeRow> longer = [.. rows.Where(r => begun[r.Stream] is not null).Select(r => begun[r.Stream]! with { After = r.After })];
        if (longer.Count > 0)
            session.QueueSqlCommand(ChangeRows.Extend, Of(longer, r => r.Seq), Of(longer, r => r.After), change.Id);
        var next = change.Rows + 1;
        var others = rows.Where(r => begun[r.Stream] is null).Select((r, i) => r with { Seq = next + i, Part = next + i });
        change.Add(session, [.. others], before);
    }

    private static List<ChangeRow> Appended(this Change change, IDocumentSession session, bool together)
    {
        var first = change.Rows + 1;
        return [.. session.PendingChanges.Streams().Where(s => s.Events.Count > 0).Select((s, i) => new ChangeRow(
            first + i, together ? first : first + i, KindOf(s), s.Id, VersionBefore(s), VersionBefore(s) + s.Events.Count, RowState.Done))];
    }

    /// <summary>Says that all of it was carried out, in the last transaction.</summary>
    public static void End(this Change change, IDocumentSession session, DateTimeOffset now, ChangeStatus status = ChangeStatus.Done)
    {
        (change.Status, change.EndedAt) = (status, now);
        session.Store(change);
    }

    /// <summary>Notes what is to be done, one thing after the other, in the transaction in which the change begins.</summary>
    public static void Plan(this Change change, IDocumentSession session, StreamKind kind, Guid[] ids)
    {
        (change.Rows, change.Total) = (ids.Length, ids.Length);
        session.QueueSqlCommand(ChangeRows.PlanAll, change.Id, kind.ToString(), ids);
    }

    /// <summary>Ends an act on many before all of it is carried out, in a session that the caller saves. What is on its way just now is
    /// waited for; the rest is left out.</summary>
    /// <returns>Null where there is no such change; unchanged where it has come to its end.</returns>
    public static async Task<Change?> StopAsync(IDocumentSession session, Guid id, DateTimeOffset now, CancellationToken cancel)
    {
        if (await session.LockAsync<Change>(id, cancel) is not { } change) return null;
        if (!change.CanBeStopped) return change;
        change.LeftOut += change.Total - change.Seen;
        session.QueueSqlCommand(ChangeRows.LeaveRest, "It was stopped before", id);
        change.End(session, now, ChangeStatus.Stopped);
        return change;
    }

    /// <summary>Takes a change to go on with it, in a transaction that it begins.</summary>
    /// <returns>Null where it is no longer under way, or another process works on it.</returns>
    public static async Task<Change?> TakeAsync(IDocumentSession session, Guid id, CancellationToken cancel)
    {
        await session.BeginTransactionAsync(cancel);
        var found = await session.QueryAsync<Change>("where d.id = ? for update skip locked", cancel, id);
        return found is [{ Status: ChangeStatus.Running } change] ? change : null;
    }

    /// <summary>Notes what became of planned rows, just before the caller saves the session in which they were done.</summary>
    /// <param name="rows">In their order; those done with the stream that was appended to.</param>
    public static void Complete(this Change change, IDocumentSession session, IReadOnlyList<ChangeRow> rows)
    {
        var streams = session.PendingChanges.Streams().Where(s => s.Events.Count > 0).ToDictionary(s => s.Id);
        List<ChangeRow> noted = [.. rows.Select(r => r.State != RowState.Done ? r
            : streams.GetValueOrDefault(r.Stream) is { } s ? r with { Before = VersionBefore(s), After = VersionBefore(s) + s.Events.Count }
            : r with { State = RowState.Skipped, Why = "Is so already" })];
        change.Seen = noted[^1].Seq;
        change.LeftOut += noted.Count(r => r.State == RowState.Skipped);
        change.Count(noted);
        session.Store(change);
        session.QueueSqlCommand(ChangeRows.CompleteAll, Of(noted, r => r.Seq), Of(noted, r => r.Kind.ToString()), Of(noted, r => r.Stream),
            Of(noted, r => r.Before), Of(noted, r => r.After), Of(noted, r => r.State.ToString()), Of(noted, r => r.Why), change.Id);
    }

    private static void Count(this Change change, IReadOnlyList<ChangeRow> rows)
    {
        var done = rows.Where(r => r.State == RowState.Done).ToLookup(r => r.Kind);
        change.People += done[StreamKind.Person].Count();
        change.Leads += done[StreamKind.Lead].Count();
        change.Seats += done[StreamKind.Seat].Count();
    }

    /// <param name="before">The rows that the change has of their streams, by which those are counted already.</param>
    internal static void Add(
        this Change change, IDocumentSession session, IReadOnlyList<ChangeRow> rows, ILookup<Guid, ChangeRow>? before = null)
    {
        change.Rows += rows.Count;
        change.Count([.. rows.Where(r => before?.Contains(r.Stream) != true)]);
        session.Store(change);
        if (rows.Count == 0) return;
        session.QueueSqlCommand(ChangeRows.Insert, change.Id, Of(rows, r => r.Seq), Of(rows, r => r.Part),
            Of(rows, r => r.Kind.ToString()), Of(rows, r => r.Stream), Of(rows, r => r.Before), Of(rows, r => r.After),
            Of(rows, r => r.State.ToString()));
    }

    private static T[] Of<T>(IReadOnlyList<ChangeRow> rows, Func<ChangeRow, T> column) => [.. rows.Select(column)];

    // Every writer locks a stream before it appends, and so knows how far it is.
    private static int VersionBefore(StreamAction stream) => stream switch
    {
        { ActionType: StreamActionType.Start } => 0,
        { ExpectedVersionOnServer: { } version } => (int)version,
        _ => throw new InvalidOperationException($"The stream {stream.Id} was not read before it was appended to."),
    };

    private static StreamKind KindOf(StreamAction stream) => stream.Events[0].Data switch
    {
        PersonEvent => StreamKind.Person,
        LeadEvent => StreamKind.Lead,
        _ => StreamKind.Seat,
    };
}
