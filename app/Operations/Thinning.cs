using System.Globalization;

namespace Crm.Operations;

/// <summary>Which of the old backups are kept: one of each of the last days, weeks and months, a proven one where there is one.</summary>
public static class Thinning
{
    private const int Days = 7, Weeks = 4, Months = 12;

    /// <param name="shelf">Those with a file.</param>
    /// <param name="dayOf">The day at the institute on which one was made.</param>
    /// <returns>Those that may go: never the last proven one, nor the last of all.</returns>
    public static IReadOnlyList<BackupRecord> Spare(IReadOnlyList<BackupRecord> shelf, Func<BackupRecord, DateOnly> dayOf)
    {
        var newest = shelf.OrderByDescending(b => b.MadeAt).ToList();
        HashSet<BackupRecord> kept =
        [
            .. newest.Take(1),
            .. newest.Where(b => b.State == BackupState.Proven).Take(1),
            .. BestOfEach(newest, b => dayOf(b).DayNumber, Days),
            .. BestOfEach(newest, b => WeekOf(dayOf(b)), Weeks),
            .. BestOfEach(newest, b => dayOf(b).Year * 12 + dayOf(b).Month, Months),
        ];
        return [.. newest.Where(b => !kept.Contains(b))];
    }

    // Of a span in which none was made, none is kept: after a pause of a month there are still seven days.
    private static IEnumerable<BackupRecord> BestOfEach(IEnumerable<BackupRecord> newest, Func<BackupRecord, int> span, int most) =>
        newest.GroupBy(span).Take(most).Select(g => g.FirstOrDefault(b => b.State == BackupState.Proven) ?? g.First());

    private static int WeekOf(DateOnly day)
    {
        var date = day.ToDateTime(TimeOnly.MinValue);
        return ISOWeek.GetYear(date) * 100 + ISOWeek.GetWeekOfYear(date);
    }
}
