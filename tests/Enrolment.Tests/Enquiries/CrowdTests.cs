using System.Net;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;

namespace Crm.Tests.Enquiries;

/// <summary>Many who send from one address of the network: people at a fair, and floods.</summary>
public sealed class CrowdTests(TestPostgres postgres)
{
    private static readonly Dictionary<string, string?> AsInstalled = new() { ["RateLimits:EnquiriesAtOnce"] = null };

    private static readonly Dictionary<string, string?> OneAtOnce = new()
    {
        ["RateLimits:EnquiriesAtOnce"] = "1",
        ["RateLimits:EnquiriesPerMinute"] = "2",
    };

    private static Dictionary<string, string> Typed(Course course, int i = 0) => new()
    {
        ["name"] = $"Person {(char)('A' + i % 26)}{(char)('a' + i / 26)}",
        ["phone"] = $"98470 1{i:0000}",
        ["course"] = course.Id.ToString(),
        ["time"] = "Evening",
        ["message"] = "Weekends?",
        ["consent"] = "true",
    };

    [Fact]
    public async Task Forty_people_at_a_fair_who_each_mistype_once_all_come_in_and_a_flood_does_not()
    {
        await using var app = await TestApp.StartAsync(postgres, AsInstalled);
        var course = await app.AddCourseAsync();
        using var tablet = app.Browse();

        for (var i = 1; i <= 40; i++)
        {
            await tablet.GetAsync("/enquire");
            await tablet.SubmitAsync("form#enquiry", new(Typed(course, i)) { ["phone"] = "98470" });
            await tablet.SubmitAsync("form#enquiry", new() { ["phone"] = Typed(course, i)["phone"] });
            Assert.Equal(HttpStatusCode.OK, tablet.Page.Status);
        }

        Assert.Equal(40, (await app.AllAsync<Lead>()).Count);
        var flood = await Task.WhenAll(Enumerable.Range(100, 100).Select(async i =>
        {
            using var program = app.Browse();
            return (await program.PostAsync("/enquire", Typed(course, i))).Status;
        }));
        Assert.InRange(flood.Count(s => s == HttpStatusCode.OK), 1, 40);
        Assert.Contains(HttpStatusCode.TooManyRequests, flood);
    }

    [Fact]
    public async Task Who_is_refused_without_JavaScript_gets_the_form_back_as_typed_and_is_told_when_to_try_again()
    {
        await using var app = await TestApp.StartAsync(postgres, OneAtOnce);
        var course = await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/cpc?utm_source=blog");
        await visitor.SubmitAsync("form#enquiry", Typed(course, 1));
        var form = await visitor.GetAsync("/enquire/cpc?utm_source=blog");

        var refused = await visitor.SubmitAsync("form#enquiry", Typed(course, 2));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        var wait = int.Parse(refused.Headers.GetValues("Retry-After").Single());
        Assert.InRange(wait, 1, 30);
        Assert.Equal("Very many are sending just now from where you are. What you typed is still here. "
            + $"Please send it again in {wait} seconds.", refused.One("#enquiry .problem").TextContent);
        foreach (var field in new[] { "name", "phone" })
            Assert.Equal(Typed(course, 2)[field], refused.One($"#enquiry [name={field}]").GetAttribute("value"));
        Assert.Equal((course.Id.ToString(), "Evening", "Weekends?", "blog", true),
            (refused.One("[name=course] option[selected]").GetAttribute("value"),
            refused.One("[name=time] option[selected]").GetAttribute("value"), refused.One("textarea").TextContent,
            refused.One("[name=utm_source]").GetAttribute("value"), refused.One("[name=consent]").HasAttribute("checked")));
        Assert.Equal(form.One("[name=formId]").GetAttribute("value"), refused.One("[name=formId]").GetAttribute("value"));
    }

    [Theory]
    [InlineData("/signin", "SignInsPerMinute")]
    [InlineData("/unsubscribe/nothing", "StopsPerMinute")]
    public async Task Whatever_else_is_sent_too_often_is_told_when_to_try_again(string address, string setting)
    {
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?> { ["RateLimits:" + setting] = "1" });
        using var visitor = app.Browse();
        await visitor.PostAsync(address, []);

        var refused = await visitor.PostAsync(address, []);

        Assert.Equal((HttpStatusCode.TooManyRequests, "Too many at once"), (refused.Status, refused.One("h1").TextContent));
        var wait = refused.Headers.GetValues("Retry-After").Single();
        Assert.Contains($"Please send it again in {wait} seconds.", refused.One(".notice").TextContent);
    }

    [Fact]
    public async Task Who_stops_emails_with_one_click_is_not_kept_waiting_by_a_crowd_of_enquirers()
    {
        await using var app = await TestApp.StartAsync(postgres, OneAtOnce);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course);
        using var visitor = app.Browse();
        for (var i = 0; i < 3; i++) await visitor.PostAsync("/enquire", Typed(course, i));
        Assert.Equal(HttpStatusCode.TooManyRequests, visitor.Page.Status);
        var link = new Uri(app.Get<UnsubscribeLinks>().For(EmailAddress.FromStored("anjali@mail.example"))).PathAndQuery;

        var stopped = await visitor.PostAsync(link, new() { ["List-Unsubscribe"] = "One-Click" });

        Assert.Equal(HttpStatusCode.OK, stopped.Status);
        Assert.Equal(Standing.Stopped, Assert.Single((await app.PersonOfAsync(lead)).Emails).Standing);
    }
}
