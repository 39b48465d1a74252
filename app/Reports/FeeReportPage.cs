using Crm.Institute;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Crm.Reports;

public sealed record FeeReportView(FeeReport? Report, PeriodView Period);

/// <summary>The managers' page of what was collected and what is owed, and its files.</summary>
public static class FeeReportPage
{
    public static void Map(RouteGroupBuilder reports)
    {
        reports.MapGet("/fees", async Task<IResult> (HttpContext http, [AsParameters] Sources from, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, from, cancel);
            return PageOf(report, period);
        });
        reports.MapGet("/fees/{table}.csv", async Task<IResult> (
            string table, HttpContext http, [AsParameters] Sources from, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, from, cancel);
            if (report is null) return PageOf(report, period);
            if (TablesOf(report, from).GetValueOrDefault(table) is not { } tables) return Results.NotFound();
            await http.AuditAsync(AuditKind.Exported, $"report of fees, {table}, as CSV");
            var file = await FeeFiles.CsvAsync((report.From, report.To), tables, cancel);
            return Results.File(file, "text/csv; charset=utf-8", NameOf(table, report, "csv", tables[0].Until));
        });
        reports.MapGet("/fees.xlsx", async Task<IResult> (HttpContext http, [AsParameters] Sources from, CancellationToken cancel) =>
        {
            var (report, period) = await LoadAsync(http, from, cancel);
            if (report is null) return PageOf(report, period);
            var file = await FeeFiles.XlsxAsync((report.From, report.To), [.. TablesOf(report, from).Values.SelectMany(t => t)],
                from.Institute.Profile.CurrencySymbol, cancel);
            await http.AuditAsync(AuditKind.Exported, "report of fees as Excel");
            return Results.File(file, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", NameOf("fees", report, "xlsx"));
        });
    }

    // Said to be services, since routes that are bound at build time would look for these parts in the body.
    public sealed record Sources([FromServices] NpgsqlDataSource Database, [FromServices] IQuerySession Session,
        [FromServices] InstituteClock Clock, [FromServices] CurrentInstitute Institute);

    private static Dictionary<string, IReadOnlyList<ReportTable>> TablesOf(FeeReport report, Sources from) => new()
    {
        ["collections"] = FeeTables.Collections(report, from.Institute.Profile),
        ["dues"] = [FeeTables.Dues(report)],
        ["batches"] = [FeeTables.Batches(report, from.Institute.Profile)],
        ["closings"] = [FeeTables.Closings(report.Closings, from.Clock)],
    };

    private static async Task<(FeeReport?, PeriodView)> LoadAsync(HttpContext http, Sources from, CancellationToken cancel)
    {
        var today = from.Clock.Today;
        var form = ReportPeriod.FormOf(http.Request, ReportPeriod.MonthOf(today), today);
        var report = ReportPeriod.Read(form) is var (first, last)
            ? await FeeReport.LoadAsync(from.Database, from.Session, first, last, today, cancel)
            : null;
        return (report, new PeriodView(form, ReportPeriod.RangesOf(today, from.Institute), "/reports/fees", "Received from"));
    }

    private static Page PageOf(FeeReport? report, PeriodView period) =>
        new(FeeFigures.Create(new FeeReportView(report, period)), report is null ? 422 : 200);

    private static string NameOf(string table, FeeReport report, string extension, DateOnly? until = null) => until is null
        ? $"{table}-{report.From:yyyy-MM-dd}-to-{report.To:yyyy-MM-dd}.{extension}"
        : $"{table}-until-{until:yyyy-MM-dd}.{extension}";
}
