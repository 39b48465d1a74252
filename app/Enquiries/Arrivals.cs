using Crm.Assignment;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using JasperFx.Events;
using Marten;

namespace Crm.Enquiries;

/// <summary>An enquiry on its way in. Its numbers and addresses are locked: nobody else comes in with them meanwhile.</summary>
/// <param name="Found">Whoever has one of them.</param>
/// <param name="EmailIsStopped">Whether its address's owner wants no more emails.</param>
/// <param name="Reference">What the enquirer is told.</param>
internal sealed record Arriving(
    IDocumentSession Session, NewEnquiry Enquiry, IReadOnlyList<Person> Found, bool EmailIsStopped, string Reference, Stamp Stamp)
{
    /// <summary>Who has the very same name and asked for the same within days, with whatever number.</summary>
    public IReadOnlyList<Person> Namesakes { get; init; } = [];

    /// <summary>Whether somebody else came by the same form.</summary>
    public bool FormIsKnown { get; init; }

    /// <summary>Of everybody found, by their persons, where all were asked for at once.</summary>
    public ILookup<Guid, Lead>? Leads { get; init; }

    /// <summary>What the address of one that stands in a file is worth to who is known; null for one that is made now.</summary>
    public Standing? StandingOfOld => Enquiry.TakenOver is null ? null : StandingFor(null);

    public Identity WhoIs() => Matching.WhoIs(Enquiry.Name, Enquiry.Phones, Enquiry.Email, Found);

    /// <summary>
    /// What the enquiry's details are worth. An address that is somebody else's already is not written to in a new name: else
    /// whoever knows it could fill it with brochures. In a new name what its owner has stopped is stopped too.
    /// </summary>
    /// <param name="of">Whose record it is that has them already, where there is one.</param>
    public Standing StandingFor(Guid? of)
    {
        if (of is null && EmailIsStopped) return Standing.Stopped;
        if (Enquiry.TypedByStaff) return Standing.Confirmed;
        return Enquiry.Email is { } email && Found.Any(p => p.Id != of && p.Has(email)) ? Standing.Unconfirmed : Standing.Given;
    }

    /// <summary>Has staff decide whether the person, who was known before, is one of those found.</summary>
    public async Task ListAsync(Guid person, IEnumerable<(Person Person, string Reason)> maybe, CancellationToken cancel)
    {
        foreach (var (other, reason) in maybe)
        {
            // What staff have decided stays so; what is only listed may turn out more probable.
            var known = await Session.LoadAsync<PossibleDuplicate>(PossibleDuplicate.IdOf(person, other.Id), cancel);
            if (known is { DecidedAt: not null } || known?.Weight >= Likeness.WeightOf(reason)) continue;
            List(person, other, reason);
        }
    }

    /// <summary>Has staff decide whether the person is somebody else; of the two nobody has decided before.</summary>
    public void List(Guid person, Person other, string reason) => Session.Store(new PossibleDuplicate
    {
        Id = PossibleDuplicate.IdOf(person, other.Id),
        Newer = person,
        Older = other.Id,
        Reason = reason,
        Weight = Likeness.WeightOf(reason),
        FoundAt = Stamp.KnownAt,
    });
}

/// <summary>What an enquiry that nobody has sent before begins or continues.</summary>
internal sealed class Arrivals(LeadWriter leads, CounsellorRota rota)
{
    /// <returns>Null where the person was merged, or the lead lost, since they were found: then all is to be asked again.</returns>
    public async Task<Enquiry?> AddAsync(Arriving arriving, Identity identity, CancellationToken cancel)
    {
        var enquiry = arriving.Enquiry;
        var record = new Enquiry
        {
            Id = arriving.FormIsKnown ? Guid.CreateVersion7(arriving.Stamp.At) : enquiry.FormId,
            SharedForm = arriving.FormIsKnown ? enquiry.FormId : null,
            TakenOverBy = enquiry.TakenOver?.Change,
            Text = enquiry.Text,
            Reference = arriving.Reference,
            ReceivedAt = arriving.Stamp.At,
        };
        if (identity.Known is { } known)
        {
            if (!await ContinueAsync(arriving, record, known, cancel)) return null;
            foreach (var (other, reason) in identity.Maybe) await arriving.ListAsync(other.Id, [(known, reason)], cancel);
            return record;
        }
        await BeginAsync(arriving, record, identity, cancel);
        return record;
    }

    /// <summary>Tells a person who is known, and the lead that the enquiry belongs to, or begins one.</summary>
    /// <returns>False where the person was merged or erased, or the lead lost, since they were found.</returns>
    public async Task<bool> ContinueAsync(Arriving arriving, Enquiry record, Person known, CancellationToken cancel)
    {
        var (session, enquiry, stamp) = (arriving.Session, arriving.Enquiry, arriving.Stamp);
        var person = await PersonWriter.ChangeAsync(session, known.Id, stamp, p => p.IsCurrent
            ? HearAgain(p, arriving)
            : [], cancel);
        if (person is not { IsCurrent: true }) return false;
        // Asked only of who is known: most enquirers are new, and have none.
        var theirs = arriving.Leads is { } leadsOf ? [.. leadsOf[person.Id]] : await LeadsOfAsync(session, person.Id, cancel);
        record.PersonId = person.Id;
        if (LeadFor(theirs, enquiry) is not { } lead)
        {
            record.LeadId = await StartLeadAsync(arriving, person, theirs.MaxBy(l => l.ReceivedAt)?.CounsellorId, cancel);
            record.BeganLead = true;
            return true;
        }
        record.LeadId = lead.Id;
        var again = new EnquiredAgain(arriving.Reference, enquiry.Name.Text, enquiry.Email?.Text, enquiry.About, enquiry.PreferredTime,
            enquiry.Source, enquiry.Consent, enquiry.Message, enquiry.AlsoAbout, enquiry.TakenOver?.Kept)
        {
            TypedGuardian = enquiry.TypedByStaff ? null : enquiry.Guardian?.ToString(),
        };
        return await TellAsync(arriving, lead.Id, person, l => LeadRules.HearAgain(l, again, stamp), cancel);
    }

    // An old list agrees to nothing; and whoever knows a number cannot have its owner under age.
    private static IReadOnlyList<PersonEvent> HearAgain(Person person, Arriving arriving)
    {
        var enquiry = arriving.Enquiry;
        return
        [
            .. PersonRules.HearAgain(person, enquiry.Phones, enquiry.Email, enquiry.TypedByStaff, arriving.StandingOfOld),
            .. enquiry.TakenOver is null && enquiry.Guardian is null
                ? ConsentRules.AgreeAgain(person, enquiry.Consent, enquiry.Way)
                : [],
            .. enquiry.TypedByStaff ? ConsentRules.HearOfGuardian(person, enquiry.Guardian, enquiry.Consent, enquiry.Way) : [],
        ];
    }

    /// <returns>False where the lead was lost since it was found.</returns>
    public async Task<bool> TellAsync(
        Arriving arriving, Guid leadId, Person person, Func<Lead, IReadOnlyList<LeadEvent>> rule, CancellationToken cancel)
    {
        var after = await leads.ChangeAsync(arriving.Session, leadId, arriving.Stamp,
            work => Task.FromResult(work.Lead.IsLost ? [] : rule(work.Lead)), person, cancel);
        return after is { IsLost: false };
    }

    public static Task<IReadOnlyList<Lead>> LeadsOfAsync(IDocumentSession session, Guid personId, CancellationToken cancel) =>
        session.Query<Lead>().Where(l => l.PersonId == personId).ToListAsync(cancel);

    /// <summary>
    /// The lead that an enquiry continues: the open one of its course, or the one that has a seat in it; else one that nobody has
    /// spoken with yet, which then lists both courses. After a loss a new lead begins, so that the past's figures stay.
    /// </summary>
    public static Lead? LeadFor(IReadOnlyList<Lead> theirs, NewEnquiry enquiry)
    {
        var current = theirs.Where(l => l.Stage != Stage.Lost).OrderByDescending(l => l.ReceivedAt).ToList();
        return current.FirstOrDefault(l => l.IsOpen && l.IsAbout(enquiry.Course.Id))
            ?? current.FirstOrDefault(l => l.CourseId == enquiry.Course.Id)
            ?? current.FirstOrDefault(l => l.Stage == Stage.New);
    }

    private async Task BeginAsync(Arriving arriving, Enquiry record, Identity identity, CancellationToken cancel)
    {
        var enquiry = arriving.Enquiry;
        var person = PersonWriter.Register(arriving.Session, new PersonRegistered(
            enquiry.Name, enquiry.Phones, enquiry.Email, arriving.StandingFor(null), enquiry.Consent, enquiry.Way),
            arriving.Stamp, enquiry.Guardian is { } guardian ? ConsentRules.OfMinor(guardian, enquiry.Consent, enquiry.Way) : null);
        foreach (var (other, reason) in identity.Maybe) arriving.List(person.Id, other, reason);
        foreach (var other in arriving.Namesakes.ExceptBy(identity.Maybe.Select(m => m.Person.Id), p => p.Id))
            arriving.List(person.Id, other, Likeness.NameAndCourse);
        (record.PersonId, record.BeganPerson, record.BeganLead) = (person.Id, true, true);
        record.LeadId = await StartLeadAsync(arriving, person, null, cancel);
        if (EnquiryTexts.StandIn(record, enquiry)) record.Text = null;
    }

    private async Task<Guid> StartLeadAsync(Arriving arriving, Person person, Guid? counsellorBefore, CancellationToken cancel)
    {
        var enquiry = arriving.Enquiry;
        var received = new LeadReceived(arriving.Reference, person.Id, enquiry.About, enquiry.PreferredTime, enquiry.Source,
            enquiry.Message, enquiry.AlsoAbout, enquiry.TakenOver?.Kept)
        {
            Counsellor = WhoGets(enquiry, counsellorBefore),
        };
        return (await leads.StartAsync(arriving.Session, [received], arriving.Stamp, person, cancel)).Id;
    }

    private CounsellorRef? WhoGets(NewEnquiry enquiry, Guid? before)
    {
        if (enquiry.TakenOver is { InTurn: false } old) return old.Counsellor;
        return rota.Next(before) is { } counsellor ? new CounsellorRef(counsellor.Id, counsellor.Name) : null;
    }

    /// <summary>What the stream of a person or a lead that begins makes.</summary>
    public static object DocumentOf(StreamAction stream)
    {
        var (id, version, events) = (stream.Id, stream.Events.Count, stream.Events.Select(e => e.Data));
        return stream.Events[0].Data is PersonEvent
            ? events.Cast<PersonEvent>().Aggregate(new Person { Id = id, Version = version }, (person, e) => person.After(e))
            : events.Cast<LeadEvent>().Aggregate(new Lead { Id = id, Version = version }, (lead, e) => lead.After(e));
    }
}
