using System.Globalization;
using Crm.Fees;
using Crm.Institute;

namespace Crm.Reports;

/// <summary>The fee report as tables.</summary>
public static class FeeTables
{
    private static readonly string[] OfCollections = ["Receipts", "Received", "Reversed", "Refunded", "Transferred", "Net"];

    internal const string NoCollections = "Nothing was received or given back on these days.";

    /// <summary>By day, way, course and cashier.</summary>
    public static IReadOnlyList<ReportTable> Collections(FeeReport report, InstituteProfile words)
    {
        ReportTable By(string of, IReadOnlyList<CollectionRow> rows) => new($"By {of.ToLowerInvariant()}", of, OfCollections,
            [.. rows.Select(LineOf)], LineOf(report.Total), NoCollections);
        return
        [
            ByDay(By("Day", report.ByDay)), By("Way", report.ByWay),
            By(words.CourseWord.Label, report.ByCourse), By("Cashier", report.ByCashier),
        ];
    }

    private static ReportTable ByDay(ReportTable table)
    {
        ReportLine Of(ReportLine line, DateOnly day) => line with { Day = day, Shown = Format.Date(day) };
        return table with { Lines = [.. table.Lines.Select(l => Of(l, DateOnly.Parse(l.Name, CultureInfo.InvariantCulture)))] };
    }

    /// <summary>What is owed today, whatever days were chosen.</summary>
    public static ReportTable Dues(FeeReport report)
    {
        ReportLine Line(AgeRow row) => new(row.Name, row.Seats, row.Instalments, row.Owed);
        return new ReportTable("Dues by age", "Due since", ["Seats", "Instalments", "Owed"], [.. report.Ages.Select(Line)],
            Line(report.Owed), "")
        { Until = report.Today };
    }

    /// <summary>What was agreed and received until today.</summary>
    public static ReportTable Batches(FeeReport report, InstituteProfile words)
    {
        ReportLine Line(BatchFeesRow row) =>
            new(row.Name, row.CourseName, row.Seats, row.Agreed, row.Received, row.Refunded, row.Balance);
        return new ReportTable($"By {words.BatchWord.One}", words.BatchWord.Label,
            [words.CourseWord.Label, "Seats", "Agreed", "Received", "Refunded", "Balance"], [.. report.Batches.Select(Line)],
            Line(report.AllBatches), "Nobody has a seat yet.")
        { Until = report.Today };
    }

    public static ReportTable Closings(IEnumerable<CashClosing> closings, InstituteClock clock) => new("Cash closings", "Closed",
        ["Opening", "Cash in", "Reversed", "Refunded", "Expected", "Counted", "Difference", "Taken out", "Left", "By", "Note"],
        [.. closings.Select(c => new ReportLine(Format.DateAndTime(clock.Local(c.At)), c.Opening, c.Received, c.Reversed, c.Refunded,
            c.Expected, c.Counted, c.Difference, c.TakenOut, c.Left, c.By.Name, c.Note))],
        null, "The drawer was not counted on these days.");

    private static ReportLine LineOf(CollectionRow row) =>
        new(row.Name, row.Receipts, row.Received, row.Reversed, row.Refunded, row.Moved, row.Net);
}
