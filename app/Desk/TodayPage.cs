using Crm.Accounts;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Desk;

/// <param name="Sections">In the order in which they are called; none that is empty.</param>
public sealed record TodayView(IReadOnlyList<QueueView> Sections, bool Everyone, InstituteClock Clock)
{
    /// <summary>Enquiries that look as if a program had sent them, and that nobody has decided on.</summary>
    public int Suspected { get; init; }

    /// <summary>Mail of these leads that did not reach anybody.</summary>
    public UndeliveredView Undelivered { get; init; } = new([]);

    /// <summary>What was done just before; null where that was nothing.</summary>
    public DoneView? Done { get; init; }

    /// <summary>Who is called now; null where nobody is.</summary>
    public CallView? Call { get; init; }

    /// <summary>What waits for each counsellor; empty where that was not asked.</summary>
    public IReadOnlyList<LoadRow> Load { get; init; } = [];

    /// <summary>Whether everybody's may be seen.</summary>
    public bool SeesAll { get; init; } = true;

    /// <summary>What a new institute needs, for who may make it; null where there are leads.</summary>
    public FirstStepsView? FirstSteps { get; init; }

    /// <summary>The page, to come back to.</summary>
    public string Return => Everyone ? "/today?everyone=true" : "/today";

    public bool IsEmpty => Sections.Count + Undelivered.Messages.Count == 0;

    public IReadOnlyList<LeadEntry> Of(Waiting waiting) => Sections.FirstOrDefault(s => s.Waiting == waiting)?.Leads.Rows ?? [];
}

/// <summary>One section of the page.</summary>
/// <param name="Waiting">What its leads wait for; null for those of nobody, whatever they wait for.</param>
/// <param name="Filter">The list of the same leads.</param>
public sealed record QueueView(Waiting? Waiting, LeadFilter Filter, LeadPage Leads, InstituteClock Clock, bool Everyone)
{
    /// <summary>How many there are, also of those that are not shown.</summary>
    public int Count { get; init; }

    /// <summary>The lead that is open beside the queue.</summary>
    public Guid? Open { get; init; }

    public string Title => Waiting is { } waiting ? WaitingWords.Of(waiting) : "Nobody's";

    /// <summary>"overdue" marks the section, "" leaves it plain.</summary>
    public string Kind => Waiting is Desk.Waiting.Overdue ? "overdue" : "";

    /// <summary>Whether its leads are to be called today.</summary>
    public bool IsForNow => Waiting is not (Desk.Waiting.Week or Desk.Waiting.Later);

    public bool HasMore => Leads.Next is not null;

    public string Return => Everyone ? "/today?everyone=true" : "/today";
}

/// <summary>One lead of a section.</summary>
public sealed record QueueLineView(LeadEntry Entry, QueueView Queue)
{
    /// <summary>The page with this lead open beside the queue.</summary>
    public string Pick => Queue.Everyone ? $"/today?everyone=true&lead={Entry.Id}" : $"/today?lead={Entry.Id}";

    public bool IsOpen => Queue.Open == Entry.Id;

    /// <summary>The lead's page, from which one goes on through its section.</summary>
    public string Address => LeadTrail.Open(Row, Queue.Filter);

    /// <exception cref="InvalidOperationException">What is stored cannot be read.</exception>
    public LeadRow Row => new LeadLineView(Entry, Queue.Clock).Row;

    public string Who => Row.Lead.CourseName
        + (Queue.Everyone || Queue.Waiting is null ? " · " + (Row.Lead.CounsellorName ?? "nobody yet") : "");

    /// <summary>When something is to be done, or since when nothing is, and what of it.</summary>
    public (string When, string What) Due => (Row.Lead, Queue.Clock) switch
    {
        ({ FollowUp: { } due }, var clock) => (clock.Brief(due.DueAt), due.Purpose),
        ({ Offer: { } offer } lead, var clock) when lead.OfferRanOutBy(clock.Today) =>
            ($"Ran out {Format.Date(offer.ValidUntil)}", $"{offer.BatchCode} was offered"),
        ({ Stage: Stage.New } lead, var clock) => (clock.Ago(lead.ReceivedAt), Prefers(lead)),
        var (lead, clock) => (clock.Ago(lead.UnplannedSince ?? lead.LastActivityAt), "Nothing planned since"),
    };

    /// <summary>What the form that marks a follow-up as done carries along.</summary>
    public Fields Form
    {
        get
        {
            var form = Web.Form.Fresh();
            form.Remember(LeadForm.FollowUp, Row.Lead.FollowUp?.Id.ToString() ?? "");
            return Fields.For(form);
        }
    }

    private static string Prefers(Lead lead) =>
        lead.PreferredTime == PreferredTime.Anytime ? "Any time" : "Prefers " + Format.Words(lead.PreferredTime).ToLowerInvariant();
}

/// <summary>Whom to call now.</summary>
public static class TodayPage
{
    /// <summary>How many leads each section shows at most.</summary>
    public const int Limit = 40;

    // What is late, then what is to come today and who is new; who fell out of every plan; and what is far off.
    private static readonly IReadOnlyList<Waiting> Order =
        [Waiting.Overdue, Waiting.Today, Waiting.New, Waiting.OfferRanOut, Waiting.NothingPlanned, Waiting.Week, Waiting.Later];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/today", async Task<IResult> (HttpContext http, IQuerySession session, InstituteClock clock, CallDesk calls,
            FirstSteps steps, Sight sight, bool? everyone, Guid? lead, [FromQuery(Name = DidView.Told)] Guid? did,
            CancellationToken cancel) =>
        {
            var (manager, own) = (http.User.IsManager(), sight.OnlyOf(http.User) is not null);
            var today = await QueueAsync(session, everyone == true && !own ? null : http.User.UserId(), manager, clock, cancel);
            var call = await calls.OpenAsync(session, today, lead, cancel);
            return Desk.Today.Create(today with
            {
                Suspected = own ? 0 : await SuspectedPages.CountWaitingAsync(session, cancel),
                SeesAll = !own,
                FirstSteps = manager && today.IsEmpty ? await steps.ReadAsync(session, cancel) : null,
                Call = call,
                Done = did is { } one ? await DoneView.ReadAsync(session, one, http.User.UserId(), today.Return, clock, cancel) : null,
                Sections = [.. today.Sections.Select(s => s with { Open = call?.Lead.Id })],
                Load = manager && today.Everyone ? await LoadRow.ReadAsync(session, clock, cancel) : [],
            });
        });

    /// <param name="counsellor">Whose leads are shown; null for everybody's.</param>
    /// <param name="manager">Whether those of nobody who is there are shown too: somebody has to hand them out.</param>
    /// <param name="most">How many leads each section shows at most.</param>
    public static async Task<TodayView> QueueAsync(
        IQuerySession session, Guid? counsellor, bool manager, InstituteClock clock, CancellationToken cancel, int most = Limit)
    {
        var everyone = counsellor is null;
        List<(Waiting? Waiting, LeadFilter Filter)> wanted =
            [.. Order.Select(w => ((Waiting?)w, new LeadFilter(Counsellor: counsellor?.ToString(), Waiting: w, Sort: SortOf(w))))];
        if (manager && !everyone) wanted.Add((null, new LeadFilter(Stage: LeadFilter.Waits, Counsellor: LeadFilter.Nobody)));
        var sections = new List<QueueView>();
        foreach (var (waiting, filter) in wanted)
        {
            var leads = await LeadList.FirstAsync(session, filter, clock, most, cancel);
            if (leads.Rows.Count == 0) continue;
            var count = leads.Next is null ? leads.Rows.Count : await LeadList.CountAfterAsync(session, filter, clock, cancel);
            sections.Add(new QueueView(waiting, filter, leads, clock, everyone) { Count = count });
        }
        return new TodayView(sections, everyone, clock)
        {
            Undelivered = await UndeliveredView.LoadAsync(session, counsellor, cancel),
        };
    }

    private static LeadSort SortOf(Waiting waiting) => waiting switch
    {
        // Who asked again stands above who asked since.
        Waiting.New => LeadSort.Activity,
        Waiting.OfferRanOut or Waiting.NothingPlanned => LeadSort.Unplanned,
        _ => LeadSort.FollowUp,
    };
}
