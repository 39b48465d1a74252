using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Reports;

public sealed record TaxView(TaxReport? Report, PeriodView Period);

/// <summary>The page of what a return of tax asks for, and its files.</summary>
public static class TaxPage
{
    public static void Map(RouteGroupBuilder reports)
    {
        reports.MapGet("/tax", async Task<IResult> (
            HttpContext http, IQuerySession session, InstituteClock clock, CurrentInstitute institute, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, session, clock, institute, cancel);
            return PageOf(report, period);
        });
        reports.MapGet("/tax.csv", async Task<IResult> (
            HttpContext http, IQuerySession session, InstituteClock clock, CurrentInstitute institute, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, session, clock, institute, cancel);
            if (report is null) return PageOf(report, period);
            await http.AuditAsync(AuditKind.Exported, "tax papers as CSV");
            var file = await FeeFiles.CsvAsync((report.From, report.To), report.Tables(), cancel);
            return Results.File(file, "text/csv; charset=utf-8", NameOf(report, "csv"));
        });
        reports.MapGet("/tax.xlsx", async Task<IResult> (
            HttpContext http, IQuerySession session, InstituteClock clock, CurrentInstitute institute, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, session, clock, institute, cancel);
            if (report is null) return PageOf(report, period);
            await http.AuditAsync(AuditKind.Exported, "tax papers as Excel");
            var file = await FeeFiles.XlsxAsync((report.From, report.To), report.Tables(), institute.Profile.CurrencySymbol, cancel);
            return Results.File(file, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", NameOf(report, "xlsx"));
        });
    }

    private static async Task<(TaxReport?, PeriodView)> LoadAsync(
        HttpContext http, IQuerySession session, InstituteClock clock, CurrentInstitute institute, CancellationToken cancel)
    {
        var form = ReportPeriod.FormOf(http.Request, ReportPeriod.MonthOf(clock.Today), clock.Today);
        var report = ReportPeriod.Read(form) is var (first, last) ? await TaxReport.LoadAsync(session, first, last, cancel) : null;
        return (report, new PeriodView(form, ReportPeriod.RangesOf(clock.Today, institute), "/reports/tax", "Issued from"));
    }

    private static Page PageOf(TaxReport? report, PeriodView period) =>
        new(TaxPapers.Create(new TaxView(report, period)), report is null ? 422 : 200);

    private static string NameOf(TaxReport report, string extension) =>
        $"tax-{report.From:yyyy-MM-dd}-to-{report.To:yyyy-MM-dd}.{extension}";
}
