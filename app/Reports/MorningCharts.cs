using Crm.Courses;
using Crm.Institute;

namespace Crm.Reports;

/// <summary>The charts of a manager's morning, each with its table.</summary>
public sealed class MorningCharts(MorningReport report, CurrentInstitute institute)
{
    private const int MostBars = 8;

    private string Number(int count) => institute.Money.Number(count);

    /// <summary>"November", and the days of the month before that it is compared with, such as "1–28 October".</summary>
    private string Month => $"{report.Month.From:MMMM}";

    private string Before => $"1{(report.Before.To.Day == 1 ? "" : $"–{report.Before.To.Day}")} {report.Before.From:MMMM}";

    private string InBefore => report.Before.To.Day == 1 ? "on " + Before : "in " + Before;

    private string Counted(int count, string one, string many) => $"{Number(count)} {(count == 1 ? one : many)}";

    public ChartView Funnel()
    {
        var (now, before) = (report.Month.Total, report.Before.Total);
        var stages = now.Stages.Zip(before.Stages, (n, b) => (n.Name, Now: n.Count, Before: b.Count)).ToList();
        return new ChartView("funnel", $"{Month} so far",
            $"{Counted(now.Enquiries, "enquiry", "enquiries")}, {Number(now.Enrolled)} enrolled; {Number(before.Enquiries)} and "
            + $"{Number(before.Enrolled)} {InBefore}.",
            new ReportTable("Funnel", "Stage", [Month, Before], [.. stages.Select(s => new ReportLine(s.Name, s.Now, s.Before))], null, ""),
            [("now", Month), ("before", Before)],
            new BarChart([.. stages.Select(s =>
                new BarLine(s.Name, Number(s.Now), Number(s.Before), [new(s.Now, "now")], s.Before))]),
            Link: ("The whole funnel", "/reports"));
    }

    public ChartView Weeks()
    {
        var weeks = report.ByWeek.ToList();
        var columns = weeks.Select((w, i) => new ColumnOf(Format.Date(w.Monday),
            i > 0 && weeks[i - 1].Monday.Month != w.Monday.Month ? $"{w.Monday:MMM}" : "",
            w.Enquiries, w.Monday == report.Monday)).ToList();
        return new ChartView("weeks", "Enquiries by week",
            $"{Number(weeks[^1].Enquiries)} since Monday, {Number(weeks[^2].Enquiries)} in the week before; "
            + $"{Number((int)Math.Round(weeks.SkipLast(1).Average(w => w.Enquiries)))} a week on average.",
            new ReportTable("Enquiries by week", "Week from", ["Enquiries"],
                [.. weeks.AsEnumerable().Reverse().Select(w => new ReportLine(Format.Date(w.Monday), w.Enquiries))], null, ""),
            [("now", "Whole weeks"), ("open", "This week so far")], Columns: new ColumnChart(columns));
    }

    public ChartView Sources()
    {
        var rows = report.Month.BySource;
        return new ChartView("sources", $"Where {Month}’s enquiries come from",
            rows.Count == 0 ? ""
                : $"Most from {rows[0].Name}: {Number(rows[0].Enquiries)} of {Number(report.Month.Total.Enquiries)}.",
            new ReportTable("By source", "Source", ["Enquiries", "Enrolled"],
                [.. rows.Select(r => new ReportLine(r.Name, r.Enquiries, r.Enrolled))], null, "No enquiry has come this month yet."),
            [], new BarChart([.. rows.Take(MostBars).Select(r => new BarLine(
                r.Name, Number(r.Enquiries), r.Enrolled == 0 ? "" : $"{Number(r.Enrolled)} enrolled", [new(r.Enquiries, "now")]))]));
    }

    public ChartView FirstCalls()
    {
        var rows = report.Month.ByCounsellor.Where(r => r.FirstContact is not null).OrderBy(r => r.FirstContact).ToList();
        var (now, before) = (report.Month.Total.FirstContact, report.Before.Total.FirstContact);
        return new ChartView("calls", "Time to the first call",
            now is null ? ""
                : $"Of those spoken with in {Month}, half waited less than {Within(now.Value)}"
                    + (before is null ? "." : $"; {InBefore}, {FunnelRow.InWords(before)}."),
            new ReportTable("First call", "Counsellor", ["Median", "Spoken with"],
                [.. rows.Select(r => new ReportLine(r.Name, FunnelRow.InWords(r.FirstContact), r.Contacted))], null,
                "Nobody who asked this month was spoken with yet."),
            [], new BarChart([.. rows.Take(MostBars).Select(r => new BarLine(r.Name, FunnelRow.InWords(r.FirstContact), "",
                [new(r.FirstContact!.Value.TotalMinutes, "now")]))]));
    }

    // Of a minute, as nobody waits for less than none.
    private static string Within(TimeSpan time) => time < TimeSpan.FromMinutes(1) ? "a minute" : FunnelRow.InWords(time);

    public ChartView Seats()
    {
        var words = institute.Profile.BatchWord;
        var lines = report.Batches.Select(b => (Batch: b, Held: b.HeldAt(report.Now), Left: b.SeatsLeftAt(report.Now))).ToList();
        return new ChartView("seats", $"Seats by {words.One}",
            $"{Counted(lines.Sum(l => l.Left), "seat is", "seats are")} free in {Counted(lines.Count, words.One, words.Many)}.",
            new ReportTable("Seats", words.Label, ["Begins", "Seats", "Taken", "Held", "Waiting", "Free"],
                [.. lines.Select(l => new ReportLine(l.Batch.Code, Format.Date(l.Batch.StartsOn), l.Batch.Seats, l.Batch.SeatsTaken,
                    l.Held, l.Batch.Waiting, l.Left))], null, $"No {words.One} takes people now."),
            [("now", "Taken"), ("held", "Held")],
            new BarChart([.. lines.Select(l => SeatsOf(l.Batch, l.Held))], whole: 1, hasTrack: true),
            Link: ($"All {words.Many}", "/batches"));
    }

    private BarLine SeatsOf(Batch batch, int held)
    {
        var seats = Math.Max(1, batch.Seats);
        return new BarLine(batch.Code, $"{batch.SeatsTaken} of {batch.Seats}", $"from {batch.StartsOn:d MMM}",
            [new((double)batch.SeatsTaken / seats, "now"), new((double)held / seats, "held")]);
    }
}
