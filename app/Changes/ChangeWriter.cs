using Crm.Institute;
using Crm.Leads;
using Crm.People;
using JasperFx.Events;
using Marten;

namespace Crm.Changes;

/// <summary>
/// Records what an act on many things does, in the transactions in which it does it. An act of one transaction calls
/// <see cref="Record"/> just before it saves. A long one calls <see cref="Begin"/> once, <see cref="Note"/> in each transaction just
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
        change.Note(session, together);
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
    /// Notes all streams that the session is about to append to, just before the caller saves it. Once for each session; the change
    /// is stored with it, and nobody else may write it meanwhile: lock it, or be the only one who works on it.
    /// </summary>
    /// <param name="together">Whether they are taken back together or not at all; else each by itself.</param>
    public static void Note(this Change change, IDocumentSession session, bool together = false)
    {
        var first = change.Rows + 1;
        var rows = session.PendingChanges.Streams().Where(s => s.Events.Count > 0).Select((s, i) => new ChangeRow(
            first + i, together ? first : first + i, KindOf(s), s.Id, VersionBefore(s), VersionBefore(s) + s.Events.Count, RowState.Done));
        change.Add(session, [.. rows]);
    }

    /// <summary>Says that all of it was carried out, in the last transaction.</summary>
    public static void End(this Change change, IDocumentSession session, DateTimeOffset now, ChangeStatus status = ChangeStatus.Done)
    {
        (change.Status, change.EndedAt) = (status, now);
        session.Store(change);
    }

    internal static void Add(this Change change, IDocumentSession session, IReadOnlyList<ChangeRow> rows)
    {
        change.Rows += rows.Count;
        change.People += rows.Count(r => r.Kind == StreamKind.Person);
        change.Leads += rows.Count(r => r.Kind == StreamKind.Lead);
        change.Seats += rows.Count(r => r.Kind == StreamKind.Seat);
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
