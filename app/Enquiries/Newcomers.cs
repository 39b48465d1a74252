using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using Marten;

namespace Crm.Enquiries;

/// <summary>
/// Takes several enquiries in one transaction, of people of whom nothing is known. All others go by the intake's own way, one by one.
/// </summary>
internal sealed class Newcomers(
    IDocumentStore store, Arrivals arrivals, InstituteClock clock, OutboxSignal outbox, DatabaseTroubles troubles, ILogger logger)
{
    // Nobody is waited for: who has a lock has a number, a form or the name in common with one of these, which then goes alone.
    private const string Lock = """
        select k from (select k, hashtextextended(k, 0) h from (select distinct k from unnest(?) k) keys offset 0) hashes
        where pg_try_advisory_xact_lock(h)
        """;

    private const string Planning = "select " + Intake.Planning;

    /// <returns>In their order, when all of it is durable; null for those that were not taken.</returns>
    public async Task<IReadOnlyList<Enquiry?>> TakeAsync(IReadOnlyList<NewEnquiry> enquiries)
    {
        try
        {
            await using var session = store.LightweightSession();
            await session.BeginTransactionAsync(default);
            var taken = await BeginAsync(session, enquiries, await AskAsync(session, enquiries, clock.Now - Intake.SomeDays));
            await session.SaveChangesAsync();
            outbox.Raise(); // which sees what a session stores one by one
            return taken;
        }
        catch (Exception e) when (troubles.In(e) is null)
        {
            // Each is tried by itself then, and says itself what is wrong. A database that is away is nobody's own trouble.
            logger.LogWarning("{Enquiries} enquiries could not be stored together: {Problem}", enquiries.Count,
                e.GetBaseException().Message.Split('\n')[0]);
            return new Enquiry?[enquiries.Count];
        }
    }

    private async Task<IReadOnlyList<Enquiry?>> BeginAsync(IDocumentSession session, IReadOnlyList<NewEnquiry> enquiries, Known known)
    {
        var begun = new Enquiry?[enquiries.Count];
        for (var i = 0; i < begun.Length; i++)
        {
            var enquiry = enquiries[i];
            if (!known.IsNewcomer(enquiry)) continue;
            var stamp = enquiry.StampAt(clock.Now);
            var reference = enquiry.Reference ?? LeadRules.ReferenceOf(Guid.CreateVersion7(stamp.KnownAt));
            var arriving = new Arriving(session, enquiry, [], known.IsStopped(enquiry), reference, stamp)
            {
                Namesakes = known.NamesakesOf(enquiry),
            };
            begun[i] = await arrivals.AddAsync(arriving, arriving.WhoIs(), default);
            session.Store(begun[i]!);
        }
        var suspected = enquiries.Where((_, i) => begun[i] is not null).Select(e => SuspectedEnquiry.IdOf(e.FormId, e.Name)).ToArray();
        session.DeleteWhere<SuspectedEnquiry>(e => e.Id.IsOneOf(suspected) && e.State == Suspicion.Waiting);
        new ManyAtOnce(session).Begun(Arrivals.DocumentOf).New<Enquiry>().New<OutboxMessage>().Queue();
        return begun;
    }

    private static async Task<Known> AskAsync(IDocumentSession session, IReadOnlyList<NewEnquiry> enquiries, DateTimeOffset since)
    {
        string[] keys = [.. enquiries.SelectMany(e => e.Keys).Distinct()];
        Guid[] forms = [.. enquiries.Select(e => e.FormId)];
        var emails = enquiries.Select(e => e.Email?.Text).OfType<string>().Distinct().Select(StoppedAddress.IdOf).ToArray();
        var apart = enquiries.DistinctBy(e => e.Name.SortKey).ToList(); // one of a name: the next may be the same person
        var whole = apart.Where(e => Intake.IsWhole(e.Name)).ToList();
        var batch = session.CreateBatchQuery();
        var planned = batch.Query<string>(Planning);
        var locked = batch.Query<string>(Lock, (object)enquiries.SelectMany(e => e.Locks).Distinct().ToArray());
        var sameForms = batch.Query<Enquiry>("where d.form_id = any(?)", forms);
        var people = batch.Query<Person>($"where {Intake.SomeKey}", (object)keys);
        var stopped = batch.LoadMany<StoppedAddress>().ByIdList(emails);
        var namesakes = batch.Query<Person>(Intake.NamesakesOfMany, whole.Select(e => e.Name.SortKey).ToArray(),
            whole.Select(e => e.Course.Id).ToArray(), since);
        await batch.Execute();
        await planned;
        var known = (await people).SelectMany(p => p.Keys).Concat((await sameForms).Select(e => e.FormId.ToString()));
        return new Known([.. apart], [.. await locked], [.. known], [.. (await stopped).Select(s => s.Id)],
            (await namesakes).ToLookup(p => p.SortName));
    }

    /// <param name="apart">Those of which no earlier one has the name.</param>
    /// <param name="locked">Numbers, addresses, forms and names that nobody else comes in with now.</param>
    /// <param name="taken">Those that are somebody's already.</param>
    private sealed class Known(HashSet<NewEnquiry> apart, HashSet<string> locked, HashSet<string> taken, HashSet<string> stopped,
        ILookup<string, Person> namesakes)
    {
        /// <summary>Whether nothing ties it to anybody, stored or among those before it.</summary>
        public bool IsNewcomer(NewEnquiry enquiry)
        {
            string[] locks = [.. enquiry.Locks.Distinct()];
            return apart.Contains(enquiry) && locks.All(k => locked.Contains(k) && !taken.Contains(k)) && locks.All(taken.Add);
        }

        public bool IsStopped(NewEnquiry enquiry) =>
            enquiry.Email is { } email && stopped.Contains(StoppedAddress.IdOf(email.Text));

        public IReadOnlyList<Person> NamesakesOf(NewEnquiry enquiry) => [.. namesakes[enquiry.Name.SortKey]];
    }
}
