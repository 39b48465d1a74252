namespace Crm.Enrolments;

/// <summary>A seat taken in a batch, and what was agreed to be paid for it. Money is in rupees.</summary>
public sealed class Enrolment
{
    public Guid Id { get; set; }
    public Guid LeadId { get; set; }
    public Guid BatchId { get; set; }
    public Guid CourseId { get; set; }
    public string RollNumber { get; set; } = "";
    public string Name { get; set; } = "";
    public string CourseName { get; set; } = "";
    public string BatchCode { get; set; } = "";
    public decimal Fee { get; set; }
    public decimal Discount { get; set; }
    public List<Instalment> Instalments { get; set; } = [];
    public DateTimeOffset EnrolledAt { get; set; }
    public string EnrolledBy { get; set; } = "";

    [System.Text.Json.Serialization.JsonIgnore] public decimal Net => Fee - Discount;
}

public sealed record Instalment(DateOnly DueOn, decimal Amount);
