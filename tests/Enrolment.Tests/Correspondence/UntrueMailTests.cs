using Crm.Accounts;
using Crm.Correspondence;
using Crm.Counselling;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using MimeKit;

namespace Crm.Tests.Correspondence;

/// <summary>Mail that was true when it was written: what leaves says what holds then, or does not leave.</summary>
public sealed class UntrueMailTests(TestPostgres postgres)
{
    private static Task OfferAsync(TestApp app, Lead lead, User user, Batch batch, int daysOpen, int discount = 0, bool byEmail = true) =>
        app.ActAsync<MakeOffer>(lead.Id, user, ("batchId", batch.Id.ToString()), ("discount", discount.ToString()),
            ("validUntil", app.Clock.Today.AddDays(daysOpen).ToString("yyyy-MM-dd")), ("byEmail", byEmail ? "true" : ""));

    private static async Task<IReadOnlyList<OutboxMessage>> OffersAsync(TestApp app) =>
        [.. (await app.AllAsync<OutboxMessage>()).Where(m => m.Kind == MessageKinds.Offer)];

    [Fact]
    public async Task A_reminder_written_days_before_carries_the_date_on_which_it_leaves()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), email: null);
        await app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.CreateVersion7(), app.Clock.Now.AddDays(5), "Call"),
            Actor.Staff(counsellor.Id, counsellor.Name));

        app.Time.Advance(TimeSpan.FromDays(5));
        await app.DeliverAsync();

        using var mime = await MimeMessage.LoadAsync(Assert.Single(await app.AllAsync<OutboxMessage>()).File!);
        Assert.Equal(TestApp.Start.AddDays(5), mime.Date);
    }

    [Fact]
    public async Task A_message_tried_again_carries_the_date_of_the_attempt_that_was_taken()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        await app.AddLeadAsync(await app.AddCourseAsync());
        server.Refuse(451, "Try again later");
        await app.DeliverAsync();

        app.Time.Advance(TimeSpan.FromHours(7));
        await app.DeliverAsync();

        Assert.Equal(TestApp.Start.AddHours(7), Assert.Single(server.Accepted).Date);
    }

    [Theory]
    [InlineData(13, MessageStatus.Sent)] // 11 at night in Kerala, still its last day
    [InlineData(14, MessageStatus.Cancelled)] // midnight
    public async Task An_offer_leaves_on_its_last_day_and_not_after_it(int hoursLater, MessageStatus status)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        await OfferAsync(app, await app.AddLeadAsync(course), counsellor, batch, daysOpen: 0);

        app.Time.Advance(TimeSpan.FromHours(hoursLater));
        await app.DeliverAsync();

        var offer = Assert.Single(await OffersAsync(app));
        Assert.Equal((status, status == MessageStatus.Sent ? null : "The offer's last day has passed."), (offer.Status, offer.Error));
    }

    [Fact]
    public async Task An_offer_that_another_has_replaced_is_not_sent_any_more()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        await OfferAsync(app, lead, counsellor, batch, daysOpen: 0);
        await OfferAsync(app, lead, counsellor, batch, daysOpen: 7, discount: 2000);

        app.Time.Advance(TimeSpan.FromDays(1));
        await app.DeliverAsync();

        var offers = await OffersAsync(app);
        Assert.Equal(2, offers.Count);
        Assert.Contains("You pay: ₹40,000", Assert.Single(offers, m => m.Status == MessageStatus.Sent).Body);
        Assert.Contains("You pay: ₹42,000", Assert.Single(offers, m => m.Status == MessageStatus.Cancelled).Body);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_offer_that_waits_is_not_sent_once_the_applicant_has_decided(bool enrolled)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        await OfferAsync(app, lead, counsellor, batch, daysOpen: 7);

        await (enrolled
            ? app.ActAsync<Enrol>(lead.Id, counsellor, ("batchId", batch.Id.ToString()), ("instalments", "1"), ("firstDueOn", "2026-11-23"))
            : app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null)));
        await app.DeliverAsync();

        Assert.Equal(MessageStatus.Cancelled, Assert.Single(await OffersAsync(app)).Status);
    }

    [Fact]
    public async Task An_offer_that_was_being_tried_when_the_applicant_decided_is_not_tried_again()
    {
        await using var server = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres, server.Settings);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, "Anjali Nair");
        await app.DeliverAsync(); // the brochure
        await OfferAsync(app, lead, counsellor, await app.AddBatchAsync(course), daysOpen: 7);
        var tried = Assert.Single(await OffersAsync(app));
        (tried.Status, tried.ClaimedAt) = (MessageStatus.Sending, app.Clock.Now);
        await app.StoreAsync(tried);
        await app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null));

        app.Time.Advance(OutboxDelivery.Lease + TimeSpan.FromSeconds(1)); // the process that tried it is taken for dead
        await app.DeliverAsync();

        var offer = Assert.Single(await OffersAsync(app));
        Assert.Equal((MessageStatus.Cancelled, "The applicant has decided."), (offer.Status, offer.Error));
        Assert.Equal(1, server.HandedOver);
    }

    [Fact]
    public async Task Trying_discounts_on_the_page_writes_to_nobody_until_somebody_says_so()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        using var browser = await app.SignInAsync(Roles.Counsellor);
        var form = $"form[action='/leads/{lead.Id}/offers']";
        await browser.GetAsync($"/leads/{lead.Id}");

        foreach (var discount in new[] { "0", "1000", "2500" })
            await browser.SubmitAsync(form, new() { ["batchId"] = batch.Id.ToString(), ["discount"] = discount });
        var tries = await OffersAsync(app);
        await browser.SubmitAsync(form, new() { ["batchId"] = batch.Id.ToString(), ["discount"] = "2500", ["byEmail"] = "true" });

        Assert.Equal(4, (await app.EventsAsync(lead.Id)).Count(e => e is OfferMade));
        Assert.Empty(tries);
        Assert.Contains("You pay: ₹39,500", Assert.Single(await OffersAsync(app)).Body);
    }

    [Fact]
    public async Task A_stop_holds_for_the_address_whoever_else_has_it_and_whoever_gets_it_later()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var staff = Actor.Staff(counsellor.Id, counsellor.Name);
        var course = await app.AddCourseAsync();
        await app.AddLeadAsync(course, "Anjali Nair", "family@mail.example", by: staff);
        await app.AddLeadAsync(course, "Rahul Das", "family@mail.example", by: staff);
        await app.AddLeadAsync(course, "Meera Pillai", "meera@mail.example", by: staff);
        using var browser = app.Browse();
        var link = app.Get<UnsubscribeLinks>().For(EmailAddress.FromStored("family@mail.example"));

        await browser.PostAsync(new Uri(link).PathAndQuery, []);
        var later = await app.AddLeadAsync(course, "Tom Jacob", "family@mail.example", by: staff);
        await app.ActAsync<SendEmail>(later.Id, counsellor, ("subject", "Hello"), ("body", "Words"));
        app.Time.Advance(TimeSpan.FromDays(4));
        await app.DeliverAsync();

        var messages = await app.AllAsync<OutboxMessage>();
        Assert.Equal(3, messages.Where(m => m.To == "family@mail.example").Select(m => m.PersonId).Distinct().Count());
        Assert.All(messages.Where(m => m.To == "family@mail.example"), m => Assert.Equal(MessageStatus.Cancelled, m.Status));
        Assert.All(messages.Where(m => m.LeadId == later.Id),
            m => Assert.Equal("The owner of this address asked for no more emails.", m.Error));
        Assert.Equal([MessageStatus.Sent, MessageStatus.Sent], messages.Where(m => m.To == "meera@mail.example").Select(m => m.Status));
    }
}
