using Crm.Storage;
using Marten;

namespace Crm.Institute;

/// <summary>
/// Writes events over with their <see cref="StoredEvent.Masked"/>, in the transaction of a session. Marten's own masking saves by itself:
/// an erasure could then be kept by half.
/// </summary>
public static class EventMasking
{
    private const string Overwrite = $"""
        update {MartenSetup.Schema}.mt_events e set data = m.data::jsonb
        from unnest(?::bigint[], ?::text[]) m(seq, data) where e.seq_id = m.seq
        """;

    /// <summary>Masks all events of a stream, in a session that the caller saves.</summary>
    /// <exception cref="InvalidOperationException">One of them is not of this program, and has no rule.</exception>
    public static async Task MaskAsync(IDocumentSession session, Guid stream, CancellationToken cancel)
    {
        var events = await session.Events.FetchStreamAsync(stream, token: cancel);
        if (events.Count == 0) return;
        var serializer = session.DocumentStore.Options.Serializer();
        session.QueueSqlCommand(Overwrite, events.Select(e => e.Sequence).ToArray(), events.Select(e => e.Data is StoredEvent told
            ? serializer.ToJson(told.Masked())
            : throw new InvalidOperationException($"There is no masking rule for {e.EventTypeName}.")).ToArray());
    }
}
