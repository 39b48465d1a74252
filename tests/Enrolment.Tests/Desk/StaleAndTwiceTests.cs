using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Npgsql;

namespace Crm.Tests.Desk;

/// <summary>Forms sent twice, pages drawn before a colleague's change, and events of a newer program.</summary>
public sealed class StaleAndTwiceTests(TestPostgres postgres)
{
    private static Dictionary<string, string> FormOf(WebPage page, string action)
    {
        var form = page.One($"form[action='{action}']");
        return form.QuerySelectorAll("input[type=hidden]").ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
    }

    [Fact]
    public async Task A_form_sent_twice_is_carried_out_once_also_at_the_same_moment()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var page = await staff.GetAsync("/leads/" + lead.Id);
        var note = new Dictionary<string, string>(FormOf(page, $"/leads/{lead.Id}/notes")) { ["text"] = "Once" };
        var email = new Dictionary<string, string>(FormOf(page, $"/leads/{lead.Id}/emails")) { ["subject"] = "Once", ["body"] = "Only" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i =>
            staff.PostAsync($"/leads/{lead.Id}/{(i % 2 == 0 ? "notes" : "emails")}", i % 2 == 0 ? note : email)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.Status));
        var events = await app.EventsAsync(lead.Id);
        Assert.Single(events.OfType<NoteAdded>());
        Assert.Single(events.OfType<EmailWritten>());
        Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Subject == "Once");
    }

    [Fact]
    public async Task A_form_about_a_person_sent_twice_is_carried_out_once_also_at_the_same_moment()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var page = await staff.GetAsync("/leads/" + lead.Id);
        var form = new Dictionary<string, string>(FormOf(page, $"/people/{lead.PersonId}/tags")) { ["tag"] = "nurse" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => staff.PostAsync($"/people/{lead.PersonId}/tags", form)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.Status));
        Assert.Equal(["nurse"], (await app.PersonOfAsync(lead)).Tags);
        Assert.Single((await app.EventsAsync(lead.PersonId)).OfType<PersonTagged>());
    }

    [Fact]
    public async Task A_page_drawn_before_a_merge_leaves_the_record_that_gave_way_and_keeps_what_was_typed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var (first, second) = (await app.AddLeadAsync(course, "Anu George", phone: "+919847055508"),
            await app.AddLeadAsync(course, "Anu", email: "george@mail.example", phone: "+919847055508"));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + second.Id);
        await app.Get<Crm.Enquiries.MergePeople>().MergeAsync(first.PersonId, second.PersonId, [], null, app.Now(), default);
        var before = (await app.EventsAsync(second.PersonId)).Count;

        var page = await staff.SubmitAsync($"form[action='/people/{second.PersonId}/details']", new() { ["language"] = "Malayalam" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.StartsWith("This record was merged into another meanwhile", page.One(".problem").TextContent);
        Assert.Equal("Malayalam", page.One($"form[action='/people/{first.PersonId}/details'] [name=language]").GetAttribute("value"));
        Assert.Equal(before, (await app.EventsAsync(second.PersonId)).Count);
    }

    [Fact]
    public async Task A_stale_done_does_not_close_what_a_colleague_has_planned_since()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddHours(1), "Call"));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        await app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddDays(1), "Visit"));

        var page = await staff.SubmitAsync($"form[action='/leads/{lead.Id}/follow-up/outcome']", new() { ["outcome"] = "Spoke with her" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "This follow-up was already done or rescheduled."),
            (page.Status, page.One(".problem").TextContent));
        Assert.Equal("Spoke with her", page.One("input[name=outcome]").GetAttribute("value"));
        Assert.Contains("Next: Visit", page.Texts("h2"));
        Assert.Equal("Visit", (await app.LoadAsync<Lead>(lead.Id)).FollowUp?.Purpose);
    }

    // What a colleague plans while the page is open, and what is sent from it.
    [Theory]
    [InlineData("contacts", "outcome", "Connected", "note", "Spoke with her", false)]
    [InlineData("follow-up", "purpose", "Call again", "purpose", "Call again", true)]
    [InlineData("loss", "reason", "Fee", "note", "Too dear", true)]
    public async Task A_stale_page_leaves_the_follow_up_that_a_colleague_planned_since(
        string act, string field, string typed, string kept, string words, bool asks)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddUserAsync("Ravi Pillai");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddHours(1), "Call"));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        await app.ChangeAsync(lead,
            l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddHours(2), "Visit"));
        var form = $"form[action='/leads/{lead.Id}/{act}']";

        var page = await staff.SubmitAsync(form, new() { [field] = typed, [kept] = words });

        Assert.Equal("Visit", (await app.LoadAsync<Lead>(lead.Id)).FollowUp?.Purpose);
        Assert.Single(await app.AllAsync<OutboxMessage>(), m => m is { Kind: "reminder", Status: MessageStatus.Queued });
        Assert.Equal(asks ? HttpStatusCode.UnprocessableEntity : HttpStatusCode.OK, page.Status);
        if (!asks)
        {
            Assert.Contains(words, page.Texts(".timeline .detail"));
            return;
        }
        Assert.StartsWith("“Visit” was planned for 23 Nov 2026, 12:00 PM meanwhile, which this would end.",
            page.One($"{form} .problem").TextContent);
        Assert.Contains(words, page.One(form).OuterHtml);
        Assert.Equal(HttpStatusCode.OK, (await staff.SubmitAsync(form)).Status);
        Assert.NotEqual("Visit", (await app.LoadAsync<Lead>(lead.Id)).FollowUp?.Purpose);
    }

    [Fact]
    public async Task A_contact_closes_no_follow_up_that_its_form_does_not_name()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddHours(1), "Call"));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var form = FormOf(await staff.GetAsync("/leads/" + lead.Id), $"/leads/{lead.Id}/contacts");
        form.Remove("was-followUp");

        await staff.PostAsync($"/leads/{lead.Id}/contacts", new(form) { ["channel"] = "Call", ["outcome"] = "Connected" });

        var after = await app.LoadAsync<Lead>(lead.Id);
        Assert.Equal(("Call", 1), (after.FollowUp?.Purpose, after.ContactAttempts));
    }

    [Fact]
    public async Task A_form_sent_again_with_other_words_is_not_thrown_away()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var form = FormOf(await staff.GetAsync("/leads/" + lead.Id), $"/leads/{lead.Id}/notes");
        await staff.PostAsync($"/leads/{lead.Id}/notes", new(form) { ["text"] = "Wants evenings" });

        var page = await staff.PostAsync($"/leads/{lead.Id}/notes", new(form) { ["text"] = "Wants mornings" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, Crm.Web.SentForm.KeptBefore), (page.Status, page.One(".problem").TextContent));
        Assert.Equal("Wants mornings", page.One("[name=text]").TextContent.Trim());
        await staff.SubmitAsync($"form[action='/leads/{lead.Id}/notes']");
        Assert.Equal(["Wants evenings", "Wants mornings"], (await app.EventsAsync(lead.Id)).OfType<NoteAdded>().Select(n => n.Text));
    }

    [Fact]
    public async Task A_stale_page_moves_no_lead_that_a_colleague_has_moved_since()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        await app.ChangeAsync(lead, l => LeadRules.MoveTo(l, app.Now(), Stage.Counselled, sure: false));

        var page = await staff.SubmitAsync($"form[action='/leads/{lead.Id}/stage']", new() { ["stage"] = "Contacted" });

        Assert.StartsWith("Counselled was reached and stays in the figures.", page.One("form.ask .problem").TextContent);
        Assert.Equal(Stage.Counselled, (await app.LoadAsync<Lead>(lead.Id)).Stage);
    }

    [Fact]
    public async Task A_stale_page_hands_no_lead_over_that_a_colleague_has_handed_over_since()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (ravi, asha) = (await app.AddUserAsync("Ravi Pillai"), await app.AddUserAsync("Asha Nair"));
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.ChangeAsync(lead, l => LeadRules.Assign(l, ravi.Id, ravi.Name));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        await app.ChangeAsync(lead, l => LeadRules.Assign(l, asha.Id, asha.Name));
        var divya = Assert.Single(await app.AllAsync<User>(), u => u.Name == "Divya Menon");

        var page = await staff.SubmitAsync($"form[action='/leads/{lead.Id}/counsellor']", new() { ["counsellor"] = divya.Id.ToString() });

        Assert.Equal("This was changed meanwhile: it is now “Asha Nair”. Save again to change it.", page.ErrorOf("counsellor"));
        Assert.Equal(asha.Id, (await app.LoadAsync<Lead>(lead.Id)).CounsellorId);
    }

    [Fact]
    public async Task A_stale_page_corrects_what_was_changed_on_it_and_leaves_a_colleagues_work()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), phone: "+919847012345");
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
            p => [new PhoneCorrected(p.Phone, PhoneNumber.FromE164("+919847099999"))], default);

        var page = await staff.SubmitAsync($"form[action='/people/{lead.PersonId}/details']", new() { ["name"] = "Anjali Menon" });

        Assert.Equal(HttpStatusCode.OK, page.Status);
        var person = await app.PersonOfAsync(lead);
        Assert.Equal(("Anjali Menon", "+919847099999"), (person.Name.Text, person.Phone?.E164));
    }

    [Fact]
    public async Task What_two_people_changed_is_refused_beside_the_field_with_what_it_is_now_and_then_taken()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        await app.Get<PersonWriter>()
            .ChangeAsync(lead.PersonId, app.Now(), _ => [new NameCorrected(PersonName.FromStored("Anjaly Nair"))], default);
        var form = $"form[action='/people/{lead.PersonId}/details']";

        var page = await staff.SubmitAsync(form, new() { ["name"] = "Anjali Menon" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal("This was changed meanwhile: it is now “Anjaly Nair”. Save again to change it.", page.ErrorOf("name"));
        Assert.Equal("Anjali Menon", page.One($"{form} [name=name]").GetAttribute("value"));
        await staff.SubmitAsync(form);
        Assert.Equal("Anjali Menon", (await app.PersonOfAsync(lead)).Name.Text);
    }

    [Fact]
    public async Task A_stale_course_does_not_turn_a_colleagues_correction_back()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs, crc) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"), await app.AddCourseAsync("CRC"));
        var lead = await app.AddLeadAsync(cpc);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        await app.ChangeAsync(lead, l => LeadRules.CorrectCourse(l, new CourseRef(ccs.Id, ccs.Code, ccs.Name)));

        var page = await staff.SubmitAsync($"form[action='/leads/{lead.Id}/course']", new() { ["course"] = crc.Id.ToString() });

        Assert.StartsWith("This was changed meanwhile: it is now “CCS Preparation”.", page.ErrorOf("course"));
        Assert.Equal(ccs.Id, (await app.LoadAsync<Lead>(lead.Id)).CourseId);
    }

    [Theory]
    [InlineData(
        "update enrolment.mt_events set type = 'seat_swapped', mt_dotnet_type = 'Crm.Seats.Swapped, Enrolment' where type = 'note_added'",
        "seat swapped")]
    [InlineData("update enrolment.mt_events set data = '{\"Text\": {\"Html\": \"<p>\"}}' where type = 'note_added'", "note added")]
    public async Task An_event_of_a_newer_program_is_a_plain_line_on_a_page_that_works(string change, string words)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.ChangeAsync(lead, _ => LeadRules.AddNote("A note"));
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using (var command = source.CreateCommand(change)) Assert.Equal(1, await command.ExecuteNonQueryAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var page = await staff.GetAsync("/leads/" + lead.Id);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains($"Something that this version does not know: {words}", page.Texts(".timeline .what"));
        var after = await staff.SubmitAsync($"form[action='/leads/{lead.Id}/notes']", new() { ["text"] = "Another" });
        Assert.Equal(HttpStatusCode.OK, after.Status);
        Assert.Contains("Another", after.Texts(".timeline .detail"));
    }
}
