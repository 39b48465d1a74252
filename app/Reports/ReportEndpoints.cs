using Crm.Institute;
using Crm.Web;
using Marten;
using Npgsql;

namespace Crm.Reports;

public sealed record ReportView(FunnelReport? Report, PeriodView Period);

public static class ReportEndpoints
{
    public static void MapReports(this IEndpointRouteBuilder app)
    {
        var reports = app.MapGroup("/reports").RequireAuthorization(Roles.BooksPolicy).TakesTurns();

        reports.MapGet("", async Task<IResult> (
            HttpContext http, NpgsqlDataSource database, IQuerySession session, InstituteClock clock, CurrentInstitute institute,
            CancellationToken cancel) =>
        {
            var form = FormOf(http.Request, clock);
            var report = await LoadAsync(form, database, session, clock, cancel);
            return new Page(Funnel.Create(ViewOf(report, form, clock, institute)), report is null ? 422 : 200);
        });

        MorningPage.Map(app);
        FeeReportPage.Map(reports);
        CashPage.Map(reports);
        TaxPage.Map(reports);
        reports.MapGet("/funnel.csv", (
            HttpContext http, NpgsqlDataSource database, IQuerySession session, InstituteClock clock, CurrentInstitute institute,
            CancellationToken cancel) =>
            FileAsync(http, database, session, clock, institute, FunnelFiles.CsvAsync, "text/csv; charset=utf-8", "csv", cancel));

        reports.MapGet("/funnel.xlsx", (
            HttpContext http, NpgsqlDataSource database, IQuerySession session, InstituteClock clock, CurrentInstitute institute,
            CancellationToken cancel) =>
            FileAsync(http, database, session, clock, institute, FunnelFiles.XlsxAsync,
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", cancel));
    }

    private static async Task<IResult> FileAsync(
        HttpContext http, NpgsqlDataSource database, IQuerySession session, InstituteClock clock, CurrentInstitute institute,
        Func<FunnelReport, string, CancellationToken, Task<byte[]>> write, string type, string extension, CancellationToken cancel)
    {
        var form = FormOf(http.Request, clock);
        if (await LoadAsync(form, database, session, clock, cancel) is not { } report)
            return new Page(Funnel.Create(ViewOf(null, form, clock, institute)), 422);
        var file = await write(report, institute.Profile.CurrencySymbol, cancel);
        await http.AuditAsync(AuditKind.Exported, $"funnel as {extension}");
        return Results.File(file, type, $"funnel-{report.From:yyyy-MM-dd}-to-{report.To:yyyy-MM-dd}.{extension}");
    }

    private static Form FormOf(HttpRequest request, InstituteClock clock) =>
        ReportPeriod.FormOf(request, clock.Today.AddDays(-89), clock.Today);

    private static ReportView ViewOf(FunnelReport? report, Form form, InstituteClock clock, CurrentInstitute institute) =>
        new(report, new PeriodView(form, ReportPeriod.RangesOf(clock.Today, institute), "/reports", "Received from"));

    private static async Task<FunnelReport?> LoadAsync(
        Form form, NpgsqlDataSource database, IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
        ReportPeriod.Read(form) is var (from, to) ? await FunnelReport.LoadAsync(database, session, from, to, clock, cancel) : null;
}
