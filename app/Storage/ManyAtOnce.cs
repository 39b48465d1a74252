using JasperFx.Events;
using Marten;
using Marten.Schema;

namespace Crm.Storage;

/// <summary>
/// Has what a session is about to begin go in with one statement, where Marten writes each stream and each document with one of its own.
/// See <c>Decisions/many-in-one-statement.md</c>.
/// </summary>
/// <param name="session">The caller saves it, and what was taken from it goes in with all else that it holds.</param>
public sealed class ManyAtOnce(IDocumentSession session)
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

    private readonly List<(string Sql, object[] Values)> _tables = [];

    private IReadOnlyStoreOptions Options => session.DocumentStore.Options;

    /// <summary>Takes the streams that the session starts, with the documents that they make.</summary>
    /// <param name="documentOf">What a stream's projection makes of it, with its version.</param>
    public ManyAtOnce Begun(Func<StreamAction, object> documentOf)
    {
        var pending = session.PendingChanges.Streams();
        List<StreamAction> begun = [.. pending.Where(s => s.ActionType == StreamActionType.Start && s.Events.Count > 0)];
        foreach (var stream in begun) pending.Remove(stream);
        if (begun.Count == 0) return this;
        Add(begun);
        foreach (var ofType in begun.ToLookup(s => s.AggregateType!)) Add(ofType.Key, [.. ofType.Select(documentOf)]);
        return this;
    }

    /// <summary>Takes the documents of a type that the session stores, all of which are new.</summary>
    public ManyAtOnce New<T>() where T : class
    {
        List<T> stored = [.. session.PendingChanges.UpdatesFor<T>()];
        foreach (var document in stored) session.Eject(document);
        if (stored.Count > 0) Add(typeof(T), stored);
        return this;
    }

    /// <summary>Has all that was taken go in. Foreign keys are looked at when all of it is there.</summary>
    public void Queue()
    {
        if (_tables.Count == 0) return;
        var others = _tables.Take(_tables.Count - 1).Select((table, i) => $"table{i} as ({table.Sql})").ToList();
        session.QueueSqlCommand($"{(others.Count == 0 ? "" : $"with {string.Join(", ", others)} ")}{_tables[^1].Sql}",
            [.. _tables.SelectMany(t => t.Values)]);
        _tables.Clear();
    }

    private void Add(List<StreamAction> begun)
    {
        var serializer = Options.Serializer();
        _tables.Add((Streams, [begun.Select(s => s.Id).ToArray(), begun.Select(s => Mapping(s.AggregateType!).Alias).ToArray(),
            begun.Select(s => (long)s.Events.Count).ToArray()]));
        var events = begun.SelectMany(s => s.Events.Select((e, i) => (Stream: s.Id, Version: i + 1L, Event: e))).ToList();
        _tables.Add((Events, [events.Select(e => e.Stream).ToArray(), events.Select(e => e.Version).ToArray(),
            events.Select(e => serializer.ToJson(e.Event.Data)).ToArray(), events.Select(e => e.Event.EventTypeName).ToArray(),
            events.Select(e => e.Event.DotNetTypeName).ToArray()]));
    }

    // The columns beside a document are what Marten itself fills them with where they are added to a table that has rows.
    private void Add(Type type, IReadOnlyList<object> documents)
    {
        const string equals = " = ";
        var mapping = Mapping(type);
        var version = mapping.UseNumericRevisions ? "(d.data ->> 'Version')::bigint" : "gen_random_uuid()";
        var values = mapping.DuplicatedFields.Select(f => (f.ColumnName, Value: f.UpdateSqlFragment().Split(equals, 2)[1])).ToList();
        _tables.Add(($"""
            insert into {mapping.TableName.QualifiedName}
                (id, data, mt_version, mt_last_modified{string.Concat(values.Select(v => $", {v.ColumnName}"))})
            select (d.data ->> 'Id')::uuid, d.data, {version}, transaction_timestamp(){string.Concat(values.Select(v => $", {v.Value}"))}
            from (select unnest(?::text[])::jsonb as data) d
            """, [documents.Select(Options.Serializer().ToJson).ToArray()]));
    }

    private DocumentMapping Mapping(Type type) => (DocumentMapping)Options.FindOrResolveDocumentType(type);
}
