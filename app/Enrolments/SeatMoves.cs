using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Marten;

namespace Crm.Enrolments;

/// <summary>A seat that somebody goes on to. The lead, the old seat and both batches must be locked.</summary>
/// <param name="Agreed">In the new batch.</param>
/// <param name="Course">Of the new batch.</param>
/// <param name="CallAbout">What the counsellor is to tell the student on the phone; null where they know it, or are written to.</param>
public sealed record SeatMove(
    Enrolment From, Batch FromBatch, AgreedSeat Agreed, CourseRef Course, string Why, bool ByEmail, string? CallAbout = null)
{
    /// <summary>Whether it is because the batch was cancelled.</summary>
    public bool Cancelled { get; init; }
}

/// <summary>Moves somebody from one seat to another: the seat, what was paid, and what the lead says of both.</summary>
public sealed class SeatMoves(SeatWriter seats, LeadWriter leads, InstituteClock clock)
{
    /// <summary>Takes the new seat in a session that the caller saves. Both batches are changed; the caller stores them.</summary>
    /// <returns>What happened to the old seat.</returns>
    public async Task<IReadOnlyList<EnrolmentEvent>> MoveAsync(
        IDocumentSession session, SeatMove move, Stamp stamp, CancellationToken cancel)
    {
        Departures.RefuseLeft(move.From);
        var (from, along) = (move.From, move.From.Kept - move.From.Overdrawn);
        SeatTaken? taken = null;
        var id = Guid.Empty;
        await leads.ChangeAsync(session, from.LeadId, stamp, work =>
        {
            (id, taken, var enrolled) = move.Agreed.TakeFor(work.Lead, stamp.At);
            return Task.FromResult<IReadOnlyList<LeadEvent>>(
            [
                .. LeadRules.Transfer(work.Lead, Told(move, enrolled)),
                .. move.CallAbout is { } why ? LeadRules.CallAbout(work.Lead, why, stamp.At) : [],
            ]);
        }, null, cancel);
        move.FromBatch.SeatsTaken--;
        var there = taken! with
        {
            PersonId = from.PersonId,
            CourseName = move.Course.Name,
            MovedFrom = from.Id,
            Earlier = [.. from.Earlier, new EarlierSeat(from.Id, from.RollNumber)],
        };
        await seats.TakeAsync(session, id, [there, .. Addressed(from), .. Entry(from.Id, along)], stamp, cancel);
        return
        [
            new SeatTransferred(id, there.BatchId, there.BatchCode, there.RollNumber, clock.Today, move.Why), .. Entry(id, -along),
        ];
    }

    private static LeadTransferred Told(SeatMove move, LeadEnrolled there) => new(there.EnrolmentId, there.BatchId, there.BatchCode,
        there.RollNumber, there.Net, move.From.BatchCode, move.Course, move.ByEmail)
    {
        FromRollNumber = move.From.RollNumber,
        Cancelled = move.Cancelled,
    };

    private static IEnumerable<EnrolmentEvent> Addressed(Enrolment from) =>
        from.InvoiceAddress.Length == 0 ? [] : [new InvoiceAddressed(from.PlaceOfSupply, from.InvoiceAddress)];

    private IEnumerable<EnrolmentEvent> Entry(Guid other, Money amount) =>
        amount == Money.Zero ? [] : [new MoneyMoved(other, amount, clock.Today)];
}
