using Crm.Courses;
using Crm.Institute;
using Crm.Seats;
using Marten;

namespace Crm.Enrolments;

/// <summary>The seats that somebody can change theirs for, and what they cost.</summary>
public static class TransferChoices
{
    /// <returns>Batches of the same course first, each with its fee.</returns>
    public static async Task<IReadOnlyList<(string Value, string Text)>> OfAsync(
        IQuerySession session, Enrolment seat, CurrentInstitute institute, InstituteClock clock, CancellationToken cancel)
    {
        var (now, today, first) = (clock.Now, clock.Today, clock.Today.AddDays(-Batch.DaysAfterStart));
        var batches = await session.Query<Batch>().Where(b => b.StartsOn >= first && b.Id != seat.BatchId).OrderBy(b => b.StartsOn)
            .ToListAsync(cancel);
        var courses = (await session.Query<Course>().ToListAsync(cancel)).ToDictionary(c => c.Id);
        return
        [
            .. batches.Where(b => b.TakesPeopleOn(today) && b.HasSeatAt(now)).OrderBy(b => b.CourseId == seat.CourseId ? 0 : 1)
                .ThenBy(b => courses[b.CourseId].Code, StringComparer.Ordinal).ThenBy(b => b.StartsOn)
                .Select(b => (b.Id.ToString(), $"{b.Code} · {Format.Date(b.StartsOn)} · {b.Schedule} · {b.SeatsLeftAt(now)} left · "
                    + institute.Show(FeeOf(seat, courses[b.CourseId])))),
        ];
    }

    /// <summary>The price before a discount: within a course the one that was agreed, whatever the course has come to cost since.</summary>
    public static Money FeeOf(Enrolment seat, Course course) => course.Id == seat.CourseId ? seat.Fee : course.Fee;

    /// <summary>The tax on top of that price less a discount: within a course as it was agreed, whatever is set of taxes since.</summary>
    /// <returns>Null where it is to be found anew.</returns>
    public static Money? TaxOf(Enrolment seat, Course course, Money discount)
    {
        var taxed = seat.Fee - seat.Discount;
        if (course.Id != seat.CourseId || taxed == Money.Zero && discount < seat.Fee) return null;
        return discount == seat.Discount ? seat.Tax : new Money((long)Math.Round(
            (decimal)(seat.Fee - discount).Paise * seat.Tax.Paise / taxed.Paise, MidpointRounding.AwayFromZero));
    }

    /// <returns>By how much the new seat costs more or less, and what is left to pay; null where it costs the same.</returns>
    public static string? Difference(Enrolment seat, AgreedSeat agreed, CurrentInstitute institute)
    {
        var more = agreed.Net - seat.Net;
        if (more == Money.Zero) return null;
        var (size, left) = (more < Money.Zero ? -more : more, agreed.Net - seat.Kept + seat.Overdrawn);
        var rest = left < Money.Zero ? $"{institute.Show(-left)} would be credit to give back."
            : left == Money.Zero ? "Nothing would be left to pay."
            : $"{institute.Show(left)} would be left to pay.";
        return $"{institute.Show(agreed.Net)} is {institute.Show(size)} {(more < Money.Zero ? "less" : "more")} than the "
            + $"{institute.Show(seat.Net)} agreed now; {char.ToLowerInvariant(rest[0])}{rest[1..]}";
    }
}
