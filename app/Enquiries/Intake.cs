using Crm.Assignment;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using Marten;
using Marten.Services.BatchQuerying;

namespace Crm.Enquiries;

/// <summary>
/// The door through which every enquiry comes: it finds out whose it is and
/// which lead it belongs to, in one transaction with all that follows.
/// </summary>
public sealed class Intake(
    IDocumentStore store, Newcomers newcomers, LeadWriter leads, CounsellorRota rota, InstituteClock clock, OutboxSignal outbox)
{
    // The locks are taken in one order by everybody, so that nobody waits for who waits for them. The setting ends with the
    // transaction: on a table that was small when the plan was made, the planner would read all persons at each enquiry, and left to
    // choose it plans each question anew, which takes longer than to answer it.
    internal const string Planning = "set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)";

    internal const string Lock = $"""
        select {Planning} from (
            select count(pg_advisory_xact_lock(h)) from (select distinct hashtextextended(k, 0) h from unnest(?) k order by 1) hashes) locks
        """;
    /// <summary>Who has a name and asked for a course since a moment. It goes from the name to the leads of each, and never from all
    /// that asked for the course: the planner would, where it knows little of the tables yet.</summary>
    public const string Namesakes = $"where {Named} ? {AskedFor} ? {Since}";

    internal const string SomeKey = "d.keys && ?::varchar[]";

    internal const string Named = $"""d.sort_name collate "{PeopleRoom.SortCollation}" =""";
    internal const string AskedFor = $"""
        and d.data ->> 'MergedInto' is null and exists (select 1 from (
            select course_id, received_at from {MartenSetup.Schema}.mt_doc_lead where person_id = d.id offset 0
        ) l where l.course_id =
        """;
    internal const string Since = "and l.received_at > ?) limit 5";

    /// <summary>Within which people of one name who asked for the same may be one.</summary>
    internal static readonly TimeSpan SomeDays = TimeSpan.FromDays(7);

    private readonly Arrivals _arrivals = new(leads, rota);
    private readonly Crowd<Newcomer, Enquiry> _crowd = new(newcomers.TakeAsync);

    /// <returns>Only when all of it is durable.</returns>
    public async Task<Enquiry> ReceiveAsync(NewEnquiry enquiry, CancellationToken cancel)
    {
        await rota.RefreshAsync(cancel); // before the transaction: nobody may hold one connection and wait for another
        if (await newcomers.BeginAsync(enquiry, cancel) is { } begun && await _crowd.TakeAsync(begun, cancel) is { } taken) return taken;
        while (true)
        {
            await using var session = store.LightweightSession();
            await session.BeginTransactionAsync(cancel);
            if (await TryAsync(session, enquiry, cancel) is { } received) return received;
        }
    }

    /// <returns>Null where what was found has changed before it could be locked: all is to be asked again, in a transaction that
    /// holds no lock that who changed it may be waiting for.</returns>
    private async Task<Enquiry?> TryAsync(IDocumentSession session, NewEnquiry enquiry, CancellationToken cancel)
    {
        var known = await AskAsync(session, enquiry, clock.Now - SomeDays, cancel);
        await EnquiryTexts.ReadAsync(known.SameForm, session, cancel);
        if (known.SameForm.FirstOrDefault(e => e.Text?.SaysTheSameAs(enquiry.Text) == true) is { } same) return same;
        var earlier = known.SameForm.FirstOrDefault(e => e.Text is { } text && enquiry.Text.Corrects(text, enquiry.Corrects));
        var stamp = enquiry.StampAt(clock.Now);
        var reference = earlier?.Reference ?? enquiry.Reference ?? LeadRules.ReferenceOf(Guid.CreateVersion7(stamp.KnownAt));
        var arriving = new Arriving(session, enquiry, known.People, known.EmailIsStopped, reference, stamp)
        {
            Namesakes = known.Namesakes,
            FormIsKnown = known.SameForm.Count > 0,
        };
        var received = earlier is null
            ? await _arrivals.AddAsync(arriving, arriving.WhoIs(), cancel)
            : await new Corrections(_arrivals).CorrectAsync(arriving, earlier, cancel) ? earlier : null;
        if (received is null) return null;
        session.Store(received);
        // Sent again without what made it suspicious, it has come in by itself.
        var suspected = SuspectedEnquiry.IdOf(enquiry.FormId, enquiry.Name);
        session.DeleteWhere<SuspectedEnquiry>(e => e.Id == suspected && e.State == Suspicion.Waiting);
        var begun = new ManyAtOnce(session).Begun(Arrivals.DocumentOf).New<OutboxMessage>();
        if (earlier is null) begun.New<Enquiry>();
        begun.Queue();
        await session.SaveChangesAsync(cancel);
        outbox.Raise(); // which sees what a session stores one by one
        return received;
    }

    private sealed record Known(
        IReadOnlyList<Enquiry> SameForm, IReadOnlyList<Person> People, bool EmailIsStopped, IReadOnlyList<Person> Namesakes);

    // One round trip. Its first statement makes enquiries with a number, an address, the form or the name in common wait for each other,
    // so that they cannot become two persons unseen; those after it see what the other has committed.
    private static async Task<Known> AskAsync(
        IDocumentSession session, NewEnquiry enquiry, DateTimeOffset since, CancellationToken cancel)
    {
        var batch = session.CreateBatchQuery();
        var locked = batch.Query<string>(Lock, (object)enquiry.Locks);
        var sameForm = batch.Query<Enquiry>("where d.id = ? or d.shared_form = ?", enquiry.FormId, enquiry.FormId);
        var people = batch.Query<Person>($"where {SomeKey}", (object)enquiry.Keys);
        var namesakes = batch.Query<Person>(Namesakes, enquiry.Name.SortKey, enquiry.Course.Id, since);
        var stopped = batch.Load<StoppedAddress>(StoppedAddress.IdOf(enquiry.Email?.Text ?? ""));
        await batch.Execute(cancel);
        await locked;
        return new Known(await sameForm, await people, await stopped is not null, IsWhole(enquiry.Name) ? await namesakes : []);
    }

    /// <summary>One word alone is many people's name.</summary>
    internal static bool IsWhole(PersonName name) => name.Text.Contains(' ', StringComparison.Ordinal);
}
