using System.Net;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;

namespace Crm.Tests.Enquiries;

/// <summary>What the public form can do to whom it names, whichever addresses of the network it is sent from.</summary>
public sealed class CeilingTests(TestPostgres postgres)
{
    private static Dictionary<string, string> Typed(Course course, int i, string? phone = null, string? email = null) => new()
    {
        ["name"] = $"Person {(char)('A' + i)}bel",
        ["phone"] = phone ?? $"98470 1{i:0000}",
        ["email"] = email ?? "",
        ["course"] = course.Id.ToString(),
        ["message"] = "Weekends?",
        ["consent"] = "true",
    };

    private static async Task<WebPage> SendAsync(TestApp app, Dictionary<string, string> typed)
    {
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire");
        return await visitor.SubmitAsync("form#enquiry", typed);
    }

    [Fact]
    public async Task One_phone_is_asked_for_so_often_and_no_more_and_what_was_typed_stays()
    {
        await using var app = await TestApp.StartAsync(postgres,
            new Dictionary<string, string?> { ["RateLimits:EnquiriesPerPhone"] = "2" });
        var course = await app.AddCourseAsync();
        for (var i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, Typed(course, i, "98470 12345"))).Status);

        var refused = await SendAsync(app, Typed(course, 2, "98470 12345"));

        Assert.Equal((HttpStatusCode.TooManyRequests, 2), (refused.Status, (await app.AllAsync<Lead>()).Count));
        Assert.InRange(int.Parse(refused.Headers.GetValues("Retry-After").Single()), 60, 3600);
        var said = refused.One("#enquiry .problem").TextContent;
        Assert.StartsWith("This number has asked very often within the hour. What you typed is still here. Please send it again in ", said);
        Assert.EndsWith(" minutes. Or call us: +91 484 290 0100.", said);
        Assert.Equal(("Person Cbel", "Weekends?", true), (refused.One("[name=name]").GetAttribute("value"),
            refused.One("textarea").TextContent.Trim(), refused.One("[name=consent]").HasAttribute("checked")));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, Typed(course, 3))).Status);
        Assert.False(app.Get<EnquiryCeilings>().IsNews);

        app.Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendAsync(app, Typed(course, 4, "98470 12345"))).Status);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, Typed(course, 5, "98470 12345"))).Status);
    }

    [Fact]
    public async Task Of_many_at_one_moment_no_more_are_taken_than_may_be()
    {
        await using var app = await TestApp.StartAsync(postgres,
            new Dictionary<string, string?> { ["RateLimits:EnquiriesPerPhone"] = "5" });
        var course = await app.AddCourseAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => SendAsync(app, Typed(course, i, "98470 12345"))));

        Assert.Equal((5, 15), (answers.Count(a => a.Status == HttpStatusCode.OK),
            answers.Count(a => a.Status == HttpStatusCode.TooManyRequests)));
    }

    [Fact]
    public async Task A_course_and_all_have_a_ceiling_of_which_managers_are_told()
    {
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?>
        {
            ["RateLimits:EnquiriesPerCourse"] = "2",
            ["RateLimits:EnquiriesPerHour"] = "3",
        });
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.DoesNotContain("refused", (await manager.GetAsync("/leads")).Text);

        var statuses = new List<HttpStatusCode>();
        foreach (var (course, i) in new[] { (cpc, 0), (cpc, 1), (cpc, 2), (ccs, 3), (ccs, 4) })
            statuses.Add((await SendAsync(app, Typed(course, i))).Status);

        const HttpStatusCode taken = HttpStatusCode.OK, refused = HttpStatusCode.TooManyRequests;
        Assert.Equal([taken, taken, refused, taken, refused], statuses);
        Assert.Contains("2 enquiries were refused until 10:00 AM: more came within an hour than are taken.",
            (await manager.GetAsync("/leads")).One(".banner").TextContent);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);
        Assert.Empty((await counsellor.GetAsync("/leads")).Html.QuerySelectorAll(".banner"));
        app.Time.Advance(TimeSpan.FromHours(25));
        using var later = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai", Roles.Manager));
        Assert.Empty((await later.GetAsync("/leads")).Html.QuerySelectorAll(".banner"));
    }

    [Fact]
    public async Task Nobody_is_written_to_more_often_than_three_times_a_day_because_strangers_name_their_address()
    {
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?> { ["RateLimits:MailsPerAddress"] = "3" });
        var course = await app.AddCourseAsync();

        for (var i = 0; i < 8; i++)
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, Typed(course, i, email: "victim@mail.example"))).Status);

        Assert.Equal(8, (await app.AllAsync<Lead>()).Count); // each is called, all the same
        var brochures = (await app.AllAsync<OutboxMessage>()).Where(m => m.To == "victim@mail.example" && m.DueAt <= app.Clock.Now);
        Assert.InRange(brochures.Count(), 1, 3);
    }

    [Fact]
    public async Task A_number_behind_another_counts_as_one_that_stands_alone()
    {
        await using var app = await TestApp.StartAsync(postgres,
            new Dictionary<string, string?> { ["RateLimits:EnquiriesPerPhone"] = "2" });
        var course = await app.AddCourseAsync();
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, Typed(course, i, $"98470 1000{i}, 98470 12345"))).Status);

        var refused = await SendAsync(app, Typed(course, 2, "98470 10009, 98470 12345"));

        Assert.Equal((HttpStatusCode.TooManyRequests, 2), (refused.Status, (await app.AllAsync<Lead>()).Count));
        // The number before it was not asked for by that.
        for (var i = 3; i < 5; i++) Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, Typed(course, i, "98470 10009"))).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendAsync(app, Typed(course, 5, "98470 10009"))).Status);
    }
}
