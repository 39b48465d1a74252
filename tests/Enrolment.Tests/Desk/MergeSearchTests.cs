using System.Net;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Desk;

/// <summary>Two records of one student who share neither number nor address are found for each other, and looked at before they are one.
/// </summary>
public sealed class MergeSearchTests(TestPostgres postgres)
{
    private sealed record Two(TestApp App, Browser Staff, Course Course, Lead June, Lead November) : IAsyncDisposable
    {
        public string Search => $"/people/{June.PersonId}/merges";

        public string Compare => $"/people/{June.PersonId}/merges/new?with={November.PersonId}";

        public async ValueTask DisposeAsync()
        {
            Staff.Dispose();
            await App.DisposeAsync();
        }
    }

    // Her mother's number in June; in November her own, and another course.
    private async Task<Two> OpenAsync()
    {
        var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var june = await app.AddLeadAsync(cpc, "Anu George", "sara@mail.example", "+919847055501");
        app.Time.Advance(TimeSpan.FromMinutes(1));
        var november = await app.AddLeadAsync(ccs, "Anu George", "anu@mail.example", "+919995512345");
        Assert.NotEqual(june.PersonId, november.PersonId);
        return new Two(app, await app.SignInAsync(Roles.Counsellor), cpc, june, november);
    }

    [Fact]
    public async Task Whoever_has_the_name_is_there_at_once_and_others_by_number_address_or_reference()
    {
        await using var two = await OpenAsync();
        await two.App.AddLeadAsync(two.Course, "Binu Das", "binu@mail.example", "+919995599999");

        var page = await two.Staff.GetAsync($"/leads/{two.June.Id}");
        Assert.Equal("Merge with another record", page.One($"a[href='{two.Search}']").TextContent);
        page = await two.Staff.GetAsync(two.Search);

        var found = page.One("#others a");
        Assert.Equal((two.Compare, "+91 99955 12345 · CCS (new)"),
            (found.GetAttribute("href"), found.QuerySelector(".quiet")!.TextContent));
        foreach (var typed in new[] { "9995512345", "anu@mail.example", two.November.Reference, "geo anu" })
        {
            page = await two.Staff.SubmitAsync($"form[action='{two.Search}']", new() { ["q"] = typed });
            Assert.Equal(two.Compare, page.One("#others a").GetAttribute("href"));
        }
        page = await two.Staff.SubmitAsync($"form[action='{two.Search}']", new() { ["q"] = "Nobody" });
        Assert.Equal("Nobody else is found for “Nobody”.", page.One("#others .empty").TextContent.Trim());
    }

    [Fact]
    public async Task The_two_are_compared_with_their_seats_and_with_what_they_wait_for()
    {
        await using var two = await OpenAsync();
        var user = await two.App.AddUserAsync("Ravi Pillai");
        var batch = await two.App.AddBatchAsync(two.Course, seats: 1);
        var seat = await two.App.EnrolAsync(two.June, user, batch);
        var waiting = await two.App.LoadAsync<Course>(two.November.CourseId);
        var full = await two.App.AddBatchAsync(waiting, seats: 1);
        await two.App.EnrolAsync(await two.App.AddLeadAsync(waiting, "Binu Das", "binu@mail.example"), user, full);
        await two.App.ActAsync<Crm.Enrolments.JoinWaitlist>(two.November.Id, user, ("batchId", full.Id.ToString()));

        var page = await two.Staff.GetAsync(two.Compare);

        IEnumerable<string> Row(string label) => page.Html.QuerySelectorAll(".compare tr")
            .Single(r => r.QuerySelector("th")?.TextContent == label).QuerySelectorAll("td").Select(td => td.TextContent.Trim());
        Assert.Equal([$"CPC Preparation · CPC-2701 (enrolled, {seat.RollNumber})", ""], Row("Seats"));
        Assert.Equal(["", "CCS-2701"], Row("Waits for"));
        Assert.Equal(two.Search, page.One(".crumb a").GetAttribute("href"));
        await two.App.OnSeatAsync<Crm.Enrolments.Withdraw>(seat.Id, user, ("why", "Moving"),
            ("on", $"{two.App.Clock.Today:yyyy-MM-dd}"));
        page = await two.Staff.GetAsync(two.Compare);
        Assert.Equal(["CPC Preparation · CPC-2701 (withdrawn)", ""], Row("Seats"));
    }

    [Fact]
    public async Task Two_ticked_leads_of_two_people_lead_to_their_merging_and_no_others_do()
    {
        await using var two = await OpenAsync();
        var third = await two.App.AddLeadAsync(two.Course, "Binu Das", "binu@mail.example");
        string Chosen(params Lead[] leads) => "/leads/selections?ids=" + string.Join(',', leads.Select(l => l.Id));

        var page = await two.Staff.GetAsync(Chosen(two.November, two.June));
        Assert.Equal("Merge Anu George and Anu George", page.One($"a[href='{two.Compare}']").TextContent);
        Assert.Empty((await two.Staff.GetAsync(Chosen(two.November, two.June, third))).Html.QuerySelectorAll("a[href*=merges]"));
        await two.Staff.GetAsync("/leads");
        page = await two.Staff.SubmitAsync("#selection", new() { ["ids"] = $"{two.November.Id},{two.June.Id}", ["merge"] = "two" });
        Assert.Equal(two.Compare, page.Path);

        page = await two.Staff.SubmitAsync($"form[action='/people/{two.June.PersonId}/merges']");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(two.June.PersonId, (await two.App.LoadAsync<Person>(two.November.PersonId)).MergedInto);
        Assert.Empty((await two.Staff.GetAsync(Chosen(two.November, two.June))).Html.QuerySelectorAll("a[href*=merges]"));
    }

    [Fact]
    public async Task Who_sees_only_their_own_people_is_offered_no_merging_and_neither_is_who_only_looks()
    {
        await using var two = await OpenAsync();
        await two.App.DescribeAsync(p => p.CounsellorsSeeAll = false);
        var ravi = await two.App.AddUserAsync("Ravi Pillai");
        foreach (var lead in new[] { two.June, two.November })
            await two.App.ChangeAsync(lead, l => LeadRules.Assign(l, ravi.Id, ravi.Name));
        using var his = await two.App.SignInAsync(ravi);
        using var reader = await two.App.SignInAsync(await two.App.AddUserAsync("Owner", Roles.Reader));

        foreach (var browser in new[] { his, reader })
        {
            Assert.Empty((await browser.GetAsync($"/leads/{two.June.Id}")).Html.QuerySelectorAll("a[href*=merges]"));
            Assert.Empty((await browser.GetAsync("/leads")).Html.QuerySelectorAll("[data-two]"));
            Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync(two.Search)).Status);
        }
        Assert.Empty((await his.GetAsync($"/leads/selections?ids={two.June.Id},{two.November.Id}"))
            .Html.QuerySelectorAll("a[href*=merges]"));
    }
}
