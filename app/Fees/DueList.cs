using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Fees;

/// <summary>Somebody who owes an instalment.</summary>
/// <param name="Due">What is owed by today; the next instalment where nothing is yet.</param>
/// <param name="DaysLate">How long the oldest open instalment has been due; below zero where it is still to come.</param>
/// <param name="Message">What a counsellor would write to them.</param>
public sealed record DueRow(Enrolment Seat, Person Person, Money Due, int DaysLate, string Message)
{
    public bool IsLate => DaysLate > 0;

    public string When => DaysLate switch
    {
        1 => "1 day late",
        > 1 => $"{DaysLate} days late",
        0 => "today",
        -1 => "tomorrow",
        _ => $"in {-DaysLate} days",
    };

    /// <summary>Opens a chat with the message written.</summary>
    public string? WhatsApp => Person.Phone is { } phone ? $"https://wa.me/{phone.Digits}?text={Uri.EscapeDataString(Message)}" : null;
}

/// <param name="Owed">What all of them owe by today.</param>
/// <param name="HasMore">Whether there are more than are shown.</param>
public sealed record DuesView(IReadOnlyList<DueRow> Rows, Money Owed, bool HasMore);

/// <summary>Finds who owes what.</summary>
public static class DueList
{
    /// <summary>How many are shown.</summary>
    public const int Limit = 500;

    /// <summary>How many days ahead instalments are shown that are still to come.</summary>
    public const int DaysAhead = 7;

    public static async Task<DuesView> ReadAsync(
        IQuerySession session, CurrentInstitute institute, DateOnly today, CancellationToken cancel)
    {
        var until = today.AddDays(DaysAhead);
        var seats = await session.Query<Enrolment>().Where(e => e.DueOn <= until).OrderBy(e => e.DueOn).ThenBy(e => e.Id)
            .Take(Limit + 1).ToListAsync(cancel);
        var shown = seats.Take(Limit).ToList();
        var people = (await session.LoadManyAsync<Person>(cancel, [.. shown.Select(s => s.PersonId).Distinct()])).ToDictionary(p => p.Id);
        return new DuesView([.. shown.Select(s => RowOf(s, people[s.PersonId], institute, today))],
            shown.Aggregate(Money.Zero, (sum, s) => sum + s.DueBy(today)), seats.Count > Limit);
    }

    private static DueRow RowOf(Enrolment seat, Person person, CurrentInstitute institute, DateOnly today)
    {
        var due = seat.DueNext(today);
        var on = seat.DueOn!.Value;
        var falls = on < today ? "was due on" : "is due on";
        var message = $"Dear {person.Name.Text}, {institute.Show(due)} of your fee for {seat.CourseName} (roll number {seat.RollNumber}) "
            + $"{falls} {Format.Date(on)}. {institute.Profile.Name}, {institute.Profile.Phone}";
        return new DueRow(seat, person, due, today.DayNumber - on.DayNumber, message);
    }
}
