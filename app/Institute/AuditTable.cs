using Crm.Storage;
using Marten;
using Weasel.Postgresql;
using Weasel.Postgresql.Functions;
using Weasel.Postgresql.Tables;

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

    private static readonly TableTriggers Guards = new(Name,
        ("audit_lines", $"""
            CREATE OR REPLACE TRIGGER audit_lines BEFORE UPDATE OR DELETE ON {Name}
              FOR EACH ROW EXECUTE FUNCTION {MartenSetup.Schema}.audit_guard()
            """),
        ("audit_whole", $"""
            CREATE OR REPLACE TRIGGER audit_whole BEFORE TRUNCATE ON {Name}
              FOR EACH STATEMENT EXECUTE FUNCTION {MartenSetup.Schema}.audit_guard()
            """));

    public static void AddAudit(this StoreOptions options) =>
        options.Storage.ExtendedSchemaObjects.AddRange([Table(), Function.ForSql(Guarding), Guards, Function.ForSql(Thinning)]);

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
}
