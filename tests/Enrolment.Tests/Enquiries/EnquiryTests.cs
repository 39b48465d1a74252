using System.Net;
using Crm.Correspondence;
using Crm.Counselling;
using Crm.Desk;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;

namespace Crm.Tests.Enquiries;

/// <summary>The public form: what it takes, refuses and remembers.</summary>
public sealed class EnquiryTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    private const string Form = "form#enquiry";

    private static Dictionary<string, string> Typed(Guid course) => new()
    {
        ["name"] = "Anjali Nair",
        ["phone"] = "98470 12345",
        ["email"] = "Anjali@Mail.example",
        ["course"] = course.ToString(),
        ["time"] = "Evening",
        ["message"] = "Weekend batch?",
        ["consent"] = "true",
    };

    [Fact]
    public async Task Before_the_institute_has_a_name_nobody_agrees_to_be_called_by_nobody()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var early = app.Browse();
        await early.GetAsync("/enquire");
        await app.DescribeAsync(p => p.Name = "");
        using var browser = app.Browse();

        foreach (var path in new[] { "/", "/enquire", "/enquire/cpc" })
        {
            var page = await browser.GetAsync(path);
            Assert.Contains("Enquiries are not open yet.", page.Text);
            Assert.Empty(page.Html.QuerySelectorAll(Form));
        }
        var refused = await early.SubmitAsync(Form, Typed(course.Id));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("Enquiries are not open yet.", refused.Text);
        Assert.Empty(await app.AllAsync<Person>());
    }

    [Fact]
    public async Task An_enquiry_becomes_a_lead_with_its_source_and_its_emails()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var counsellor = await app.AddUserAsync("Divya Menon");
        using var browser = app.Browse();
        await browser.GetAsync("/enquire/cpc?utm_source=Blog&utm_medium=article&utm_campaign=what-is-coding");

        var thanks = await browser.SubmitAsync(Form, Typed(course.Id));

        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Equal(HttpStatusCode.OK, thanks.Status);
        Assert.Contains(lead.Reference, thanks.Text);
        var person = await app.PersonOfAsync(lead);
        Assert.Equal(("Anjali Nair", "+919847012345", "anjali@mail.example"), (person.Name.Text, person.Phone?.E164, person.Email?.Text));
        Assert.Equal(new LeadSource("blog", "article", "what-is-coding"), lead.Source);
        Assert.Equal((PreferredTime.Evening, Stage.New, counsellor.Id), (lead.PreferredTime, lead.Stage, lead.CounsellorId));
        var received = Assert.IsType<LeadReceived>(Assert.Single(await app.EventsAsync(lead.Id)));
        Assert.Equal(("Weekend batch?", new CounsellorRef(counsellor.Id, counsellor.Name)), (received.Message, received.Counsellor));
        await app.OneMessageAsync(MessageKinds.Brochure);
    }

    [Theory]
    [InlineData("name", "", "Enter your name.")]
    [InlineData("phone", "", "Enter a phone number.")]
    [InlineData("phone", "98470", "Enter a phone number with all its digits")]
    [InlineData("phone", "not a number", "Enter a phone number with all its digits")]
    [InlineData("email", "anjali@", "Enter an email address like")]
    [InlineData("email", "anjali nair@mail.example", "Enter an email address like")]
    [InlineData("course", "", "Choose")]
    [InlineData("time", "Midnight", "Choose when we may call")]
    [InlineData("consent", "", "We may only call or write to you if you tick this box.")]
    public async Task A_refused_field_has_its_error_beside_it_and_everything_typed_is_kept(string field, string value, string error)
    {
        var (app, course) = await shared.OnceAsync(async app => (app, await app.AddCourseAsync()));
        using var browser = app.Browse();
        await browser.GetAsync("/enquire?utm_source=blog");
        var typed = Typed(course.Id);
        typed[field] = value;

        var page = await browser.SubmitAsync(Form, typed);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.StartsWith(error, page.ErrorOf(field));
        Assert.Equal("true", page.One($"[name='{field}']").GetAttribute("aria-invalid"));
        Assert.Single(page.Html.QuerySelectorAll(".error"));
        foreach (var kept in new[] { "name", "phone", "email" }.Where(f => f != field))
            Assert.Equal(typed[kept], page.One($"{Form} [name='{kept}']").GetAttribute("value"));
        Assert.Equal("Weekend batch?", page.One("textarea").TextContent);
        Assert.Equal("blog", page.One("[name='utm_source']").GetAttribute("value"));
        Assert.Empty(await app.AllAsync<Lead>());
    }

    [Fact]
    public async Task A_phone_from_abroad_is_taken_with_its_country_code()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var browser = app.Browse();
        await browser.GetAsync("/enquire");

        await browser.SubmitAsync(Form, new(Typed(course.Id)) { ["phone"] = "+971 50 123 4567" });

        Assert.Equal("+971501234567", Assert.Single(await app.AllAsync<Person>()).Phone?.E164);
    }

    [Fact]
    public async Task The_same_form_sent_twice_at_once_is_one_enquiry_with_one_answer()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var browser = app.Browse();
        var form = (await browser.GetAsync("/enquire")).One("[name='formId']").GetAttribute("value")!;

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var tab = app.Browse();
            return (await tab.PostAsync("/enquire", new(Typed(course.Id)) { ["formId"] = form })).Path;
        }));

        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Single(await app.AllAsync<Enquiry>());
        Assert.Equal(1, lead.Enquiries);
        Assert.All(answers, a => Assert.Equal("/enquire/thanks/" + lead.Reference, a));
        await app.OneMessageAsync();
    }

    [Fact]
    public async Task Who_only_knows_the_number_cannot_take_over_a_persons_address_and_papers()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, phone: "+919847012345");

        await app.AddLeadAsync(course, "Anjali Nair", "else@mail.example", "+919847012345");
        await app.DeliverAsync();

        Assert.Equal("anjali@mail.example", (await app.PersonOfAsync(lead)).Email?.Text);
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal("anjali@mail.example", m.To));
        using var staff = await app.SignInAsync("manager");
        Assert.Contains("else@mail.example", (await staff.GetAsync("/leads/" + lead.Id)).One(".timeline").TextContent);
    }

    [Theory]
    [InlineData(Stage.Counselled)]
    [InlineData(Stage.Enrolled)]
    public async Task Who_asks_again_stands_in_the_counsellors_queue(Stage stage)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course, phone: "+919847012345");
        await app.ChangeAsync(lead, l => LeadRules.MoveTo(l, app.Now(), Stage.Counselled, sure: true));
        if (stage == Stage.Enrolled)
            await app.EnrolAsync(lead, divya, batch);

        await app.AddLeadAsync(course, phone: "+919847012345");

        var queue = await TodayPage.QueueAsync(app.Store.QuerySession(), divya.Id, false, app.Clock, default);
        var waiting = Assert.Single([.. queue.Of(Waiting.Overdue), .. queue.Of(Waiting.Today)]);
        Assert.Equal("Enquired again", waiting.Row!.Lead.FollowUp!.Purpose);
        Assert.Equal(stage, (await app.LoadAsync<Lead>(lead.Id)).Stage);
    }

    [Fact]
    public async Task With_htmx_the_limit_is_said_above_the_form_which_stays()
    {
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?>
        {
            ["RateLimits:EnquiriesAtOnce"] = "1",
        });
        var course = await app.AddCourseAsync();
        using var browser = app.Browse();
        await browser.GetAsync("/enquire");
        await browser.PostAsync("/enquire", Typed(course.Id), htmx: true);

        var page = await browser.PostAsync("/enquire", Typed(course.Id), htmx: true);

        Assert.Equal((HttpStatusCode.TooManyRequests, "afterbegin"), (page.Status, page.Headers.GetValues("HX-Reswap").Single()));
        Assert.StartsWith("<p class=\"problem unsent\"", page.Text);
    }

    [Fact]
    public async Task Who_was_lost_and_asks_again_begins_a_new_lead_and_the_lost_one_stays()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var divya = await app.AddUserAsync("Divya Menon");
        var first = await app.AddLeadAsync(cpc, phone: "+919847012345");
        await app.ChangeAsync(first, l => LeadRules.Lose(l, LostReason.Fee, null));
        using var browser = app.Browse();
        await browser.GetAsync("/enquire");

        await browser.SubmitAsync(Form, new(Typed(ccs.Id)) { ["phone"] = "098470-12345", ["email"] = "" });

        Assert.Equal(Stage.Lost, (await app.LoadAsync<Lead>(first.Id)).Stage);
        var second = Assert.Single(await app.AllAsync<Lead>(), l => l.Id != first.Id);
        Assert.Equal((Stage.New, first.PersonId, ccs.Id), (second.Stage, second.PersonId, second.CourseId));
        Assert.Equal("anjali@mail.example", Assert.Single(await app.AllAsync<Person>()).Email?.Text);
        var queue = await TodayPage.QueueAsync(app.Store.QuerySession(), divya.Id, false, app.Clock, default);
        Assert.Equal(second.Id, Assert.Single(queue.Of(Waiting.New)).Id);
    }

    [Fact]
    public async Task Many_enquiries_of_one_number_at_once_make_one_lead()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();

        var leads = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => app.AddLeadAsync(course, phone: "+919847012345")));

        Assert.Single(leads.Select(l => l.Id).Distinct());
        Assert.Equal(10, Assert.Single(await app.AllAsync<Lead>()).Enquiries);
    }

    [Fact]
    public async Task One_address_may_send_only_so_many_a_minute()
    {
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?>
        {
            ["RateLimits:EnquiriesAtOnce"] = "3",
        });
        var course = await app.AddCourseAsync();
        using var browser = app.Browse();
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            await browser.GetAsync("/enquire");
            statuses.Add((await browser.SubmitAsync(Form, new(Typed(course.Id)) { ["phone"] = $"984701234{i}" })).Status);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], statuses);
        Assert.Equal(3, (await app.AllAsync<Lead>()).Count);
    }

    [Theory]
    [InlineData("Google", "cpc", null, "https://www.google.com/", "google", "https://www.google.com/")]
    [InlineData("", "", null, "https://www.codingblog.example/what-is-it?visitor=7", "codingblog.example",
        "https://www.codingblog.example/what-is-it")]
    [InlineData("", "", null, "javascript:alert(1)", "Direct", null)]
    [InlineData("", "", null, "", "Direct", null)]
    public void The_source_is_the_campaign_else_the_page_that_referred(
        string source, string medium, string? campaign, string referrer, string name, string? kept)
    {
        var found = Sources.Of(source, medium, campaign, referrer);

        Assert.Equal((name, kept), (found.Name, found.Referrer));
    }

    [Fact]
    public async Task Without_an_open_course_the_page_says_so_instead_of_asking_for_one()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        course.Open = false;
        await app.StoreAsync(course);
        using var browser = app.Browse();

        foreach (var address in new[] { "/", "/enquire", "/enquire/cpc" })
        {
            var page = await browser.GetAsync(address);
            Assert.Empty(page.Html.QuerySelectorAll("form"));
            Assert.Contains("No course is open for enquiries just now.", page.Texts("main p"));
        }
    }

    [Fact]
    public async Task With_htmx_a_refused_form_comes_back_alone_and_an_accepted_one_leads_to_the_thanks()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var browser = app.Browse();
        await browser.GetAsync("/enquire");

        var refused = await browser.SubmitAsync(Form, new(Typed(course.Id)) { ["phone"] = "1" }, htmx: true);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.StartsWith("<form id=\"enquiry\"", refused.Text.TrimStart());
        var accepted = await browser.SubmitAsync(Form, new() { ["phone"] = "9847012345" }, htmx: true);

        Assert.Equal("/enquire/thanks/" + Assert.Single(await app.AllAsync<Lead>()).Reference,
            Assert.Single(accepted.Headers.GetValues("HX-Redirect")));
    }

    [Fact]
    public async Task Names_in_any_script_are_kept_and_markup_is_shown_as_text()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var browser = app.Browse();
        await browser.GetAsync("/enquire");

        await browser.SubmitAsync(Form, new(Typed(course.Id)) { ["name"] = "അഞ്ജലി <b>നായർ</b> 👩‍⚕️" });

        var lead = Assert.Single(await app.AllAsync<Lead>());
        var name = (await app.PersonOfAsync(lead)).Name.Text;
        Assert.Equal("അഞ്ജലി <b>നായർ</b> 👩‍⚕️", name);
        using var staff = await app.SignInAsync("manager");
        var page = await staff.GetAsync("/leads/" + lead.Id);
        Assert.Equal(name, page.One("h1").TextContent);
    }

    [Theory]
    [InlineData("https://periyar.example/courses")]
    [InlineData("http://periyar.example/")]
    [InlineData("https://www.periyar.example/")]
    [InlineData("https://WWW.Periyar.Example:8443/")]
    [InlineData("http://localhost/")]
    [InlineData("https://localhost:5443/enquire/CPC")]
    [InlineData("http://www.localhost/")]
    public async Task The_institutes_own_pages_are_no_source(string referrer)
    {
        await using var app = await TestApp.StartAsync(postgres);

        Assert.Equal(LeadSource.Direct, await SourceOfAsync(app, referrer));
    }

    [Fact]
    public async Task An_own_domain_in_letters_of_any_script_is_no_source_either()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var profile = app.Get<CurrentInstitute>().Profile;
        profile.Website = "https://www.പെരിയാർ.example";
        await app.StoreAsync(profile);
        await app.Get<CurrentInstitute>().RefreshAsync(default, now: true);

        // Browsers send such a name in ASCII.
        var ascii = new Uri("https://പെരിയാർ.example/").IdnHost;
        Assert.StartsWith("xn--", ascii);
        Assert.Equal(LeadSource.Direct, await SourceOfAsync(app, $"https://{ascii}/"));
    }

    [Theory]
    [InlineData("https://notperiyar.example/", "notperiyar.example")]
    [InlineData("https://periyar.example.evil.example/", "periyar.example.evil.example")]
    [InlineData("https://news.example/?about=periyar.example", "news.example")]
    public async Task Another_site_is_a_source_however_much_its_name_is_like_the_institutes(string referrer, string name)
    {
        await using var app = await TestApp.StartAsync(postgres);

        Assert.Equal(name, (await SourceOfAsync(app, referrer)).Name);
    }

    [Theory]
    [InlineData("Pay Rs 9000 to 98470 12345")]
    [InlineData("L-ABC DE")]
    [InlineData("L-ABCDEFGH")]
    [InlineData("L-<b>ABC")]
    [InlineData("M-ABCDEF")]
    [InlineData("L-ＡＢＣＤＥＦ")]
    public async Task Whatever_is_written_behind_the_address_of_thanks_is_not_printed(string written)
    {
        var app = await shared.OnceAsync(Task.FromResult);
        using var browser = app.Browse();

        var page = await browser.GetAsync("/enquire/thanks/" + Uri.EscapeDataString(written));

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.DoesNotContain(written, page.Html.DocumentElement.TextContent);
        Assert.DoesNotContain("reference", page.One(".notice").TextContent);
    }

    /// <summary>The source of a lead whose visitor opened the form from another page.</summary>
    private static async Task<LeadSource> SourceOfAsync(TestApp app, string referrer)
    {
        var course = await app.AddCourseAsync();
        using var browser = app.Browse();
        await browser.GetAsync("/enquire", referrer: referrer);
        await browser.SubmitAsync(Form, Typed(course.Id));
        return Assert.Single(await app.AllAsync<Lead>()).Source;
    }
}
