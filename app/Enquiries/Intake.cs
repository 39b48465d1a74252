using Crm.Assignment;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Marten;
using Marten.Services.BatchQuerying;

namespace Crm.Enquiries;

/// <summary>
/// The door through which every enquiry comes: it finds out whose it is and
/// which lead it belongs to, in one transaction with all that follows.
/// </summary>
public sealed class Intake(IDocumentStore store, LeadWriter leads, CounsellorRota rota, InstituteClock clock)
{
    // The locks are taken in one order by everybody, so that nobody waits for who waits for them. The setting ends with the
    // transaction: on a table that was small when the plan was made, the planner would read all persons at each enquiry.
    private const string Lock = """
        select set_config('enable_seqscan', 'off', true) from (
            select count(pg_advisory_xact_lock(h)) from (select distinct hashtextextended(k, 0) h from unnest(?) k order by 1) hashes) locks
        """;
    private const string SomeKey = "d.keys && ?::varchar[]";

    /// <returns>Only when all of it is durable.</returns>
    public async Task<Enquiry> ReceiveAsync(NewEnquiry enquiry, CancellationToken cancel)
    {
        var stamp = new Stamp(enquiry.By, clock.Now);
        var id = Enquiry.IdOf(enquiry.FormId, enquiry.Phones[0]);
        await rota.RefreshAsync(cancel); // before the transaction: nobody may hold one connection and wait for another
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        var known = await AskAsync(session, id, enquiry, cancel);
        if (known.SameForm is { } earlier) return earlier;

        var record = new Enquiry { Id = id, Reference = LeadRules.ReferenceOf(Guid.CreateVersion7(stamp.At)), ReceivedAt = stamp.At };
        var identity = Matching.WhoIs(enquiry.Name, enquiry.Phones, enquiry.Email, known.People);
        var lead = identity.Known is { } person
            ? await ContinueAsync(session, person, enquiry, record.Reference, stamp, cancel)
            : await BeginAsync(session, identity, enquiry, StandingOf(enquiry, known.People), record.Reference, stamp, cancel);
        record.LeadId = lead.Id;
        session.Insert(record);
        await session.SaveChangesAsync(cancel);
        return record;
    }

    private sealed record Known(Enquiry? SameForm, IReadOnlyList<Person> People);

    // One round trip. Its first statement makes enquiries with a number or an address in common wait for each other, so that
    // they cannot become two persons; those after it see what the other has committed.
    private static async Task<Known> AskAsync(IDocumentSession session, Guid id, NewEnquiry enquiry, CancellationToken cancel)
    {
        string[] keys = [.. enquiry.Phones.Select(p => p.E164), .. enquiry.Email is { } email ? [email.Text] : Array.Empty<string>()];
        var batch = session.CreateBatchQuery();
        var locked = batch.Query<string>(Lock, (object)keys);
        var sameForm = batch.Load<Enquiry>(id);
        var people = batch.Query<Person>($"where {SomeKey}", (object)keys);
        await batch.Execute(cancel);
        await locked;
        return new Known(await sameForm, await people);
    }

    // An address that is somebody else's already is not written to in a new name: else whoever knows it could fill it with brochures.
    private static Standing StandingOf(NewEnquiry enquiry, IReadOnlyList<Person> known)
    {
        if (enquiry.TypedByStaff) return Standing.Confirmed;
        return enquiry.Email is { } email && known.Any(p => p.Has(email)) ? Standing.Unconfirmed : Standing.Given;
    }

    private async Task<Lead> BeginAsync(
        IDocumentSession session, Identity identity, NewEnquiry enquiry, Standing standing, string reference, Stamp stamp,
            CancellationToken cancel)
    {
        var way = enquiry.TypedByStaff ? $"Told to {enquiry.By.Name}" : "Public form";
        var person = PersonWriter.Register(session,
            new PersonRegistered(enquiry.Name, enquiry.Phones, enquiry.Email, standing, enquiry.Consent, way), stamp);
        foreach (var (other, reason) in identity.Maybe)
            session.Store(new PossibleDuplicate
            {
                Id = PossibleDuplicate.IdOf(person.Id, other.Id),
                Newer = person.Id,
                Older = other.Id,
                Reason = reason,
                FoundAt = stamp.At,
            });
        return await StartLeadAsync(session, person, null, enquiry, reference, stamp, cancel);
    }

    private async Task<Lead> ContinueAsync(
        IDocumentSession session, Person known, NewEnquiry enquiry, string reference, Stamp stamp, CancellationToken cancel)
    {
        var person = await PersonWriter.ChangeAsync(session, known.Id, stamp,
            p => p.MergedInto is null
                ? PersonRules.HearAgain(p, enquiry.Phones, enquiry.Email, enquiry.TypedByStaff)
                : [], cancel) ?? known;
        // Merged between being found and being locked.
        if (person.MergedInto is { } goesOn && await session.LoadAsync<Person>(goesOn, cancel) is { } other)
            return await ContinueAsync(session, other, enquiry, reference, stamp, cancel);
        // Asked only of who is known: most enquirers are new, and have none.
        var theirs = await session.Query<Lead>().Where(l => l.PersonId == known.Id).ToListAsync(cancel);
        if (LeadFor(theirs, enquiry) is not { } lead)
            return await StartLeadAsync(session, person, theirs.MaxBy(l => l.ReceivedAt)?.CounsellorId, enquiry, reference, stamp, cancel);
        var again = new EnquiredAgain(reference, enquiry.Name.Text, enquiry.Email?.Text, enquiry.About, enquiry.PreferredTime,
            enquiry.Source,
            enquiry.Consent, enquiry.Message);
        return (await leads.ChangeAsync(session, lead.Id, stamp, work => Task.FromResult(LeadRules.HearAgain(work.Lead, again, stamp.At)),
            person, cancel))!;
    }

    /// <summary>
    /// The lead that an enquiry continues: the open one of its course, or the one that has a seat in it; else one that nobody has
    /// spoken with yet, which then lists both courses. After a loss a new lead begins, so that the past's figures stay.
    /// </summary>
    private static Lead? LeadFor(IReadOnlyList<Lead> theirs, NewEnquiry enquiry)
    {
        var current = theirs.Where(l => l.Stage != Stage.Lost).OrderByDescending(l => l.ReceivedAt).ToList();
        return current.FirstOrDefault(l => l.IsOpen && l.IsAbout(enquiry.Course.Id))
            ?? current.FirstOrDefault(l => l.CourseId == enquiry.Course.Id)
            ?? current.FirstOrDefault(l => l.Stage == Stage.New);
    }

    private Task<Lead> StartLeadAsync(
        IDocumentSession session, Person person, Guid? counsellorBefore, NewEnquiry enquiry, string reference, Stamp stamp,
        CancellationToken cancel)
    {
        List<LeadEvent> events =
        [
            new LeadReceived(reference, person.Id, enquiry.About, enquiry.PreferredTime, enquiry.Source, enquiry.Consent, enquiry.Message),
        ];
        if (rota.Next(counsellorBefore) is { } counsellor) events.Add(new LeadAssigned(counsellor.Id, counsellor.Name));
        return leads.StartAsync(session, events, stamp, person, cancel);
    }
}
