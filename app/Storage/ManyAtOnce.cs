using JasperFx.Events;
using Marten;
using Marten.Schema;

namespace Crm.Storage;

/// <summary>
/// Has what a session is about to begin go in with one statement for each table, where Marten writes each stream and each document with
/// one of its own. See <c>Decisions/many-in-one-statement.md</c>.
/// </summary>
public static class ManyAtOnce
{
    private const string Streams = $"""
        insert into {MartenSetup.Schema}.mt_streams (id, type, version, timestamp, created)
        select id, type, version, now(), now() from unnest(?::uuid[], ?::varchar[], ?::bigint[]) s(id, type, version)
        """;
    private const string Events = $"""
        insert into {MartenSetup.Schema}.mt_events (seq_id, id, stream_id, version, data, type, mt_dotnet_type, timestamp)
        select nextval('{MartenSetup.Schema}.mt_events_sequence'), gen_random_uuid(), stream, version, data::jsonb, type, dotnet, now()
        from unnest(?::uuid[], ?::bigint[], ?::text[], ?::varchar[], ?::varchar[]) e(stream, version, data, type, dotnet)
        """;

    /// <summary>Takes the streams that the session starts, with the documents that they make. The caller saves it, and they go in
    /// with all else that it holds.</summary>
    /// <param name="documentOf">What a stream's projection makes of it, with its version.</param>
    public static void GatherBegun(this IDocumentSession session, Func<StreamAction, object> documentOf)
    {
        var pending = session.PendingChanges.Streams();
        List<StreamAction> begun = [.. pending.Where(s => s.ActionType == StreamActionType.Start && s.Events.Count > 0)];
        foreach (var stream in begun) pending.Remove(stream);
        Queue(session, begun);
        foreach (var ofType in begun.ToLookup(s => s.AggregateType!)) Queue(session, ofType.Key, [.. ofType.Select(documentOf)]);
    }

    /// <summary>Takes the documents of a type that the session stores, all of which are new.</summary>
    public static void GatherNew<T>(this IDocumentSession session) where T : class
    {
        List<T> stored = [.. session.PendingChanges.UpdatesFor<T>()];
        foreach (var document in stored) session.Eject(document);
        if (stored.Count > 0) Queue(session, typeof(T), stored);
    }

    private static void Queue(IDocumentSession session, List<StreamAction> begun)
    {
        if (begun.Count == 0) return;
        var serializer = session.DocumentStore.Options.Serializer();
        session.QueueSqlCommand(Streams, begun.Select(s => s.Id).ToArray(),
            begun.Select(s => Mapping(session, s.AggregateType!).Alias).ToArray(),
            begun.Select(s => (long)s.Events.Count).ToArray());
        var events = begun.SelectMany(s => s.Events.Select((e, i) => (Stream: s.Id, Version: i + 1L, Event: e))).ToList();
        session.QueueSqlCommand(Events, events.Select(e => e.Stream).ToArray(), events.Select(e => e.Version).ToArray(),
            events.Select(e => serializer.ToJson(e.Event.Data)).ToArray(), events.Select(e => e.Event.EventTypeName).ToArray(),
            events.Select(e => e.Event.DotNetTypeName).ToArray());
    }

    // The columns beside the document are what Marten itself fills them with where they are added to a table that has rows.
    private static void Queue(IDocumentSession session, Type type, IReadOnlyList<object> documents)
    {
        const string equals = " = ";
        var mapping = Mapping(session, type);
        var version = mapping.UseNumericRevisions ? "(d.data ->> 'Version')::bigint" : "gen_random_uuid()";
        var values = mapping.DuplicatedFields.Select(f => (f.ColumnName, Value: f.UpdateSqlFragment().Split(equals, 2)[1])).ToList();
        session.QueueSqlCommand($"""
            insert into {mapping.TableName.QualifiedName}
                (id, data, mt_version, mt_last_modified{string.Concat(values.Select(v => $", {v.ColumnName}"))})
            select (d.data ->> 'Id')::uuid, d.data, {version}, transaction_timestamp(){string.Concat(values.Select(v => $", {v.Value}"))}
            from (select unnest(?::text[])::jsonb as data) d
            """, (object)documents.Select(session.DocumentStore.Options.Serializer().ToJson).ToArray());
    }

    private static DocumentMapping Mapping(IDocumentSession session, Type type) =>
        (DocumentMapping)session.DocumentStore.Options.FindOrResolveDocumentType(type);
}
