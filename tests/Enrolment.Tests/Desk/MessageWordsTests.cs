using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Crm.Tests.Desk;

/// <summary>What a person's page says of the mail to them: the state it is in, and why.</summary>
public sealed class MessageWordsTests(TestPostgres postgres)
{
    private static async Task<(string What, string Detail)> BrochureLineAsync(Browser browser, Lead lead)
    {
        var page = await browser.GetAsync($"/leads/{lead.Id}");
        var line = Assert.Single(page.Html.QuerySelectorAll(".timeline li"),
            li => li.QuerySelector(".what")!.TextContent.StartsWith("Brochure ", StringComparison.Ordinal));
        return (line.QuerySelector(".what")!.TextContent, line.QuerySelector(".detail")!.TextContent);
    }

    [Theory]
    [InlineData(0, "Brochure sent", false)]
    [InlineData(451, "Brochure queued", true)]
    [InlineData(550, "Brochure refused", true)]
    public async Task A_message_is_called_what_the_mail_server_made_of_it(int refusal, string words, bool withReason)
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var browser = await app.SignInAsync(Roles.Counsellor);
        if (refusal > 0) server.Refuse(refusal, "No room at the inn");
        var before = await BrochureLineAsync(browser, lead);

        await app.DeliverAsync();

        var after = await BrochureLineAsync(browser, lead);
        Assert.Equal(("Brochure queued", words), (before.What, after.What));
        Assert.Equal((false, withReason), (before.Detail.Contains("No room at the inn"), after.Detail.Contains("No room at the inn")));
        Assert.Contains("to anjali@mail.example", after.Detail);
    }

    [Fact]
    public async Task A_message_that_may_have_arrived_is_called_unconfirmed_until_a_manager_says_that_it_did()
    {
        await using var app = await TestApp.StartAsync(postgres, services: s => s.AddSingleton<IMailTransport>(new Breaking()));
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var manager = await app.SignInAsync(Roles.Manager);
        await app.DeliverAsync();
        var (what, detail) = await BrochureLineAsync(manager, lead);

        await manager.GetAsync("/outbox?status=Unconfirmed");
        await manager.SubmitAsync("form[action$='/arrival']");

        Assert.Equal("Brochure unconfirmed", what);
        Assert.EndsWith("The line is dead.", detail);
        Assert.Equal("Brochure sent", (await BrochureLineAsync(manager, lead)).What);
    }

    [Fact]
    public async Task What_is_kept_as_a_file_is_not_called_sent_and_leaves_when_a_mail_server_is_there()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using (var without = await app.SignInAsync(beena))
        {
            await app.DeliverAsync();
            Assert.Equal("Brochure kept as a file", (await BrochureLineAsync(without, lead)).What);
            var kept = await without.GetAsync("/outbox?status=sent");
            Assert.Equal("Kept as a file", kept.One("tbody .status").TextContent);
            Assert.Empty(kept.Html.QuerySelectorAll("form[action$='/attempts']"));
        }
        await using var server = await MailServer.StartAsync();
        await using var after = await app.StartAnotherAsync(server.Settings);
        using var manager = await after.SignInAsync(beena);

        await manager.GetAsync("/outbox?status=sent");
        await manager.SubmitAsync("form[action$='/attempts']");
        await after.DeliverAsync();

        Assert.Contains(lead.Reference, Assert.Single(server.Accepted).TextBody);
        Assert.Equal("Brochure sent", (await BrochureLineAsync(manager, lead)).What);
        Assert.Equal("Sent", (await manager.GetAsync("/outbox?status=sent")).One("tbody .status").TextContent);
    }

    [Fact]
    public async Task A_message_that_did_not_leave_is_called_not_sent_and_says_why()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var browser = await app.SignInAsync(Roles.Counsellor);
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
            _ => [new EmailRemoved(EmailAddress.FromStored("anjali@mail.example"))], default);

        await app.DeliverAsync();

        var (what, detail) = await BrochureLineAsync(browser, lead);
        Assert.Equal("Brochure not sent", what);
        Assert.EndsWith("The applicant has no address that may be written to.", detail);
    }

    /// <summary>A server whose line breaks once it has been given a message.</summary>
    private sealed class Breaking : IMailTransport, IMailSession
    {
        public Task<IMailSession> OpenAsync(CancellationToken cancel) => Task.FromResult<IMailSession>(this);

        public bool IsOpen => true;

        public Task<Handover> SendAsync(MimeMessage message, Func<bool> stillOurs, CancellationToken breakOff) =>
            Task.FromResult(new Handover(Fate.Unknown, "The line is dead."));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
