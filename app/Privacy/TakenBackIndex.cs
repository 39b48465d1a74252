using System.Data.Common;
using Crm.Storage;
using JasperFx.Events;
using Marten;
using Weasel.Core;
using Weasel.Core.Migrations;
using Weasel.Postgresql;
using DbCommandBuilder = Weasel.Core.DbCommandBuilder;

namespace Crm.Privacy;

/// <summary>
/// Finds what was taken back with the change that had brought it: of it there are events, and no record. Few are, among many events, so
/// they have an index of their own.
/// </summary>
internal sealed class TakenBackIndex(StoreOptions options) : FeatureSchemaBase("taken_back", options.Advanced.Migrator)
{
    public const string Name = "mt_events_idx_taken_back";

    /// <summary>The condition on an event that nothing is left of what its stream tells.</summary>
    public const string Is = $"type in ('{Lead}', '{Seat}', '{Person}') and (data ->> 'As') is null";

    /// <summary>The types of these events.</summary>
    public const string Lead = "lead_restored", Seat = "seat_restored", Person = "person_restored";

    /// <summary>Whose it was; null for a person.</summary>
    public const string Whose = "(data ->> 'PersonId')::uuid";

    private const string Events = $"{MartenSetup.Schema}.mt_events";

    public override Type StorageType => typeof(TakenBackIndex);

    public override IEnumerable<Type> DependentTypes() => [typeof(IEvent)];

    protected override IEnumerable<ISchemaObject> schemaObjects() => [new EventIndex()];

    // Marten knows no index of its table of events but its own: one that it does not make it has to be told to leave.
    private sealed class EventIndex : ISchemaObject
    {
        public DbObjectName Identifier { get; } = PostgresqlProvider.Instance.Parse(MartenSetup.Schema, Name);

        public void WriteCreateStatement(Migrator migrator, TextWriter writer) =>
            writer.WriteLine($"CREATE INDEX IF NOT EXISTS {Name} ON {Events} USING btree (({Whose})) WHERE {Is};");

        public void WriteDropStatement(Migrator rules, TextWriter writer) =>
            writer.WriteLine($"DROP INDEX IF EXISTS {MartenSetup.Schema}.{Name};");

        public void ConfigureQueryCommand(DbCommandBuilder builder) =>
            builder.Append($"select to_regclass('{MartenSetup.Schema}.{Name}') is not null;");

        public async Task<ISchemaObjectDelta> CreateDeltaAsync(DbDataReader reader, CancellationToken ct = default)
        {
            var there = await reader.ReadAsync(ct) && await reader.GetFieldValueAsync<bool>(0, ct);
            return new SchemaObjectDelta(this, there ? SchemaPatchDifference.None : SchemaPatchDifference.Create);
        }

        public IEnumerable<DbObjectName> AllNames() => [Identifier];
    }
}
