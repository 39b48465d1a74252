using System.Net;
using Crm.Counselling;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;

namespace Crm.Tests.Privacy;

/// <summary>What somebody agrees to, each purpose by itself: how it was given, taken back, and what staff cannot do then.</summary>
public sealed class ConsentTests(TestPostgres postgres)
{
    private static async Task<WebPage> TellAsync(Browser staff, Lead lead, params (string Field, string Value)[] typed)
    {
        await staff.GetAsync($"/leads/{lead.Id}");
        return await staff.SubmitAsync($"form[action='/people/{lead.PersonId}/consents']", typed.ToDictionary(t => t.Field, t => t.Value));
    }

    [Fact]
    public async Task The_form_keeps_the_words_the_language_the_time_and_the_way_and_sharing_is_nobodys_by_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/CPC");
        await visitor.SubmitAsync("form#enquiry", new() { ["name"] = "Anu George", ["phone"] = "98470 55508", ["consent"] = "true" });

        var person = Assert.Single(await app.AllAsync<Person>());

        var consent = Assert.Single(person.Consents);
        Assert.Equal((PublicForm.ConsentText((await app.AllAsync<InstituteProfile>())[0]), "English", TestApp.Start, "Public form", false),
            (consent.Text, consent.Language, consent.At, consent.Way, consent.ByGuardian));
        Assert.Equal([true, true, true, false], Enum.GetValues<Purpose>().Select(p => person.Agrees(p)));
        Assert.False(person.IsMinor);
    }

    [Fact]
    public async Task Staff_note_what_is_withdrawn_and_given_for_each_purpose_with_the_way_and_the_words()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var refused = await TellAsync(staff, lead, ("agreesCall", ""));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Choose how they said so."), (refused.Status, refused.ErrorOf("way")));
        await TellAsync(staff, lead, ("agreesCall", ""), ("agreesShare", "true"), ("way", "Phone"), ("language", "Malayalam"));

        var person = await app.PersonOfAsync(lead);
        Assert.Equal([false, true, true, true], Enum.GetValues<Purpose>().Select(p => person.Agrees(p)));
        var given = person.Consents.Single(c => c.Purposes.Contains(Purpose.Share));
        Assert.Equal(("Phone", "Malayalam"), (given.Way, given.Language));
        Assert.Contains("pass my details on", given.Text);
        var told = (await staff.GetAsync($"/leads/{lead.Id}")).Text;
        Assert.Contains("No longer agrees to call", told);
        Assert.Contains("Agreed to share", told);
    }

    [Fact]
    public async Task Who_wants_no_calls_no_chats_and_no_emails_is_offered_none_and_nothing_that_waits_leaves()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        Assert.Equal(2, (await staff.GetAsync($"/leads/{lead.Id}")).Html.QuerySelectorAll(".thumb a").Length);

        await TellAsync(staff, lead, ("agreesCall", ""), ("agreesWhatsApp", ""), ("agreesEmail", ""), ("way", "WalkIn"));

        foreach (var address in new[] { $"/leads/{lead.Id}", "/today?everyone=true" })
        {
            var page = await staff.GetAsync(address);
            Assert.Empty(page.Html.QuerySelectorAll("a[href^='tel:+9198470'], a[href*='wa.me'], a[href^='mailto:anjali']"));
            Assert.Contains("Wants no calls", page.Text);
        }
        var refused = await Assert.ThrowsAsync<Refusal>(async () =>
            await app.ActAsync<SendEmail>(lead.Id, await app.AddUserAsync("Ravi Pillai"), ("subject", "x"), ("body", "y")));
        Assert.Contains("asked for no more emails", refused.Message);
        await app.DeliverAsync();
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.NotEqual(MessageStatus.Sent, m.Status));
    }

    [Fact]
    public async Task The_link_in_an_email_withdraws_each_purpose_with_one_tick_and_only_for_whose_address_it_is()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var owner = await app.AddLeadAsync(course, "Anu George", "anu@mail.example", "98470 55508");
        var victim = await app.AddLeadAsync(course, "Binu George", null, "98470 55509");
        // Somebody who knows the number of another types their own address beside it.
        await app.AddLeadAsync(course, "Binu George", "anu@mail.example", "98470 55509");
        var link = new Uri(app.Get<UnsubscribeLinks>().For(EmailAddress.FromStored("anu@mail.example"))).PathAndQuery;
        using var browser = app.Browse();
        await browser.GetAsync(link);

        var done = await browser.SubmitAsync("form", new() { ["stopEmail"] = "", ["stopCall"] = "true" });

        Assert.Equal("We have noted that", done.One("h1").TextContent);
        var person = await app.PersonOfAsync(owner);
        Assert.Equal([false, true, true, false], Enum.GetValues<Purpose>().Select(p => person.Agrees(p)));
        Assert.NotNull(person.Email);
        Assert.True((await app.PersonOfAsync(victim)).Agrees(Purpose.Call));
        Assert.Empty((await browser.GetAsync(link)).Html.QuerySelectorAll("[name=stopCall]"));
        // A mail program's own button sends one field, and none of ours.
        await browser.PostAsync(link, new() { ["List-Unsubscribe"] = "One-Click" });
        Assert.True((await app.PersonOfAsync(owner)).EmailsAreStopped);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var page = await staff.GetAsync($"/leads/{owner.Id}");
        Assert.Contains("WhatsApp", page.Texts(".facts-list dd"));
        Assert.Empty(page.Html.QuerySelectorAll("a[href^='mailto:anu']"));
    }

    [Fact]
    public async Task Who_has_two_addresses_reads_which_of_them_gets_no_more_emails_and_nothing_of_the_other()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Anu George", "anu@mail.example");
        await app.Get<PersonWriter>().ChangeAsync(
            lead.PersonId, app.Now(), p => PersonRules.AddEmail(p, EmailAddress.FromStored("work@mail.example")), default);
        var link = new Uri(app.Get<UnsubscribeLinks>().For(EmailAddress.FromStored("anu@mail.example"))).PathAndQuery;
        using var browser = app.Browse();

        var asked = await browser.GetAsync(link);
        var done = await browser.SubmitAsync("form");
        var again = await browser.GetAsync(link);

        Assert.Equal("Emails to anu@mail.example", asked.One(".field:has([name=stopEmail]) label").TextContent.Trim());
        Assert.All([done, again], page => Assert.Equal("We send no more emails to anu@mail.example", page.One("h1").TextContent));
        Assert.All([done, again], page => Assert.Contains("another address of yours", page.One(".notice p").TextContent));
        Assert.All([asked, done, again], page => Assert.DoesNotContain("work@mail.example", page.Text));
        Assert.Equal("work@mail.example", (await app.PersonOfAsync(lead)).Email?.Text);
    }

    [Fact]
    public async Task Who_asks_again_agrees_again_and_an_old_list_does_not()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, "Anu George", null, "98470 55508");
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await TellAsync(staff, lead, ("agreesCall", ""), ("way", "Phone"));
        Assert.False((await app.PersonOfAsync(lead)).Agrees(Purpose.Call));

        await app.AddLeadAsync(course, "Anu George", null, "98470 55508");

        Assert.True((await app.PersonOfAsync(lead)).Agrees(Purpose.Call));
    }

    [Theory]
    [InlineData("", "98470 55500", "true", "guardianName")]
    [InlineData("Sara George", "", "true", "guardianPhone")]
    [InlineData("Sara George", "98470 55500", "", "guardianAgrees")]
    public async Task Below_18_the_form_asks_for_a_guardian_and_loses_nothing(string name, string phone, string agrees, string field)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/CPC");

        var refused = await visitor.SubmitAsync("form#enquiry", new()
        {
            ["name"] = "Anu George",
            ["phone"] = "98470 55508",
            ["consent"] = "true",
            ["minor"] = "true",
            ["guardianName"] = name,
            ["guardianPhone"] = phone,
            ["guardianAgrees"] = agrees,
        });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotNull(refused.ErrorOf(field));
        Assert.Equal((name, phone), (refused.One("[name=guardianName]").GetAttribute("value"),
            refused.One("[name=guardianPhone]").GetAttribute("value")));
        Assert.NotNull(refused.One("[name=minor]").GetAttribute("checked"));
        Assert.Empty(await app.AllAsync<Person>());
        await visitor.SubmitAsync("form#enquiry", new()
        { ["guardianName"] = "Sara George", ["guardianPhone"] = "98470 55500", ["guardianAgrees"] = "true" });
        var person = Assert.Single(await app.AllAsync<Person>());
        Assert.Equal((true, "Sara George +91 98470 55500", true), (person.IsMinor, $"{person.Guardian}", person.Agrees(Purpose.Call)));
        var consent = person.Consents.Last();
        Assert.True(consent.ByGuardian);
        Assert.Contains("My parent or guardian agrees", consent.Text);
    }

    [Fact]
    public async Task Found_to_be_under_18_nobody_is_reached_until_a_guardian_who_is_known_agrees()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);

        await TellAsync(staff, lead, ("minor", "true"));
        var person = await app.PersonOfAsync(lead);
        Assert.Equal((true, null, false), (person.IsMinor, person.Email, person.Agrees(Purpose.Call)));
        Assert.Contains("Under 18: a guardian has to agree first", (await staff.GetAsync($"/leads/{lead.Id}")).Text);
        var alone = await TellAsync(staff, lead, ("agreesCall", "true"), ("way", "Phone"));
        Assert.Contains("only a guardian agrees", alone.ErrorOf("byGuardian"));
        var unknown = await TellAsync(staff, lead, ("agreesCall", "true"), ("way", "Phone"), ("byGuardian", "true"));
        Assert.Contains("guardian's name and phone first", unknown.ErrorOf("byGuardian"));
        await staff.GetAsync($"/leads/{lead.Id}");
        await staff.SubmitAsync($"form[action='/people/{lead.PersonId}/details']",
            new() { ["guardianName"] = "Sara George", ["guardianPhone"] = "98470 55500" });
        await TellAsync(staff, lead, ("agreesCall", "true"), ("way", "Phone"), ("byGuardian", "true"));

        person = await app.PersonOfAsync(lead);
        Assert.Equal([true, false, false, false], Enum.GetValues<Purpose>().Select(p => person.Agrees(p)));
        Assert.Contains("Guardian: Sara George", (await staff.GetAsync($"/leads/{lead.Id}")).Text);
    }

    [Fact]
    public async Task Who_corrects_their_own_enquiry_and_who_is_told_by_staff_may_say_that_somebody_is_under_18()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/CPC");
        await visitor.SubmitAsync("form#enquiry", new() { ["name"] = "Anu George", ["phone"] = "98470 55508", ["consent"] = "true" });
        Dictionary<string, string> guardian = new()
        {
            ["minor"] = "true",
            ["guardianName"] = "Sara George",
            ["guardianPhone"] = "98470 55500",
            ["guardianAgrees"] = "true",
        };
        async Task<Person> CorrectAsync(string phone)
        {
            await visitor.GetAsync(visitor.Page.One("a[href*='/correction']").GetAttribute("href")!);
            await visitor.SubmitAsync("form#enquiry", new(guardian) { ["guardianPhone"] = phone });
            return Assert.Single(await app.AllAsync<Person>());
        }

        var person = await CorrectAsync("98470 55500");
        Assert.Equal((true, "Sara George +91 98470 55500", true), (person.IsMinor, $"{person.Guardian}", person.Agrees(Purpose.Call)));
        person = await CorrectAsync("98470 55511");
        Assert.Equal("Sara George +91 98470 55511", $"{person.Guardian}");
        var form = await visitor.GetAsync(visitor.Page.One("a[href*='/correction']").GetAttribute("href")!);
        Assert.Equal(("Sara George", true), (form.One("[name=guardianName]").GetAttribute("value"), form.One("[name=minor]")
            .HasAttribute("checked")));

        using var staff = await app.SignInAsync(Roles.Counsellor);
        await app.AddLeadAsync((await app.AllAsync<Course>())[0], "Binu George", null, "+919847066601");
        await staff.GetAsync("/leads/new");
        await staff.SubmitAsync("main form[method=post]", new(guardian)
        {
            ["name"] = "Binu George",
            ["phone"] = "98470 66601",
            ["course"] = (await app.AllAsync<Course>())[0].Id.ToString(),
            ["source"] = "WalkIn",
            ["consent"] = "true",
        });
        Assert.True((await app.AllAsync<Person>()).Single(p => p.Name.Text == "Binu George").IsMinor);
        Assert.Contains("Binu George", (await staff.GetAsync("/leads?q=Sara")).Text); // whom one calls is found
    }

    [Fact]
    public async Task A_stranger_who_knows_a_number_cannot_have_its_owner_under_age()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        foreach (var minor in new[] { "", "true" })
        {
            await visitor.GetAsync("/enquire/CPC");
            await visitor.SubmitAsync("form#enquiry", new()
            {
                ["name"] = "Anu George",
                ["phone"] = "98470 55508",
                ["consent"] = "true",
                ["message"] = $"minor: {minor}",
                ["minor"] = minor,
                ["guardianName"] = "Mallory",
                ["guardianPhone"] = "98470 55599",
                ["guardianAgrees"] = minor,
            });
        }

        var person = Assert.Single(await app.AllAsync<Person>());

        Assert.Equal((false, null), (person.IsMinor, person.Guardian));
        Assert.True(person.Agrees(Purpose.Call));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        Assert.Contains("says they are under 18, guardian Mallory +91 98470 55599",
            (await staff.GetAsync($"/people/{person.Id}")).One(".timeline").TextContent);
    }
}
