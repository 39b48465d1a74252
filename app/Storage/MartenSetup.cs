using Crm.Accounts;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Leads;
using Crm.Messages;
using JasperFx;
using JasperFx.Events.Projections;
using Marten;
using Marten.Schema;
using Npgsql;
using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;

namespace Crm.Storage;

/// <summary>What Marten stores and how it is indexed. The migrations must produce exactly this: a test compares them.</summary>
public static class MartenSetup
{
    public const string Schema = "enrolment";

    /// <summary>The connections that Marten works with. What the connection string says of preparing and resetting is left as it is.</summary>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Marten's statements repeat word for word: parsing and planning each of them anew cost more than running them.
        if (!settings.ShouldSerialize("Max Auto Prepare")) settings.MaxAutoPrepare = 100;
        // Nothing here sets anything for a session that the next one must not find.
        if (!settings.ShouldSerialize("No Reset On Close")) settings.NoResetOnClose = true;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    public static void Configure(StoreOptions options, NpgsqlDataSource source)
    {
        options.Connection(source);
        options.DatabaseSchemaName = Schema;
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString);
        options.Storage.ExtendedSchemaObjects.Add(new Extension("pg_trgm"));

        options.Projections.Snapshot<Lead>(SnapshotLifecycle.Inline);
        // Duplicating a field brings an index of it: each is shaped into one that a page of the list or a queue reads,
        // ending in the id that breaks ties between pages.
        options.Schema.For<Lead>()
            .Duplicate(x => x.Stage, pgType: "varchar", configure: Then("received_at, id"))
            .Duplicate(x => x.CounsellorId, configure: Then("received_at, id"))
            .Duplicate(x => x.CourseId, configure: Then("received_at, id"))
            .Duplicate(x => x.SourceName, configure: Then("received_at, id"))
            .Duplicate(x => x.ReceivedAt, configure: Then("id"))
            .Duplicate(x => x.LastActivityAt, configure: Then("id"))
            .Duplicate(x => x.Name, configure: Then("id"))
            .Duplicate(x => x.FollowUpDueAt, configure: Then("id"))
            .Duplicate(x => x.Phone)
            .Duplicate(x => x.SearchText, configure: i =>
            {
                i.Method = IndexMethod.gin;
                i.Mask = "? gin_trgm_ops";
            });

        options.Schema.For<Enquiry>();
        options.Schema.For<Course>().UniqueIndex(x => x.Code);
        options.Schema.For<Batch>().UniqueIndex(x => x.Code).Index(x => x.CourseId);
        options.Schema.For<Crm.Enrolments.Enrolment>()
            .UniqueIndex(x => x.LeadId)
            .UniqueIndex(x => x.RollNumber)
            .Index(x => x.BatchId);
        options.Schema.For<OutboxMessage>()
            .Duplicate(x => x.Status, pgType: "varchar", configure: Then("due_at"))
            .Duplicate(x => x.DueAt)
            .Index(x => x.LeadId!);
        options.Schema.For<User>().UniqueIndex(x => x.NormalizedEmail);

        options.Events.AddEventTypes(typeof(ILeadEvent).Assembly.GetTypes()
            .Where(t => t is { IsAbstract: false } && typeof(ILeadEvent).IsAssignableFrom(t)));
    }

    // The mask is where Weasel lets the columns be written: "?" stands for the duplicated one.
    private static Action<DocumentIndex> Then(string columns) => index => index.Mask = $"?, {columns}";
}
