using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Changes;

/// <param name="Back">How many persons, leads and seats would be taken back.</param>
/// <param name="Left">Those that would be left, each with its reason.</param>
/// <param name="Unseen">How many were not looked at, because there are so many.</param>
public sealed record UndoPreview(int Back, IReadOnlyList<ChangeRow> Left, int Unseen);

/// <summary>
/// Takes changes back: what a change made is gone, and what it changed is exactly what it was, where nobody has touched it since.
/// It goes on from where it stood, batch by batch, each in a transaction, so that a program that is killed has lost nothing. An
/// undoing is a change itself, and can be undone.
/// </summary>
public sealed class ChangeUndo(IDocumentStore store, LeadWriter leads, SeatWriter seats, InstituteClock clock) : IChangeWork
{
    public ChangeKind Kind => ChangeKind.Undo;

    /// <summary>How many parts of a change are taken back in one transaction.</summary>
    public const int AtOnce = 200;

    /// <summary>Begins to undo a change in a session that the caller saves; <see cref="ContinueAsync"/> carries it out.</summary>
    /// <returns>The undoing; null where there is no such change.</returns>
    /// <exception cref="Refusal">It cannot be undone, or somebody does so already.</exception>
    public static async Task<Change?> BeginAsync(IDocumentSession session, Guid id, Stamp stamp, CancellationToken cancel)
    {
        if (await session.LockAsync<Change>(id, cancel) is not { } change) return null;
        if (change.Status is ChangeStatus.Undone or ChangeStatus.Undoing) throw new Refusal("Somebody has undone this already.");
        if (!change.CanBeUndone) throw new Refusal("This cannot be undone.");
        var rows = await ChangeRows.CountAsync(session, id, cancel);
        var before = change.Undoes is { } undoes ? await session.LoadAsync<Change>(undoes, cancel) : null;
        var words = before is null ? $"Undone: {change.Words}" : $"Brought back: {before.Words}";
        var undoing = ChangeWriter.Begin(session, ChangeKind.Undo, words, stamp);
        undoing.Undoes = id;
        undoing.Total = rows.GetValueOrDefault(RowState.Done) + rows.GetValueOrDefault(RowState.Left);
        (change.Status, change.UndoneBy, change.LeftOut) = (ChangeStatus.Undoing, undoing.Id, 0);
        session.Store(change);
        session.QueueSqlCommand(ChangeRows.LookAgain, id);
        return undoing;
    }

    /// <summary>Takes back the next rows.</summary>
    /// <returns>False where the undoing has come to its end, or another process works on it.</returns>
    public async Task<bool> ContinueAsync(Guid undoing, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await ChangeWriter.TakeAsync(session, undoing, cancel) is not { } undo) return false;
        var change = undo.Undoes!.Value;
        var rows = OnceEach(await ChangeRows.LastAsync(session, change, [RowState.Done], int.MaxValue, AtOnce, cancel));
        if (rows.Count == 0) await EndAsync(session, undo, cancel);
        else await TakeBackAsync(session, undo, await UndoJudge.JudgeAsync(session, change, rows, true, [], cancel), cancel);
        await session.SaveChangesAsync(cancel);
        return rows.Count > 0;
    }

    /// <summary>What would come of undoing a change now, as far as it is looked at.</summary>
    /// <param name="most">How many rows are looked at.</param>
    public static async Task<UndoPreview> LookAsync(IQuerySession session, Guid id, int most, CancellationToken cancel)
    {
        var counts = await ChangeRows.CountAsync(session, id, cancel);
        var all = counts.GetValueOrDefault(RowState.Done) + counts.GetValueOrDefault(RowState.Left);
        var (left, looked, back, below, gone) =
            (new List<ChangeRow>(), 0, new HashSet<Guid>(), int.MaxValue, new HashSet<Guid>());
        while (looked < most)
        {
            var rows = await ChangeRows.LastAsync(session, id, [RowState.Done, RowState.Left], below, AtOnce, cancel);
            if (rows.Count == 0) break;
            (below, looked) = (rows.Min(r => r.Part), looked + rows.Count);
            var verdicts = await UndoJudge.JudgeAsync(session, id, rows, false, gone, cancel);
            left.AddRange(verdicts.Where(v => v.Why is not null).Select(v => v.Row with { State = RowState.Left, Why = v.Why }));
            back.UnionWith(verdicts.Where(v => v.Why is null).Select(v => v.Row.Stream));
            gone.UnionWith(verdicts.Where(v => v.Goes).Select(v => v.Row.Stream));
        }
        return new UndoPreview(back.Count, left, all - looked);
    }

    /// <summary>Undoes a change at once.</summary>
    /// <returns>The undoing; null where there is no such change.</returns>
    /// <exception cref="Refusal">It cannot be undone, or somebody does so already.</exception>
    public async Task<Change?> UndoAsync(Guid id, Stamp stamp, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await BeginAsync(session, id, stamp, cancel) is not { } undoing) return null;
        await session.SaveChangesAsync(cancel);
        while (await ContinueAsync(undoing.Id, cancel)) { }
        return await session.LoadAsync<Change>(undoing.Id, cancel);
    }

    // A stream that the change touched twice, and somebody else between, is taken back once, and then once more. Parts stay whole.
    private static IReadOnlyList<ChangeRow> OnceEach(IReadOnlyList<ChangeRow> rows)
    {
        var seen = new HashSet<Guid>();
        return [.. rows.GroupBy(r => r.Part).TakeWhile(part => part.All(r => !seen.Contains(r.Stream)) && part.All(r => seen.Add(r.Stream)))
            .SelectMany(part => part)];
    }

    private async Task TakeBackAsync(
        IDocumentSession session, Change undo, IReadOnlyList<Verdict> verdicts, CancellationToken cancel)
    {
        // All of it is just now being changed by somebody: in a moment it will not be.
        if (verdicts.Count == 0) await Task.Delay(TimeSpan.FromMilliseconds(50), cancel);
        var stamp = new Stamp(undo.By, clock.Now);
        List<Verdict> back = [.. verdicts.Where(v => v.Why is null)];
        IEnumerable<Verdict> Of(StreamKind kind) => back.Where(v => v.Row.Kind == kind);
        List<Restoring<Person>> people = [.. Of(StreamKind.Person).Select(v => v.Restoring<Person>((p, e) =>
            e is PersonEvent known ? Person.Next(p, v.Row.Stream, known) : p))];
        PersonWriter.Restore(session, people, undo.Id, stamp);
        await Reappearing.ListAsync(session, people, stamp,
            async ids => [.. (await ChangeRows.OfAsync(session, undo.Undoes!.Value, ids, cancel)).Select(r => r.Key)], cancel);
        await leads.RestoreAsync(session, [.. Of(StreamKind.Lead).Select(v => v.Restoring<Lead>((l, e) =>
            e is LeadEvent known ? Lead.Next(l, v.Row.Stream, known) : l))], undo.Id, stamp, cancel);
        await seats.RestoreAsync(session, [.. Of(StreamKind.Seat).Select(v => v.Restoring<Enrolment>((s, e) =>
            e is EnrolmentEvent known ? Enrolment.Next(s, v.Row.Stream, known) : s))], undo.Id, stamp, cancel);
        undo.Seen += verdicts.Count;
        undo.LeftOut += verdicts.Count - back.Count;
        undo.Add(session, RowsOf(undo, back));
        session.QueueSqlCommand(ChangeRows.Mark, verdicts.Select(v => v.Row.Seq).ToArray(),
            verdicts.Select(v => (v.Why is null ? RowState.Undone : RowState.Left).ToString()).ToArray(),
            verdicts.Select(v => v.Why).ToArray(), undo.Undoes!.Value);
    }

    // In the parts of what is undone, so that what was taken back together comes back together.
    private static IReadOnlyList<ChangeRow> RowsOf(Change undo, IReadOnlyList<Verdict> back)
    {
        var first = undo.Rows + 1;
        var rows = back.Select((v, i) => (v, Seq: first + i)).ToList();
        var parts = rows.GroupBy(r => r.v.Row.Part).ToDictionary(p => p.Key, p => p.Min(r => r.Seq));
        return [.. rows.Select(r => new ChangeRow(
            r.Seq, parts[r.v.Row.Part], r.v.Row.Kind, r.v.Row.Stream, r.v.Version, r.v.Version + 1, RowState.Done))];
    }

    private async Task EndAsync(IDocumentSession session, Change undo, CancellationToken cancel)
    {
        undo.End(session, clock.Now);
        if (await session.LoadAsync<Change>(undo.Undoes!.Value, cancel) is not { } change) return;
        var rows = await ChangeRows.CountAsync(session, change.Id, cancel);
        change.LeftOut = rows.GetValueOrDefault(RowState.Left);
        change.Status = change.LeftOut > 0 ? ChangeStatus.PartlyUndone : ChangeStatus.Undone;
        session.Store(change);
        if (change.Undoes is not { } undone || await session.LoadAsync<Change>(undone, cancel) is not { } first) return;
        // An undoing was taken back: what it had undone is done again.
        var still = await ChangeRows.CountAsync(session, first.Id, cancel);
        first.Status = still.GetValueOrDefault(RowState.Undone) > rows.GetValueOrDefault(RowState.Undone)
            ? ChangeStatus.PartlyUndone
            : ChangeStatus.Done;
        session.QueueSqlCommand(ChangeRows.DoneAgain, change.Id, first.Id);
        session.Store(first);
    }
}
