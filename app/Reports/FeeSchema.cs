using Crm.Fees;
using Crm.Seats;
using Crm.Storage;
using Marten;
using Weasel.Core;
using Weasel.Core.Migrations;
using Weasel.Postgresql.Functions;
using Weasel.Postgresql.Tables;

namespace Crm.Reports;

/// <summary>The flat tables of the fees, kept as those of the funnel are: a line for each entry of the books and each seat that is agreed,
/// in its transaction, and the sums of days and months.</summary>
internal sealed class FeeSchema(StoreOptions options) : FeatureSchemaBase("fee_figures", options.Advanced.Migrator)
{
    public const string Changes = $"{MartenSetup.Schema}.fee_changes", Spans = $"{MartenSetup.Schema}.fee_spans";
    public const string Ledger = $"{MartenSetup.Schema}.mt_doc_ledgerentry";

    /// <summary>What an entry or a seat adds to, as a line has it; amounts in paise.</summary>
    public static readonly IReadOnlyList<string> Sums =
        ["receipts", "received", "reversed", "refunded", "moved", "agreed", "seats", "known"];

    /// <summary>What the books say of entries, in the order of a line. A seat says nothing of it.</summary>
    public const string OfEntry = """
        (entry ->> 'Day')::date, entry ->> 'Way', (entry ->> 'CourseId')::uuid, (entry ->> 'BatchId')::uuid,
            coalesce(entry -> 'By' ->> 'UserId', entry ->> 'By'), coalesce(entry -> 'By' ->> 'Name', entry ->> 'By'),
            case when entry ->> 'Kind' = 'Payment' then sign else 0 end,
            case when entry ->> 'Kind' = 'Payment' then sign * (entry ->> 'Amount')::bigint else 0 end,
            case when entry ->> 'Kind' in ('Void', 'Bounce') then -sign * (entry ->> 'Amount')::bigint else 0 end,
            case when entry ->> 'Kind' in ('Refund', 'RefundReversal') then -sign * (entry ->> 'Amount')::bigint else 0 end,
            case when entry ->> 'Kind' = 'Transfer' then sign * (entry ->> 'Amount')::bigint else 0 end, 0, 0, 0
        """;

    public const string OfSeat = $"""
        null::date, null::varchar, null::uuid, (seat ->> 'BatchId')::uuid, null::varchar, null::varchar, 0, 0, 0, 0, 0,
            sign * ({FunnelSchema.Net}), sign * (seat ->> 'Left' is null)::int, sign
        """;

    private const string EntryFunction = $"""
        CREATE OR REPLACE FUNCTION {MartenSetup.Schema}.fee_entry()
         RETURNS trigger
         LANGUAGE plpgsql
        AS $function$
        begin
            insert into {Changes} select {OfEntry}
            from unnest(array[old.data, new.data], array[-1, 1]) e(entry, sign) where entry is not null;
            return null;
        end;
        $function$;
        """;

    private const string SeatFunction = $"""
        CREATE OR REPLACE FUNCTION {MartenSetup.Schema}.fee_seat()
         RETURNS trigger
         LANGUAGE plpgsql
        AS $function$
        begin
            insert into {Changes} select {OfSeat}
            from unnest(array[old.data, new.data], array[-1, 1]) s(seat, sign) where seat is not null;
            return null;
        end;
        $function$;
        """;

    private static readonly TableTriggers EntryTrigger = new(Ledger,
        ("fee_entry_rows", $"""
            CREATE OR REPLACE TRIGGER fee_entry_rows AFTER INSERT OR UPDATE OR DELETE ON {Ledger}
              FOR EACH ROW EXECUTE FUNCTION {MartenSetup.Schema}.fee_entry()
            """));

    private static readonly TableTriggers SeatTriggers = new(FunnelSchema.Seats,
        ("fee_seat_rows", $"""
            CREATE OR REPLACE TRIGGER fee_seat_rows AFTER INSERT OR DELETE ON {FunnelSchema.Seats}
              FOR EACH ROW EXECUTE FUNCTION {MartenSetup.Schema}.fee_seat()
            """),
        ("fee_seat_moves", $"""
            CREATE OR REPLACE TRIGGER fee_seat_moves AFTER UPDATE ON {FunnelSchema.Seats}
              FOR EACH ROW WHEN ({FunnelSchema.OtherNet} or {FunnelSchema.Other("BatchId")} or {FunnelSchema.Other("Left")})
              EXECUTE FUNCTION {MartenSetup.Schema}.fee_seat()
            """));

    public override Type StorageType => typeof(FeeSchema);

    public override IEnumerable<Type> DependentTypes() => [typeof(LedgerEntry), typeof(Enrolment)];

    protected override IEnumerable<ISchemaObject> schemaObjects() => [ChangesTable(), SpansTable(), Function.ForSql(EntryFunction),
        Function.ForSql(SeatFunction), EntryTrigger, SeatTriggers];

    private static Table ChangesTable()
    {
        var table = new Table(Changes);
        table.AddColumn("day", "date");
        table.AddColumn("way", "varchar");
        table.AddColumn<Guid>("course_id");
        table.AddColumn<Guid>("batch_id");
        table.AddColumn("cashier", "varchar");
        table.AddColumn("label", "varchar");
        foreach (var sum in Sums) table.AddColumn<long>(sum).NotNull();
        return table;
    }

    private static Table SpansTable()
    {
        var table = new Table(Spans);
        table.AddColumn("length", "varchar").AsPrimaryKey();
        table.AddColumn("starts", "date").AsPrimaryKey();
        table.AddColumn("kind", "varchar").AsPrimaryKey();
        table.AddColumn("name", "varchar").AsPrimaryKey();
        table.AddColumn("label", "varchar");
        table.AddColumn<long>("lines").NotNull();
        foreach (var sum in Sums) table.AddColumn<long>(sum).NotNull();
        return table;
    }
}
