using Crm.Institute;
using Crm.Web;

namespace Crm.Reports;

/// <summary>The days that a report is about, as they are chosen on its page.</summary>
/// <param name="Action">The report's own address.</param>
/// <param name="Label">What happened from the first day on, such as "Received from".</param>
public sealed record PeriodView(
    Form Form, IReadOnlyList<(string Name, DateOnly From, DateOnly To)> Ranges, string Action, string Label)
{
    /// <summary>The chosen days as an address carries them.</summary>
    public string Own => Query(Form["from"], Form["to"]);

    /// <summary>The same as papers say it: fields are printed as each browser writes dates. Null where they were refused.</summary>
    public string? InWords => DateOnly.TryParseExact(Form["from"], Iso, out var from) && DateOnly.TryParseExact(Form["to"], Iso, out var to)
        ? $"{Label} {Format.Date(from)} until {Format.Date(to)}"
        : null;

    private const string Iso = "yyyy-MM-dd";

    /// <summary>Address and name of each range that is offered, and whether it is the chosen one.</summary>
    public IEnumerable<(string Name, string Address, bool IsChosen)> Offered =>
        from range in Ranges
        let own = Query(range.From, range.To)
        select (range.Name, Action + own, own == Own);

    public static string Query(DateOnly from, DateOnly to) => Query($"{from:yyyy-MM-dd}", $"{to:yyyy-MM-dd}");

    private static string Query(string from, string to) => $"?from={Uri.EscapeDataString(from)}&to={Uri.EscapeDataString(to)}";
}

/// <summary>Reads the days of a report from its address.</summary>
public static class ReportPeriod
{
    /// <param name="usual">The first day where the address names none; the last is today.</param>
    public static Form FormOf(HttpRequest request, DateOnly usual, DateOnly today)
    {
        string Given(string name, DateOnly otherwise) =>
            request.Query[name].ToString() is { Length: > 0 } text ? text : otherwise.ToString("yyyy-MM-dd");
        return new Form { ["from"] = Given("from", usual), ["to"] = Given("to", today) };
    }

    /// <returns>Null where the form was refused.</returns>
    public static (DateOnly From, DateOnly To)? Read(Form form)
    {
        var from = form.Date("from", "the first day");
        var to = form.Date("to", "the last day");
        if (from > to) form.Refuse("to", "Choose a last day that is not before the first.");
        return form.Ok ? (from!.Value, to!.Value) : null;
    }

    /// <returns>The whole months among days: from the first of one until the first of another. Without any, both are the day after the
    /// last, so that all days are read as days.</returns>
    public static (DateOnly First, DateOnly End) MonthsWithin(DateOnly from, DateOnly to)
    {
        var first = from.Day == 1 ? from : MonthOf(from).AddMonths(1);
        var end = MonthOf(to.AddDays(1));
        return first < end ? (first, end) : (to.AddDays(1), to.AddDays(1));
    }

    /// <param name="first">The first day of a month.</param>
    /// <param name="end">The first day of the month after the last.</param>
    /// <returns>The whole years among months, from a first of January until another. Without any, both are <paramref name="end"/>, so that
    /// all months are read as months.</returns>
    public static (DateOnly First, DateOnly End) YearsWithin(DateOnly first, DateOnly end)
    {
        var (year, years) = (new DateOnly(first.AddMonths(11).Year, 1, 1), new DateOnly(end.Year, 1, 1));
        return year < years ? (year, years) : (end, end);
    }

    public static DateOnly MonthOf(DateOnly day) => new(day.Year, day.Month, 1);

    public static IReadOnlyList<(string Name, DateOnly From, DateOnly To)> RangesOf(DateOnly today, CurrentInstitute institute)
    {
        var month = MonthOf(today);
        var year = institute.FinancialYearOf(today);
        return
        [
            ("This month", month, today), ("Last month", month.AddMonths(-1), month.AddDays(-1)),
            ("90 days", today.AddDays(-89), today), ("Financial year", year, today), ("12 months", today.AddYears(-1).AddDays(1), today),
        ];
    }
}
