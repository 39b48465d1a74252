using System.Net;
using System.Text.Json;
using Crm.Accounts;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Reports;
using Npgsql;

namespace Crm.Tests.Enquiries;

/// <summary>Who an enquiry is of: through the public form and the staff's pages, as strangers and families use them.</summary>
public sealed class WhoIsWhoTests(TestPostgres postgres)
{
    private static async Task<WebPage> EnquireAsync(TestApp app, string name, string phone, Course course, string? email = null)
    {
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/" + course.Code);
        var page = await visitor.SubmitAsync("form#enquiry",
            new() { ["name"] = name, ["phone"] = phone, ["email"] = email ?? "", ["consent"] = "true" });
        Assert.Equal((HttpStatusCode.OK, "Thank you"), (page.Status, page.One("h1").TextContent));
        return page;
    }

    private static async Task<IReadOnlyList<OutboxMessage>> BrochuresAsync(TestApp app) =>
        [.. (await app.AllAsync<OutboxMessage>()).Where(m => m.Kind == MessageKinds.Brochure)];

    [Fact]
    public async Task Two_of_one_family_on_one_phone_are_two_people_with_a_lead_and_a_brochure_each()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));

        await EnquireAsync(app, "Anu George", "98470 55501", cpc, "anu@mail.example");
        await EnquireAsync(app, "Binu George", "+91 98470-55501", ccs, "binu@mail.example");

        var people = (await app.AllAsync<Person>()).ToDictionary(p => p.Name.Text);
        Assert.Equal(["Anu George", "Binu George"], people.Keys.Order());
        var leads = (await app.AllAsync<Lead>()).ToDictionary(l => l.PersonId);
        Assert.Equal((cpc.Id, ccs.Id), (leads[people["Anu George"].Id].CourseId, leads[people["Binu George"].Id].CourseId));
        Assert.All(leads.Values, l => Assert.Equal(1, l.Enquiries));
        Assert.Equal([("anu@mail.example", cpc.Id), ("binu@mail.example", ccs.Id)],
            (await BrochuresAsync(app)).Select(m => (m.To, m.TopicId!.Value)).Order());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        foreach (var (one, other) in new[] { ("Anu George", "Binu George"), ("Binu George", "Anu George") })
        {
            var page = await staff.GetAsync("/people/" + people[one].Id);
            Assert.Contains($"{other} Shares the phone", page.One(".relatives").TextContent);
        }
        Assert.Empty(await app.AllAsync<PossibleDuplicate>());
    }

    [Theory]
    [InlineData("ANOOP KP")]
    [InlineData("Anoop K P")]
    [InlineData("k.p. anoop")]
    public async Task One_person_written_another_way_is_the_same_and_enquired_again(string again)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();

        await EnquireAsync(app, "K. P. Anoop", "98470 55502", course);
        await EnquireAsync(app, again, "098470 55502", course);

        Assert.Equal("K. P. Anoop", Assert.Single(await app.AllAsync<Person>()).Name.Text);
        Assert.Equal((2, Stage.New), (Assert.Single(await app.AllAsync<Lead>()).Enquiries, (await app.AllAsync<Lead>())[0].Stage));
    }

    [Fact]
    public async Task Who_is_enrolled_and_asks_about_another_course_can_take_a_seat_in_it_and_keeps_the_first()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var (first, second) = (await app.AddBatchAsync(cpc), await app.AddBatchAsync(ccs));
        var divya = await app.AddUserAsync("Divya Menon");
        await EnquireAsync(app, "Meera", "98470 55504", cpc, "meera@mail.example");
        var lead = Assert.Single(await app.AllAsync<Lead>());
        using var staff = await app.SignInAsync(divya);
        await staff.GetAsync("/leads/" + lead.Id);
        await staff.SubmitAsync($"form[action='/leads/{lead.Id}/enrolment']", new() { ["batchId"] = first.Id.ToString() });

        await EnquireAsync(app, "Meera", "98470 55504", ccs, "meera@mail.example");

        var other = Assert.Single(await app.AllAsync<Lead>(), l => l.Id != lead.Id);
        Assert.Equal((lead.PersonId, ccs.Id, Stage.New), (other.PersonId, other.CourseId, other.Stage));
        await staff.GetAsync("/leads/" + other.Id);
        await staff.SubmitAsync($"form[action='/leads/{other.Id}/offers']",
            new() { ["batchId"] = second.Id.ToString(), ["discount"] = "1000" });
        var page = await staff.SubmitAsync($"form[action='/leads/{other.Id}/enrolment']", new() { ["batchId"] = second.Id.ToString() });
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(["CCS-2701-01", "CPC-2701-01"], (await app.AllAsync<Crm.Seats.Enrolment>()).Select(e => e.RollNumber).Order());
        Assert.All(await app.AllAsync<Lead>(), l => Assert.Equal(Stage.Enrolled, l.Stage));
        Assert.Contains("Enrolled in CPC-2701", page.Texts("h2"));
        Assert.Contains("Enrolled in CCS-2701", page.Texts("h2"));
        Assert.Single(await app.AllAsync<Person>());
    }

    [Fact]
    public async Task Who_was_lost_and_asks_again_begins_a_new_lead_and_the_funnel_of_the_past_stays()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await EnquireAsync(app, "Meera", "98470 55505", course);
        var lost = Assert.Single(await app.AllAsync<Lead>());
        await app.ChangeAsync(lost,
            l => LeadRules.LogContact(l, app.Clock.Now, l.FollowUp?.Id, ContactChannel.Call, ContactOutcome.Connected, null));
        await app.ChangeAsync(lost, l => LeadRules.Lose(l, LostReason.Fee, null));
        var day = app.Clock.Today;
        await using var session = app.Store.QuerySession();
        Task<FunnelReport> LoadAsync() =>
            FunnelReport.LoadAsync(app.Get<NpgsqlDataSource>(), session, day, day, app.Clock, default);
        var before = await LoadAsync();
        app.Time.Advance(TimeSpan.FromDays(90));

        await EnquireAsync(app, "Meera", "98470 55505", course);

        Assert.Equivalent(before, await LoadAsync(), strict: true);
        Assert.Equal(1, before.Total.Lost);
        var again = Assert.Single(await app.AllAsync<Lead>(), l => l.Id != lost.Id);
        Assert.Equal((Stage.New, lost.PersonId, lost.CounsellorId), (again.Stage, again.PersonId, again.CounsellorId));
    }

    [Fact]
    public async Task A_second_course_asked_for_before_the_first_call_is_listed_on_the_lead()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        await EnquireAsync(app, "Meera", "98470 55506", cpc);

        await EnquireAsync(app, "Meera", "98470 55506", ccs);

        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Equal((cpc.Id, ccs.Id), (lead.CourseId, Assert.Single(lead.OtherCourses).Id));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        Assert.Contains("CPC Preparation, and CCS Preparation", (await staff.GetAsync("/leads/" + lead.Id)).Texts(".facts-list dd"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("real@mail.example")]
    public async Task A_stranger_who_knows_a_number_and_its_name_can_only_add_an_enquiry(string? own)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var divya = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(cpc, "Real Name", own, "+919847055503", by: Actor.Staff(divya.Id, divya.Name));
        await app.ChangeAsync(lead,
            l => LeadRules.LogContact(l, app.Clock.Now, l.FollowUp?.Id, ContactChannel.Call, ContactOutcome.Connected, null));
        var before = await app.PersonOfAsync(lead);
        app.Time.Advance(TimeSpan.FromDays(2));

        var thanks = await EnquireAsync(app, "Real Name", "98470 55503", cpc, "x@evil.example");
        await EnquireAsync(app, "Real Name", "98470 55503", ccs, "x@evil.example");
        await app.DeliverAsync();

        Assert.DoesNotContain(lead.Reference, thanks.Text);
        Assert.DoesNotContain(await app.AllAsync<OutboxMessage>(), m => m.To == "x@evil.example");
        var person = await app.PersonOfAsync(lead);
        Assert.Equal((before.Name, before.Email, before.Phone), (person.Name, person.Email, person.Phone));
        var now = await app.LoadAsync<Lead>(lead.Id);
        Assert.Equal((Stage.Contacted, cpc.Id, PreferredTime.Anytime), (now.Stage, now.CourseId, now.PreferredTime));
        using var staff = await app.SignInAsync(divya);
        var page = await staff.GetAsync("/leads/" + lead.Id);
        Assert.Contains("x@evil.example · given, not confirmed", page.Texts(".facts-list .address"));

        var accepted = await staff.SubmitAsync($"form[action='/people/{person.Id}/emails/acceptance']",
            new() { ["email"] = "x@evil.example" });

        Assert.Equal((HttpStatusCode.OK, "/leads/" + lead.Id), (accepted.Status, accepted.Path));
        Assert.True((await app.PersonOfAsync(lead)).MayBeWrittenTo(EmailAddress.FromStored("x@evil.example")));
    }

    [Fact]
    public async Task A_stranger_who_knows_a_number_and_gives_another_name_is_somebody_else_and_learns_nothing()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, "Real Name", null, "+919847055503");
        var before = (await app.EventsAsync(lead.PersonId)).Select(e => JsonSerializer.Serialize(e, e.GetType())).ToList();

        var thanks = await EnquireAsync(app, "Other Person", "98470 55503", course, "x@evil.example");
        await app.DeliverAsync();

        Assert.Equal(before, (await app.EventsAsync(lead.PersonId)).Select(e => JsonSerializer.Serialize(e, e.GetType())));
        Assert.Equal(1, (await app.LoadAsync<Lead>(lead.Id)).Enquiries);
        Assert.DoesNotContain(lead.Reference, thanks.Text);
        Assert.DoesNotContain("Real Name", thanks.Text);
        Assert.All(await app.AllAsync<OutboxMessage>(), m =>
        {
            Assert.DoesNotContain("Real Name", m.Subject + m.Body + m.ToName);
            Assert.DoesNotContain(lead.Reference, m.Subject + m.Body);
        });
    }

    [Fact]
    public async Task A_known_number_ten_times_in_an_hour_is_one_brochure_and_one_line_with_a_count()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await EnquireAsync(app, "Meera Das", "98470 55507", course, "meera@mail.example");
        var before = Assert.Single(await app.AllAsync<Lead>());

        for (var i = 0; i < 10; i++)
        {
            app.Time.Advance(TimeSpan.FromMinutes(5));
            await EnquireAsync(app, "Meera Das", "98470 55507", course, "meera@mail.example");
        }

        Assert.Single(await BrochuresAsync(app));
        await app.NudgeAsync();
        await app.OneMessageAsync(MessageKinds.Nudge);
        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Equal((before.Stage, before.CourseId, 11), (lead.Stage, lead.CourseId, lead.Enquiries));
        Assert.Equal("Meera Das", Assert.Single(await app.AllAsync<Person>()).Name.Text);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var again = Assert.Single((await staff.GetAsync("/leads/" + lead.Id)).Texts(".timeline .what"),
            t => t.StartsWith("Enquired again", StringComparison.Ordinal));
        Assert.Equal("Enquired again, about CPC Preparation, 10 times", again);
        app.Time.Advance(TimeSpan.FromDays(1));
        await EnquireAsync(app, "Meera Das", "98470 55507", course, "meera@mail.example");
        Assert.Equal(2, (await BrochuresAsync(app)).Count);
    }

    [Theory]
    [InlineData("98470 55511", null)]
    [InlineData("98470 55512", null)]
    [InlineData("98470 55599", "second@mail.example")]
    public async Task A_second_number_and_a_second_address_find_the_same_person(string phone, string? email)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, "Meera Das", "first@mail.example", "+919847055511");
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        await staff.SubmitAsync($"form[action='/people/{lead.PersonId}/contact-points']",
            new() { ["phone"] = "98470 55512", ["email"] = "second@mail.example" });

        await EnquireAsync(app, "meera das", phone, course, email);

        Assert.Single(await app.AllAsync<Person>());
        Assert.Equal(2, (await app.LoadAsync<Lead>(lead.Id)).Enquiries);
    }

    [Theory]
    [InlineData("Anu")]
    [InlineData("Anu G")]
    public async Task Where_there_is_no_way_to_tell_there_are_two_people_listed_with_the_reason(string name)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await EnquireAsync(app, "Anu George", "98470 55508", course);

        await EnquireAsync(app, name, "98470 55508", course);

        Assert.Equal(2, (await app.AllAsync<Person>()).Count);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var row = (await staff.GetAsync("/duplicates")).One("tbody tr").TextContent;
        Assert.Contains(name, row);
        Assert.Contains("Anu George", row);
        Assert.Contains("the same phone and a similar name", row);
        var older = Assert.Single(await app.AllAsync<Person>(), p => p.Name.Text == "Anu George");
        Assert.Contains("Possible duplicate", (await staff.GetAsync("/people/" + older.Id)).One(".relatives").TextContent);
        await staff.GetAsync("/duplicates");
        await staff.SubmitAsync($"form[action='/people/{older.Id}/others']");
        Assert.Empty(staff.Page.Html.QuerySelectorAll("tbody tr"));
    }

    [Fact]
    public async Task Two_requests_at_once_for_one_new_number_are_one_person_and_one_lead()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => EnquireAsync(app, "Meera Das", "98470 55509", course, "meera@mail.example")));

        Assert.Single(await app.AllAsync<Person>());
        Assert.Equal(8, Assert.Single(await app.AllAsync<Lead>()).Enquiries);
        Assert.Single(await BrochuresAsync(app));
    }

    [Fact]
    public async Task Numbers_and_addresses_that_cross_at_once_do_not_block_each_other()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            EnquireAsync(app, $"Person {(char)('A' + i % 4)}", $"98470 5560{i % 4}", course, $"mail{(i + i / 4) % 4}@mail.example")));

        Assert.Equal(4, (await app.AllAsync<Person>()).Select(p => p.Phone).Distinct().Count());
        Assert.Equal(40, (await app.AllAsync<Enquiry>()).Count);
        Assert.Equal(40, (await app.AllAsync<Lead>()).Sum(l => l.Enquiries));
    }
}
