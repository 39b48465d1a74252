using System.Text;
using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Operations;

/// <summary>
/// Reads of each kind the document that lies last in its table, as what was written last mostly does, and the newest event, as the
/// program would: rows alone do not prove that it can.
/// </summary>
public sealed class StoredSamples(IDocumentStore store)
{
    // Marten's own mark in the place of an event whose transaction failed, as where the server dies: it says nothing, and nobody reads it.
    private const string NoEvent = "tombstone";

    private const string Events = $"""
        select distinct on (type) type, data::text from {MartenSetup.Schema}.mt_events where type <> '{NoEvent}' order by type, seq_id desc
        """;

    /// <param name="connection">Of any database with this version's schema; in a transaction or not.</param>
    /// <returns>How many were read.</returns>
    /// <exception cref="BackupException">One cannot be read.</exception>
    public async Task<int> ReadAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var read = 0;
        foreach (var type in store.Options.AllKnownDocumentTypes())
        {
            var newest = $"select data::text from {type.TableName.QualifiedName} order by ctid desc limit 1";
            foreach (var json in await connection.RowsAsync(newest, r => r.GetString(0), cancel)) read += Read(type.DocumentType, json);
        }
        var kinds = store.Options.Events.AllKnownEventTypes().ToDictionary(e => e.EventTypeName, e => e.EventType);
        foreach (var (name, json) in await connection.RowsAsync(Events, r => (r.GetString(0), r.GetString(1)), cancel))
            read += Read(kinds.GetValueOrDefault(name) ?? throw new BackupException($"No event is known by the name {name}."), json);
        return read;
    }

    private int Read(Type type, string json)
    {
        try
        {
            store.Options.Serializer().FromJson(type, new MemoryStream(Encoding.UTF8.GetBytes(json)));
            return 1;
        }
        catch (Exception e)
        {
            throw new BackupException($"The newest {type.Name} cannot be read: {e.Message}", e);
        }
    }
}
