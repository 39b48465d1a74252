using Crm.Institute;
using Crm.Web;
using Sources = Crm.Reports.FeeReportPage.Sources;

namespace Crm.Reports;

public sealed record TaxView(TaxReport? Report, PeriodView Period);

/// <summary>The page of what a return of tax asks for, and its files.</summary>
public static class TaxPage
{
    public static void Map(RouteGroupBuilder reports)
    {
        reports.MapGet("/tax", async Task<IResult> (HttpContext http, [AsParameters] Sources from, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, from, cancel);
            return PageOf(report, period);
        });
        reports.MapGet("/tax.csv", async Task<IResult> (HttpContext http, [AsParameters] Sources from, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, from, cancel);
            if (report is null) return PageOf(report, period);
            await http.AuditAsync(AuditKind.Exported, "tax papers as CSV");
            var file = await FeeFiles.CsvAsync((report.From, report.To), report.Tables(), cancel);
            return Results.File(file, "text/csv; charset=utf-8", NameOf(report, "csv"));
        });
        reports.MapGet("/tax.xlsx", async Task<IResult> (HttpContext http, [AsParameters] Sources from, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, from, cancel);
            if (report is null) return PageOf(report, period);
            await http.AuditAsync(AuditKind.Exported, "tax papers as Excel");
            var file = await FeeFiles.XlsxAsync((report.From, report.To), report.Tables(), from.Institute.Profile.CurrencySymbol, cancel);
            return Results.File(file, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", NameOf(report, "xlsx"));
        });
    }

    private static async Task<(TaxReport?, PeriodView)> LoadAsync(HttpContext http, Sources from, CancellationToken cancel)
    {
        var today = from.Clock.Today;
        var form = ReportPeriod.FormOf(http.Request, ReportPeriod.MonthOf(today), today);
        var report = ReportPeriod.Read(form) is var (first, last) ? await TaxReport.LoadAsync(from.Session, first, last, cancel) : null;
        return (report, new PeriodView(form, ReportPeriod.RangesOf(today, from.Institute), "/reports/tax", "Issued from"));
    }

    private static Page PageOf(TaxReport? report, PeriodView period) =>
        new(TaxPapers.Create(new TaxView(report, period)), report is null ? 422 : 200);

    private static string NameOf(TaxReport report, string extension) =>
        $"tax-{report.From:yyyy-MM-dd}-to-{report.To:yyyy-MM-dd}.{extension}";
}
