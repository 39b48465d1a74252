using System.Data.Common;
using Crm.Storage;
using Marten;
using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Postgresql.Functions;
using Weasel.Postgresql.Tables;
using DbCommandBuilder = Weasel.Core.DbCommandBuilder;

namespace Crm.Institute;

/// <summary>The audit's table, with what keeps it from being changed.</summary>
internal static class AuditTable
{
    public const string Thin = $"{MartenSetup.Schema}.audit_thin";

    private const string Name = $"{MartenSetup.Schema}.audit_entries";

    // Written as PostgreSQL shows it again: so the schema is compared.
    private const string Guarding = $"""
        CREATE OR REPLACE FUNCTION {MartenSetup.Schema}.audit_guard()
         RETURNS trigger
         LANGUAGE plpgsql
        AS $function$
        begin
            if tg_op = 'DELETE' then
                if old.at < now() - interval '365 days' and current_setting('enrolment.audit_thinning', true) = 'on' then
                    return old;
                end if;
            end if;
            raise exception 'The audit is only added to: % is refused.', tg_op using errcode = 'restrict_violation';
        end;
        $function$;
        """;

    private const string Thinning = $"""
        CREATE OR REPLACE FUNCTION {Thin}(before timestamp with time zone)
         RETURNS bigint
         LANGUAGE plpgsql
        AS $function$
        declare
            gone bigint;
        begin
            perform set_config('enrolment.audit_thinning', 'on', true);
            delete from {Name} where at < before;
            get diagnostics gone = row_count;
            perform set_config('enrolment.audit_thinning', 'off', true);
            return gone;
        end;
        $function$;
        """;

    private const string Triggers = $"""
        CREATE OR REPLACE TRIGGER audit_lines BEFORE UPDATE OR DELETE ON {Name}
          FOR EACH ROW EXECUTE FUNCTION {MartenSetup.Schema}.audit_guard();
        CREATE OR REPLACE TRIGGER audit_whole BEFORE TRUNCATE ON {Name}
          FOR EACH STATEMENT EXECUTE FUNCTION {MartenSetup.Schema}.audit_guard();
        """;

    private const string Dropping = $"DROP TRIGGER IF EXISTS audit_lines ON {Name}; DROP TRIGGER IF EXISTS audit_whole ON {Name};";

    public static void AddAudit(this StoreOptions options) =>
        options.Storage.ExtendedSchemaObjects.AddRange([Table(), Function.ForSql(Guarding), new Guards(), Function.ForSql(Thinning)]);

    private static Table Table()
    {
        var table = new Table(Name);
        table.AddColumn<Guid>("id").AsPrimaryKey();
        table.AddColumn<DateTimeOffset>("at").NotNull();
        table.AddColumn("kind", "varchar").NotNull();
        table.AddColumn("by_kind", "varchar").NotNull();
        table.AddColumn<Guid>("by_id");
        table.AddColumn("by_name", "varchar").NotNull();
        table.AddColumn<Guid>("whom");
        table.AddColumn("what", "varchar").NotNull();
        table.AddColumn<int>("count");
        table.AddColumn("address", "varchar");
        table.Indexes.Add(new IndexDefinition("audit_entries_at") { Columns = ["at", "id"] });
        table.Indexes.Add(new IndexDefinition("audit_entries_by") { Columns = ["by_id", "at"] });
        table.Indexes.Add(new IndexDefinition("audit_entries_whom") { Columns = ["whom", "at"] });
        return table;
    }

    // Weasel knows tables and functions. Triggers it only has to make, and to see that they are there.
    private sealed class Guards : ISchemaObject
    {
        private const int Count = 2;

        public DbObjectName Identifier { get; } =
            PostgresqlProvider.Instance.Parse(MartenSetup.Schema, "audit_lines");

        public void WriteCreateStatement(Migrator migrator, TextWriter writer) => writer.WriteLine(Triggers);

        public void WriteDropStatement(Migrator rules, TextWriter writer) => writer.WriteLine(Dropping);

        public void ConfigureQueryCommand(DbCommandBuilder builder) => builder.Append(
            $"select count(*) from pg_trigger where tgrelid = to_regclass('{Name}') and tgenabled = 'O' and not tgisinternal;");

        public async Task<ISchemaObjectDelta> CreateDeltaAsync(DbDataReader reader, CancellationToken ct = default)
        {
            var there = await reader.ReadAsync(ct) ? await reader.GetFieldValueAsync<long>(0, ct) : 0;
            return new SchemaObjectDelta(this, there == Count ? SchemaPatchDifference.None : SchemaPatchDifference.Create);
        }

        public IEnumerable<DbObjectName> AllNames() => [Identifier];
    }
}
