using Crm.Leads;
using Crm.Seats;
using Crm.Storage;
using Marten;
using Weasel.Core;
using Weasel.Core.Migrations;
using Weasel.Postgresql.Functions;
using Weasel.Postgresql.Tables;

namespace Crm.Reports;

/// <summary>
/// The flat tables of the funnel, and the triggers that keep them. Every lead and seat that is written, by whatever, adds a line to the
/// changes in the same transaction; <see cref="FunnelBooks"/> folds lines into days, months and years. See <c>flat-tables.md</c>.
/// </summary>
internal sealed class FunnelSchema(StoreOptions options) : FeatureSchemaBase("funnel", options.Advanced.Migrator)
{
    /// <summary>A line for each change: what it adds to the figures of the day, source and counsellor of its lead.</summary>
    public const string Changes = $"{MartenSetup.Schema}.funnel_changes";

    /// <summary>The figures of days, months and years, by source and by counsellor. What was told last is in the changes alone.</summary>
    public const string Spans = $"{MartenSetup.Schema}.funnel_spans";

    /// <summary>In whose days the spans are: one row, or none where nothing was folded yet.</summary>
    public const string Zone = $"{MartenSetup.Schema}.funnel_zone";

    public const string Leads = $"{MartenSetup.Schema}.mt_doc_lead", Seats = $"{MartenSetup.Schema}.mt_doc_enrolment";

    /// <summary>What is agreed for a seat, of its document, in paise.</summary>
    public const string Net = "(seat ->> 'Fee')::bigint - (seat ->> 'Discount')::bigint + (seat ->> 'Tax')::bigint "
        + "- (seat ->> 'Waived')::bigint";

    // A line is one lead, taken away as it was and added as it is. Where day, source and counsellor are the same and the first contact is
    // not another, one line says the difference. What is agreed goes with the lead where that goes elsewhere.
    private const string OfLeads = $"""
        CREATE OR REPLACE FUNCTION {MartenSetup.Schema}.funnel_lead()
         RETURNS trigger
         LANGUAGE plpgsql
        AS $function$
        declare
            agreed bigint;
        begin
            if tg_op = 'UPDATE' then
                if old.received_at = new.received_at and old.source_name = new.source_name
                    and old.counsellor_id is not distinct from new.counsellor_id
                    and (old.data ->> 'ContactedAt' is null or old.data ->> 'ContactedAt' = new.data ->> 'ContactedAt') then
                    insert into {Changes}
                    values (new.received_at, new.source_name, new.counsellor_id, 0,
                        (new.data ->> 'ContactedAt' is not null)::int - (old.data ->> 'ContactedAt' is not null)::int,
                        round(extract(epoch from (new.data ->> 'ContactedAt')::timestamptz - new.received_at) * 1000),
                        (new.data ->> 'CounselledAt' is not null)::int - (old.data ->> 'CounselledAt' is not null)::int,
                        (new.data ->> 'OfferedAt' is not null)::int - (old.data ->> 'OfferedAt' is not null)::int,
                        (new.data ->> 'EnrolledAt' is not null)::int - (old.data ->> 'EnrolledAt' is not null)::int,
                        (new.stage = 'Lost')::int - (old.stage = 'Lost')::int, 0);
                    return null;
                end if;
            end if;
            select coalesce(sum({Net}), 0) into agreed
            from (select data as seat from {Seats} where lead_id = old.id) seats;
            insert into {Changes}
            values (old.received_at, old.source_name, old.counsellor_id, -1,
                -(old.data ->> 'ContactedAt' is not null)::int,
                round(extract(epoch from (old.data ->> 'ContactedAt')::timestamptz - old.received_at) * 1000),
                -(old.data ->> 'CounselledAt' is not null)::int, -(old.data ->> 'OfferedAt' is not null)::int,
                -(old.data ->> 'EnrolledAt' is not null)::int, -(old.stage = 'Lost')::int, -agreed);
            if tg_op <> 'DELETE' then
                insert into {Changes}
                values (new.received_at, new.source_name, new.counsellor_id, 1,
                    (new.data ->> 'ContactedAt' is not null)::int,
                    round(extract(epoch from (new.data ->> 'ContactedAt')::timestamptz - new.received_at) * 1000),
                    (new.data ->> 'CounselledAt' is not null)::int, (new.data ->> 'OfferedAt' is not null)::int,
                    (new.data ->> 'EnrolledAt' is not null)::int, (new.stage = 'Lost')::int, agreed);
            end if;
            return null;
        end;
        $function$;
        """;

    // The lines of all leads that one statement brings: a crowd or a file has many.
    private const string OfBegun = $"""
        CREATE OR REPLACE FUNCTION {MartenSetup.Schema}.funnel_begun()
         RETURNS trigger
         LANGUAGE plpgsql
        AS $function$
        begin
            insert into {Changes}
            select l.received_at, l.source_name, l.counsellor_id, 1,
                (l.data ->> 'ContactedAt' is not null)::int,
                round(extract(epoch from (l.data ->> 'ContactedAt')::timestamptz - l.received_at) * 1000),
                (l.data ->> 'CounselledAt' is not null)::int, (l.data ->> 'OfferedAt' is not null)::int,
                (l.data ->> 'EnrolledAt' is not null)::int, (l.stage = 'Lost')::int,
                coalesce((select sum({Net}) from (select data as seat from {Seats} where lead_id = l.id) seats), 0)
            from begun l;
            return null;
        end;
        $function$;
        """;

    // What is agreed counts where the lead is. The lead waits meanwhile: who gives it to another has moved what was agreed before, or
    // moves what is agreed now.
    private const string OfSeats = $"""
        CREATE OR REPLACE FUNCTION {MartenSetup.Schema}.funnel_seat()
         RETURNS trigger
         LANGUAGE plpgsql
        AS $function$
        begin
            insert into {Changes}
            select l.received_at, l.source_name, l.counsellor_id, 0, 0, null, 0, 0, 0, 0, sign * ({Net})
            from unnest(array[old.data, new.data], array[-1, 1]) seats(seat, sign)
            join {Leads} l on l.id = (seat ->> 'LeadId')::uuid
            for share of l;
            return null;
        end;
        $function$;
        """;

    /// <summary>Whether what is agreed for a seat is another than it was.</summary>
    public static string OtherNet => string.Join(" or ", new[] { "Fee", "Discount", "Tax", "Waived" }.Select(Other));

    private static readonly TableTriggers LeadTriggers = new(Leads,
        ("funnel_lead_begun", $"""
            CREATE OR REPLACE TRIGGER funnel_lead_begun AFTER INSERT ON {Leads}
              REFERENCING NEW TABLE AS begun
              FOR EACH STATEMENT EXECUTE FUNCTION {MartenSetup.Schema}.funnel_begun()
            """),
        ("funnel_lead_rows", $"""
            CREATE OR REPLACE TRIGGER funnel_lead_rows AFTER DELETE ON {Leads}
              FOR EACH ROW EXECUTE FUNCTION {MartenSetup.Schema}.funnel_lead()
            """),
        ("funnel_lead_moves", $"""
            CREATE OR REPLACE TRIGGER funnel_lead_moves AFTER UPDATE ON {Leads}
              FOR EACH ROW WHEN (old.received_at is distinct from new.received_at or old.source_name is distinct from new.source_name
                or old.counsellor_id is distinct from new.counsellor_id or old.stage is distinct from new.stage
                or {Other("ContactedAt")} or {Other("CounselledAt")} or {Other("OfferedAt")} or {Other("EnrolledAt")})
              EXECUTE FUNCTION {MartenSetup.Schema}.funnel_lead()
            """));

    private static readonly TableTriggers SeatTriggers = new(Seats,
        ("funnel_seat_rows", $"""
            CREATE OR REPLACE TRIGGER funnel_seat_rows AFTER INSERT OR DELETE ON {Seats}
              FOR EACH ROW EXECUTE FUNCTION {MartenSetup.Schema}.funnel_seat()
            """),
        ("funnel_seat_moves", $"""
            CREATE OR REPLACE TRIGGER funnel_seat_moves AFTER UPDATE ON {Seats}
              FOR EACH ROW WHEN ({Other("LeadId")} or {OtherNet})
              EXECUTE FUNCTION {MartenSetup.Schema}.funnel_seat()
            """));

    public override Type StorageType => typeof(FunnelSchema);

    public override IEnumerable<Type> DependentTypes() => [typeof(Lead), typeof(Enrolment)];

    protected override IEnumerable<ISchemaObject> schemaObjects() =>
    [
        ChangesTable(), SpansTable(), ZoneTable(), Function.ForSql(OfLeads), Function.ForSql(OfBegun), Function.ForSql(OfSeats),
        LeadTriggers, SeatTriggers,
    ];

    /// <summary>Whether a field of a document is another than it was.</summary>
    public static string Other(string field) => $"old.data -> '{field}' is distinct from new.data -> '{field}'";

    // Nothing but added to until it is folded: two enquiries at once never wait for each other.
    private static Table ChangesTable()
    {
        var table = new Table(Changes);
        table.AddColumn<DateTimeOffset>("received_at");
        table.AddColumn("source", "varchar");
        table.AddColumn<Guid>("counsellor_id");
        table.AddColumn("enquiries", "smallint").NotNull();
        table.AddColumn("contacted", "smallint").NotNull();
        // Milliseconds from the enquiry to the first contact; counts only where "contacted" is not zero.
        table.AddColumn<long>("wait");
        foreach (var stage in new[] { "counselled", "offered", "enrolled", "lost" }) table.AddColumn(stage, "smallint").NotNull();
        table.AddColumn<long>("fees").NotNull();
        return table;
    }

    private static Table SpansTable()
    {
        var table = new Table(Spans);
        table.AddColumn("length", "varchar").AsPrimaryKey();
        table.AddColumn("starts", "date").AsPrimaryKey();
        table.AddColumn("kind", "varchar").AsPrimaryKey();
        table.AddColumn("name", "varchar").AsPrimaryKey();
        foreach (var count in new[] { "enquiries", "contacted", "counselled", "offered", "enrolled", "lost" })
            table.AddColumn<int>(count).NotNull();
        table.AddColumn<long>("fees").NotNull();
        // First contacts by how long they took: a bucket of ContactTimes, how many are in it, and their milliseconds together.
        table.AddColumn("buckets", "smallint[]").NotNull();
        table.AddColumn("counts", "integer[]").NotNull();
        table.AddColumn("waits", "bigint[]").NotNull();
        return table;
    }

    private static Table ZoneTable()
    {
        var table = new Table(Zone);
        table.AddColumn("zone", "varchar").AsPrimaryKey();
        return table;
    }
}
