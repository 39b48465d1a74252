using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Npgsql;

namespace Crm.Tests.Privacy;

/// <summary>What is held of one person is found, and erased, without reading what is held of all others.</summary>
public sealed class HeldAmongManyTests(TestPostgres postgres)
{
    private const int Others = 400;

    [Fact]
    public async Task Neither_the_page_nor_an_erasure_reads_what_others_said()
    {
        await using var life = await WholeLife.LiveAsync(postgres);
        var (app, person) = (life.App, life.Lead.PersonId);
        await AddOthersAsync(app);
        await using var watch = NpgsqlDataSource.Create(app.ConnectionString + ";Pooling=false");
        // Few rows are read whole by itself. So each is read whole only where nothing else finds it.
        var database = new NpgsqlConnectionStringBuilder(app.ConnectionString).Database;
        await DoAsync(watch, $"alter database \"{database}\" set enable_seqscan = off");
        await DoAsync(watch, "vacuum analyze");
        var before = await ReadAsync(watch, app);

        await life.Manager.GetAsync($"/people/{person}/data");
        var page = await life.Manager.SubmitAsync($"form[action='/people/{person}/data/erasure']", new() { ["sure"] = "true" });

        Assert.Contains("Erased as E-0001", page.Text);
        var after = await ReadAsync(watch, app);
        var read = after.Select(t => (Table: t.Key, Rows: t.Value - before[t.Key])).ToList();
        Assert.Contains(read, t => t is ("mt_events", > 0)); // else nothing was counted
        Assert.DoesNotContain(read, t => t.Rows >= Others);
    }

    private static async Task AddOthersAsync(TestApp app)
    {
        await using var session = app.Store.LightweightSession();
        for (var i = 0; i < Others; i++)
        {
            var (lead, email) = (Guid.CreateVersion7(), $"other{i}@mail.example");
            var person = PersonWriter.Register(session, new PersonRegistered(PersonName.FromStored("Somebody Else"),
                [PhoneNumber.FromE164($"+9198471{i:00000}")], EmailAddress.FromStored(email), Standing.Given, "Agreed", "Form"), app.Now());
            session.Events.StartStream<Lead>(lead, new LeadReceived("L-AAAAAA", person.Id, new CourseRef(Guid.Empty, "RAC", "RAC"),
                PreferredTime.Anytime, new LeadSource("Direct"), null)
            { At = app.Clock.Now });
            session.Store(new Enquiry { Id = Guid.CreateVersion7(), PersonId = person.Id, LeadId = lead, Reference = "L-AAAAAA" });
            var message = app.Message(email);
            (message.PersonId, message.LeadId) = (person.Id, lead);
            session.Store(message);
        }
        await session.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    /// <returns>How many rows were ever read of each large table.</returns>
    private static async Task<Dictionary<string, long>> ReadAsync(NpgsqlDataSource watch, TestApp app)
    {
        // What a connection has read is told when it ends.
        app.Get<NpgsqlDataSource>().Clear();
        const string others = """
            select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and query not ilike 'listen%'
            """;
        await Poll.UntilAsync(async () =>
        {
            await using var command = watch.CreateCommand(others);
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is 0L;
        }, "all connections ended");
        await using var command = watch.CreateCommand("""
            select relname::text, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables
            where relname in ('mt_events', 'mt_doc_person', 'mt_doc_lead', 'mt_doc_enquiry', 'mt_doc_outboxmessage', 'mt_doc_enrolment')
            """);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var read = new Dictionary<string, long>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken)) read[rows.GetString(0)] = rows.GetInt64(1);
        return read;
    }

    private static async Task DoAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
