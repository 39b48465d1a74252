using System.Globalization;
using System.Net;
using Crm.Institute;
using Crm.Leads;
using Crm.Reports;

namespace Crm.Tests.Reports;

/// <summary>The page that a manager begins the day with: what it draws is what its tables say.</summary>
public sealed class MorningTests(TestPostgres postgres)
{
    private static DateTimeOffset At(TestApp app, string day, string time = "12:00") =>
        app.Clock.At(DateOnly.Parse(day, CultureInfo.InvariantCulture), TimeOnly.Parse(time, CultureInfo.InvariantCulture));

    private static StageChanged Spoken(DateTimeOffset at) => new(Stage.New, Stage.Contacted) { At = at };

    private static IReadOnlyList<string> Row(WebPage page, string chart, string name) =>
        [.. page.Html.QuerySelectorAll($"#{chart} tbody tr").Single(r => r.QuerySelector("th")!.TextContent.Trim() == name)
            .QuerySelectorAll("td").Select(c => c.TextContent.Trim())];

    private static IReadOnlyList<string?> Widths(WebPage page, string chart, string kind) =>
        [.. page.Html.QuerySelectorAll($"#{chart} rect.{kind}").Select(r => r.GetAttribute("width"))];

    // It is Monday, 23 November.
    [Fact]
    public async Task Today_the_month_beside_the_last_the_weeks_the_sources_and_the_calls_are_drawn_and_stand_in_tables()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, manager) = (await app.AddUserAsync("Divya Menon"), await app.SignInAsync(Roles.Manager));
        await app.TellAsync("Anu", At(app, "2026-11-23", "09:00"), divya, "Fair", then: Spoken(At(app, "2026-11-23", "09:30")));
        await app.TellAsync("Binu", At(app, "2026-11-22"), null, "Fair");
        await app.TellAsync("Ciby", At(app, "2026-11-02"), divya, "Fair", then: Spoken(At(app, "2026-11-02", "12:30")));
        await app.TellAsync("Deepa", At(app, "2026-11-02"), null, "Poster");
        await app.TellAsync("Elsa", At(app, "2026-10-23"), divya, "Poster", then: Spoken(At(app, "2026-10-23", "14:00")));
        await app.TellAsync("Femi", At(app, "2026-10-24"), null, "Poster"); // a day later than today is in this month
        await app.AddBatchAsync(await app.AddCourseAsync(), seats: 4);

        var page = await manager.GetAsync("/morning");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(["1", "3", "0", "₹0"], page.Texts(".today-figures strong"));
        Assert.Equal("1 yesterday", page.Texts(".today-figures .quiet")[0]);
        Assert.Equal(["4", "1"], Row(page, "funnel", "Enquiries"));
        Assert.Equal(["2", "1"], Row(page, "funnel", "Contacted"));
        Assert.Equal(["100%", "50%", "0%", "0%", "0%"], Widths(page, "funnel", "now"));
        Assert.Equal(["25%", "25%", "0%", "0%", "0%"], Widths(page, "funnel", "before"));
        Assert.Equal(("1", "1", "2"), (Row(page, "weeks", "23 Nov 2026")[0], Row(page, "weeks", "16 Nov 2026")[0],
            Row(page, "weeks", "2 Nov 2026")[0]));
        Assert.Equal((25, 1), (Widths(page, "weeks", "now").Count, Widths(page, "weeks", "open").Count));
        Assert.Equal(["3", "0"], Row(page, "sources", "Fair"));
        Assert.Equal(["30 min", "2"], Row(page, "calls", "Divya Menon"));
        Assert.Equal(["23 Dec 2026", "4", "0", "0", "0", "4"], Row(page, "seats", "CPC-2701"));
        Assert.All(page.Html.QuerySelectorAll("svg[role=img]"), svg => Assert.All(svg.GetAttribute("aria-labelledby")!.Split(' '),
            id => Assert.NotEqual("", page.One($"#{id}").TextContent.Trim())));
    }

    [Fact]
    public async Task What_is_one_is_told_as_one_and_what_is_not_known_is_left_out()
    {
        await using var app = await TestApp.StartAsync(postgres);
        app.Time.SetUtcNow(At(app, "2026-12-01"));
        var (divya, manager) = (await app.AddUserAsync("Divya Menon"), await app.SignInAsync(Roles.Manager));
        await app.TellAsync("Anu", At(app, "2026-12-01", "09:00"), divya, then: Spoken(At(app, "2026-12-01", "09:18")));
        await app.AddBatchAsync(await app.AddCourseAsync(), seats: 1);

        var page = await manager.GetAsync("/morning");

        Assert.Contains("1 enquiry, 0 enrolled; 0 and 0 on 1 November.", page.One("#funnel").TextContent);
        Assert.Contains("half waited less than 18 min.", page.One("#calls").TextContent);
        Assert.Contains("1 seat is free in 1 batch.", page.One("#seats").TextContent);
    }

    [Fact]
    public async Task Who_was_spoken_with_at_once_waited_less_than_a_minute()
    {
        await using var app = await TestApp.StartAsync(postgres);
        app.Time.SetUtcNow(At(app, "2026-12-01"));
        var (divya, manager) = (await app.AddUserAsync("Divya Menon"), await app.SignInAsync(Roles.Manager));
        await app.TellAsync("Anu", At(app, "2026-12-01", "09:00"), divya, then: Spoken(At(app, "2026-12-01", "09:00")));

        var page = await manager.GetAsync("/morning");

        Assert.Contains("half waited less than a minute.", page.One("#calls").TextContent);
    }

    [Fact]
    public async Task Without_a_lead_or_a_batch_the_page_says_so()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);

        var page = await manager.GetAsync("/morning");

        Assert.Equal(["0", "0", "0", "₹0"], page.Texts(".today-figures strong"));
        Assert.Contains("No enquiry has come this month yet.", page.One("#sources").TextContent);
        Assert.Contains("No batch takes people now.", page.One("#seats").TextContent);
        Assert.Empty(page.Html.QuerySelectorAll("#sources svg, #seats svg, #calls svg"));
    }

    [Fact]
    public void Bars_share_the_width_and_long_names_end_in_dots()
    {
        var chart = new BarChart(
        [
            new("അനുഷ " + new string('x', 60), "2 of 4", "", [new(0.5, "now"), new(0.25, "held")]),
            new("Full", "9 of 4", "", [new(2.25, "now")]),
        ], whole: 1, hasTrack: true);

        Assert.Equal([("0", "100%", "track"), ("0%", "50%", "now"), ("50%", "25%", "held")],
            chart.Lines[0].Boxes.Select(b => (b.X, b.Width, b.Class)));
        Assert.Equal("100%", chart.Lines[1].Boxes[1].Width);
        Assert.StartsWith("അനുഷ xxx", chart.Lines[0].Name);
        Assert.EndsWith("x…", chart.Lines[0].Name);
        Assert.Equal(("13", "59"), (chart.Lines[0].Y, chart.Lines[1].Y));
        Assert.Equal(("0", 0), (new BarChart([]).Height, new BarChart([]).Lines.Count));
    }

    [Fact]
    public void The_highest_column_and_the_last_say_what_they_are()
    {
        var chart = new ColumnChart([new("a", "", 5), new("b", "Nov", 10), new("c", "", 0, IsOpen: true)]);

        Assert.Equal(["", "10", "0"], chart.Columns.Select(c => c.Value));
        Assert.Equal(["65", "130", "0"], chart.Columns.Select(c => c.Box.Height));
        Assert.Equal(["85", "20", "150"], chart.Columns.Select(c => c.Box.Y));
        Assert.Equal(["now", "now", "open"], chart.Columns.Select(c => c.Box.Class));
    }
}
