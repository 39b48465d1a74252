using Crm.Accounts;
using Crm.Correspondence;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;

namespace Crm.Tests.Counselling;

/// <summary>Mail that did not reach an applicant: whoever has the lead sees it, corrects what is wrong and sends it again.</summary>
public sealed class ResendEmailTests(TestPostgres postgres)
{
    private const string Form = "form[action$='/messages/attempts']";
    private const string Section = "section[aria-label='Mail that did not arrive']";

    private static async Task<(Lead Lead, Browser Browser)> RefusedAsync(TestApp app, MailServer server, User counsellor)
    {
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        server.Refuse(550, "No such mailbox");
        await app.DeliverAsync();
        return (lead, await app.SignInAsync(counsellor));
    }

    [Fact]
    public async Task A_refused_brochure_is_told_with_its_reason_on_the_lead_and_on_todays_page_of_its_counsellor()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var divya = await app.AddUserAsync("Divya Menon");
        var (lead, hers) = await RefusedAsync(app, server, divya);
        using var other = await app.SignInAsync(await app.AddUserAsync("Ashik Rahman"));

        var page = await hers.GetAsync($"/leads/{lead.Id}");
        var today = await hers.GetAsync("/today");

        var card = page.One(".undelivered");
        Assert.Contains("Your CPC brochure from Periyar School of Medical Coding", card.TextContent);
        Assert.Contains("The mail server refused it: 550 No such mailbox", card.TextContent);
        Assert.Equal("anjali@mail.example", page.One($"{Form} [name=email]").GetAttribute("value"));
        Assert.Contains("Brochure refused", page.Texts(".timeline .what"));
        var queue = today.One(Section);
        Assert.Contains("550 No such mailbox", queue.TextContent);
        Assert.Equal($"/leads/{lead.Id}", queue.QuerySelector("a")!.GetAttribute("href"));
        Assert.Empty((await other.GetAsync("/today")).Html.QuerySelectorAll(Section));
        Assert.Single((await other.GetAsync("/today?everyone=true")).Html.QuerySelectorAll(Section));
        hers.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_counsellor_corrects_the_address_and_sends_it_again(bool htmx)
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var (lead, browser) = await RefusedAsync(app, server, await app.AddUserAsync("Divya Menon"));
        await browser.GetAsync($"/leads/{lead.Id}");

        var page = await browser.SubmitAsync(Form, new() { ["email"] = "anjali.nair@mail.example" }, htmx);
        await app.DeliverAsync();

        Assert.Empty(page.Html.QuerySelectorAll(".undelivered"));
        Assert.Equal("anjali.nair@mail.example", Assert.Single(server.Accepted).To.Mailboxes.Single().Address);
        Assert.Equal("anjali.nair@mail.example", (await app.PersonOfAsync(lead)).Email?.Text);
        var brochure = await app.OneMessageAsync(MessageKinds.Brochure);
        Assert.Equal((MessageStatus.Sent, 1, false, null), (brochure.Status, brochure.Attempts, brochure.Refused, brochure.Error));
        browser.Dispose();
    }

    [Theory]
    [InlineData("anjali@", "Enter an email address like")]
    [InlineData("", "Enter an email address.")]
    [InlineData("a@mail.example, b@mail.example", "Enter one email address here.")]
    [InlineData("stopped@mail.example", "Its owner asked for no more emails.")]
    public async Task A_wrong_address_is_refused_beside_the_field_and_nothing_is_sent(string typed, string error)
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var (lead, browser) = await RefusedAsync(app, server, await app.AddUserAsync("Divya Menon"));
        var stopped = EmailAddress.FromStored("stopped@mail.example");
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
            _ => [new EmailAdded(stopped, Standing.Confirmed), new EmailsStopped(stopped)], default);
        await browser.GetAsync($"/leads/{lead.Id}");

        var page = await browser.SubmitAsync(Form, new() { ["email"] = typed });
        await app.DeliverAsync();

        Assert.StartsWith(error, page.ErrorOf("email"));
        Assert.Equal(typed, page.One($"{Form} [name=email]").GetAttribute("value"));
        Assert.Equal(MessageStatus.Failed, (await app.OneMessageAsync(MessageKinds.Brochure)).Status);
        Assert.Empty(server.Accepted);
        browser.Dispose();
    }

    [Fact]
    public async Task Sent_again_by_two_at_once_it_leaves_once_and_the_second_is_told()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var (lead, browser) = await RefusedAsync(app, server, await app.AddUserAsync("Divya Menon"));
        using var manager = await app.SignInAsync(Roles.Manager);
        await browser.GetAsync($"/leads/{lead.Id}");
        await manager.GetAsync($"/leads/{lead.Id}");

        await manager.SubmitAsync(Form);
        var page = await browser.SubmitAsync(Form);
        await app.DeliverAsync();

        Assert.Equal("Somebody has dealt with this message meanwhile.", page.One(".undelivered .problem").TextContent);
        Assert.Single(server.Accepted);
        browser.Dispose();
    }

    [Fact]
    public async Task Of_several_messages_the_chosen_one_goes_and_one_that_may_have_arrived_can_be_said_to_have()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.NudgeAsync();
        var (brochure, nudge) = (await app.OneMessageAsync(MessageKinds.Brochure), await app.OneMessageAsync(MessageKinds.Nudge));
        await app.ChangeMessageAsync(brochure, m => m.Status = MessageStatus.Failed);
        await app.ChangeMessageAsync(nudge, m => m.Status = MessageStatus.Unconfirmed);
        using var browser = await app.SignInAsync(Roles.Counsellor);
        await browser.GetAsync($"/leads/{lead.Id}");

        var refused = await browser.SubmitAsync(Form, new() { ["message"] = brochure.Id.ToString(), ["decision"] = "arrived" });
        await browser.SubmitAsync(Form, new() { ["message"] = nudge.Id.ToString(), ["decision"] = "arrived" });

        Assert.Equal("This message was refused: it cannot have arrived.", refused.One(".undelivered .problem").TextContent);
        Assert.Equal([MessageStatus.Failed, MessageStatus.Sent],
            [(await app.LoadAsync<OutboxMessage>(brochure.Id)).Status, (await app.LoadAsync<OutboxMessage>(nudge.Id)).Status]);
    }

    [Fact]
    public async Task The_papers_of_a_seat_are_sent_again_to_who_wanted_no_more_emails_and_stay_the_only_thing()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), p => PersonRules.StopEmails(p, p.Email!), default);
        await app.EnrolAsync(lead, counsellor, batch);
        server.Refuse(550, "No such mailbox");
        await app.DeliverAsync();
        using var browser = await app.SignInAsync(counsellor);
        await browser.GetAsync($"/leads/{lead.Id}");

        await browser.SubmitAsync(Form);
        await app.DeliverAsync();

        Assert.StartsWith("Welcome to CPC Preparation", Assert.Single(server.Accepted).Subject);
        Assert.True((await app.PersonOfAsync(lead)).EmailsAreStopped);
    }
}
