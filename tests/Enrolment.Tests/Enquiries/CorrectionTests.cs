using System.Net;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;

namespace Crm.Tests.Enquiries;

/// <summary>A form that is sent again puts its own enquiry right, and nothing else.</summary>
public sealed class CorrectionTests(TestPostgres postgres)
{
    private static Dictionary<string, string> Typed(Course course, Guid form, params (string Field, string Value)[] but)
    {
        var typed = new Dictionary<string, string>
        {
            ["formId"] = form.ToString(),
            ["name"] = "Anjali Nair",
            ["phone"] = "98470 12345",
            ["email"] = "anjlai9@mail.example",
            ["course"] = course.Id.ToString(),
            ["time"] = "Morning",
            ["consent"] = "true",
        };
        foreach (var (field, value) in but) typed[field] = value;
        return typed;
    }

    private static async Task<string> SendAsync(TestApp app, Dictionary<string, string> typed)
    {
        using var visitor = app.Browse();
        var page = await visitor.PostAsync("/enquire", typed);
        Assert.Equal((HttpStatusCode.OK, "Thank you"), (page.Status, page.One("h1").TextContent));
        return page.Path;
    }

    private static async Task<IReadOnlyList<OutboxMessage>> WaitingAsync(TestApp app, string kind) =>
        [.. (await app.AllAsync<OutboxMessage>()).Where(m => m.Kind == kind && m.Status == MessageStatus.Queued)];

    [Fact]
    public async Task The_address_and_the_course_that_were_put_right_are_those_that_count()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var form = Guid.NewGuid();
        var first = await SendAsync(app, Typed(cpc, form));

        var second = await SendAsync(app, Typed(ccs, form, ("email", "anjali9@mail.example")));

        Assert.Equal(first, second);
        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Equal((ccs.Id, 1, 0), (lead.CourseId, lead.Enquiries, lead.OtherCourses.Count));
        var person = Assert.Single(await app.AllAsync<Person>());
        Assert.Equal(new KnownEmail(EmailAddress.FromStored("anjali9@mail.example"), Standing.Given), Assert.Single(person.Emails));
        var brochure = Assert.Single(await WaitingAsync(app, MessageKinds.Brochure));
        Assert.Equal(("anjali9@mail.example", ccs.Id), (brochure.To, brochure.TopicId));
        await app.NudgeAsync();
        var nudge = Assert.Single(await WaitingAsync(app, MessageKinds.Nudge));
        Assert.Equal(("anjali9@mail.example", "Any questions about CCS Preparation?"), (nudge.To, nudge.Subject));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        Assert.Contains("Corrected the enquiry, about CCS Preparation", (await staff.GetAsync("/leads/" + lead.Id)).Texts(".what"));
    }

    // So that who goes back to it sends the same form again; what somebody typed is kept by no browser.
    [Theory]
    [InlineData("/", false)]
    [InlineData("/enquire", false)]
    [InlineData("/enquire/CPC", false)]
    [InlineData("/enquire/thanks/L-ABCDEF", true)]
    [InlineData("/enquire/thanks/L-ABCDEF/correction", true)]
    public async Task An_empty_form_may_be_kept_by_the_browser_and_no_other_page(string path, bool not)
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var visitor = app.Browse();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);

        using var answer = await visitor.SendRawAsync(request);

        Assert.Equal((not, true), (answer.Headers.CacheControl!.NoStore, answer.Headers.CacheControl.NoCache));
    }

    [Theory]
    [InlineData("phone", "+91 98470 54321", "Anjali Nair", "+919847054321", "anjlai9@mail.example", PreferredTime.Morning)]
    [InlineData("phone", "98470 12345, 98950 54321", "Anjali Nair", "+919847012345 +919895054321", "anjlai9@mail.example",
        PreferredTime.Morning)]
    [InlineData("name", "Anjali P. Nair", "Anjali P. Nair", "+919847012345", "anjlai9@mail.example", PreferredTime.Morning)]
    [InlineData("name", "NAIR Anjali", "NAIR Anjali", "+919847012345", "anjlai9@mail.example", PreferredTime.Morning)]
    [InlineData("email", "", "Anjali Nair", "+919847012345", "", PreferredTime.Morning)]
    [InlineData("time", "Evening", "Anjali Nair", "+919847012345", "anjlai9@mail.example", PreferredTime.Evening)]
    public async Task Whatever_was_put_right_stands_as_it_was_sent_last(
        string field, string value, string name, string phones, string email, PreferredTime time)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var form = Guid.NewGuid();
        await SendAsync(app, Typed(course, form));

        await SendAsync(app, Typed(course, form, (field, value)));
        await SendAsync(app, Typed(course, form, (field, value)));

        var (person, lead) = (Assert.Single(await app.AllAsync<Person>()), Assert.Single(await app.AllAsync<Lead>()));
        Assert.Equal((name, phones, email, time, 1), (person.Name.Text, string.Join(' ', person.Phones.Select(p => p.Number.E164)),
            person.Email?.Text ?? "", lead.PreferredTime, lead.Enquiries));
        Assert.Single(await app.EventsAsync(lead.Id), e => e is EnquiryCorrected);
        Assert.Equal(email.Length == 0 ? 0 : 1, (await WaitingAsync(app, MessageKinds.Brochure)).Count);
    }

    [Fact]
    public async Task A_brochure_that_has_left_for_the_wrong_address_goes_to_the_right_one_too_and_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var form = Guid.NewGuid();
        await SendAsync(app, Typed(course, form));
        await app.DeliverAsync();

        for (var i = 0; i < 3; i++) await SendAsync(app, Typed(course, form, ("email", "anjali9@mail.example"), ("message", $"{i}")));
        await app.DeliverAsync();

        var sent = (await app.AllAsync<OutboxMessage>()).Where(m => m.Status == MessageStatus.Sent).Select(m => m.To);
        Assert.Equal(["anjali9@mail.example", "anjlai9@mail.example"], sent.Order());
    }

    [Fact]
    public async Task Of_somebody_who_was_known_a_stranger_puts_nothing_right()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var divya = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(cpc, "Anjali Nair", "real@mail.example", "98470 12345", by: Actor.Staff(divya.Id, divya.Name));
        await app.ChangeAsync(lead, l => LeadRules.MoveTo(l, app.Now(), Stage.Counselled, sure: true));
        var before = await app.PersonOfAsync(lead);
        var form = Guid.NewGuid();
        await SendAsync(app, Typed(cpc, form, ("email", "x@evil.example")));

        await SendAsync(app, Typed(cpc, form, ("email", "y@evil.example"), ("name", "Anjali"), ("time", "Evening")));
        await SendAsync(app, Typed(ccs, form, ("email", "y@evil.example"), ("name", "Anjali"), ("time", "Evening")));
        await app.DeliverAsync();

        var (person, now) = (await app.PersonOfAsync(lead), await app.LoadAsync<Lead>(lead.Id));
        Assert.Equal((before.Name, before.Email, before.Phone), (person.Name, person.Email, person.Phone));
        Assert.All(person.Emails.Skip(1), e => Assert.Equal(Standing.Unconfirmed, e.Standing));
        Assert.Equal((Stage.Counselled, cpc.Id, PreferredTime.Anytime, 2), (now.Stage, now.CourseId, now.PreferredTime, now.Enquiries));
        Assert.DoesNotContain(await app.AllAsync<OutboxMessage>(), m => m.To.EndsWith("evil.example", StringComparison.Ordinal));
        Assert.Equal(ccs.Id, Assert.Single(await app.AllAsync<Lead>(), l => l.Id != lead.Id).CourseId);
    }

    [Fact]
    public async Task What_staff_have_changed_or_confirmed_since_stays()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var form = Guid.NewGuid();
        await SendAsync(app, Typed(cpc, form));
        var lead = Assert.Single(await app.AllAsync<Lead>());
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), p => PersonRules.Correct(p, p.Details with
        {
            Name = PersonName.FromStored("Anjali Menon"),
            Phone = PhoneNumber.FromE164("+919847099999"),
        }), default);
        await app.ChangeAsync(lead, l => LeadRules.CorrectCourse(l, new CourseRef(ccs.Id, ccs.Code, ccs.Name)));

        await SendAsync(app, Typed(cpc, form, ("name", "Anjali P. Nair"), ("phone", "98470 54321"), ("email", "")));

        var person = await app.PersonOfAsync(lead);
        Assert.Equal(("Anjali Menon", "+919847099999", null), (person.Name.Text, person.Phone?.E164, person.Email?.Text));
        Assert.Contains(person.Phones, p => p.Number.E164 == "+919847054321");
        Assert.Equal(ccs.Id, (await app.LoadAsync<Lead>(lead.Id)).CourseId);
    }

    [Fact]
    public async Task After_the_first_call_a_correction_is_told_and_a_call_is_planned()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var form = Guid.NewGuid();
        await SendAsync(app, Typed(course, form));
        var lead = Assert.Single(await app.AllAsync<Lead>());
        await app.ChangeAsync(lead, l => LeadRules.MoveTo(l, app.Now(), Stage.Contacted, sure: true));

        await SendAsync(app, Typed(course, form, ("time", "Evening"), ("message", "Weekends only")));

        var now = Assert.Single(await app.AllAsync<Lead>());
        Assert.Equal(("Corrected the enquiry", PreferredTime.Morning, 1), (now.FollowUp?.Purpose, now.PreferredTime, now.Enquiries));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        Assert.Contains("as Anjali Nair · anjlai9@mail.example · prefers evening · Weekends only",
            (await staff.GetAsync("/leads/" + lead.Id)).Texts(".detail"));
    }

    [Theory]
    [InlineData("Binu George", "98950 54321", "binu@mail.example")]
    [InlineData("Anu Nair", "98470 12345", "")]
    [InlineData("Binu Nair", "98470 12345", "anjlai9@mail.example")]
    public async Task Who_goes_back_to_the_form_of_the_one_before_and_types_over_it_is_somebody_else(
        string name, string phone, string email)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var form = Guid.NewGuid();
        var first = await SendAsync(app, Typed(course, form));

        var second = await SendAsync(app, Typed(course, form, ("name", name), ("phone", phone), ("email", email)));
        var again = await SendAsync(app, Typed(course, form, ("name", name), ("phone", phone), ("email", email), ("time", "Evening")));

        Assert.NotEqual(first, second);
        Assert.Equal(second, again);
        Assert.Equal(new[] { "Anjali Nair", name }.Order(), (await app.AllAsync<Person>()).Select(p => p.Name.Text).Order());
        Assert.All(await app.AllAsync<Lead>(), l => Assert.Equal(1, l.Enquiries));
        Assert.Equal(2, (await app.AllAsync<Lead>()).Count);
    }

    [Fact]
    public async Task Who_was_asked_to_look_again_may_put_any_name_right_but_not_become_somebody_else()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var form = Guid.NewGuid();
        await SendAsync(app, Typed(course, form, ("name", "Anjlai Niar")));

        await SendAsync(app, Typed(course, form, ("corrects", "true")));

        Assert.Equal("Anjali Nair", Assert.Single(await app.AllAsync<Person>()).Name.Text);
        await SendAsync(app,
            Typed(course, form, ("corrects", "true"), ("name", "Binu"), ("phone", "98950 54321"), ("email", "binu@mail.example")));
        Assert.Equal(["Anjali Nair", "Binu"], (await app.AllAsync<Person>()).Select(p => p.Name.Text).Order());
    }

    [Fact]
    public async Task A_number_put_right_that_somebody_has_is_for_staff_to_decide_on()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var known = await app.AddLeadAsync(course, "Anjali Nair", "real@mail.example", "98470 54321");
        var before = await app.EventsAsync(known.PersonId);
        var form = Guid.NewGuid();
        await SendAsync(app, Typed(course, form));

        await SendAsync(app, Typed(course, form, ("phone", "98470 54321"), ("email", "real@mail.example")));

        Assert.Equal(before.Count, (await app.EventsAsync(known.PersonId)).Count);
        var other = Assert.Single(await app.AllAsync<Person>(), p => p.Id != known.PersonId);
        var pair = Assert.Single(await app.AllAsync<PossibleDuplicate>());
        Assert.Equal((other.Id, known.PersonId, "the same name and phone"), (pair.Newer, pair.Older, pair.Reason));
        // The address is another's already: it gets nothing in this name.
        Assert.Equal(Standing.Unconfirmed, Assert.Single(other.Emails).Standing);
        Assert.DoesNotContain(await app.AllAsync<OutboxMessage>(), m => m.PersonId == other.Id && m.Status == MessageStatus.Queued);
    }

    [Fact]
    public async Task The_same_form_with_eight_numbers_at_once_is_one_person_with_one_lead()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var form = Guid.NewGuid();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => SendAsync(app, Typed(course, form, ("phone", $"984701234{i}")))));

        Assert.Single(answers.Distinct());
        Assert.Single((await app.AllAsync<Person>()).Select(p => Assert.Single(p.Phones)));
        Assert.Equal(1, Assert.Single(await app.AllAsync<Lead>()).Enquiries);
        Assert.Single(await app.AllAsync<Enquiry>());
    }

    [Fact]
    public async Task A_walk_in_sent_again_with_a_corrected_number_is_corrected_as_staff_say()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var form = await staff.GetAsync("/leads/new");
        var typed = Typed(course, Guid.NewGuid(), ("source", "WalkIn"), ("__RequestVerificationToken",
            form.One("form[action='/leads'] [name='__RequestVerificationToken']").GetAttribute("value")!));
        await staff.PostAsync("/leads", typed);

        await staff.PostAsync("/leads", new(typed) { ["phone"] = "98470 54321" });

        var person = Assert.Single(await app.AllAsync<Person>());
        Assert.Equal(new KnownPhone(PhoneNumber.FromE164("+919847054321"), Standing.Confirmed), Assert.Single(person.Phones));
        Assert.Single(await app.AllAsync<Lead>());
    }
}
