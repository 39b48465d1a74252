using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using JasperFx.Events;
using Marten;
using Marten.Schema;

namespace Crm.Storage;

/// <summary>
/// Has what sessions are about to begin go in with one statement, where Marten writes each stream and each document with one of its own.
/// See <c>Decisions/many-in-one-statement.md</c>.
/// </summary>
/// <param name="session">What is taken from it, it does not save any more.</param>
public sealed class ManyAtOnce(IDocumentSession session)
{
    private const string Streams = $"""
        insert into {MartenSetup.Schema}.mt_streams (id, type, version, timestamp, created)
        select id, type, version, now(), now() from unnest(?::int[], ?::uuid[], ?::varchar[], ?::bigint[]) r(whose, id, type, version)
        """;
    // Which class an event is of, its type says to who has registered all of them.
    private const string Events = $"""
        insert into {MartenSetup.Schema}.mt_events (seq_id, id, stream_id, version, data, type, mt_dotnet_type, timestamp)
        select nextval('{MartenSetup.Schema}.mt_events_sequence'), gen_random_uuid(), stream, version, data::jsonb, type, '', now()
        from unnest(?::int[], ?::uuid[], ?::bigint[], ?::text[], ?::varchar[]) r(whose, stream, version, data, type)
        """;

    // To put it together anew for each document took longer than to write the document.
    private static readonly ConditionalWeakTable<DocumentMapping, ConcurrentDictionary<string, string>> Documents = new();

    private const string Moment = $"{MartenSetup.Schema}.mt_immutable_timestamptz(";

    private readonly List<(Guid Id, string Type, long Version)> _streams = [];
    private readonly List<(Guid Stream, long Version, string Data, string Type)> _events = [];
    private readonly OrderedDictionary<DocumentMapping, List<string>> _documents = [];

    // Writes into a document what is in columns alone, for the statement to take it from there.
    private static readonly Lazy<ISerializer> WithColumns = new(() => MartenSetup.Serializer(json =>
        json.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { EmptyParts.LeaveOut, UsualAttribute.LeaveOut } }));

    private ISerializer Serializer => session.DocumentStore.Options.Serializer();

    /// <summary>Whether nothing is left that only the session itself can save.</summary>
    public bool HasAll => session.PendingChanges.Streams().Count == 0 && !session.PendingChanges.Operations().Any();

    /// <summary>Takes the streams that the session starts, with the documents that they make.</summary>
    /// <param name="documentOf">What a stream's projection makes of it, with its version.</param>
    public ManyAtOnce Begun(Func<StreamAction, object> documentOf)
    {
        var pending = session.PendingChanges.Streams();
        List<StreamAction> begun = [.. pending.Where(s => s.ActionType == StreamActionType.Start && s.Events.Count > 0)];
        foreach (var stream in begun)
        {
            pending.Remove(stream);
            _streams.Add((stream.Id, Mapping(stream.AggregateType!).Alias, stream.Events.Count));
            _events.AddRange(stream.Events.Select((e, i) =>
                (stream.Id, i + 1L, Serializer.ToJson(e.Data), e.EventTypeName)));
            Add(stream.AggregateType!, documentOf(stream));
        }
        return this;
    }

    /// <summary>Takes the documents of a type that the session stores, all of which are new.</summary>
    public ManyAtOnce New<T>() where T : class
    {
        List<T> stored = [.. session.PendingChanges.UpdatesFor<T>()];
        foreach (var document in stored)
        {
            session.Eject(document);
            Add(typeof(T), document);
        }
        return this;
    }

    /// <summary>Has all that was taken go in when the session is saved. Foreign keys are looked at when all of it is there.</summary>
    public void Queue()
    {
        var tables = InsertsOf([this], "");
        if (tables.Count == 0) return;
        var others = string.Join(", ", tables.Take(tables.Count - 1).Select((table, i) => $"table{i} as ({table.Sql})"));
        session.QueueSqlCommand($"{(others.Length == 0 ? "" : $"with {others} ")}{tables[^1].Sql}", [.. tables.SelectMany(t => t.Values)]);
    }

    /// <summary>What goes into one table.</summary>
    /// <param name="Sql">Has question marks for the values, and is the same for all that go into that table.</param>
    public readonly record struct Insert(string Table, string Sql, object[] Values);

    /// <returns>One for each table; parents come before those that refer to them.</returns>
    /// <param name="only">Which rows go in: a condition, with its "where", on <c>whose</c>, which is a number in the list; empty for
    /// all.</param>
    public static IReadOnlyList<Insert> InsertsOf(IReadOnlyList<ManyAtOnce> all, string only)
    {
        List<Insert> tables = [];
        if (all.Any(one => one._streams.Count > 0)) tables.AddRange(InsertStreams(all, only), InsertEvents(all, only));
        tables.AddRange(all.SelectMany(one => one._documents.Keys).Distinct().Select(type => InsertDocuments(type, all, only)));
        return tables;
    }

    private void Add(Type type, object document)
    {
        var mapping = Mapping(type);
        if (!_documents.TryGetValue(mapping, out var ofType)) _documents.Add(mapping, ofType = []);
        ofType.Add((ColumnOnlyAttribute.Of(type).Count > 0 ? WithColumns.Value : Serializer).ToJson(document));
    }

    private DocumentMapping Mapping(Type type) => (DocumentMapping)session.DocumentStore.Options.FindOrResolveDocumentType(type);

    private static Insert InsertStreams(IReadOnlyList<ManyAtOnce> all, string only)
    {
        var (whose, streams) = RowsOf(all, one => one._streams);
        return new("mt_streams", $"{Streams} {only}",
            [whose, Column(streams, s => s.Id), Column(streams, s => s.Type), Column(streams, s => s.Version)]);
    }

    private static Insert InsertEvents(IReadOnlyList<ManyAtOnce> all, string only)
    {
        var (whose, events) = RowsOf(all, one => one._events);
        return new("mt_events", $"{Events} {only}",
        [
            whose, Column(events, e => e.Stream), Column(events, e => e.Version), Column(events, e => e.Data), Column(events, e => e.Type),
        ]);
    }

    private static Insert InsertDocuments(DocumentMapping mapping, IReadOnlyList<ManyAtOnce> all, string only)
    {
        var (whose, documents) = RowsOf(all, one => one._documents.GetValueOrDefault(mapping) ?? []);
        var sql = Documents.GetOrCreateValue(mapping).GetOrAdd(only, static (which, of) => DocumentsSql(of, which), mapping);
        return new(mapping.TableName.Name, sql, [whose, documents.ToArray()]);
    }

    // The columns beside a document are what Marten itself fills them with where they are added to a table that has rows. Each document
    // is parsed once, which "offset 0" sees to.
    private static string DocumentsSql(DocumentMapping mapping, string only)
    {
        const string equals = " = ";
        var values = mapping.DuplicatedFields.Select(f => (f.ColumnName, Value: Cast(f.UpdateSqlFragment().Split(equals, 2)[1]))).ToList();
        if (mapping.UseNumericRevisions) values.Insert(0, ("mt_version", "(d.data ->> 'Version')::bigint"));
        var document = ColumnOnlyAttribute.Of(mapping.DocumentType) is { Count: > 0 } beside
            ? $"d.data - array[{string.Join(", ", beside.Select(name => $"'{name}'"))}]"
            : "d.data";
        return $"""
            insert into {mapping.TableName.QualifiedName} (id, data{string.Concat(values.Select(v => $", {v.ColumnName}"))})
            select (d.data ->> 'Id')::uuid, {document}{string.Concat(values.Select(v => $", {v.Value}"))}
            from (select data::jsonb as data from unnest(?::int[], ?::text[]) r(whose, data) {only} offset 0) d
            """;
    }

    // Marten's function for moments exists for indexes, and each call of it starts a statement of its own.
    private static string Cast(string value) => value.StartsWith(Moment, StringComparison.Ordinal)
        ? $"cast({value[Moment.Length..^1]} as timestamptz)"
        : value;

    private static (int[] Whose, IReadOnlyList<T> Rows) RowsOf<T>(IReadOnlyList<ManyAtOnce> all, Func<ManyAtOnce, IReadOnlyList<T>> of)
    {
        var rows = all.SelectMany((one, whose) => of(one).Select(row => (Whose: whose, Row: row))).ToList();
        return ([.. rows.Select(r => r.Whose)], [.. rows.Select(r => r.Row)]);
    }

    private static TColumn[] Column<T, TColumn>(IReadOnlyList<T> rows, Func<T, TColumn> column) => [.. rows.Select(column)];
}
