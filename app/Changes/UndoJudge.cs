using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using JasperFx.Events;
using Marten;

namespace Crm.Changes;

/// <summary>What is to become of a row when its change is undone.</summary>
/// <param name="Version">Of its stream as it now is.</param>
/// <param name="Events">Of its stream, as far as they were needed: all where something was changed, none where it was made.</param>
/// <param name="Why">The reason for which it is left; null where it is taken back.</param>
internal sealed record Verdict(ChangeRow Row, int Version, IReadOnlyList<IEvent> Events, string? Why)
{
    public bool Goes => Why is null && Row.Before == 0;

    public Restoring<T> Restoring<T>(Func<T?, StoredEvent, T?> next) where T : class => new(Row.Stream, Version, Row.Before,
        [.. Undone.Select(e => e.At).Distinct()], Of(next, Events.Where(e => e.Version <= Row.Before)));

    /// <summary>What the change did to the stream.</summary>
    public IEnumerable<StoredEvent> Undone =>
        Events.Where(e => e.Version > Row.Before && e.Version <= Row.After).Select(e => e.Data).OfType<StoredEvent>();

    private static T? Of<T>(Func<T?, StoredEvent, T?> next, IEnumerable<IEvent> events) where T : class =>
        events.Select(e => e.Data).OfType<StoredEvent>().Aggregate((T?)null, next);
}

/// <summary>Decides which rows of a change can be taken back: those whose streams stand as the change left them.</summary>
internal static class UndoJudge
{
    private const string Streams = $"{MartenSetup.Schema}.mt_streams";

    // Whoever is just now being changed is passed over, so that nobody waits for who waits for them.
    private const string Lock = $"""
        select jsonb_build_object('Stream', id, 'Version', version) from {Streams} where id = any(?) order by id for update skip locked
        """;

    private const string Look = $"select jsonb_build_object('Stream', id, 'Version', version) from {Streams} where id = any(?)";

    private const string WithLead = $"""
        select distinct person_id from {MartenSetup.Schema}.mt_doc_lead where person_id = any(?) and not id = any(?)
        """;

    /// <param name="change">Whose rows they are.</param>
    /// <param name="rows">A stream is twice among them only where somebody else went on with it between.</param>
    /// <param name="locked">Whether the streams are locked until the session's transaction ends, as they are to be changed.</param>
    /// <param name="gone">Streams that go as well, by what was judged before.</param>
    /// <returns>The verdicts in the order of the rows; of a part of which something is just now being changed by somebody, none.</returns>
    public static async Task<IReadOnlyList<Verdict>> JudgeAsync(IQuerySession session, Guid change, IReadOnlyList<ChangeRow> rows,
        bool locked, IEnumerable<Guid> gone, CancellationToken cancel)
    {
        var versions = await VersionsAsync(session, rows, locked ? Lock : Look, cancel);
        var missing = rows.Where(r => !versions.ContainsKey(r.Stream)).ToList();
        var held = missing.Count == 0 ? versions : await VersionsAsync(session, missing, Look, cancel);
        var busy = missing.Where(r => held.ContainsKey(r.Stream)).Select(r => r.Part).ToHashSet();
        List<ChangeRow> free = [.. rows.Where(r => !busy.Contains(r.Part))];
        var events = await EventsAsync(session,
            [.. free.Where(r => r.Before > 0 || versions.GetValueOrDefault(r.Stream) != r.After)], cancel);
        Guid[] moved = [.. free.Where(r => versions.GetValueOrDefault(r.Stream) > r.After).Select(r => r.Stream)];
        var own = await ChangeRows.OfAsync(session, change, moved, cancel);
        IReadOnlyList<Verdict> verdicts = [.. free.Select(r => versions.TryGetValue(r.Stream, out var version)
            ? new Verdict(r, version, [.. events[r.Stream]], SinceOf(r, events[r.Stream], own[r.Stream]))
            : new Verdict(r, 0, [], SinceWords.NotThere))];
        verdicts = AsParts(await LeaveMailAsync(session, verdicts, locked, cancel));
        return AsParts(await LeavePeopleAsync(session, verdicts, gone, cancel));
    }

    private static async Task<IReadOnlyDictionary<Guid, int>> VersionsAsync(
        IQuerySession session, IReadOnlyList<ChangeRow> rows, string sql, CancellationToken cancel)
    {
        var ids = rows.Select(r => r.Stream).ToArray();
        var found = await session.AdvancedSql.QueryAsync<Standing>(sql, cancel, (object)ids);
        return found.ToDictionary(s => s.Stream, s => s.Version);
    }

    private static async Task<ILookup<Guid, IEvent>> EventsAsync(
        IQuerySession session, IReadOnlyList<ChangeRow> rows, CancellationToken cancel)
    {
        var ids = rows.Select(r => r.Stream).ToArray();
        if (ids.Length == 0) return Enumerable.Empty<IEvent>().ToLookup(e => e.StreamId);
        var events = await session.Events.QueryAllRawEvents().Where(e => e.StreamId.IsOneOf(ids)).OrderBy(e => e.Version)
            .ToListAsync(cancel);
        return events.ToLookup(e => e.StreamId);
    }

    // What happened since and was undone itself does not count: the stream stands as it did before that. And what the change itself did
    // later is no reason that anybody would understand.
    private static string? SinceOf(ChangeRow row, IEnumerable<IEvent> events, IEnumerable<ChangeRow> own)
    {
        var (standsAt, since) = ((long)row.After, new List<IEvent>());
        foreach (var e in events.Where(e => e.Version > row.After))
        {
            if (e.Data is IRestored restored)
            {
                standsAt = restored.ToVersion;
                since.RemoveAll(s => s.Version > restored.ToVersion);
            }
            else
            {
                standsAt = e.Version;
                if (!own.Any(r => r.Before < e.Version && e.Version <= r.After)) since.Add(e);
            }
        }
        if (standsAt == row.After) return null;
        return since.Select(e => e.Data).OfType<StoredEvent>().FirstOrDefault() is { } first
            ? SinceWords.Of(first)
            : SinceWords.EarlierUndone;
    }

    // An email is what its change was for: where it has left, there is nothing to take back. Locked, none is claimed meanwhile.
    private static async Task<IReadOnlyList<Verdict>> LeaveMailAsync(
        IQuerySession session, IReadOnlyList<Verdict> verdicts, bool locked, CancellationToken cancel)
    {
        var written = verdicts.SelectMany(v => v.Undone.OfType<EmailWritten>()).Select(e => e.MessageId).ToArray();
        if (written.Length == 0) return verdicts;
        var messages = await session.QueryAsync<OutboxMessage>(
            locked ? "where d.id = any(?) for update" : "where d.id = any(?)", cancel, (object)written);
        var left = messages.Where(m => m.Status is MessageStatus.Sending or MessageStatus.Sent or MessageStatus.Unconfirmed)
            .Select(m => m.Id).ToHashSet();
        return [.. verdicts.Select(v => v.Why is null && v.Undone.OfType<EmailWritten>().Any(e => left.Contains(e.MessageId))
            ? v with { Why = SinceWords.MailHasLeft }
            : v)];
    }

    // Nobody goes who has a lead that stays, whoever brought that.
    private static async Task<IReadOnlyList<Verdict>> LeavePeopleAsync(
        IQuerySession session, IReadOnlyList<Verdict> verdicts, IEnumerable<Guid> gone, CancellationToken cancel)
    {
        var people = verdicts.Where(v => v.Goes && v.Row.Kind == StreamKind.Person).Select(v => v.Row.Stream).ToArray();
        if (people.Length == 0) return verdicts;
        Guid[] going = [.. gone, .. verdicts.Where(v => v.Goes && v.Row.Kind == StreamKind.Lead).Select(v => v.Row.Stream)];
        var staying = (await session.AdvancedSql.QueryAsync<Guid>(WithLead, cancel, people, going)).ToHashSet();
        return [.. verdicts.Select(v => v.Goes && staying.Contains(v.Row.Stream) ? v with { Why = SinceWords.LeadStays } : v)];
    }

    private static IReadOnlyList<Verdict> AsParts(IReadOnlyList<Verdict> verdicts)
    {
        var left = verdicts.Where(v => v.Why is not null).GroupBy(v => v.Row.Part).ToDictionary(p => p.Key, p => p.First().Why);
        return [.. verdicts.Select(v => v with { Why = v.Why ?? left.GetValueOrDefault(v.Row.Part) })];
    }

    // Not by the name of Id, by which Marten would take it for a document.
    private sealed record Standing(Guid Stream, int Version);
}
