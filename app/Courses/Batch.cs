using System.Text.Json.Serialization;

namespace Crm.Courses;

public enum TeachingMode { Classroom, Online, Hybrid }

/// <summary>A run of a course with a number of seats. <see cref="SeatsTaken"/> changes only under a lock on the row.</summary>
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

    /// <summary>The last number given out. It only grows: a roll number is never used again.</summary>
    public int LastRollNumber { get; set; }

    [JsonIgnore] public int SeatsLeft => Seats - SeatsTaken;

    public bool HasBegunOn(DateOnly day) => StartsOn < day;

    [JsonIgnore] public bool HasSeat => SeatsLeft > 0;
}
