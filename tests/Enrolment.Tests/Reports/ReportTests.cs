using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Xml.Linq;
using Crm.Accounts;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Reports;
using Npgsql;

namespace Crm.Tests.Reports;

/// <summary>The funnel: what it counts, in whose days, on screen and as files.</summary>
public sealed class ReportTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    private static readonly DateOnly Day = new(2026, 11, 20);

    /// <summary>A lead received at a wall-clock time of the institute.</summary>
    private static async Task<Guid> AddAsync(
        TestApp app, DateTimeOffset at, string source = "Direct", User? counsellor = null, params LeadEvent[] then) =>
        (await app.TellAsync("Anjali", at, counsellor, source, then: then)).Id;

    private static DateTimeOffset At(TestApp app, string time, int days = 0) =>
        app.Clock.At(Day.AddDays(days), TimeOnly.Parse(time, CultureInfo.InvariantCulture));

    private static StageChanged Reached(DateTimeOffset at, Stage stage) => new(Stage.New, stage) { At = at };

    private static async Task<FunnelReport> LoadAsync(TestApp app, DateOnly? from = null, DateOnly? to = null)
    {
        await using var session = app.Store.QuerySession();
        return await FunnelReport.LoadAsync(app.Get<NpgsqlDataSource>(), session, from ?? Day, to ?? Day, app.Clock, default);
    }

    private static async Task EnrolAsync(TestApp app, Guid lead, Batch batch, decimal discount)
    {
        await app.ChangeAsync(await app.LoadAsync<Lead>(lead),
            l => [new CourseCorrected(new CourseRef(batch.CourseId, "CPC", l.CourseName))]);
        Assert.NotNull(await app.ActAsync<Enrol>(lead, new User { Name = "Divya Menon" }, ("batchId", batch.Id.ToString()),
            ("discount", discount.ToString(CultureInfo.InvariantCulture)), ("instalments", "1"),
            ("firstDueOn", app.Clock.Today.ToString("yyyy-MM-dd"))));
    }

    /// <summary>Two sources, two counsellors and nobody; one lead in each stage and one lost after counselling.</summary>
    private static async Task FillAsync(TestApp app)
    {
        var batch = await app.AddBatchAsync(await app.AddCourseAsync());
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        var at = At(app, "12:00");
        await AddAsync(app, at, "blog", divya);
        await AddAsync(app, at, "blog", divya, Reached(at.AddHours(1), Stage.Contacted));
        await AddAsync(app, at, "blog", ravi, Reached(at.AddHours(3), Stage.Counselled));
        await AddAsync(app, at, "=HYPERLINK(\"x\")", ravi, Reached(at.AddHours(5), Stage.Counselled),
            new LeadLost(LostReason.Fee, null) { At = at.AddHours(6) });
        await EnrolAsync(app, await AddAsync(app, at, "blog", divya, Reached(at.AddHours(8), Stage.Offered)), batch, 2_000.50m);
        await EnrolAsync(app, await AddAsync(app, at, "blog", null, Reached(at.AddHours(9), Stage.Offered)), batch, 0);
    }

    [Fact]
    public async Task A_day_begins_and_ends_at_the_institutes_midnight()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await AddAsync(app, At(app, "23:59", -1), "the day before");
        await AddAsync(app, At(app, "00:00"), "midnight");
        await AddAsync(app, At(app, "00:01"), "just after");
        await AddAsync(app, At(app, "23:59"), "just before");
        await AddAsync(app, At(app, "00:01", 1), "the day after");

        Assert.Equal(["just after", "just before", "midnight"], (await LoadAsync(app)).BySource.Select(r => r.Name).Order());
        Assert.Equal(["the day before"], (await LoadAsync(app, Day.AddDays(-1), Day.AddDays(-1))).BySource.Select(r => r.Name));
        Assert.Equal(5, (await LoadAsync(app, Day.AddDays(-1), Day.AddDays(1))).Total.Enquiries);
    }

    [Fact]
    public async Task Each_lead_counts_in_every_stage_it_reached_also_where_it_was_lost()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);

        var report = await LoadAsync(app);

        Assert.Equal(new FunnelRow("All", 6, 5, 4, 2, 2, 1, Money.FromRupees(81_999.50m), TimeSpan.FromHours(5)), report.Total);
        Assert.Equal(
        [
            new FunnelRow("blog", 5, 4, 3, 2, 2, 0, Money.FromRupees(81_999.50m), TimeSpan.FromHours(5.5)),
            new FunnelRow("=HYPERLINK(\"x\")", 1, 1, 1, 0, 0, 1, Money.Zero, TimeSpan.FromHours(5)),
        ], report.BySource);
        Assert.Equal(
        [
            new FunnelRow("Divya Menon", 3, 2, 1, 1, 1, 0, Money.FromRupees(39_999.50m), TimeSpan.FromHours(4.5)),
            new FunnelRow("Ravi Pillai", 2, 2, 2, 0, 0, 1, Money.Zero, TimeSpan.FromHours(4)),
            new FunnelRow(FunnelReport.Unassigned, 1, 1, 1, 1, 1, 0, Money.FromRupees(42_000), TimeSpan.FromHours(9)),
        ], report.ByCounsellor);
    }

    [Fact]
    public async Task A_lead_counts_on_the_day_it_came_whenever_it_moved_on()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await AddAsync(app, At(app, "12:00", -1), then: Reached(At(app, "12:00"), Stage.Contacted));

        Assert.Equal(0, (await LoadAsync(app)).Total.Enquiries);
        Assert.Equal((1, TimeSpan.FromDays(1)),
            ((await LoadAsync(app, Day.AddDays(-1))).Total.Contacted, (await LoadAsync(app, Day.AddDays(-1))).Total.FirstContact));
    }

    [Fact]
    public async Task Days_without_enquiries_are_an_empty_report()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);

        var report = await LoadAsync(app);
        var page = await manager.GetAsync("/reports?from=2026-11-20&to=2026-11-20");

        Assert.Equal(new FunnelRow("All", 0, 0, 0, 0, 0, 0, Money.Zero, null), report.Total);
        Assert.Empty(report.BySource);
        Assert.Empty(report.ByCounsellor);
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(["0", "0", "0", "0", "0"], page.Texts(".funnel strong"));
        Assert.Equal(2, page.Texts(".empty").Count);
        foreach (var file in new[] { "csv", "xlsx" })
            Assert.Equal(HttpStatusCode.OK,
                (await manager.DownloadAsync($"/reports/funnel.{file}?from=2026-11-20&to=2026-11-20")).StatusCode);
    }

    [Fact]
    public async Task The_page_shows_the_figures_and_leads_to_the_files_of_the_same_days()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);
        using var manager = await app.SignInAsync(Roles.Manager);

        var page = await manager.GetAsync("/reports?from=2026-11-20&to=2026-11-20");

        Assert.Equal(["6", "5", "4", "2", "2"], page.Texts(".funnel strong"));
        Assert.Equal(["₹81,999.50", "5 h", "1 16.7%"], page.Texts(".figures dd"));
        Assert.Equal(["blog", "=HYPERLINK(\"x\")"], page.Texts("section[aria-label='By source'] tbody th"));
        Assert.Equal(["3", "2", "1", "1", "1", "0", "33.3%", "₹39,999.50", "4.5 h"],
            page.Texts("section[aria-label='By counsellor'] tbody tr:first-child td"));
        Assert.Equal(["/reports/funnel.csv?from=2026-11-20&to=2026-11-20", "/reports/funnel.xlsx?from=2026-11-20&to=2026-11-20"],
            page.Html.QuerySelectorAll(".buttons a").Select(a => a.GetAttribute("href")));
        var usual = await manager.GetAsync("/reports");
        Assert.Equal(("2026-08-26", "2026-11-23"),
            (usual.One("[name=from]").GetAttribute("value"), usual.One("[name=to]").GetAttribute("value")));
    }

    [Fact]
    public async Task Reports_that_cannot_be_read_take_neither_the_connections_nor_the_time_of_the_public_form()
    {
        await using var app = await TestApp.StartOnAsync(await postgres.CreateDatabaseAsync() + ";Command Timeout=2;Maximum Pool Size=5");
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        var managers = new List<Browser>();
        for (var i = 0; i < 8; i++) managers.Add(await app.SignInAsync(await app.AddUserAsync($"Beena{i} Thomas", Roles.Manager)));
        await using var other = new NpgsqlConnection(app.ConnectionString);
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table enrolment.funnel_spans, enrolment.fee_spans in access exclusive mode", other))
            await hold.ExecuteNonQueryAsync();

        // Five years, by more managers than there are connections.
        var asked = managers.Select(m => m.GetAsync("/reports?from=2021-11-24&to=2026-11-23")).ToList();
        await Task.Delay(300);
        await visitor.GetAsync("/enquire/CPC");
        var thanks = await visitor.SubmitAsync("form#enquiry",
            new() { ["name"] = "Anu George", ["phone"] = "98460 12345", ["consent"] = "true" });
        await using var count = new NpgsqlCommand("""
            select count(*) from pg_stat_activity
            where datname = current_database() and state = 'active' and query like '%funnel_spans%' and pid <> pg_backend_pid()
            """, other);
        var atWork = await count.ExecuteScalarAsync();

        Assert.StartsWith("/enquire/thanks", thanks.Path);
        Assert.Equal((long)ReportLimit.AtOnce, atWork);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await await Task.WhenAny(asked)).Status);
        await transaction.RollbackAsync();
        Assert.Contains(await Task.WhenAll(asked), p => p.Status == HttpStatusCode.OK);
        foreach (var manager in managers) manager.Dispose();
    }

    [Theory]
    [InlineData("from=2026-11-21&to=2026-11-20", "to", "Choose a last day that is not before the first.")]
    [InlineData("from=yesterday&to=2026-11-20", "from", "Choose the first day.")]
    [InlineData("from=2026-11-20&to=2026-02-30", "to", "Choose the last day.")]
    [InlineData("from=0001-01-01&to=2026-11-20", "from", "Choose the first day in the years 2001 to 2099.")]
    [InlineData("from=2026-11-20&to=9999-12-31", "to", "Choose the last day in the years 2001 to 2099.")]
    [InlineData("from=%00&to=2026-11-20", "from", "Choose the first day.")]
    public async Task A_range_that_is_none_has_its_error_beside_the_field(string query, string field, string error)
    {
        var manager = await shared.OnceAsync(app => app.SignInAsync(Roles.Manager));

        foreach (var path in new[] { "/reports", "/reports/funnel.csv", "/reports/funnel.xlsx" })
        {
            var page = await manager.GetAsync($"{path}?{query}");

            Assert.Equal((HttpStatusCode.UnprocessableEntity, error), (page.Status, page.ErrorOf(field)));
            Assert.Single(page.Html.QuerySelectorAll(".error"));
            Assert.Empty(page.Html.QuerySelectorAll(".funnel, .buttons"));
        }
    }

    [Fact]
    public async Task The_CSV_is_marked_as_UTF8_and_runs_no_formula()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);
        using var manager = await app.SignInAsync(Roles.Manager);

        using var answer = await manager.DownloadAsync("/reports/funnel.csv?from=2026-11-20&to=2026-11-20");

        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(("text/csv", "funnel-2026-11-20-to-2026-11-20.csv"),
            (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName));
        Assert.Equal([0xEF, 0xBB, 0xBF], bytes[..3]);
        var lines = Encoding.UTF8.GetString(bytes[3..]).Split("\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.TrimEnd('\r')).ToList();
        Assert.Equal("From,To,Group,Name,Enquiries,Contacted,Counselled,Offered,Enrolled,Lost,Enrolled %,"
            + "Fees agreed (₹),Hours to first contact (median)", lines[0]);
        Assert.Equal("2026-11-20,2026-11-20,All,All,6,5,4,2,2,1,33.3,81999.5,5", lines[1]);
        Assert.Equal("2026-11-20,2026-11-20,Source,blog,5,4,3,2,2,0,40,81999.5,5.5", lines[2]);
        Assert.Contains("HYPERLINK", lines[3]);
        Assert.Matches("^2026-11-20,2026-11-20,Source,\"?'=HYPERLINK\\(\"\"x\"\"\\)\"?,1,1,1,0,0,1,0,0,5$", lines[3]);
        Assert.Equal(["Divya Menon", "Ravi Pillai", "Nobody yet"], lines[4..].Select(l => l.Split(',')[3]));
    }

    [Fact]
    public async Task The_workbook_has_a_sheet_for_each_grouping_with_numbers_as_numbers()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await FillAsync(app);
        using var manager = await app.SignInAsync(Roles.Manager);

        using var answer = await manager.DownloadAsync("/reports/funnel.xlsx?from=2026-11-20&to=2026-11-20");

        Assert.Equal("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", answer.Content.Headers.ContentType!.MediaType);
        using var zip = new ZipArchive(await answer.Content.ReadAsStreamAsync());
        XNamespace main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        XDocument Part(string name)
        {
            using var stream = zip.GetEntry(name)!.Open();
            return XDocument.Load(stream);
        }
        Assert.Equal(["Funnel", "By source", "By counsellor"],
            Part("xl/workbook.xml").Descendants(main + "sheet").Select(s => s.Attribute("name")!.Value));
        List<List<XElement>> Rows(int sheet) =>
            [.. Part($"xl/worksheets/sheet{sheet}.xml").Descendants(main + "row").Select(r => r.Elements(main + "c").ToList())];
        static string[] Texts(IEnumerable<XElement> cells) => [.. cells.Select(c => c.Value)];

        for (var sheet = 1; sheet <= 3; sheet++)
        {
            var rows = Rows(sheet);
            Assert.Equal(["Enquiries received 2026-11-20 to 2026-11-20"], Texts(rows[0]));
            Assert.Equal(["Name", "Enquiries", "Contacted", "Counselled", "Offered", "Enrolled", "Lost", "Enrolled %", "Fees agreed (₹)",
                "Hours to first contact (median)"], Texts(rows[2]));
            foreach (var cells in rows.Skip(3))
            {
                Assert.Equal("inlineStr", cells[0].Attribute("t")?.Value);
                Assert.All(cells.Skip(1), c => Assert.True(c.Attribute("t") is null or { Value: "n" }
                    && c.Element(main + "v") is not null && c.Element(main + "f") is null, c.ToString()));
            }
        }
        Assert.Equal(["All", "6", "5", "4", "2", "2", "1", "33.3", "81999.5", "5"],
            Texts(Rows(1)[3]).Select((t, i) => i == 0
                ? t
                : decimal.Parse(t, CultureInfo.InvariantCulture).ToString("0.##", CultureInfo.InvariantCulture)));
        Assert.Equal(["blog", "=HYPERLINK(\"x\")"], Rows(2).Skip(3).Select(r => r[0].Value));
        Assert.Equal(["Divya Menon", "Ravi Pillai", "Nobody yet"], Rows(3).Skip(3).Select(r => r[0].Value));
    }
}
