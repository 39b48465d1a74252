using Crm.Institute;
using Crm.Web;
using Marten;
using Npgsql;

namespace Crm.Reports;

/// <param name="Figures">Today's, each with what it is called, what stands beside it, and where more of it is.</param>
public sealed record MorningView(
    DateOnly Today, IReadOnlyList<(string Name, string Value, string Beside, string Address)> Figures, IReadOnlyList<ChartView> Charts);

/// <summary>The page that a manager begins the day with.</summary>
public static class MorningPage
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/morning", async Task<IResult> (NpgsqlDataSource database, IQuerySession session, InstituteClock clock,
            CurrentInstitute institute, CancellationToken cancel) =>
        {
            var report = await MorningReport.LoadAsync(database, session, clock, cancel);
            var charts = new MorningCharts(report, institute);
            return Morning.Create(new MorningView(report.Today, FiguresOf(report, institute),
                [charts.Funnel(), charts.Weeks(), charts.Sources(), charts.FirstCalls(), charts.Seats()]));
        }).RequireAuthorization(Roles.BooksPolicy).TakesTurns();

    private static IReadOnlyList<(string, string, string, string)> FiguresOf(MorningReport report, CurrentInstitute institute)
    {
        string Counted(int count) => count > MorningReport.MostCounted ? $"{MorningReport.MostCounted}+" : institute.Money.Number(count);
        return
        [
            ("Enquiries today", Counted(report.EnquiriesOf(report.Today)),
                $"{institute.Money.Number(report.EnquiriesOf(report.Today.AddDays(-1)))} yesterday", "/leads"),
            ("Not spoken with yet", Counted(report.Open.New), "of all leads", "/leads?stage=New"),
            ("Follow-ups overdue", Counted(report.Open.Overdue), "everybody’s", "/today?everyone=true"),
            ("Received today", institute.Show(report.Open.Received), "less what went back", "/reports/fees"),
        ];
    }
}
