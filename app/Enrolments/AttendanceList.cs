using Crm.Courses;
using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>The list of one day: who is on it, what they have, and the days before.</summary>
/// <param name="Days">All days of the batch that were saved.</param>
public sealed record AttendanceList(
    Batch Batch, DateOnly Day, IReadOnlyList<(Enrolment Seat, string Name)> Students, IReadOnlyList<AttendanceDay> Days,
    InstituteClock Clock)
{
    /// <summary>As it is stored or about to be; null where the day was not saved yet.</summary>
    public AttendanceDay? Marked { get; private set; } = Days.FirstOrDefault(d => d.Day == Day);

    public IEnumerable<(Guid Id, string Field)> Fields => Students.Select(s => (s.Seat.Id, FieldOf(s.Seat.Id)));

    /// <summary>Why nobody can be marked, in a sentence; null where they can.</summary>
    public string? Closed => Batch.IsCancelled ? $"{Batch.Code} was cancelled."
        : Day > Clock.Today ? "This day has not come yet."
        : Batch.IsTaughtOn(Day) ? null
        : $"{Batch.Code} is from {Format.Date(Batch.StartsOn)}" + (Batch.EndsOn is { } end ? $" to {Format.Date(end)}." : " on.");

    /// <returns>Null where there is no such batch.</returns>
    public static async Task<AttendanceList?> LoadAsync(
        IQuerySession session, Guid batchId, DateOnly day, InstituteClock clock, CancellationToken cancel)
    {
        if (await session.LoadAsync<Batch>(batchId, cancel) is not { } batch) return null;
        var days = await session.Query<AttendanceDay>().Where(d => d.BatchId == batchId).ToListAsync(cancel);
        var marked = days.FirstOrDefault(d => d.Day == day);
        var seats = (await session.Query<Enrolment>().Where(e => e.BatchId == batchId).ToListAsync(cancel))
            .Where(s => marked?.Marks.ContainsKey(s.Id) == true || AttendanceRules.IsIn(s, clock.DayOf(s.EnrolledAt), day))
            .InReadingOrder(s => s.RollNumber);
        var people = (await session.LoadManyAsync<Person>(cancel, [.. seats.Select(s => s.PersonId).Distinct()])).ToDictionary(p => p.Id);
        var students = seats.Select(s => (s, people[s.PersonId].Name.Text));
        return new AttendanceList(batch, day, [.. students], [.. days.OrderBy(d => d.Day)], clock);
    }

    /// <summary>What is stored, as the form shows it.</summary>
    public IEnumerable<Drawn> Shown() =>
        Students.Select(s => new Drawn(FieldOf(s.Seat.Id), AttendanceDay.MarkOf(Marked, s.Seat.Id).ToString()));

    /// <summary>Changes the day, or begins it.</summary>
    public void Set(IReadOnlyDictionary<Guid, Mark> marks, Stamp stamp)
    {
        Marked ??= new AttendanceDay { Id = AttendanceDay.IdOf(Batch.Id, Day), BatchId = Batch.Id, Day = Day };
        Marked.Set(marks, stamp.By.Name, stamp.At);
    }

    /// <summary>The days with this one as it now is.</summary>
    public IEnumerable<AttendanceDay> DaysNow => Days.Where(d => d.Day != Day).Append(Marked!);

    /// <summary>How many came, in words.</summary>
    public string Words()
    {
        var counts = (Marked?.Marks ?? []).Values.CountBy(m => m).ToDictionary();
        var said = Enum.GetValues<Mark>().Where(counts.ContainsKey).Select(m => $"{counts[m]} {Format.Words(m).ToLowerInvariant()}");
        return string.Join(", ", said);
    }

    /// <param name="saved">What was just saved, in words.</param>
    public AttendanceView View(Form form, string? saved)
    {
        form["day"] = Day.ToString("yyyy-MM-dd");
        return new AttendanceView(Batch, Day, Clock.Today, [.. Students.Select(s => RowOf(s.Seat, s.Name, form))], form, Closed, State(),
            [.. (Marked?.Changes ?? []).Select(WordsOf).Reverse()], Marked is { NoClass: null }, saved);
    }

    private string State() => Marked switch
    {
        null => "Not saved yet",
        { NoClass: { } none } => $"No class, said by {none.By}, {Format.DateAndTime(Clock.Local(none.At))}: this day does not count. "
            + "It does when the marks are saved again.",
        _ => $"Saved by {Marked.By}, {Format.DateAndTime(Clock.Local(Marked.At))}: {Words()}",
    };

    private static AttendanceRow RowOf(Enrolment seat, string name, Form form)
    {
        var field = FieldOf(seat.Id);
        return new AttendanceRow(field, name, seat.RollNumber, form[field], form.Error(field));
    }

    private string WordsOf(MarkChange change)
    {
        var name = Students.FirstOrDefault(s => s.Seat.Id == change.EnrolmentId).Name;
        var from = change.From is { } before ? Format.Words(before).ToLowerInvariant() : "not marked";
        var to = Format.Words(change.To).ToLowerInvariant();
        return $"{name}: {from}, now {to} · {change.By}, {Format.DateAndTime(Clock.Local(change.At))}";
    }

    private static string FieldOf(Guid enrolmentId) => $"mark-{enrolmentId}";
}
