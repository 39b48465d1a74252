using Crm.Institute;

namespace Crm.Seats;

/// <summary>What falls due on a day.</summary>
public sealed record Instalment(DateOnly DueOn, Money Amount);

/// <summary>Something that happened to one seat in one batch.</summary>
public abstract record EnrolmentEvent : StoredEvent;

[HoldsNothingPersonal("ids, a seat and a price: the person is in their own stream")]
public sealed record SeatTaken(
    Guid PersonId, Guid LeadId, Guid BatchId, string BatchCode, Guid CourseId, string CourseName, string RollNumber,
    Money Fee, Money Discount, IReadOnlyList<Instalment> Instalments) : EnrolmentEvent;

/// <summary>The seat went to another record of its person: two were merged, or split again.</summary>
[HoldsNothingPersonal("ids alone")]
public sealed record SeatGivenTo(Guid PersonId, bool Merged) : EnrolmentEvent;
