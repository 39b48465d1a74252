using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Enrolments;

/// <summary>Takes seats for leads, in a session that the caller saves.</summary>
public sealed class SeatTaking(Waitlists waitlists, CurrentInstitute institute, InstituteClock clock)
{
    /// <param name="locked">The seat's batch and those on whose lists the lead stands.</param>
    public async Task<LeadEnrolled> TakeAsync(
        IDocumentSession session, Lead lead, AgreedSeat seat, IReadOnlyList<Batch> locked, Stamp stamp, CancellationToken cancel)
    {
        await RefuseSecondAsync(session, seat.Batch, lead.PersonId, cancel);
        Waitlists.Leave(session, seat.Batch, lead.Id, stamp.At);
        var (enrolmentId, taken, enrolled) = seat.TakeFor(lead, stamp.At);
        await waitlists.SettleAsync(session, seat.Batch, stamp, cancel);
        await waitlists.LeaveAllAsync(session, locked, lead.Id, stamp, cancel);
        SeatWriter.Take(session, enrolmentId, taken, stamp);
        return enrolled;
    }

    /// <exception cref="Refusal">The person, who may have several leads, has a seat in the batch, which the caller has locked.</exception>
    public static async Task RefuseSecondAsync(IQuerySession session, Batch batch, Guid personId, CancellationToken cancel)
    {
        var seats = await session.Query<Enrolment>().Where(e => e.BatchId == batch.Id && e.PersonId == personId).ToListAsync(cancel);
        if (seats.FirstOrDefault(e => e.IsCurrent) is { } seat)
            throw new Refusal("batchId", $"The same person has {seat.RollNumber} in {batch.Code} already.");
    }

    /// <summary>Takes the seat that waited for a manager, as it was asked for.</summary>
    /// <param name="price">What the seat would cost if it were asked for now.</param>
    /// <exception cref="Refusal">The seat has gone, or what was agreed with it does not hold any more.</exception>
    public async Task<IReadOnlyList<LeadEvent>> ApproveAsync(
        LeadWork work, DiscountRequest asked, SeatWish wish, string? why, Price price, CancellationToken cancel)
    {
        var (lead, offer) = (work.Lead, asked.Offer);
        DiscountRules.RefuseOtherPrice(lead, offer, price, clock.Today, institute.Money);
        var batches = await work.Session.LockAllAsync<Batch>([offer.BatchId, .. lead.Waits], cancel);
        var batch = CheckJoinable(batches.FirstOrDefault(b => b.Id == offer.BatchId), offer);
        if (!batch.HasSeatFor(lead.Id, clock.Now))
            throw new Refusal($"{OpenBatches.WhyFull(batch, clock.Now)} Approve the price and have them wait for a seat, or refuse it.");
        var terms = new SeatTerms(batch.Id, offer.Discount, wish.Parts, wish.FirstDueOn, wish.Written, wish.PlaceOfSupply);
        var seat = AgreedSeat.Agree(batch, offer.Fee, terms, clock.Today, institute);
        var enrolled = await TakeAsync(work.Session, lead, seat, batches, work.Stamp, cancel);
        return DiscountRules.ApproveSeat(lead, asked, why, enrolled, work.Stamp.At, institute.Money);
    }

    /// <summary>Approves the price of a seat that has gone, and has the lead wait for the next one.</summary>
    public async Task<IReadOnlyList<LeadEvent>> WaitAsync(
        LeadWork work, DiscountRequest asked, string? why, Price price, CancellationToken cancel)
    {
        var (lead, offer) = (work.Lead, asked.Offer);
        DiscountRules.RefuseOtherPrice(lead, offer, price, clock.Today, institute.Money);
        var batch = CheckJoinable(await work.Session.LockAsync<Batch>(offer.BatchId, cancel), offer);
        if (batch.HasSeatFor(lead.Id, clock.Now)) throw new Refusal($"{batch.Code} has a seat again: approve it, and it is taken.");
        var events = DiscountRules.ApproveWaiting(lead, asked, why, batch.TakesPeopleUntil, work.Stamp.At, institute.Money);
        // Who waits for it already keeps their place.
        if (batch.PlaceOf(lead.Id) is not { IsWaiting: true }) batch.Join(new WaitingPlace(lead.Id, work.Stamp.At, work.Stamp.By.Name));
        await waitlists.SettleAsync(work.Session, batch, work.Stamp, cancel);
        return events;
    }

    private Batch CheckJoinable(Batch? batch, Offer offer)
    {
        const string anew = "Refuse this, so that another is asked for.";
        if (batch is null) throw new Refusal($"There is no {offer.BatchCode} any more. {anew}");
        if (OpenBatches.WhyClosed(batch, clock.Today) is { } closed) throw new Refusal($"{closed} {anew}");
        return batch.TakesPeopleOn(clock.Today) ? batch : throw new Refusal($"{batch.Code} takes nobody any more. {anew}");
    }
}
