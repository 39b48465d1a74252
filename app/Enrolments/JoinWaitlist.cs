using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Enrolments;

/// <param name="Full">Those of the course in which no seat is free.</param>
public sealed record JoinWaitlistView(ActView Act, IReadOnlyList<(string Value, string Text)> Full, string CourseName);

/// <summary>Has the person wait for a seat in a batch that is full.</summary>
public sealed partial class JoinWaitlist(Waitlists waitlists) : LeadAct
{
    public override string Path => "waits";
    public override int Order => 46;

    public override bool IsOfferedTo(Lead lead, Person person) => lead.IsOpen;

    public override async Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var (lead, clock) = (panel.Lead, panel.Clock);
        var others = await OthersAsync(panel.Session, lead, cancel);
        var full = (await OpenBatches.TakingAsync(panel.Session, lead.CourseId, clock.Today, cancel))
            .Where(b => !b.HasSeatFor(lead.Id, clock.Now) && b.PlaceOf(lead.Id)?.IsWaiting != true)
            .Where(b => !others.Any(id => b.PlaceOf(id) is not null)).ToList();
        if (full.Count == 0 && panel.Refused is null) return NoPanel.Create();
        var choices = full.Select(b => (b.Id.ToString(), $"{b.Code} · {Format.Date(b.StartsOn)} · {b.Schedule} · {b.Waiting} waiting"));
        return Create(new JoinWaitlistView(panel.View(panel.FormOf(), "Wait for a seat"), [.. choices], lead.CourseName));
    }

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var (lead, clock) = (sent.Lead, sent.Clock);
        if (sent.Form.Id("batchId", "one from the list") is not { } id) return [];
        var batch = await sent.Session.LockAsync<Batch>(id, cancel);
        if (batch is null || batch.CourseId != lead.CourseId) throw new Refusal("batchId", "Choose one from the list.");
        if (!batch.TakesPeopleOn(clock.Today)) throw new Refusal("batchId", $"{batch.Code} takes nobody any more. Choose another.");
        if (batch.HasSeatFor(lead.Id, clock.Now)) throw new Refusal("batchId", $"{batch.Code} has a seat now: enrol in it.");
        if (batch.PlaceOf(lead.Id) is { IsWaiting: true }) throw new Refusal("batchId", $"This lead waits for {batch.Code} already.");
        if ((await OthersAsync(sent.Session, lead, cancel)).Any(id => batch.PlaceOf(id) is not null))
            throw new Refusal("batchId", $"They stand on the list of {batch.Code} by another of their leads.");
        var events = LeadRules.JoinWaitlist(lead, batch.Id, batch.Code);
        batch.Join(new WaitingPlace(lead.Id, sent.Stamp.At, sent.Stamp.By.Name));
        await waitlists.SettleAsync(sent.Session, batch, sent.Stamp, cancel);
        return events;
    }

    // A person stands once, whichever of their leads it is by.
    private static Task<IReadOnlyList<Guid>> OthersAsync(IQuerySession session, Lead lead, CancellationToken cancel) =>
        session.Query<Lead>().Where(l => l.PersonId == lead.PersonId && l.Id != lead.Id).Select(l => l.Id).ToListAsync(cancel);
}
