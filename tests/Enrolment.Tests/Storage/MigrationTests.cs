using Crm.Courses;
using Crm.Storage;
using Marten;
using Marten.Exceptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Weasel.Core.Migrations;

namespace Crm.Tests.Storage;

/// <summary>The scripts in <c>migrations/</c> make exactly the schema that Marten is configured for, once.</summary>
public sealed class MigrationTests(TestPostgres postgres)
{
    [Fact]
    public async Task The_scripts_make_what_Marten_expects()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        await Migrations.ApplyAsync(database, NullLogger.Instance);

        await using var store = (DocumentStore)StoreOn(database);
        await store.Storage.Database.AssertDatabaseMatchesConfigurationAsync();
    }

    [Theory]
    [InlineData("drop index enrolment.mt_doc_lead_idx_stage")]
    [InlineData("drop index enrolment.mt_doc_course_uidx_code")]
    [InlineData("alter table enrolment.mt_doc_outboxmessage drop column due_at")]
    [InlineData("drop table enrolment.mt_doc_enquiry")]
    public async Task A_schema_that_differs_is_told_from_it(string change)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await using var store = (DocumentStore)StoreOn(database);
        await using (var command = source.CreateCommand(change)) await command.ExecuteNonQueryAsync();

        await Assert.ThrowsAsync<DatabaseValidationException>(() => store.Storage.Database.AssertDatabaseMatchesConfigurationAsync());
    }

    [Fact]
    public async Task Applied_again_nothing_is_applied()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await Migrations.ApplyAsync(database, NullLogger.Instance);
        var journal = await JournalAsync(database);
        var log = new Recorder();

        await Migrations.ApplyAsync(database, log);

        Assert.Equal(["migrations/0001-initial.sql"], journal.Select(j => j.Script));
        Assert.Equal(journal, await JournalAsync(database));
        Assert.Empty(log.Messages);
    }

    [Fact]
    public async Task Starting_at_once_on_an_empty_database_applies_each_script_once()
    {
        // Idle connections live as long as in a real start: one that kept the lock would keep the others waiting.
        var database = new NpgsqlConnectionStringBuilder(
            await postgres.CreateEmptyDatabaseAsync())
        { ConnectionIdleLifetime = 300 }.ConnectionString;
        var log = new Recorder();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Migrations.ApplyAsync(database, log))));

        var scripts = (await JournalAsync(database)).Select(j => j.Script).ToList();
        Assert.Equal(scripts.Distinct(), scripts);
        Assert.Equal(scripts.Select(s => $"Applied {s}"), log.Messages.Where(m => m.StartsWith("Applied", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_start_that_waits_for_another_says_so()
    {
        var database = await postgres.CreateDatabaseAsync();
        var log = new Recorder();
        var other = await StartGate.PassAsync(database, NullLogger.Instance, default);

        var waiting = Migrations.ApplyAsync(database, log);
        await Poll.UntilAsync(() => Task.FromResult(!log.Messages.IsEmpty), "a word");
        Assert.False(waiting.IsCompleted);
        await other.DisposeAsync();
        await waiting;

        Assert.Equal("Another Enrolment prepares this database; waiting until it is done", Assert.Single(log.Messages));
    }

    [Fact]
    public async Task Without_the_schema_storing_fails_and_makes_none()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await using var store = (DocumentStore)StoreOn(database);
        await using var session = store.LightweightSession();
        session.Store(new Course { Id = Guid.CreateVersion7(), Code = "CPC" });

        var failed = await Assert.ThrowsAnyAsync<MartenException>(() => session.SaveChangesAsync());

        Assert.Contains("mt_doc_course", failed.ToString());
        await using var schemas = source.CreateCommand("select count(*) from information_schema.schemata where schema_name = 'enrolment'");
        Assert.Equal(0L, await schemas.ExecuteScalarAsync());
    }

    private sealed class Recorder : ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Messages { get; } = new();

        public void Log<T>(LogLevel level, EventId id, T state, Exception? e, Func<T, Exception?, string> format) =>
            Messages.Enqueue(format(state, e));
        public bool IsEnabled(LogLevel level) => true;
        public IDisposable? BeginScope<T>(T state) where T : notnull => null;
    }

    // The store that the app itself would use on that database, as its rooms describe it.
    private static IDocumentStore StoreOn(string database)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string,
            string?>
        { ["Data:Folder"] = Path.GetTempPath(), ["Jobs:Enabled"] = "false" });
        EnrolmentApp.AddServices(builder, database);
        return builder.Services.BuildServiceProvider().GetRequiredService<IDocumentStore>();
    }

    private static async Task<IReadOnlyList<(string Script, DateTime At)>> JournalAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select scriptname, applied from public.schema_migrations order by scriptname");
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(string, DateTime)>();
        while (await reader.ReadAsync()) rows.Add((reader.GetString(0), reader.GetDateTime(1)));
        return rows;
    }
}
