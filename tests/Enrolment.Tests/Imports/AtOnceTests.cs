using System.Text.Json;
using Crm.Enquiries;
using Crm.Leads;
using Crm.People;
using Marten;
using Npgsql;

namespace Crm.Tests.Imports;

/// <summary>Rows that go in at once are stored as Marten stores what comes alone, in every column.</summary>
public sealed class AtOnceTests(TestPostgres postgres)
{
    [Fact]
    public async Task What_goes_in_with_others_is_stored_as_what_comes_alone()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var app = desk.App;
        await app.TellAsync("Anu George", app.Clock.Now); // by Marten alone
        var ways = await StreamsAsync(app);
        await desk.DropSampleAsync("office-register.xlsx");
        await desk.MapAsync(("“Medical Coding”", "Foundation"), ("“ICD 10”", "ICD-10-CM"));
        await desk.ImportAsync();

        var before = await DocumentsAsync(app);
        await StoreAgainAsync(app);

        Assert.Equal(await DocumentsAsync(app), before);
        Assert.Equal(42 + 42 + 43, before.Count); // one of those in the file comes twice
        // Streams of the same kinds with the same marks, whichever way they went in.
        Assert.Equal(ways, await StreamsAsync(app));
        Assert.Equal(["{\"bdata\": null, \"tenant_id\": \"*DEFAULT*\", \"is_archived\": false}"], (await RowsAsync(app, "mt_events",
            "seq_id", "id", "stream_id", "version", "data", "type", "timestamp", "mt_dotnet_type")).Distinct());
    }

    private static async Task<IReadOnlyList<string>> StreamsAsync(TestApp app) =>
        [.. (await RowsAsync(app, "mt_streams", "id", "version", "timestamp", "created")).Distinct()];

    private static async Task<IReadOnlyList<string>> DocumentsAsync(TestApp app) =>
    [
        .. await RowsAsync(app, "mt_doc_person"), .. await RowsAsync(app, "mt_doc_lead"), .. await RowsAsync(app, "mt_doc_enquiry"),
    ];

    // Each document as its stream's events tell it, which is what was stored; and its columns as Marten fills them.
    private static async Task StoreAgainAsync(TestApp app)
    {
        await using var session = app.Store.LightweightSession();
        foreach (var person in await app.AllAsync<Person>())
            session.Store(Told(person, await session.Events.AggregateStreamAsync<Person>(person.Id)));
        foreach (var lead in await app.AllAsync<Lead>())
            session.Store(Told(lead, await session.Events.AggregateStreamAsync<Lead>(lead.Id)));
        foreach (var enquiry in await app.AllAsync<Enquiry>()) session.Store(enquiry);
        await session.SaveChangesAsync();
    }

    private static T Told<T>(T stored, T? told)
    {
        Assert.Equal(JsonSerializer.Serialize(told), JsonSerializer.Serialize(stored));
        return stored;
    }

    /// <param name="without">Columns that are another's each time.</param>
    private static async Task<IReadOnlyList<string>> RowsAsync(TestApp app, string table, params string[] without)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand($"select (to_jsonb(t) - $1)::text from enrolment.{table} t order by 1");
        command.Parameters.Add(new() { Value = without });
        await using var rows = await command.ExecuteReaderAsync();
        var read = new List<string>();
        while (await rows.ReadAsync()) read.Add(rows.GetString(0));
        return read;
    }
}
