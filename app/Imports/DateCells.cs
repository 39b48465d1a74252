using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Institute;

namespace Crm.Imports;

/// <summary>Whether 4/5/2026 is of May or of April: one column has one order.</summary>
public enum DateOrder { DayFirst, MonthFirst }

/// <summary>What was read where a date was to stand: local to the institute, or with an offset of its own.</summary>
/// <param name="Ambiguous">Whether the order of day and month decides which day it is.</param>
public sealed record DateReading(DateTime? Local, DateTimeOffset? Moment, string? Problem, bool Ambiguous = false)
{
    public bool Found => Local is not null || Moment is not null;
}

/// <summary>Reads dates as people and programs write them.</summary>
public static partial class DateCells
{
    private const int FirstSerial = 25_569, LastSerial = 73_050; // 1970 to 2099, as a spreadsheet counts days
    private const int FirstYear = 1990;
    private static readonly string[] Clocks =
        ["H:mm", "H:mm:ss", "H:mm:ss.FFFFFFF", "h:mm tt", "h:mm:ss tt", "h:mmtt", "h:mm:sstt", "h tt", "htt"];
    private static readonly string[] WithMonthNames =
        ["d MMM yyyy", "d MMMM yyyy", "MMM d yyyy", "MMMM d yyyy", "d MMM yy", "d MMMM yy", "MMM d yy"];

    /// <param name="order">Null where nothing has decided it.</param>
    public static DateReading Read(string text, DateOrder? order)
    {
        var cell = text.Trim();
        if (IsoMoment().IsMatch(cell) && DateTimeOffset.TryParse(cell, CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment))
            return Checked(cell, new DateReading(null, moment, null), moment.Year);
        var (day, clock) = Parts(cell);
        if (clock.Length > 0 && !TryClock(clock, out _)) return NoDate(cell);
        _ = TryClock(clock, out var at);
        if (Numbers().Match(day) is { Success: true } parts) return OfNumbers(cell, parts, at, order);
        if (DateTime.TryParseExact(day.Replace(",", " ").Replace("-", " ").Replace("  ", " ").Replace("Sept ", "Sep "), WithMonthNames,
                CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var named))
            return Checked(cell, new DateReading(named.Add(at), null, null), named.Year);
        if (double.TryParse(cell, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var serial)
            && serial is >= FirstSerial and <= LastSerial)
            return Read(WorkbookFormats.Serial(serial), order);
        return NoDate(cell);
    }

    /// <summary>Which order a value can only have; null where it can have both, or where it does not matter.</summary>
    public static DateOrder? OnlyOrderOf(string text)
    {
        if (Numbers().Match(Parts(text.Trim()).Day) is not { Success: true } parts || parts.Groups["first"].Length > 2) return null;
        var (first, second) = (Number(parts, "first"), Number(parts, "second"));
        if (first is > 12 and <= 31 && second is >= 1 and <= 12) return DateOrder.DayFirst;
        return second is > 12 and <= 31 && first is >= 1 and <= 12 ? DateOrder.MonthFirst : null;
    }

    private static DateReading OfNumbers(string cell, Match parts, TimeSpan at, DateOrder? order)
    {
        var (first, second, third) = (Number(parts, "first"), Number(parts, "second"), Number(parts, "third"));
        if (parts.Groups["first"].Length == 4) return Of(cell, first, second, third, at);
        var year = third < 100 ? 2000 + third : third;
        if (order is null && first != second && first <= 12 && second <= 12)
            return new DateReading(null, null, "Say above whether the day or the month stands first in dates.", Ambiguous: true);
        return (order ?? OnlyOrderOf(cell)) == DateOrder.MonthFirst
            ? Of(cell, year, first, second, at)
            : Of(cell, year, second, first, at);
    }

    private static DateReading Of(string cell, int year, int month, int day, TimeSpan at)
    {
        if (month is < 1 or > 12 || year is < 1 or > 9999 || day < 1 || day > DateTime.DaysInMonth(year, month)) return NoDate(cell);
        return Checked(cell, new DateReading(new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified).Add(at), null, null), year);
    }

    private static DateReading Checked(string cell, DateReading reading, int year) =>
        year >= FirstYear ? reading : new DateReading(null, null, $"“{cell}” is before {FirstYear}.");

    private static DateReading NoDate(string cell) => new(null, null, $"“{CellWords.Cut(cell)}” is no date.");

    private static bool TryClock(string text, out TimeSpan at)
    {
        at = TimeSpan.Zero;
        if (text.Length == 0) return true;
        var found = DateTime.TryParseExact(text.Replace(".", "", StringComparison.Ordinal), Clocks, CultureInfo.InvariantCulture,
            DateTimeStyles.AllowWhiteSpaces, out var time)
            || DateTime.TryParseExact(text, Clocks, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out time);
        if (found) at = time.TimeOfDay;
        return found;
    }

    private static (string Day, string Clock) Parts(string cell)
    {
        var match = Clock().Match(cell);
        return match.Success ? (cell[..match.Index].TrimEnd(' ', ',', 'T'), match.Value.Trim(' ', ',', 'T', 'Z')) : (cell, "");
    }

    private static int Number(Match parts, string group) => int.Parse(parts.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)? ?(?:Z|[+-]\d{2}:?\d{2})\z", RegexOptions.None, 1000)]
    private static partial Regex IsoMoment();

    [GeneratedRegex(@"\A(?<first>\d{1,4})[/.\-\s](?<second>\d{1,2})[/.\-\s](?<third>\d{4}|\d{1,2})\z", RegexOptions.None, 1000)]
    private static partial Regex Numbers();

    [GeneratedRegex(@"(?:[ ,T]+)\d{1,2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?\s*(?:[ap]\.?m\.?)?Z?\z(?<=:.*|[ap]\.?m\.?)",
        RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Clock();
}
