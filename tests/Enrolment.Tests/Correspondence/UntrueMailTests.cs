using Crm.Accounts;
using Crm.Correspondence;
using Crm.Counselling;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Marten;
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

    private static async Task<MimeMessage> ShownAsync(Browser staff, OutboxMessage message)
    {
        using var file = await staff.DownloadAsync($"/outbox/{message.Id}.eml");
        return await MimeMessage.LoadAsync(await file.Content.ReadAsStreamAsync());
    }

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

    [Fact]
    public async Task An_offer_whose_batch_has_filled_promises_nobody_a_seat_and_one_call_is_planned()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, seats: 2);
        await OfferAsync(app, await app.AddLeadAsync(course, "Binu George", "binu@mail.example"), counsellor, batch, daysOpen: 7);
        await app.DeliverAsync();
        Assert.Contains("open until 30 Nov 2026, as long as a seat is free.", Assert.Single(await OffersAsync(app)).Body);
        var lead = await app.AddLeadAsync(course);
        await OfferAsync(app, lead, counsellor, batch, daysOpen: 7);
        foreach (var name in new[] { "Chithra Das", "Devi Raj" })
            await app.EnrolAsync(await app.AddLeadAsync(course, name, null), counsellor, batch);

        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 2; i++) await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => app.Get<OfferCalls>().RunAsync(default)));

        Assert.Equal("No seat is free in CPC-2701 any more.",
            Assert.Single(await OffersAsync(app), m => m.Status == MessageStatus.Cancelled).Error);
        const string why = "The offer was not emailed. No seat is free in CPC-2701 any more";
        Assert.Single((await app.EventsAsync(lead.Id)).OfType<FollowUpPlanned>(), f => f.Purpose == why);
        Assert.Single((await app.AllAsync<Lead>()), l => l.FollowUp is not null);
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

        if (enrolled) await app.EnrolAsync(lead, counsellor, batch);
        else await app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null));
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

        app.Time.Advance(app.Lease + TimeSpan.FromSeconds(1)); // the process that tried it is taken for dead
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
        var refusal = await Assert.ThrowsAsync<Refusal>(
            () => app.ActAsync<SendEmail>(later.Id, counsellor, ("subject", "Hello"), ("body", "Words")));
        await app.NudgeAsync();
        await app.DeliverAsync();

        var messages = await app.AllAsync<OutboxMessage>();
        Assert.Equal(2, messages.Where(m => m.To == "family@mail.example").Select(m => m.PersonId).Distinct().Count());
        Assert.All(messages.Where(m => m.To == "family@mail.example"), m => Assert.Equal(MessageStatus.Cancelled, m.Status));
        Assert.DoesNotContain(messages, m => m.LeadId == later.Id);
        Assert.Equal("Tom Jacob asked for no more emails.", refusal.Message);
        Assert.Equal([MessageStatus.Sent, MessageStatus.Sent], messages.Where(m => m.To == "meera@mail.example").Select(m => m.Status));
    }

    [Fact]
    public async Task A_stop_holds_also_for_an_address_that_staff_give_to_somebody_else()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Tom Jacob", email: null);
        await app.StoreAsync(StoppedAddress.Of(EmailAddress.FromStored("family@mail.example"), app.Clock.Now));
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
            p => PersonRules.AddEmail(p, EmailAddress.FromStored("family@mail.example")), default);

        await app.StoreAsync(Personal(app, lead, "family@mail.example"));
        await app.DeliverAsync();

        Assert.Equal("The owner of this address asked for no more emails.", (await app.OneMessageAsync()).Error);
    }

    [Fact]
    public async Task Who_agrees_again_is_written_to_again_and_staff_see_both()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, phone: "+919847012345");
        var link = new Uri(app.Get<UnsubscribeLinks>().For(EmailAddress.FromStored("anjali@mail.example"))).PathAndQuery;
        using var applicant = app.Browse();
        await applicant.PostAsync(link, []);
        var stopped = await applicant.GetAsync(link);
        app.Time.Advance(TimeSpan.FromDays(40));

        await app.AddLeadAsync(course, "ANJALI NAIR", "anjali@mail.example", "+919847012345");
        await app.DeliverAsync();

        Assert.Equal("We send no more emails to anjali@mail.example", stopped.One("h1").TextContent);
        Assert.Empty(stopped.Html.QuerySelectorAll("[name=stopEmail]"));
        var sent = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Status == MessageStatus.Sent);
        Assert.Equal((MessageKinds.Brochure, "anjali@mail.example"), (sent.Kind, sent.To));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var timeline = (await staff.GetAsync($"/leads/{lead.Id}")).Texts(".timeline .what");
        Assert.Contains("Asked for no more emails to anjali@mail.example", timeline);
        Assert.Contains("Agreed again to emails to anjali@mail.example", timeline);
        Assert.Single((await applicant.GetAsync(link)).Html.QuerySelectorAll("[name=stopEmail]"));
        await applicant.PostAsync(link, []);
        Assert.True((await app.PersonOfAsync(lead)).EmailsAreStopped);
    }

    [Fact]
    public async Task Who_never_had_a_stopped_address_does_not_open_it_by_enquiring_twice()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await app.StoreAsync(StoppedAddress.Of(EmailAddress.FromStored("owner@mail.example"), app.Clock.Now));

        await app.AddLeadAsync(course, "Tom Jacob", "owner@mail.example", "+919847012345");
        await app.AddLeadAsync(course, "Tom Jacob", "owner@mail.example", "+919847012345");

        Assert.Empty(await app.AllAsync<OutboxMessage>());
        Assert.Null(Assert.Single(await app.AllAsync<Person>()).Email);
    }

    [Theory]
    [InlineData(4, MessageStatus.Sent)] // eleven at night, of the same day
    [InlineData(5, MessageStatus.Cancelled)] // midnight
    public async Task A_reminder_leaves_on_the_day_of_the_call_and_not_after_it(int hoursLater, MessageStatus status)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), email: null);
        await app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.CreateVersion7(), app.Clock.Now.AddHours(9), "Call"),
            Actor.Staff(counsellor.Id, counsellor.Name));

        app.Time.Advance(TimeSpan.FromHours(9 + hoursLater));
        await app.DeliverAsync();

        var reminder = await app.OneMessageAsync();
        var reason = status == MessageStatus.Sent ? null : "The day of the follow-up has passed.";
        Assert.Equal((status, reason), (reminder.Status, reminder.Error));
        Assert.Equal("Anjali Nair: Call on 23 Nov at 7:00 PM", reminder.Subject);
    }

    [Fact]
    public async Task A_question_that_leaves_days_late_names_the_day_of_the_enquiry()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());

        await app.NudgeAsync();
        app.Time.Advance(TimeSpan.FromDays(5));
        await app.DeliverAsync();

        var nudge = await app.OneMessageAsync(MessageKinds.Nudge);
        using var mime = await MimeMessage.LoadAsync(nudge.File!);
        Assert.Contains("You asked us about CPC Preparation on 23 Nov 2026.", mime.TextBody);
        Assert.DoesNotContain(" ago", mime.TextBody);
    }

    [Fact]
    public async Task A_brochure_that_leaves_days_late_promises_no_day_that_has_passed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());

        app.Time.Advance(TimeSpan.FromDays(3) - TimeSpan.FromHours(1));
        await app.DeliverAsync();

        Assert.DoesNotMatch("day|today|tomorrow|hour", (await app.OneMessageAsync(MessageKinds.Brochure)).Body);
    }

    [Fact]
    public async Task A_brochure_names_the_counsellor_who_has_the_lead_when_it_leaves()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var ravi = await app.AddUserAsync("Ravi Pillai");
        using var staff = await app.SignInAsync(Roles.Manager);
        var waiting = await app.OneMessageAsync(MessageKinds.Brochure);
        var looked = await staff.GetAsync($"/outbox/{waiting.Id}.eml");
        await app.ChangeAsync(lead, l => LeadRules.Assign(l, ravi.Id, ravi.Name), Actor.System);

        await app.DeliverAsync();

        Assert.False(waiting.IsWritten);
        Assert.Contains("Divya Menon, your counsellor, will call you", looked.Text);
        var brochure = await app.OneMessageAsync(MessageKinds.Brochure);
        Assert.Contains("\n\nRavi Pillai, your counsellor, will call you. If you would rather call us", brochure.Body);
        Assert.EndsWith($"please quote {lead.Reference}.", brochure.Body);
    }

    [Fact]
    public async Task A_reminder_says_who_and_which_number_it_is_when_it_leaves()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Soon Stale", null, "+919847133304");
        await app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.CreateVersion7(), app.Clock.Now.AddHours(1), "Call"),
            Actor.Staff(counsellor.Id, counsellor.Name));
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), _ =>
        [
            new NameCorrected(PersonName.FromStored("Soon Fresh")),
            new PhoneCorrected(PhoneNumber.Read("+919847133304", "IN").Number, PhoneNumber.Read("+919847133398", "IN").Number),
        ], default);

        app.Time.Advance(TimeSpan.FromMinutes(50));
        await app.DeliverAsync();

        var reminder = await app.OneMessageAsync();
        Assert.Equal(MessageStatus.Sent, reminder.Status);
        Assert.StartsWith("Soon Fresh: Call on", reminder.Subject);
        Assert.StartsWith("Call: Soon Fresh, +91 98471 33398, about", reminder.Body);
    }

    [Fact]
    public async Task Whose_course_staff_correct_while_the_brochure_waits_gets_that_of_the_right_one_alone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (wrong, right) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var (waits, had) = (await app.AddLeadAsync(wrong), await app.AddLeadAsync(wrong, "Had It", "had@mail.example", "+919847155501"));
        await app.ChangeMessageAsync((await app.AllAsync<OutboxMessage>()).Single(m => m.LeadId == had.Id),
            m => (m.Status, m.SentAt) = (MessageStatus.Sent, app.Clock.Now));
        var ravi = await app.AddUserAsync("Ravi Pillai");

        foreach (var lead in new[] { waits, had })
            await app.ChangeAsync(lead, l => LeadRules.CorrectCourse(l, new CourseRef(right.Id, right.Code, right.Name)),
                Actor.Staff(ravi.Id, ravi.Name));
        await app.DeliverAsync();

        var brochures = (await app.AllAsync<OutboxMessage>()).Where(m => m.Kind == MessageKinds.Brochure).ToList();
        Assert.Equal([(wrong.Id, MessageStatus.Cancelled), (right.Id, MessageStatus.Sent)],
            brochures.Where(m => m.LeadId == waits.Id).Select(m => (m.TopicId!.Value, m.Status)).OrderBy(m => m.Status).Reverse());
        Assert.Equal(wrong.Id, Assert.Single(brochures, m => m.LeadId == had.Id).TopicId);
    }

    [Fact]
    public async Task A_message_that_waits_is_shown_as_it_would_leave_after_name_and_address_were_corrected()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, "Anjli Nair", "old@mail.example");
        await OfferAsync(app, lead, counsellor, await app.AddBatchAsync(course), daysOpen: 7);
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), _ =>
        [
            new NameCorrected(PersonName.FromStored("Anjali Nair")),
            new EmailCorrected(EmailAddress.FromStored("old@mail.example"), EmailAddress.FromStored("new@mail.example")),
        ], default);
        using var staff = await app.SignInAsync(Roles.Manager);
        var messages = await app.AllAsync<OutboxMessage>();
        Assert.Equal(["brochure", "offer"], messages.Select(m => m.Kind).Order(StringComparer.Ordinal));

        var shown = new Dictionary<Guid, MimeMessage>();
        foreach (var message in messages) shown[message.Id] = await ShownAsync(staff, message);

        Assert.All(shown.Values, mime =>
        {
            Assert.Equal("\"Anjali Nair\" <new@mail.example>", mime.To.ToString());
            Assert.Contains("Dear Anjali Nair", mime.TextBody);
        });
        Assert.Equivalent(messages, await app.AllAsync<OutboxMessage>()); // to look at one changes nothing
        await app.DeliverAsync();
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Contains(m.Body, shown[m.Id].TextBody!.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task A_message_that_waits_and_would_not_leave_any_more_is_shown_with_its_words_all_the_same()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.Get<PersonWriter>().ChangeAsync(
            lead.PersonId, app.Now(), _ => [new EmailRemoved(EmailAddress.FromStored("anjali@mail.example"))], default);
        await app.ChangeMessageAsync(await app.OneMessageAsync(), m => m.Status = MessageStatus.Queued);
        using var staff = await app.SignInAsync(Roles.Manager);

        using var mime = await ShownAsync(staff, await app.OneMessageAsync());

        Assert.Equal("anjali@mail.example", mime.To.Mailboxes.Single().Address);
        Assert.Contains("Dear Anjali Nair", mime.TextBody);
    }

    [Fact]
    public async Task A_brochure_of_an_enquiry_that_is_gone_is_not_sent_without_words()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.ChangeMessageAsync(await app.OneMessageAsync(), m => m.LeadId = Guid.NewGuid());

        await app.DeliverAsync();

        var brochure = await app.OneMessageAsync();
        Assert.Equal((MessageStatus.Cancelled, "The enquiry is not there any more."), (brochure.Status, brochure.Error));
        Assert.NotEqual(brochure.LeadId, lead.Id);
    }

    [Fact]
    public async Task An_offer_that_another_replaced_while_it_was_claimed_is_not_sent()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        await OfferAsync(app, lead, counsellor, batch, daysOpen: 7);
        var first = Assert.Single(await OffersAsync(app));
        await app.ChangeMessageAsync(first, m => (m.Status, m.ClaimedAt) = (MessageStatus.Sending, app.Clock.Now));
        await OfferAsync(app, lead, counsellor, batch, daysOpen: 7); // the same seat at the same price
        app.Time.Advance(app.Lease + TimeSpan.FromSeconds(1));

        await app.DeliverAsync();

        var (old, latest) = (await app.LoadAsync<OutboxMessage>(first.Id), Assert.Single(await OffersAsync(app), m => m.Id != first.Id));
        Assert.Equal((MessageStatus.Cancelled, "Another offer has replaced this one."), (old.Status, old.Error));
        Assert.Equal(MessageStatus.Sent, latest.Status);
    }

    [Theory]
    [InlineData("Susan Thomas")]
    [InlineData("سوزان توماس")]
    public async Task Mail_that_waits_greets_by_the_name_that_was_corrected(string right)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Susy Thomas");
        await app.Get<PersonWriter>().ChangeAsync(
            lead.PersonId, app.Now(), _ => [new NameCorrected(PersonName.FromStored(right))], default);

        await app.DeliverAsync();

        var brochure = await app.OneMessageAsync(MessageKinds.Brochure);
        var name = PersonName.FromStored(right);
        Assert.Equal(right, brochure.ToName);
        Assert.StartsWith($"Dear {name.Isolated},\n\nThank you for asking", brochure.Body);
        Assert.DoesNotContain("Susy", brochure.Body);
    }

    [Fact]
    public async Task Mail_that_waits_names_the_days_that_its_batch_has_when_it_leaves()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, seats: 3);
        var leads = new List<Lead>();
        foreach (var name in new[] { "Anjali", "Binu", "Chithra" })
            leads.Add(await app.AddLeadAsync(course, $"{name} Nair", $"{name}@mail.example"));
        await OfferAsync(app, leads[0], counsellor, batch, daysOpen: 7);
        await app.EnrolAsync(leads[1], counsellor, batch);
        await using var session = app.Get<IDocumentStore>().LightweightSession();
        var now = (await session.LoadAsync<Batch>(batch.Id))!;
        now.Join(new WaitingPlace(leads[2].Id, app.Clock.Now, "Divya Menon"));
        await app.Get<Waitlists>().SettleAsync(session, now, app.Now(), default);
        await session.SaveChangesAsync();

        (now.StartsOn, now.EndsOn, now.Schedule) = (new(2027, 2, 15), new(2027, 7, 4), "Sat, 10 AM");
        await app.StoreAsync(now);
        await app.DeliverAsync();

        var kinds = new[] { MessageKinds.Offer, MessageKinds.EnrolmentLetter, MessageKinds.SeatHeld };
        var sent = (await app.AllAsync<OutboxMessage>()).Where(m => kinds.Contains(m.Kind)).ToDictionary(m => m.Kind);
        Assert.All(kinds, k => Assert.Equal(MessageStatus.Sent, sent[k].Status));
        Assert.Contains("starting 15 Feb 2027 (Sat, 10 AM)", sent[MessageKinds.Offer].Body);
        Assert.Contains("from 15 Feb 2027, Sat, 10 AM.", sent[MessageKinds.EnrolmentLetter].Body);
        Assert.Contains("from 15 Feb 2027, Sat, 10 AM.", sent[MessageKinds.SeatHeld].Body);
        Assert.All(sent.Values, m => Assert.Matches("^Dear [A-Za-z]+ Nair,\n\n", m.Body));
    }

    private static OutboxMessage Personal(TestApp app, Lead lead, string to)
    {
        var message = app.Message(to);
        (message.PersonId, message.LeadId, message.ToApplicant) = (lead.PersonId, lead.Id, true);
        return message;
    }

    [Fact]
    public async Task A_brochure_that_leaves_late_promises_no_call_to_who_was_called_and_does_not_leave_to_who_is_lost()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var (called, lost) = (await app.AddLeadAsync(course, "Binu George", "binu@mail.example"),
            await app.AddLeadAsync(course, "Devi Raj", "devi@mail.example"));
        await app.AddLeadAsync(course, "Anjali Nair", "anjali@mail.example");
        await app.ChangeAsync(called, l => LeadRules.MoveTo(l, app.Now(), Stage.Contacted, sure: true));
        await app.ChangeAsync(lost, l => LeadRules.Lose(l, LostReason.NotInterested, "Asked us not to call"));

        await app.DeliverAsync();

        var mail = (await app.AllAsync<OutboxMessage>()).ToDictionary(m => m.To.Split('@')[0]);
        Assert.Equal((MessageStatus.Cancelled, "The lead was lost meanwhile."), (mail["devi"].Status, mail["devi"].Error));
        Assert.Contains("will call you", mail["anjali"].Body);
        Assert.DoesNotContain("will call you", mail["binu"].Body);
        Assert.Contains($"If you have questions, we are at +91 484 290 0100; please quote {called.Reference}.", mail["binu"].Body);
    }

    [Fact]
    public async Task Why_a_message_was_taken_back_stands_in_the_place_of_why_it_had_to_wait()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync(), "Anjali Nair", "anjali@mail.example");
        await app.ChangeMessageAsync(await app.OneMessageAsync(), m => m.Error = "The mail server refused it: 450 grey");
        await using var session = app.Store.LightweightSession();

        LeadCorrespondence.WithdrawFrom(EmailAddress.FromStored("anjali@mail.example"), app.Clock.Now, session);
        await session.SaveChangesAsync();

        var message = await app.OneMessageAsync();
        Assert.Equal((MessageStatus.Cancelled, "The owner of this address asked for no more emails."), (message.Status, message.Error));
    }
}
