using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Demo;

/// <summary>What became of one lead, and who it is of.</summary>
internal sealed class LeadStory
{
    private readonly List<LeadEvent> _events = [];
    private PersonRegistered? _registered;
    private PossibleDuplicate? _suspicion;

    public Person Person { get; private set; } = new();
    public Lead Lead { get; private set; } = new();
    public List<OutboxMessage> Messages { get; } = [];
    public Enquiry? Enquiry { get; set; }
    public (Guid Id, SeatTaken Taken, Stamp Stamp)? Seat { get; set; }

    /// <summary>Whether the person was known before.</summary>
    public bool Returns => _registered is null;

    public void Register(PersonRegistered registered, DateTimeOffset at)
    {
        _registered = registered with { At = at, By = Actor.Applicant };
        Person = new Person { Id = Guid.CreateVersion7(at) }.After(_registered);
    }

    public void Return(Person known) => Person = known;

    /// <summary>Has the list of possible duplicates show somebody with the same number where the rules cannot tell the two apart.</summary>
    public void Suspect(Person other, DateTimeOffset at)
    {
        var identity = Matching.WhoIs(Person.Name, [.. Person.Phones.Select(p => p.Number)], null, [other]);
        if (identity.Maybe is not [var (found, reason), ..]) return;
        _suspicion = new PossibleDuplicate
        {
            Id = PossibleDuplicate.IdOf(Person.Id, found.Id),
            Newer = Person.Id,
            Older = found.Id,
            Reason = reason,
            FoundAt = at,
        };
    }

    public void Begin(Lead lead) => Lead = lead;

    public void Add(Stamp stamp, IReadOnlyList<LeadEvent> events)
    {
        foreach (var e in events)
        {
            var stamped = e with { At = stamp.At, By = stamp.By };
            Lead.After(stamped);
            _events.Add(stamped);
        }
    }

    public void StoreIn(IDocumentSession session)
    {
        if (_registered is not null) session.Events.StartStream<Person>(Person.Id, _registered);
        session.Events.StartStream<Lead>(Lead.Id, _events);
        if (Seat is var (id, taken, stamp)) SeatWriter.Take(session, id, taken, stamp);
        if (_suspicion is not null) session.Store(_suspicion);
        session.Store(Enquiry!);
        session.Store([.. Messages]);
    }
}
