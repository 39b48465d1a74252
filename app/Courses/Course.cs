namespace Crm.Courses;

/// <summary>A course the institute sells. Fees are in rupees.</summary>
public sealed class Course
{
    public Guid Id { get; set; }
    public string Code { get; set; } = "";
    public string Name { get; set; } = "";
    public string Summary { get; set; } = "";
    public string Audience { get; set; } = "";
    public string Certification { get; set; } = "";
    public int Weeks { get; set; }
    public decimal Fee { get; set; }
    public List<CourseModule> Modules { get; set; } = [];

    /// <summary>A closed course takes no enquiries and no batches, and stays on the leads that asked for it.</summary>
    public bool Open { get; set; } = true;
}

public sealed record CourseModule(string Title, int Hours);

public enum TeachingMode { Classroom, Online, Hybrid }

/// <summary>A run of a course with a number of seats. <see cref="SeatsTaken"/> changes only under a lock on the row: see <c>Enrolling</c>.</summary>
public sealed class Batch
{
    public Guid Id { get; set; }
    public Guid CourseId { get; set; }
    public string Code { get; set; } = "";
    public DateOnly StartsOn { get; set; }
    public string Schedule { get; set; } = "";
    public TeachingMode Mode { get; set; }
    public int Seats { get; set; }
    public int SeatsTaken { get; set; }

    [System.Text.Json.Serialization.JsonIgnore] public int SeatsLeft => Seats - SeatsTaken;
}
