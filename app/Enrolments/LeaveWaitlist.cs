using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Enrolments;

/// <summary>One list on which a lead stands, in words.</summary>
/// <param name="Held">Whether a seat is held for them now.</param>
public sealed record WaitView(Guid BatchId, string Code, string Words, bool Held);

public sealed record LeaveWaitlistView(ActView Act, IReadOnlyList<WaitView> Waits);

/// <summary>Shows for which seats the person waits and which are held for them, and takes them off a list.</summary>
public sealed partial class LeaveWaitlist(Waitlists waitlists) : LeadAct
{
    public override string Path => "waits/departures";
    public override ActPlace Place => ActPlace.Next;
    public override int Order => 15;

    public override bool IsOfferedTo(Lead lead, Person person) => lead.IsOpen && lead.Waits.Count > 0;

    public override async Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var batches = await panel.Session.LoadManyAsync<Batch>(cancel, [.. panel.Lead.Waits]);
        var waits = batches.Where(b => !b.IsCancelled && b.PlaceOf(panel.Lead.Id) is not null)
            .Select(b => ViewOf(b, b.PlaceOf(panel.Lead.Id)!, panel.Clock)).ToList();
        if (waits.Count == 0 && panel.Refused is null) return NoPanel.Create();
        var title = waits.Exists(w => w.Held) ? "A seat is held" : "Waits for a seat";
        return Create(new LeaveWaitlistView(panel.View(panel.FormOf(), title) with { Kind = "next" }, waits));
    }

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        if (sent.Form.Id("batchId", "one from the list") is not { } id) return [];
        var batch = await sent.Session.LockAsync<Batch>(id, cancel);
        if (batch?.PlaceOf(sent.Lead.Id) is null) throw new Refusal("This lead is not on that list any more.");
        await waitlists.LeaveAllAsync(sent.Session, [batch], sent.Lead.Id, sent.Stamp, cancel);
        return [new WaitlistLeft(batch.Id, batch.Code, "Taken off the list")];
    }

    private static WaitView ViewOf(Batch batch, WaitingPlace place, InstituteClock clock)
    {
        var until = place.HeldUntil is { } end ? Format.DateAndTime(clock.Local(end)) : "";
        var ahead = batch.InOrder().Where(w => w.IsWaiting).TakeWhile(w => w.LeadId != place.LeadId).Count();
        var words = !batch.TakesPeopleOn(clock.Today) ? $"{batch.Code} takes nobody any more"
            : place.HoldsAt(clock.Now) ? $"A seat in {batch.Code} is held until {until}"
            : place.RanOutBy(clock.Now) ? $"The seat in {batch.Code} was held until {until}: it went to the next"
            : $"{batch.Code}: {ahead} ahead";
        return new WaitView(batch.Id, batch.Code, words, place.HoldsAt(clock.Now));
    }
}
