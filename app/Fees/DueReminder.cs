using Crm.Institute;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>That a reminder of an instalment was written for one of the institute's days. There is one for each instalment and day,
/// whoever writes it and however often; what became of the email, its message tells.</summary>
public sealed class DueReminder
{
    /// <summary>What the emails are called in the outbox.</summary>
    public const string MessageKind = "fee-reminder";

    /// <summary>After how many days a reminder that should have gone is not written any more, as after a long standstill.</summary>
    public const int TooLate = 14;

    /// <summary>Also the message's.</summary>
    public Guid Id { get; set; }
    public Guid EnrolmentId { get; set; }

    /// <summary>The day on which the instalment falls due.</summary>
    public DateOnly DueOn { get; set; }

    /// <summary>How many days after that it is meant for; below zero before it.</summary>
    public int Days { get; set; }

    /// <summary>The day that it is meant for.</summary>
    public DateOnly Day { get; set; }

    /// <summary>
    /// The reminder to write for a seat: the latest whose day has come, and only one later than all that were written. What fell on
    /// earlier days, or on the same day for another instalment, it stands for as well: it names all that is owed by then.
    /// </summary>
    /// <param name="days">The institute's days.</param>
    /// <param name="written">The seat's reminders of the last <see cref="TooLate"/> days.</param>
    /// <param name="enrolledOn">Nobody is reminded for a day before they had the seat.</param>
    /// <returns>Null where none is to be written.</returns>
    public static DueReminder? Next(
        Enrolment seat, IReadOnlyList<int> days, IEnumerable<DueReminder> written, DateOnly enrolledOn, DateOnly today)
    {
        var first = today.AddDays(-TooLate);
        if (enrolledOn > first) first = enrolledOn;
        var last = written.Select(w => (DateOnly?)w.Day).Max();
        return (from part in seat.Settlement()
                where part.IsOpen
                from after in days
                let day = part.Instalment.DueOn.AddDays(after)
                where day <= today && day >= first && !(day <= last)
                orderby day, part.Instalment.DueOn
                select Of(seat.Id, part.Instalment.DueOn, after)).LastOrDefault();
    }

    /// <summary>Why it need not leave, in a sentence; null where it must.</summary>
    public string? WhyPointless(Enrolment seat, IReadOnlyList<int> days)
    {
        if (seat.Settlement().FirstOrDefault(s => s.Instalment.DueOn == DueOn) is not { } part) return "The instalments were changed.";
        if (!part.IsOpen) return "It is paid.";
        return days.Contains(Days) ? null : "The institute does not remind on this day any more.";
    }

    private static DueReminder Of(Guid enrolmentId, DateOnly dueOn, int days) => new()
    {
        Id = IdOf(enrolmentId, dueOn, days),
        EnrolmentId = enrolmentId,
        DueOn = dueOn,
        Days = days,
        Day = dueOn.AddDays(days),
    };

    // Made of what it is about, so that the database itself refuses a second one.
    private static Guid IdOf(Guid enrolmentId, DateOnly dueOn, int days) =>
        DerivedId.Of($"{enrolmentId:N} {dueOn:yyyy-MM-dd} {days}");
}
