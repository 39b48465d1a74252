using System.Net;
using System.Text.Json;
using AngleSharp.Html.Parser;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Privacy;
using Crm.Seats;

namespace Crm.Tests.Privacy;

/// <summary>Who asks gets everything that is held of them, to read and as JSON, and nothing of anybody else.</summary>
public sealed class AccessTests(TestPostgres postgres)
{
    private static async Task<HttpResponseMessage> TakeAsync(Browser manager, Guid person, string kind)
    {
        var page = await manager.GetAsync($"/people/{person}/data");
        var fields = page.One($"form[action='/people/{person}/data/files']").QuerySelectorAll("input")
            .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        return await manager.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, $"/people/{person}/data/files")
        {
            Content = new FormUrlEncodedContent(fields.Append(new("as", kind))),
        });
    }

    [Fact]
    public async Task Both_files_hold_what_every_room_holds_and_that_they_were_made_is_noted()
    {
        await using var life = await WholeLife.LiveAsync(postgres);
        var person = life.Lead.PersonId;

        using var page = await TakeAsync(life.Manager, person, "html");
        using var json = await TakeAsync(life.Manager, person, "json");

        Assert.StartsWith("attachment", page.Content.Headers.ContentDisposition!.ToString());
        var html = new HtmlParser().ParseDocument(await page.Content.ReadAsStringAsync());
        var titles = html.QuerySelectorAll("h2").Select(h => h.TextContent.Split(" (")[0]).ToList();
        string[] wanted =
        [
            "The person", "Enquiries and what came of them", "Seats", "All that happened", "Emails", "Receipts and invoices",
            "Credit and debit notes",
            "Entries in the books", "Lines of bank statements", "Changes to many that they were part of", "Kept longer",
            "Who looked, or took a file", "Forms that were sent", "Forms that were kept aside", "Rows of files",
            "Orders for many that they were part of", "Saved views that look for them",
        ];
        Assert.Superset(wanted.ToHashSet(), titles.ToHashSet());
        var text = html.Body!.TextContent;
        Assert.All(new[] { WholeLife.Name, WholeLife.Email, WholeLife.Told, "412345678901" }, t => Assert.Contains(t, text));
        Assert.DoesNotContain(WholeLife.Brother, text);
        Assert.Empty(html.QuerySelectorAll("script, link, img"));
        using var document = JsonDocument.Parse(await json.Content.ReadAsStringAsync());
        var held = document.RootElement.GetProperty("Held");
        Assert.Superset(wanted.ToHashSet(), held.EnumerateObject().Select(p => p.Name).ToHashSet());
        Assert.DoesNotContain(WholeLife.Brother, held.GetRawText());
        Assert.Contains("person_registered", held.GetRawText());
        await using var session = life.App.Store.QuerySession();
        var lines = (await AuditList.AboutAsync(session, [person], default)).Where(l => l.Kind == nameof(AuditKind.AccessGiven)).ToList();
        Assert.Equal(["JSON", "a page"], lines.Select(l => l.What).Order(StringComparer.Ordinal));
        Assert.All(lines, l => Assert.Equal(("Beena Thomas", true), (l.By, l.Count > 20)));
    }

    // Else the copy would tell of absences that are in no rate and on no certificate.
    [Fact]
    public async Task Of_attendance_it_says_which_days_count()
    {
        await using var life = await WholeLife.LiveAsync(postgres);
        var seat = (await life.App.AllAsync<Enrolment>()).First(s => s.PersonId == life.Lead.PersonId);
        var first = life.App.Clock.Today;
        foreach (var day in new[] { first, first.AddDays(1) })
            await life.App.StoreAsync(new AttendanceDay
            {
                Id = AttendanceDay.IdOf(seat.BatchId, day),
                BatchId = seat.BatchId,
                Day = day,
                Marks = new() { [seat.Id] = Mark.Absent },
                NoClass = day == first ? null : new NoClass("Divya Menon", TestApp.Start),
            });

        using var json = await TakeAsync(life.Manager, life.Lead.PersonId, "json");

        using var document = JsonDocument.Parse(await json.Content.ReadAsStringAsync());
        var told = document.RootElement.GetProperty("Held").GetProperty("Attendance").EnumerateArray()
            .Select(d => (d.GetProperty("Mark").GetString(), d.GetProperty("Counts").GetBoolean()));
        Assert.Equal([("Absent", true), ("Absent", false)], told.TakeLast(2));
    }

    [Fact]
    public async Task Sums_are_as_the_institute_writes_them_and_nothing_tells_of_the_server()
    {
        await using var life = await WholeLife.LiveAsync(postgres);
        var person = life.Lead.PersonId;

        using var page = await TakeAsync(life.Manager, person, "html");
        using var json = await TakeAsync(life.Manager, person, "json");

        var html = new HtmlParser().ParseDocument(await page.Content.ReadAsStringAsync());
        var facts = html.QuerySelectorAll("dt").Select(dt => (Label: dt.TextContent, Value: dt.NextElementSibling!.TextContent)).ToList();
        Assert.Contains(("Fee", "₹42,000"), facts);
        Assert.Contains(("Told, amount", "₹42,000"), facts);
        Assert.DoesNotContain(facts, f => f.Value is "True" or "False" || f.Value.Contains(life.App.DataFolder, StringComparison.Ordinal));
        Assert.Contains(("To applicant", "yes"), facts);
        Assert.Contains(facts, f => f.Value == "no");
        var text = await json.Content.ReadAsStringAsync();
        Assert.Contains("\"Fee\": \"₹42,000\"", text);
        Assert.DoesNotContain(life.App.DataFolder, text);
        using var document = JsonDocument.Parse(text);
        Assert.DoesNotContain(NumbersIn(document.RootElement), n => n >= 1000); // a bare number is a count, and never of paise
    }

    private static IEnumerable<decimal> NumbersIn(JsonElement told) => told.ValueKind switch
    {
        JsonValueKind.Number => [told.GetDecimal()],
        JsonValueKind.Object => told.EnumerateObject().SelectMany(p => NumbersIn(p.Value)),
        JsonValueKind.Array => told.EnumerateArray().SelectMany(NumbersIn),
        _ => [],
    };

    [Fact]
    public async Task Of_nobody_there_is_no_file_and_a_counsellor_makes_none()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var manager = await app.SignInAsync(Roles.Manager);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);

        Assert.Equal(HttpStatusCode.NotFound, (await manager.GetAsync($"/people/{Guid.NewGuid()}/data")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await counsellor.GetAsync($"/people/{lead.PersonId}/data")).Status);
        Assert.Empty((await counsellor.GetAsync($"/leads/{lead.Id}")).Html.QuerySelectorAll("a[href$='/data']"));
    }
}
