using System.Collections.Concurrent;
using Crm.Assignment;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Enquiries;

/// <summary>An enquiry with what it begins where nothing is known of whose it is.</summary>
/// <param name="Turn">The counsellor whose turn it took.</param>
public sealed record Newcomer(NewEnquiry Enquiry, Enquiry Record, Guid? Turn, ManyAtOnce Rows);

/// <summary>
/// Takes enquiries of people of whom nothing is known, in one round trip: what each begins is made first, and goes in only where the
/// database finds nothing that ties it to anybody. All others go by the intake's own way, one by one. See <c>Decisions/a-crowd.md</c>.
/// </summary>
public sealed class Newcomers(IDocumentStore store, [FromKeyedServices(Newcomers.Connections)] NpgsqlDataSource database,
    LeadWriter leads, CounsellorRota rota, InstituteClock clock, OutboxSignal outbox, DatabaseTroubles troubles, ILogger<Newcomers> logger)
{
    /// <summary>Those of their own, which find at hand what was made for the last one: of many in turn each would make its own.</summary>
    public const string Connections = "newcomers";

    // Nobody is waited for: who has a lock has a number, a form or the name in common with one of these, which then goes alone. Who has
    // all of theirs is kept until the transaction ends, for the next statement: that one sees what others have committed before.
    private static readonly string Lock = Numbered($"""
        select {Intake.Planning}, set_config('enrolment.locked', (
            select coalesce(array_agg(whose), '{Nobody}')::text from unnest(?::int[], ?::text[]) e(whose, keys) where (
                select bool_and(pg_try_advisory_xact_lock(hashtextextended(k, 0))) from unnest(string_to_array(keys, '{Between}')) k)
            ), true)
        """);

    private const string Nobody = "{}";
    private const string Between = "\n"; // stands in no number and in no address

    // "offset 0" has each looked for by its index, one by one: joined, the planner would walk whole tables.
    private const string New = $"""
        new as materialized (
            select whose from unnest(?::int[], ?::uuid[], ?::uuid[], ?::text[], ?::varchar[], ?::varchar[], ?::uuid[])
                e(whose, form, suspected, keys, address, name, course)
            where whose = any(current_setting('enrolment.locked')::int[])
                and not exists (select from {MartenSetup.Schema}.mt_doc_enquiry d where d.id = e.form offset 0)
                and not exists (select from {MartenSetup.Schema}.mt_doc_suspectedenquiry d where d.id = e.suspected offset 0)
                and not exists (select from {MartenSetup.Schema}.mt_doc_person d
                    where d.keys && string_to_array(e.keys, '{Between}')::varchar[] offset 0)
                and not exists (select from {MartenSetup.Schema}.mt_doc_stoppedaddress d where d.id = e.address offset 0)
                and not exists (select from {MartenSetup.Schema}.mt_doc_person d
                    where {Intake.Named} e.name {Intake.AskedFor} e.course {Intake.Since} offset 0))
        """;

    private const string IsNew = "where whose = any(array(select whose from new))";

    // By the tables that they fill: to put one together for each enquiry took a tenth of the program's own time.
    private readonly ConcurrentDictionary<string, string> _statements = new();
    private readonly Arrivals _arrivals = new(leads, rota);

    /// <summary>Makes what it begins; nothing is stored yet.</summary>
    /// <returns>Null where that is more than goes in by one statement.</returns>
    public async Task<Newcomer?> BeginAsync(NewEnquiry enquiry, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var stamp = enquiry.StampAt(clock.Now);
        var reference = enquiry.Reference ?? LeadRules.ReferenceOf(Guid.CreateVersion7(stamp.KnownAt));
        var arriving = new Arriving(session, enquiry, [], EmailIsStopped: false, reference, stamp);
        if (await _arrivals.AddAsync(arriving, arriving.WhoIs(), cancel) is not { } record)
            throw new InvalidOperationException("An enquiry of whom nothing is known continued somebody's.");
        session.Store(record);
        var begun = session.PendingChanges.Streams().SelectMany(s => s.Events);
        var turn = begun.Select(e => e.Data).OfType<LeadReceived>().Single().Counsellor;
        var rows = new ManyAtOnce(session).Begun(Arrivals.DocumentOf).New<Enquiry>().New<OutboxMessage>();
        if (rows.HasAll) return new Newcomer(enquiry, record, turn?.Id, rows);
        if (turn is not null) rota.GiveBack(turn.Id);
        return null;
    }

    /// <returns>In their order, when all of it is durable; null for those that were not taken.</returns>
    public async Task<IReadOnlyList<Enquiry?>> TakeAsync(IReadOnlyList<Newcomer> all)
    {
        HashSet<Newcomer> taken = [];
        try
        {
            taken.UnionWith(await StoreAsync(Apart(all)));
            outbox.Raise(); // which sees what a session stores one by one
        }
        catch (Exception e) when (troubles.In(e) is null)
        {
            // Each is tried by itself then, and says itself what is wrong. A database that is away is nobody's own trouble.
            logger.LogWarning("{Enquiries} enquiries could not be stored together: {Problem}", all.Count,
                e.GetBaseException().Message.Split('\n')[0]);
        }
        foreach (var turn in all.Except(taken).Select(n => n.Turn).OfType<Guid>()) rota.GiveBack(turn);
        return [.. all.Select(n => taken.Contains(n) ? n.Record : null)];
    }

    // Of those with something in common the first: the next may be the same person.
    private static List<Newcomer> Apart(IReadOnlyList<Newcomer> all)
    {
        HashSet<string> before = [];
        List<Newcomer> apart = [];
        foreach (var newcomer in all)
        {
            string[] itsOwn = [.. newcomer.Enquiry.Locks, newcomer.Enquiry.Name.SortKey];
            if (!before.Overlaps(itsOwn)) apart.Add(newcomer);
            before.UnionWith(itsOwn);
        }
        return apart;
    }

    private async Task<IReadOnlyList<Newcomer>> StoreAsync(IReadOnlyList<Newcomer> apart)
    {
        try
        {
            return await TryAsync(apart);
        }
        catch (NpgsqlException e) when (e.InnerException is IOException
            || e is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown })
        {
            // A database that began anew has ended the connections that were kept for it. What is stored after all is found there now.
            database.Clear();
            return await TryAsync(apart);
        }
    }

    /// <returns>Those of whom nothing was known, when they are durable.</returns>
    private async Task<IReadOnlyList<Newcomer>> TryAsync(IReadOnlyList<Newcomer> apart)
    {
        List<NewEnquiry> all = [.. apart.Select(n => n.Enquiry)];
        int[] whose = [.. Enumerable.Range(0, all.Count)];
        var inserts = ManyAtOnce.InsertsOf([.. apart.Select(n => n.Rows)], IsNew);
        await using var connection = await database.OpenConnectionAsync();
        // Without a transaction of their own these are one, which ends with the last of them.
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(Command(Lock, [whose, all.Select(e => string.Join(Between, e.Locks)).ToArray()]));
        batch.BatchCommands.Add(Command(_statements.GetOrAdd(string.Join(' ', inserts.Select(i => i.Table)), StatementOf, inserts),
            [whose, .. TiesOf(all), .. inserts.SelectMany(table => table.Values)]));
        await using var rows = await batch.ExecuteReaderAsync();
        List<Newcomer> taken = [];
        await rows.NextResultAsync();
        while (await rows.ReadAsync()) taken.Add(apart[rows.GetInt32(0)]);
        await rows.NextResultAsync(); // the end, at which all of it is durable
        return taken;
    }

    private object[] TiesOf(IReadOnlyList<NewEnquiry> all) =>
    [
        all.Select(e => e.FormId).ToArray(), all.Select(e => SuspectedEnquiry.IdOf(e.FormId, e.Name)).ToArray(),
        all.Select(e => string.Join(Between, e.Keys)).ToArray(),
        all.Select(e => e.Email is { } email ? StoppedAddress.IdOf(email.Text) : null).ToArray(),
        all.Select(e => Intake.IsWhole(e.Name) ? e.Name.SortKey : null).ToArray(), all.Select(e => e.Course.Id).ToArray(),
        clock.Now - Intake.SomeDays,
    ];

    private static string StatementOf(string _, IReadOnlyList<ManyAtOnce.Insert> inserts) =>
        Numbered($"with {New}, {string.Join(", ", inserts.Select((i, n) => $"table{n} as ({i.Sql})"))} select whose from new");

    private static string Numbered(string sql) => string.Concat(sql.Split('?').Select((part, i) => i == 0 ? part : $"${i}{part}"));

    private static NpgsqlBatchCommand Command(string sql, IEnumerable<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
