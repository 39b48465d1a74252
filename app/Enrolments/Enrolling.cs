using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Messages;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>Offers seats and takes them.</summary>
public sealed class Enrolling(LeadChanges changes, Letters letters, InstituteClock clock)
{
    public Task<Lead?> OfferAsync(Guid leadId, Actor by, Guid batchId, decimal discount, DateOnly validUntil, CancellationToken cancel) =>
        changes.ApplyAsync(leadId, async (lead, session) =>
        {
            var batch = await session.LoadAsync<Batch>(batchId, cancel) ?? throw new Refusal("batchId", "Choose one of the batches.");
            if (batch.CourseId != lead.CourseId) throw new Refusal("batchId", $"{batch.Code} is no batch of {lead.CourseName}.");
            if (batch.SeatsLeft <= 0) throw new Refusal("batchId", $"{batch.Code} is full. Choose another batch.");
            var course = await session.LoadAsync<Course>(batch.CourseId, cancel);
            var offer = new Offer(batch.Id, batch.Code, course!.Fee, discount, validUntil);
            var events = LeadRules.MakeOffer(lead, by, offer, clock.Today);
            if (lead.CanBeEmailed) session.Store(letters.Offer(lead, offer, batch, by.At));
            return events;
        }, cancel);

    /// <summary>Takes a seat for the lead, with the fee agreed and the instalments it is paid in.</summary>
    /// <exception cref="Refusal">The batch is full, the lead has a seat, or the discount is more than the fee.</exception>
    public Task<Lead?> EnrolAsync(Guid leadId, Actor by, Guid batchId, decimal discount, int instalments, DateOnly firstDueOn, CancellationToken cancel) =>
        changes.ApplyAsync(leadId, async (lead, session) =>
        {
            // The row's lock is what keeps the last seat from being taken twice: others wait here until this commits.
            await session.BeginTransactionAsync(cancel);
            if (await session.QueryAsync<Batch>("where d.id = ? for update", cancel, batchId) is not [var batch])
                throw new Refusal("batchId", "Choose one of the batches.");
            if (batch.CourseId != lead.CourseId) throw new Refusal("batchId", $"{batch.Code} is no batch of {lead.CourseName}.");
            if (batch.SeatsLeft <= 0) throw new Refusal("batchId", $"{batch.Code} is full: its {batch.Seats} seats are taken. Choose another batch.");
            var course = await session.LoadAsync<Course>(batch.CourseId, cancel);
            // An offer that is still open holds its fee, whatever the course has come to cost since.
            var fee = lead.Offer is { } offer && offer.BatchId == batch.Id && offer.ValidUntil >= clock.Today ? offer.Fee : course!.Fee;
            if (discount > fee) throw new Refusal("discount", $"The discount cannot exceed the fee of {Format.Rupees(fee)}.");
            if (firstDueOn < clock.Today.AddDays(-31) || firstDueOn > clock.Today.AddYears(1)) throw new Refusal("firstDueOn", "Choose a day between a month ago and a year ahead.");

            var (enrolment, enrolled) = TakeSeat(lead, by, batch, fee, discount, instalments, firstDueOn);
            var events = LeadRules.Enrol(lead, by, enrolled);
            session.Store(batch);
            session.Insert(enrolment);
            if (lead.Email is not null) session.Store(letters.EnrolmentLetter(lead, enrolment, batch, by.At));
            return events;
        }, cancel);

    /// <summary>Counts the seat and writes down who has it. The batch must be locked, or be nobody else's yet.</summary>
    public static (Enrolment Enrolment, LeadEnrolled Event) TakeSeat(Lead lead, Actor by, Batch batch, decimal fee, decimal discount, int instalments, DateOnly firstDueOn)
    {
        batch.SeatsTaken++;
        var enrolment = new Enrolment
        {
            Id = Guid.CreateVersion7(by.At),
            LeadId = lead.Id,
            BatchId = batch.Id,
            CourseId = batch.CourseId,
            RollNumber = $"{batch.Code}-{batch.SeatsTaken:00}",
            Name = lead.Name,
            CourseName = lead.CourseName,
            BatchCode = batch.Code,
            Fee = fee,
            Discount = discount,
            Instalments = Split(fee - discount, instalments, firstDueOn),
            EnrolledAt = by.At,
            EnrolledBy = by.Name,
        };
        return (enrolment, new LeadEnrolled(by.At, by.Name, enrolment.Id, batch.Id, batch.Code, enrolment.RollNumber, enrolment.Net));
    }

    /// <summary>Equal monthly instalments in whole rupees; the first carries what does not divide.</summary>
    public static List<Instalment> Split(decimal net, int count, DateOnly firstDueOn)
    {
        var each = Math.Floor(net / count);
        return [.. Enumerable.Range(0, count).Select(i => new Instalment(firstDueOn.AddMonths(i), i == 0 ? net - each * (count - 1) : each))];
    }
}
