using System.Text;
using System.Text.Json;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using JasperFx.Events;
using Marten;

namespace Crm.Desk;

/// <summary>Everything that happened with a person, whichever stream it lies in, and every message to them with its true state.</summary>
public sealed class Timeline(IDocumentStore store, TimelineWords words)
{
    /// <summary>How far apart enquiries may lie that make one line.</summary>
    public static readonly TimeSpan Together = TimeSpan.FromHours(24);

    private readonly Dictionary<string, Type> _types = store.Options.Events.AllKnownEventTypes()
        .Where(t => t.EventType.IsSubclassOf(typeof(StoredEvent))).ToDictionary(t => t.EventTypeName, t => t.EventType);

    /// <param name="streams">Of the person, their leads and their seats.</param>
    /// <param name="records">The other records that were merged into the person's, of which lines tell by name.</param>
    /// <returns>The latest first.</returns>
    public async Task<IReadOnlyList<TimelineEntry>> ReadAsync(
        IQuerySession session, IReadOnlyCollection<Guid> streams, IReadOnlyList<OutboxMessage> messages, CancellationToken cancel,
        IReadOnlyDictionary<Guid, Person>? records = null)
    {
        // Read here and not by Marten, which refuses a whole stream for one event that a newer program has stored.
        var rows = await session.AdvancedSql.QueryAsync<Row>(
            $"""
            select jsonb_build_object('Type', e.type, 'Data', e.data, 'At', e.timestamp)
            from {MartenSetup.Schema}.mt_events e where e.stream_id = any(?) order by e.seq_id desc
            """,
            cancel, (object)streams.ToArray());
        var events = rows.Select(row => (Row: row, Event: Read(row))).ToList();
        var acts = ActOfEvents.Of(events.Select(e => e.Event).OfType<StoredEvent>());
        var entries = new List<TimelineEntry>();
        var repeated = new List<EnquiredAgain>();
        foreach (var (row, e) in events)
        {
            if (e is not null && acts[e].IsToldWithAnother(e)) continue;
            if (e is EnquiredAgain again && Continues(repeated, again)) repeated.Add(again);
            else
            {
                Flush(repeated, entries);
                if (e is EnquiredAgain first) repeated.Add(first);
                else entries.Add(e is null ? TimelineWords.Unknown(row.Type, row.At) : words.Of(e, acts[e], records));
            }
        }
        Flush(repeated, entries);
        entries.AddRange(messages.Where(m => m.ToApplicant).Select(TimelineWords.Of));
        // Stable: what happened at one moment stays in the order in which it was stored.
        return [.. entries.OrderByDescending(e => e.At)];
    }

    /// <summary>What happened in parts of streams, in the words of the timeline.</summary>
    /// <param name="parts">Each a stream with the version before it and the last one in it.</param>
    /// <returns>By the stream, the first first.</returns>
    public async Task<ILookup<Guid, TimelineEntry>> ReadPartsAsync(
        IQuerySession session, IReadOnlyCollection<(Guid Stream, int Before, int After)> parts, CancellationToken cancel)
    {
        var rows = await session.AdvancedSql.QueryAsync<PartRow>(
            $"""
            select jsonb_build_object('Stream', e.stream_id, 'Row', jsonb_build_object('Type', e.type, 'Data', e.data, 'At', e.timestamp))
            from unnest(?::uuid[], ?::int[], ?::int[]) p(stream, before, after)
            join {MartenSetup.Schema}.mt_events e on e.stream_id = p.stream and e.version > p.before and e.version <= p.after
            order by e.seq_id
            """,
            cancel, parts.Select(p => p.Stream).ToArray(), parts.Select(p => p.Before).ToArray(), parts.Select(p => p.After).ToArray());
        return rows.ToLookup(r => r.Stream, r => Read(r.Row) is { } e ? words.Of(e) : TimelineWords.Unknown(r.Row.Type, r.Row.At));
    }

    private static bool Continues(List<EnquiredAgain> repeated, EnquiredAgain again) =>
        repeated.Count > 0 && repeated[^1].Course == again.Course && repeated[^1].TypedName == again.TypedName
            && repeated[0].At - again.At < Together;

    private void Flush(List<EnquiredAgain> repeated, List<TimelineEntry> entries)
    {
        if (repeated.Count > 0) entries.Add(words.Of(repeated));
        repeated.Clear();
    }

    private StoredEvent? Read(Row row)
    {
        if (!_types.TryGetValue(row.Type, out var type)) return null;
        try
        {
            using var json = new MemoryStream(Encoding.UTF8.GetBytes(row.Data.GetRawText()));
            return (StoredEvent)store.Options.Serializer().FromJson(type, json);
        }
        catch (JsonException)
        {
            return null; // stored by a newer program in another shape: shown as a plain line
        }
    }

    private sealed record PartRow(Guid Stream, Row Row);

    private sealed record Row(string Type, JsonElement Data, DateTimeOffset At);
}
