using System.Globalization;
using Crm.Seats;

namespace Crm.Enrolments;

public enum Mark { Present, Late, Absent }

/// <summary>A mark that was changed after the day had been saved.</summary>
/// <param name="From">Null where the student had none.</param>
/// <param name="At">When it was changed (UTC).</param>
public sealed record MarkChange(Guid EnrolmentId, Mark? From, Mark To, string By, DateTimeOffset At);

/// <summary>Word that nobody was taught on a day for which marks were saved, as on a holiday or on another day by mistake.</summary>
/// <param name="At">When it was said (UTC).</param>
public sealed record NoClass(string By, DateTimeOffset At);

/// <summary>Who came on one day of a batch. It changes under a lock on its name, <see cref="IdOf"/>.</summary>
public sealed class AttendanceDay
{
    public string Id { get; set; } = "";
    public Guid BatchId { get; set; }
    public DateOnly Day { get; set; }

    /// <summary>By the ids of enrolments.</summary>
    public Dictionary<Guid, Mark> Marks { get; set; } = [];

    /// <summary>What was corrected afterwards, the latest last.</summary>
    public List<MarkChange> Changes { get; set; } = [];

    /// <summary>Enrolments for whose absences up to this day a counsellor was asked to call.</summary>
    public List<Guid> Called { get; set; } = [];

    /// <summary>Where it is there, the day does not count. The marks stay, and count again when they are saved again.</summary>
    public NoClass? NoClass { get; set; }

    /// <summary>Who saved it first, and when (UTC).</summary>
    public string By { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public static string IdOf(Guid batchId, DateOnly day) => $"{batchId:N}-{day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}";

    /// <summary>What a student has on that day; who has nothing yet is taken to be there.</summary>
    public static Mark MarkOf(AttendanceDay? day, Guid enrolmentId) =>
        day?.Marks.GetValueOrDefault(enrolmentId, Mark.Present) ?? Mark.Present;

    /// <summary>What counts for a student; null where they were not marked, or where nobody was taught.</summary>
    public Mark? Counted(Guid enrolmentId) => NoClass is null && Marks.TryGetValue(enrolmentId, out var mark) ? mark : null;

    /// <summary>Sets the marks, and has the day count; what changes after the first time leaves a trace.</summary>
    public void Set(IReadOnlyDictionary<Guid, Mark> marks, string by, DateTimeOffset now)
    {
        NoClass = null;
        var first = By.Length == 0;
        if (first) (By, At) = (by, now);
        foreach (var (id, mark) in marks)
        {
            Mark? before = Marks.TryGetValue(id, out var known) ? known : null;
            if (before == mark) continue;
            Marks[id] = mark;
            if (!first) Changes.Add(new MarkChange(id, before, mark, by, now));
        }
    }
}

/// <summary>How often somebody came, of the days on which they were marked.</summary>
public sealed record AttendanceRate(int Came, int Days)
{
    public static AttendanceRate Of(Guid enrolmentId, IEnumerable<AttendanceDay> days)
    {
        var marks = days.Select(d => d.Counted(enrolmentId)).OfType<Mark>().ToList();
        return new AttendanceRate(marks.Count(m => m != Mark.Absent), marks.Count);
    }

    public decimal? Percent => Days == 0 ? null : Math.Round(100m * Came / Days, 1, MidpointRounding.ToZero);

    public bool Reaches(int percent) => Days > 0 && Came * 100 >= percent * Days;
}

/// <summary>What follows from who came. Pure.</summary>
public static class AttendanceRules
{
    /// <summary>After so many absences in a row somebody is called.</summary>
    public const int InARow = 3;

    /// <summary>Whether somebody has a place in the list of a day.</summary>
    /// <param name="enrolledOn">The day on which the seat was taken.</param>
    public static bool IsIn(Enrolment seat, DateOnly enrolledOn, DateOnly day) =>
        enrolledOn <= day && (seat.Left is not { } left || left.On > day);

    /// <summary>The absences without a break up to the last day on which somebody was marked, the first first.</summary>
    public static IReadOnlyList<AttendanceDay> RunOf(Guid enrolmentId, IEnumerable<AttendanceDay> days) =>
    [
        .. days.Where(d => d.Counted(enrolmentId) is not null).OrderByDescending(d => d.Day)
            .TakeWhile(d => d.Counted(enrolmentId) == Mark.Absent).Reverse(),
    ];

    /// <summary>Whether a counsellor is to call, and was not asked to for these absences yet.</summary>
    public static bool NeedsCall(Guid enrolmentId, IReadOnlyList<AttendanceDay> run) =>
        run.Count >= InARow && !run.Any(d => d.Called.Contains(enrolmentId));
}
