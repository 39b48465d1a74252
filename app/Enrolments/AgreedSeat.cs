using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;

namespace Crm.Enrolments;

/// <summary>What was agreed for a seat. The batch must be locked, or be nobody else's yet.</summary>
public sealed record AgreedSeat(Batch Batch, Money Fee, Money Discount, IReadOnlyList<Instalment> Instalments)
{
    private const int DaysBack = 31;

    /// <summary>Agrees on a price and the days on which its parts fall due.</summary>
    /// <param name="fee">Before the discount.</param>
    /// <param name="parts">How many instalments are wished.</param>
    /// <exception cref="Refusal">The discount exceeds the fee, or the first day is too far off.</exception>
    public static AgreedSeat Agree(Batch batch, Money fee, Money discount, int parts, DateOnly firstDueOn, DateOnly today, MoneyStyle money)
    {
        if (discount > fee) throw new Refusal("discount", $"The discount cannot exceed the fee of {money.Show(fee)}.");
        if (firstDueOn < today.AddDays(-DaysBack) || firstDueOn > today.AddYears(1))
            throw new Refusal("firstDueOn", "Choose a day between a month ago and a year ahead.");
        return new AgreedSeat(batch, fee, discount, Fees.Instalments.Split(fee - discount, parts, firstDueOn));
    }

    /// <summary>Counts the seat and gives out the next roll number.</summary>
    public (Guid EnrolmentId, SeatTaken Taken, LeadEnrolled Enrolled) TakeFor(Lead lead, DateTimeOffset now)
    {
        Batch.SeatsTaken++;
        var rollNumber = $"{Batch.Code}-{++Batch.LastRollNumber:00}";
        var id = Guid.CreateVersion7(now);
        var taken = new SeatTaken(lead.PersonId, lead.Id, Batch.Id, Batch.Code, Batch.CourseId, lead.CourseName, rollNumber, Fee, Discount,
            Instalments);
        return (id, taken, new LeadEnrolled(id, Batch.Id, Batch.Code, rollNumber, Fee - Discount));
    }
}
