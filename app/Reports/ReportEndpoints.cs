using Crm.Institute;
using Crm.Web;
using Marten;
using Npgsql;

namespace Crm.Reports;

public sealed record ReportView(FunnelReport? Report, Form Form, IReadOnlyList<(string Name, DateOnly From, DateOnly To)> Ranges);

public static class ReportEndpoints
{
    public static void MapReports(this IEndpointRouteBuilder app)
    {
        var reports = app.MapGroup("/reports").RequireAuthorization(Roles.ManagerPolicy);

        reports.MapGet("", async (
            HttpContext http, NpgsqlDataSource database, IQuerySession session, InstituteClock clock, CurrentInstitute institute,
            CancellationToken cancel) =>
        {
            var form = FormOf(http.Request, clock);
            var report = await LoadAsync(form, database, session, clock, cancel);
            return new Page(Funnel.Create(new ReportView(report, form, RangesOf(clock.Today, institute))), report is null ? 422 : 200);
        });

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
            return new Page(Funnel.Create(new ReportView(null, form, RangesOf(clock.Today, institute))), 422);
        var file = await write(report, institute.Profile.CurrencySymbol, cancel);
        return Results.File(file, type, $"funnel-{report.From:yyyy-MM-dd}-to-{report.To:yyyy-MM-dd}.{extension}");
    }

    private static Form FormOf(HttpRequest request, InstituteClock clock)
    {
        string Given(string name, DateOnly otherwise) =>
            request.Query[name].ToString() is { Length: > 0 } text ? text : otherwise.ToString("yyyy-MM-dd");
        return new Form { ["from"] = Given("from", clock.Today.AddDays(-89)), ["to"] = Given("to", clock.Today) };
    }

    private static async Task<FunnelReport?> LoadAsync(
        Form form, NpgsqlDataSource database, IQuerySession session, InstituteClock clock, CancellationToken cancel)
    {
        var from = form.Date("from", "the first day");
        var to = form.Date("to", "the last day");
        if (from > to) form.Refuse("to", "Choose a last day that is not before the first.");
        return form.Ok ? await FunnelReport.LoadAsync(database, session, from!.Value, to!.Value, clock, cancel) : null;
    }

    private static IReadOnlyList<(string, DateOnly, DateOnly)> RangesOf(DateOnly today, CurrentInstitute institute)
    {
        var month = new DateOnly(today.Year, today.Month, 1);
        var year = institute.FinancialYearOf(today);
        return
        [
            ("This month", month, today), ("Last month", month.AddMonths(-1), month.AddDays(-1)),
            ("90 days", today.AddDays(-89), today), ("Financial year", year, today), ("12 months", today.AddYears(-1).AddDays(1), today),
        ];
    }
}
