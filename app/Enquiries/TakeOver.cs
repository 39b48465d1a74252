using Crm.Assignment;
using Crm.Changes;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using Marten;

namespace Crm.Enquiries;

/// <summary>What became of an enquiry that stood in a file.</summary>
public enum Became
{
    /// <summary>Somebody who was not known, with a lead.</summary>
    NewPerson,

    /// <summary>A lead of somebody who was known.</summary>
    NewLead,

    /// <summary>A lead that was there was told of it.</summary>
    AskedAgain,

    /// <summary>It was taken over before, and changed nothing.</summary>
    WasHere,
}

/// <param name="Why">What tells whose it is, or may be, in words; null for somebody whom nothing ties to anybody.</param>
public sealed record TakenEnquiry(Became Became, Guid PersonId, Guid LeadId, string? Why);

/// <summary>The door for many enquiries at once that were made elsewhere: whose each is, is decided as for one that comes alone.</summary>
public sealed class TakeOver(LeadWriter leads, CounsellorRota rota, InstituteClock clock)
{
    // In the order in which everybody locks persons, and then leads, who locks several.
    private const string LockStreams =
        $"select count(*)::int from (select id from {MartenSetup.Schema}.mt_streams where id = any(?) order by id for update) locked";

    private readonly Arrivals _arrivals = new(leads, rota);

    /// <summary>Takes enquiries in their order, in a session that has nothing to save yet and that the caller saves.</summary>
    /// <returns>What became of the first of them, at least of one: who shares a number or a person with an earlier one has to wait
    /// until that is saved. Null where somebody was merged, or a lead lost, since they were found: then all is to be asked again, in
    /// a session of its own.</returns>
    public async Task<IReadOnlyList<TakenEnquiry>?> ReceiveAsync(
        IDocumentSession session, IReadOnlyList<NewEnquiry> enquiries, CancellationToken cancel)
    {
        await rota.RefreshAsync(cancel); // before the transaction, as the intake does
        var apart = Apart(enquiries);
        await session.BeginTransactionAsync(cancel);
        var known = await AskAsync(session, apart, cancel);
        var (taken, people) = (new List<TakenEnquiry>(), new HashSet<Guid>());
        foreach (var enquiry in apart)
        {
            var arriving = known.ArrivingFor(session, enquiry, enquiry.StampAt(clock.Now));
            var identity = arriving.WhoIs();
            if (identity.Known is { } person && !people.Add(person.Id)) break;
            if (await WasHereAsync(arriving, identity, known, cancel) is { } before) taken.Add(before);
            else if (await TakeAsync(arriving, identity, cancel) is { } one) taken.Add(one);
            else return null;
        }
        return taken;
    }

    private async Task<TakenEnquiry?> TakeAsync(Arriving arriving, Identity identity, CancellationToken cancel)
    {
        if (await _arrivals.AddAsync(arriving, identity, cancel) is not { } record) return null;
        arriving.Session.Store(record);
        var became = record.BeganPerson ? Became.NewPerson : record.BeganLead ? Became.NewLead : Became.AskedAgain;
        return new TakenEnquiry(became, record.PersonId, record.LeadId, identity.Why ?? identity.Maybe.FirstOrDefault().Reason);
    }

    // The same line of the same file; or what a file tells that was written out of here: a lead of that person, course and day.
    private async Task<TakenEnquiry?> WasHereAsync(Arriving arriving, Identity identity, Known known, CancellationToken cancel)
    {
        var enquiry = arriving.Enquiry;
        if (known.Forms.TryGetValue(enquiry.FormId, out var record))
            return new TakenEnquiry(Became.WasHere, record.PersonId, record.LeadId, identity.Why);
        if (identity.Known is not { } person || enquiry.TakenOver is not { } old) return null;
        var day = clock.DayOf(old.At);
        var lead = known.Leads[person.Id].FirstOrDefault(l => l.IsAbout(enquiry.Course.Id) && clock.DayOf(l.ReceivedAt) == day);
        if (lead is null || await TellsMoreAsync(arriving.Session, enquiry, person, lead, cancel)) return null;
        return new TakenEnquiry(Became.WasHere, person.Id, lead.Id, identity.Why);
    }

    // A line that was put right since brings a number, an address or a note, which would be lost.
    private static async Task<bool> TellsMoreAsync(
        IDocumentSession session, NewEnquiry enquiry, Person person, Lead lead, CancellationToken cancel)
    {
        if (enquiry.Phones.Any(p => !person.Has(p)) || enquiry.Email is { } email && !person.Has(email)) return true;
        if (enquiry.Message is not { } note) return false;
        var events = await session.Events.FetchStreamAsync(lead.Id, token: cancel);
        return !events.Any(e => e.Data is LeadReceived { Message: var first } && first == note
            || e.Data is EnquiredAgain { Message: var later } && later == note || e.Data is NoteAdded { Text: var text } && text == note);
    }

    private static List<NewEnquiry> Apart(IReadOnlyList<NewEnquiry> enquiries)
    {
        var keys = new HashSet<string>();
        return [.. enquiries.TakeWhile(e => e.Keys.Append(e.FormId.ToString()).Distinct().All(keys.Add))];
    }

    private static async Task<Known> AskAsync(IDocumentSession session, List<NewEnquiry> enquiries, CancellationToken cancel)
    {
        string[] keys = [.. enquiries.SelectMany(e => e.Keys).Distinct()];
        Guid[] forms = [.. enquiries.Select(e => e.FormId)];
        var emails = enquiries.Select(e => e.Email?.Text).OfType<string>().Distinct().Select(StoppedAddress.IdOf).ToArray();
        var batch = session.CreateBatchQuery();
        var locked = batch.Query<string>(Intake.Lock, (object)keys);
        var sameForms = batch.Query<Enquiry>("where d.id = any(?) or d.shared_form = any(?)", forms, forms);
        var people = batch.Query<Person>($"where {Intake.SomeKey}", (object)keys);
        var stopped = batch.LoadMany<StoppedAddress>().ByIdList(emails);
        await batch.Execute(cancel);
        await locked;
        var found = await people;
        var theirs = await LeadsAsync(session, [.. found.Select(p => p.Id)], [.. (await sameForms).Select(e => e.LeadId)], cancel);
        var undone = await UndoneAsync(session, await sameForms, cancel);
        var here = (await sameForms).Where(e => e.IsErased || e.BeganLead || !undone.Contains(e.TakenOverBy)).ToList();
        return new Known(found, theirs, here, [.. (await stopped).Select(s => s.Id)], [.. (await sameForms).Select(e => e.FormId)]);
    }

    // What was told to a lead that was there before, and taken back since, is not here any more.
    private static async Task<HashSet<Guid?>> UndoneAsync(IDocumentSession session, IReadOnlyList<Enquiry> forms, CancellationToken cancel)
    {
        Guid[] ids = [.. forms.Select(f => f.TakenOverBy).OfType<Guid>().Distinct()];
        if (ids.Length == 0) return [];
        var changes = await session.LoadManyAsync<Change>(cancel, ids);
        return [.. changes.Where(c => c.Status is ChangeStatus.Undone or ChangeStatus.PartlyUndone or ChangeStatus.Undoing)
            .Select(c => (Guid?)c.Id)];
    }

    private static async Task<IReadOnlyList<Lead>> LeadsAsync(
        IDocumentSession session, Guid[] people, Guid[] leadIds, CancellationToken cancel)
    {
        if (people.Length + leadIds.Length == 0) return [];
        await session.QueryAsync<int>(LockStreams, cancel, (object)people);
        var theirs = await session.QueryAsync<Lead>("where d.person_id = any(?) or d.id = any(?)", cancel, people, leadIds);
        await session.QueryAsync<int>(LockStreams, cancel, (object)theirs.Select(l => l.Id).ToArray());
        return theirs;
    }

    /// <summary>What is stored of those who have a number or an address of the file.</summary>
    private sealed class Known(
        IReadOnlyList<Person> people, IReadOnlyList<Lead> leads, IReadOnlyList<Enquiry> sameForms, HashSet<string> stopped,
        HashSet<Guid> everSent)
    {
        private readonly ILookup<string, Person> _byKey =
            people.SelectMany(p => p.Keys.Select(k => (Key: k, Person: p))).ToLookup(x => x.Key, x => x.Person);

        public ILookup<Guid, Lead> Leads { get; } = leads.ToLookup(l => l.PersonId);

        // Of a lead that was taken back since, nothing is here any more; but whoever was erased does not come back.
        public Dictionary<Guid, Enquiry> Forms { get; } = sameForms.Where(e => e.IsErased || leads.Any(l => l.Id == e.LeadId))
            .DistinctBy(e => e.FormId).ToDictionary(e => e.FormId);

        public Arriving ArrivingFor(IDocumentSession session, NewEnquiry enquiry, Stamp stamp)
        {
            List<Person> found = [.. enquiry.Keys.SelectMany(k => _byKey[k]).DistinctBy(p => p.Id)];
            var reference = LeadRules.ReferenceOf(Guid.CreateVersion7(stamp.KnownAt));
            var isStopped = enquiry.Email is { } email && stopped.Contains(StoppedAddress.IdOf(email.Text));
            return new Arriving(session, enquiry, found, isStopped, reference, stamp)
            {
                Leads = Leads,
                FormIsKnown = everSent.Contains(enquiry.FormId),
            };
        }
    }
}
