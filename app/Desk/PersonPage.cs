using System.Security.Claims;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Privacy;
using Crm.Seats;
using Crm.Web;
using Htmx;
using Marten;
using RazorSlices;

namespace Crm.Desk;

/// <summary>Another record that shares a number or an address, or may be of the same person.</summary>
/// <param name="Says">What they have in common, in words.</param>
public sealed record Relative(Person Person, string Says, bool MayBeTheSame);

/// <param name="Lead">The lead that is shown; null for somebody who has none.</param>
/// <param name="Leads">All of the person's, the latest first.</param>
public sealed record PersonView(
    Person Person, Lead? Lead, IReadOnlyList<Lead> Leads, IReadOnlyList<SeatView> Seats, TimelineView Timeline,
    IReadOnlyList<Relative> Relatives, IReadOnlyList<(Person Other, PersonMerged Merge)> Merges,
    IReadOnlyDictionary<ActPlace, IReadOnlyList<RazorSlice>> Panels, InstituteClock Clock)
{
    /// <summary>What is known of them, one of which may be open to be changed.</summary>
    public PersonFactsView Facts { get; init; } = new([], "");

    /// <summary>What a form did that was carried out just now; null where none was.</summary>
    public string? Said { get; init; }

    /// <summary>The list from which the lead was opened, and through which one goes on; null where it was opened otherwise.</summary>
    public LeadTrail? Trail { get; init; }

    /// <summary>Whether whoever looks may make one record of two, or two of one.</summary>
    public bool MayMerge { get; init; }

    /// <summary>Why no brochure and no letter can be made for them; null where they can.</summary>
    public string? PaperProblem => Papers.WhyNot(Person.NameOnPaper.Text);

    public IReadOnlyList<RazorSlice> PanelsAt(ActPlace place) => Panels.GetValueOrDefault(place, []);
}

/// <summary>The page of one person: all their leads, seats and messages, and what can be done.</summary>
public sealed class PersonPage(
    IDocumentStore store, Timeline timeline, ActPanels panels, PersonViews views, InstituteClock clock, CurrentInstitute institute,
    ObjectGate gate, SaidOfActs said) : IActPage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/leads/{id:guid}", (
            Guid id, HttpContext http, PersonPage page, CancellationToken cancel) =>
            page.ShowAsync(http, id, null, null, cancel));
        app.MapGet("/people/{id:guid}", (
            Guid id, HttpContext http, PersonPage page, CancellationToken cancel) =>
            page.ShowAsync(http, null, id, null, cancel));
    }

    public async Task<IResult> ShowAsync(HttpContext http, Guid? leadId, Guid? personId, ActOutcome? outcome, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        // Whichever lead a form came from, and whoever was sent here by another page.
        if (!await gate.MaySeeAsync(http, session, leadId, personId, cancel))
            return outcome is { Refused: null } ? http.Go("/leads") : ObjectGate.Refusal; // handed over by who had it
        var refused = outcome?.Refused;
        if (await LoadAsync(http, session, leadId, personId, refused, cancel) is not { } view)
            return new NoticeAnswer(new Notice("No such lead",
                "What made it may have been taken back meanwhile, or the link is old.", "All leads", "/leads"), 404);
        var status = refused is null ? 200 : StatusCodes.Status422UnprocessableEntity;
        if (!http.Request.IsHtmx() || http.Request.IsHistoryRestore()) return new Page(PersonDetail.Create(view), status);
        view = view with { Said = outcome is { Refused: null } ? said.Of(outcome) : null };
        RazorSlice part = http.Request.PartAsked() switch
        {
            "timeline" => TimelinePart.Create(view.Timeline),
            "facts" => FactsPart.Create(view),
            _ => PersonBody.Create(view),
        };
        return new Page(part, status);
    }

    private async Task<PersonView?> LoadAsync(
        HttpContext http, IQuerySession session, Guid? leadId, Guid? personId, RefusedForm? refused, CancellationToken cancel)
    {
        var asked = leadId is { } id ? await session.LoadAsync<Lead>(id, cancel) : null;
        if (leadId is not null && asked is null) return null;
        if (await CurrentAsync(session, asked?.PersonId ?? personId!.Value, cancel) is not { } person) return null;
        // Beside what is read; but nobody sees the page of whom it is not noted.
        var noted = views.NoteAsync(http, person.Id);
        var leads = await session.Query<Lead>().Where(l => l.PersonId == person.Id).OrderByDescending(l => l.ReceivedAt)
            .ToListAsync(cancel);
        var lead = asked ?? leads.FirstOrDefault(l => l.IsOpen) ?? leads.FirstOrDefault();
        var enrolments = (await session.Query<Enrolment>().Where(e => e.PersonId == person.Id).ToListAsync(cancel))
            .OrderByDescending(e => e.IsCurrent).ThenByDescending(e => e.EnrolledAt).ToList();
        Guid[] people = [person.Id, .. person.Merges.Select(m => m.Other)];
        var messages = await session.Query<OutboxMessage>().Where(m => m.PersonId != null && m.PersonId.Value.IsOneOf(people))
            .ToListAsync(cancel);
        Guid[] streams = [.. people, .. leads.Select(l => l.Id), .. enrolments.Select(e => e.Id)];
        var merged = (await session.LoadManyAsync<Person>(cancel, [.. person.Merges.Select(m => m.Other)])).ToDictionary(p => p.Id);
        var entries = await timeline.ReadAsync(session, streams, messages, cancel, person.IsErased ? null : merged);
        var isOfFact = refused?.Form[Form.Fact].Length > 0;
        var shown = await panels.DrawAsync(http.User, person, lead, isOfFact ? null : refused, session, cancel);
        var facts = await FactsAsync(http, person, lead, isOfFact ? refused : null, session, cancel);
        await noted;
        return new PersonView(person, lead, leads, await SeatsAsync(http.User, enrolments, refused, session, cancel),
            TimelineView.Of(entries, http, facts.Page, clock), await RelativesAsync(http, session, person, cancel),
            [.. person.Merges.Where(_ => !person.IsErased).Select(m => (merged[m.Other], m))], shown, clock)
        {
            Facts = facts,
            Trail = lead is null ? null : LeadTrail.Read(http.Request.Query),
            MayMerge = !person.IsErased && gate.MayMerge(http),
        };
    }

    // One that was refused, or the one that was pressed.
    private async Task<PersonFactsView> FactsAsync(
        HttpContext http, Person person, Lead? lead, RefusedForm? refused, IQuerySession session, CancellationToken cancel)
    {
        var book = await SourceBook.LoadAsync(session, cancel);
        var offered = lead?.Offer is { } offer ? await session.LoadAsync<Batch>(offer.BatchId, cancel) : null;
        var page = lead is null ? $"/people/{person.Id}" : $"/leads/{lead.Id}{LeadTrail.Read(http.Request.Query)?.Query}";
        var facts = new FactsShown(person, lead,
        [
            .. lead is null ? [] : FactsOf.Lead(lead, institute), .. FactsOf.Person(person),
            .. lead is null ? [] : FactsOf.Enquiry(lead, offered, book, institute, clock),
        ], page);
        var open = refused?.Form[Form.Fact] ?? http.Request.Query["edit"].ToString();
        return await panels.DrawFactsAsync(http.User, facts, open, refused, session, cancel);
    }

    private async Task<IReadOnlyList<SeatView>> SeatsAsync(
        ClaimsPrincipal user, IReadOnlyList<Enrolment> enrolments, RefusedForm? refused, IQuerySession session, CancellationToken cancel)
    {
        var seats = new List<SeatView>();
        foreach (var enrolment in enrolments) seats.Add(await panels.DrawSeatAsync(user, enrolment, refused, session, cancel));
        return seats;
    }

    // A record that gave way to another is looked at as that other.
    private static async Task<Person?> CurrentAsync(IQuerySession session, Guid id, CancellationToken cancel)
    {
        var person = await session.LoadAsync<Person>(id, cancel);
        return person?.MergedInto is { } other ? await CurrentAsync(session, other, cancel) : person;
    }

    private async Task<IReadOnlyList<Relative>> RelativesAsync(
        HttpContext http, IQuerySession session, Person person, CancellationToken cancel)
    {
        if (gate.OnlyOf(http) is not null) return []; // whose they are is not for this counsellor
        var sharers = await session.QueryAsync<Person>("where d.keys && ?::varchar[] and d.id <> ?", cancel, person.Keys, person.Id);
        var pairs = await session.Query<PossibleDuplicate>()
            .Where(d => d.DecidedAt == null && (d.Newer == person.Id || d.Older == person.Id)).ToListAsync(cancel);
        return
        [
            .. sharers.Where(p => p.MergedInto is null)
                .Select(p => pairs.FirstOrDefault(d => d.Newer == p.Id || d.Older == p.Id) is { } pair
                ? new Relative(p, $"Possible duplicate: both have {pair.Reason}", true)
                : new Relative(p, p.Phones.Any(x => person.Has(x.Number)) ? "Shares the phone" : "Shares the email address", false)),
        ];
    }
}
