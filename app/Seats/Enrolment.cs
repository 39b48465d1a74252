using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Seats;

/// <summary>A seat taken in a batch, and what was agreed to be paid for it, as the events of its stream have left it.</summary>
public sealed class Enrolment
{
    public Guid Id { get; set; }
    public int Version { get; set; }
    public Guid PersonId { get; set; }
    public Guid LeadId { get; set; }
    public Guid BatchId { get; set; }
    public string BatchCode { get; set; } = "";
    public Guid CourseId { get; set; }
    public string CourseName { get; set; } = "";
    public string RollNumber { get; set; } = "";
    public Money Fee { get; set; }
    public Money Discount { get; set; }
    public List<Instalment> Instalments { get; set; } = [];
    public DateTimeOffset EnrolledAt { get; set; }
    public string EnrolledBy { get; set; } = "";

    [JsonIgnore] public Money Net => Fee - Discount;

    [JsonIgnore] public bool IsDiscounted => Discount > Money.Zero;

    /// <returns>The enrolment after an event. Events of a later program than this change nothing.</returns>
    public Enrolment After(EnrolmentEvent e)
    {
        switch (e)
        {
            case SeatTaken taken: Take(taken); break;
            case SeatGivenTo given: PersonId = given.PersonId; break;
        }
        return this;
    }

    private void Take(SeatTaken e)
    {
        (PersonId, LeadId, BatchId, BatchCode) = (e.PersonId, e.LeadId, e.BatchId, e.BatchCode);
        (CourseId, CourseName, RollNumber) = (e.CourseId, e.CourseName, e.RollNumber);
        (Fee, Discount, Instalments) = (e.Fee, e.Discount, [.. e.Instalments]);
        (EnrolledAt, EnrolledBy) = (e.At, e.By.Name);
    }
}
