using System.Net;
using Crm.Accounts;
using Crm.Assignment;
using Crm.Correspondence;
using Crm.Counselling;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using MimeKit;
using Npgsql;

namespace Crm.Tests.Correspondence;

/// <summary>What the institute writes, to whom and when, and what makes it think better of it.</summary>
public sealed class OutboxTests(TestPostgres postgres)
{
    private static Task PlanAsync(TestApp app, Lead lead, User user, DateTimeOffset due, string purpose) =>
        app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.CreateVersion7(), due, purpose),
            Actor.Staff(user.Id, user.Name));

    private static Task OfferAsync(TestApp app, Lead lead, User user, Batch batch, bool byEmail = false) => app.ActAsync<MakeOffer>(
        lead.Id, user, ("batchId", batch.Id.ToString()), ("validUntil", app.Clock.Today.ToString("yyyy-MM-dd")),
            ("byEmail", byEmail ? "true" : ""));

    // As the applicant does: by the link in an email.
    private static async Task StopAsync(TestApp app, Lead lead)
    {
        using var browser = app.Browse();
        var link = app.Get<UnsubscribeLinks>().For((await app.PersonOfAsync(lead)).Email!);
        await browser.PostAsync(new Uri(link).PathAndQuery, []);
    }

    [Fact]
    public async Task Without_a_mail_server_an_enquirys_email_is_kept_as_a_file_and_shown_in_the_outbox()
    {
        await using var app = await TestApp.StartAsync(postgres,
            new Dictionary<string, string?> { ["Institute:PublicUrl"] = "https://crm.periyar.example" });
        using var browser = await app.SignInAsync(Roles.Manager);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "അഞ്ജലി Nair");

        await app.DeliverAsync();

        var message = await app.OneMessageAsync(MessageKinds.Brochure);
        Assert.Equal((MessageStatus.Sent, 1, app.Clock.Now), (message.Status, message.Attempts, message.SentAt));
        var file = Assert.Single(Directory.GetFiles(Path.Combine(app.DataFolder, "outbox")));
        Assert.Equal(file, message.File);
        using var mime = await MimeMessage.LoadAsync(file);
        Assert.Equal(("അഞ്ജലി Nair", "anjali@mail.example"), (mime.To.Mailboxes.Single().Name, mime.To.Mailboxes.Single().Address));
        Assert.Equal("Your CPC brochure from Periyar School of Medical Coding", mime.Subject);
        Assert.Equal("admissions@periyar.example", mime.From.Mailboxes.Single().Address);
        var link = app.Get<UnsubscribeLinks>();
        Assert.Equal("anjali@mail.example", link.Read(mime.Headers[HeaderId.ListUnsubscribe]!.Trim('<', '>').Split('/')[^1])?.Text);
        Assert.Equal("List-Unsubscribe=One-Click", mime.Headers[HeaderId.ListUnsubscribePost]);
        Assert.Equal("auto-generated", mime.Headers[HeaderId.AutoSubmitted]); // notes of absence do not answer it
        Assert.Contains(lead.Reference, mime.TextBody);
        Assert.Contains(lead.Reference, mime.HtmlBody);
        var pdf = Assert.IsType<MimePart>(Assert.Single(mime.Attachments));
        Assert.Equal(("application/pdf", $"CPC-brochure-{lead.Reference}.pdf"), (pdf.ContentType.MimeType, pdf.FileName));
        Assert.Equal("%PDF"u8.ToArray(), Content(pdf)[..4]);
        var page = await browser.GetAsync("/outbox?status=sent");
        Assert.Contains("nothing leaves this machine", page.One(".note").TextContent);
        Assert.Contains(message.Subject, page.One("tbody tr").TextContent);
        var download = await browser.DownloadAsync($"/outbox/{message.Id}.eml");
        Assert.Equal("message/rfc822", download.Content.Headers.ContentType!.MediaType);
        using var copy = await MimeMessage.LoadAsync(await download.Content.ReadAsStreamAsync());
        Assert.Equal(mime.MessageId, copy.MessageId);
    }

    [Fact]
    public async Task What_left_last_stands_first_however_long_it_had_been_due()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (late, early) = (app.Message("late@mail.example"), app.Message("early@mail.example"));
        late.DueAt = app.Clock.Now.AddDays(-2); // the server was away
        late.Arrived(app.Clock.Now);
        early.Arrived(app.Clock.Now.AddHours(-1));
        await app.StoreAsync(late);
        await app.StoreAsync(early);
        using var manager = await app.SignInAsync(Roles.Manager);

        var page = await manager.GetAsync("/outbox?status=Sent");

        Assert.Equal([true, false], page.Texts("tbody tr").Select(row => row.Contains("late@mail.example", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_file_of_a_message_that_cannot_be_made_says_what_stands_in_its_way()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Manager);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        // Old Persian: no font here has it.
        await app.Get<PersonWriter>().ChangeAsync(
            lead.PersonId, app.Now(), _ => [new NameCorrected(PersonName.FromStored("𐎠𐎭"))], default);
        var message = await app.OneMessageAsync(MessageKinds.Brochure);

        var page = await browser.GetAsync($"/outbox/{message.Id}.eml");

        Assert.Equal(("This message cannot be made", 422), (page.One("h1").TextContent, (int)page.Status));
    }

    [Fact]
    public async Task A_reminder_is_sent_to_the_counsellor_a_quarter_of_an_hour_before_the_follow_up()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), email: null);
        var due = app.Clock.Now.AddHours(5);
        await PlanAsync(app, lead, counsellor, due, "Call about the fee");

        app.Time.SetUtcNow(due.AddMinutes(-15).AddSeconds(-1));
        await app.DeliverAsync();
        Assert.Equal(MessageStatus.Queued, (await app.OneMessageAsync(MessageKinds.Reminder)).Status);
        app.Time.SetUtcNow(due.AddMinutes(-15));
        await app.DeliverAsync();

        var reminder = await app.OneMessageAsync(MessageKinds.Reminder);
        Assert.Equal((MessageStatus.Sent, counsellor.Email), (reminder.Status, reminder.To));
        using var mime = await MimeMessage.LoadAsync(reminder.File!);
        Assert.Equal("Anjali Nair: Call about the fee on 23 Nov at 3:00 PM", mime.Subject);
        Assert.Contains($"http://localhost/leads/{lead.Id}", mime.TextBody);
        Assert.Null(mime.Headers[HeaderId.ListUnsubscribe]);
    }

    [Theory]
    [InlineData("done")]
    [InlineData("reached")]
    [InlineData("lost")]
    [InlineData("enrolled")]
    public async Task A_reminder_is_cancelled_once_its_follow_up_is_over(string how)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        await PlanAsync(app, lead, counsellor, app.Clock.Now.AddHours(3), "Call");

        await (how switch
        {
            "done" => app.ChangeAsync(lead, l => LeadRules.CompleteFollowUp(l, l.FollowUp!.Id, null)),
            "reached" => app.ChangeAsync(lead,
                l => LeadRules.LogContact(l, app.Clock.Now, l.FollowUp?.Id, ContactChannel.Call, ContactOutcome.Connected, null)),
            "lost" => app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null)),
            _ => (Task)app.EnrolAsync(lead, counsellor, batch),
        });

        Assert.Equal(MessageStatus.Cancelled, (await app.OneMessageAsync(MessageKinds.Reminder)).Status);
        app.Time.Advance(TimeSpan.FromHours(4));
        await app.DeliverAsync();
        Assert.Null((await app.OneMessageAsync(MessageKinds.Reminder)).SentAt);
    }

    [Fact]
    public async Task Who_has_left_is_reminded_of_nobody()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), email: null);
        await PlanAsync(app, lead, counsellor, app.Clock.Now.AddHours(5), "Call");
        counsellor = await app.LoadAsync<User>(counsellor.Id);
        counsellor.Active = false;
        await app.StoreAsync(counsellor);

        app.Time.Advance(TimeSpan.FromHours(5));
        await app.DeliverAsync();

        Assert.Equal(MessageStatus.Cancelled, (await app.OneMessageAsync(MessageKinds.Reminder)).Status);
    }

    [Fact]
    public async Task A_follow_up_put_off_is_reminded_of_at_its_new_time_alone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), email: null);
        var later = app.Clock.Now.AddDays(1);
        await PlanAsync(app, lead, counsellor, app.Clock.Now.AddHours(2), "Call");

        await PlanAsync(app, lead, counsellor, later, "Visit");

        var reminders = (await app.AllAsync<OutboxMessage>()).OrderBy(m => m.DueAt).ToList();
        Assert.Equal([MessageStatus.Cancelled, MessageStatus.Queued], reminders.Select(m => m.Status));
        using var manager = await app.SignInAsync(Roles.Manager);
        var shelf = await manager.GetAsync("/outbox?status=Scheduled");
        Assert.Equal(["Scheduled 1", "Scheduled"], shelf.Texts(".shelf h2, .shelf .status"));
        Assert.Equal(later.AddMinutes(-15), reminders[1].DueAt);
        app.Time.SetUtcNow(later);
        await app.DeliverAsync();
        Assert.Contains("Visit", Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Status == MessageStatus.Sent).Subject);
    }

    [Fact]
    public async Task A_lead_given_to_another_counsellor_takes_its_reminder_along()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var first = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), email: null);
        var second = await app.AddUserAsync("Ashik Rahman");
        await PlanAsync(app, lead, first, app.Clock.Now.AddHours(2), "Call");

        await app.ActAsync<HandOver>(
            lead.Id, first, ("counsellor", second.Id.ToString()), ("was-counsellor", first.Id.ToString()));

        app.Time.Advance(TimeSpan.FromHours(2));
        await app.DeliverAsync();
        var reminders = await app.AllAsync<OutboxMessage>();
        Assert.Equal(2, reminders.Count);
        Assert.Equal(second.Email, Assert.Single(reminders, m => m.Status == MessageStatus.Sent).To);
        Assert.Equal(first.Email, Assert.Single(reminders, m => m.Status == MessageStatus.Cancelled).To);
    }

    [Theory]
    [InlineData("anjali.nair@mail.example", MessageStatus.Sent)]
    [InlineData(null, MessageStatus.Cancelled)]
    public async Task A_waiting_email_goes_to_the_address_as_it_was_corrected(string? corrected, MessageStatus status)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course);

        var (wrong, right) = (EmailAddress.FromStored("anjali@mail.example"),
            corrected is null ? null : EmailAddress.FromStored(corrected));
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
            _ => [right is null ? new EmailRemoved(wrong) : new EmailCorrected(wrong, right)], default);
        await app.DeliverAsync();

        var brochure = await app.OneMessageAsync(MessageKinds.Brochure);
        Assert.Equal(status, brochure.Status);
        if (corrected is not null) Assert.Equal(corrected, brochure.To);
    }

    [Fact]
    public async Task The_link_in_an_email_stops_emails_only_when_its_button_is_pressed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var browser = app.Browse();
        var link = new Uri(app.Get<UnsubscribeLinks>().For((await app.PersonOfAsync(lead)).Email!)).PathAndQuery;

        var asked = await browser.GetAsync(link);
        Assert.Equal(HttpStatusCode.OK, asked.Status);
        Assert.False((await app.PersonOfAsync(lead)).EmailsAreStopped);
        var stopped = await browser.SubmitAsync($"form[action='{link}']");
        await browser.PostAsync(link, new() { ["List-Unsubscribe"] = "One-Click" });

        Assert.Equal((HttpStatusCode.OK, "We send no more emails to anjali@mail.example"), (stopped.Status, stopped.One("h1").TextContent));
        Assert.True((await app.PersonOfAsync(lead)).EmailsAreStopped);
        Assert.Single(await app.EventsAsync(lead.PersonId), e => e is EmailsStopped);
        app.Time.Advance(TimeSpan.FromDays(4));
        await app.DeliverAsync();
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal(MessageStatus.Cancelled, m.Status));
    }

    [Fact]
    public async Task Who_asked_for_no_more_emails_still_gets_the_papers_of_a_seat_taken()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        await StopAsync(app, lead);

        await app.EnrolAsync(lead, counsellor, batch);
        await app.DeliverAsync();

        var letter = await app.OneMessageAsync(MessageKinds.EnrolmentLetter);
        Assert.Equal(MessageStatus.Sent, letter.Status);
        using var mime = await MimeMessage.LoadAsync(letter.File!);
        Assert.Equal($"enrolment-letter-{batch.Code}-01.pdf", Assert.IsType<MimePart>(Assert.Single(mime.Attachments)).FileName);
    }

    // Mail programs should send it in parts, as a file would be (RFC 8058).
    [Fact]
    public async Task One_click_in_parts_stops_emails_too()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var link = app.Get<UnsubscribeLinks>().For((await app.PersonOfAsync(lead)).Email!);
        using var browser = app.Browse();
        using var parts = new MultipartFormDataContent { { new StringContent("One-Click"), "List-Unsubscribe" } };
        using var click = new HttpRequestMessage(HttpMethod.Post, new Uri(link).PathAndQuery) { Content = parts };

        using var answer = await browser.SendRawAsync(click);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True((await app.PersonOfAsync(lead)).EmailsAreStopped);
    }

    [Theory]
    [InlineData(MessageStatus.Failed, 2)]
    [InlineData(MessageStatus.Sent, 1)]
    public async Task Who_asks_again_gets_the_brochure_that_could_not_be_sent(MessageStatus became, int brochures)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await app.AddLeadAsync(course, "Anjali Nair", "anjali@mail.example", "98470 12345");
        await app.ChangeMessageAsync(await app.OneMessageAsync(), m => m.Status = became);

        await app.AddLeadAsync(course, "Anjali Nair", "anjali@mail.example", "98470 12345");

        Assert.Equal(brochures, (await app.AllAsync<OutboxMessage>()).Count);
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("cut")]
    [InlineData("nonsense")]
    public async Task A_link_that_was_tampered_with_stops_nothing(string how)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var token = app.Get<UnsubscribeLinks>().For((await app.PersonOfAsync(lead)).Email!).Split('/')[^1];
        token = how switch
        {
            "changed" => token[..40] + (token[40] == 'A' ? 'B' : 'A') + token[41..],
            "cut" => token[..^8],
            _ => "nonsense*"
        };
        using var browser = app.Browse();

        var page = await browser.PostAsync("/unsubscribe/" + token, []);

        Assert.Equal((HttpStatusCode.NotFound, "This link does not work"), (page.Status, page.One("h1").TextContent));
        Assert.False((await app.PersonOfAsync(lead)).EmailsAreStopped);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_refused_or_fails_leaves_neither_event_nor_message(bool refused)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), email: null);
        var before = (await app.EventsAsync(lead.Id)).Count;

        var thrown = await Record.ExceptionAsync(() => app.Get<LeadWriter>().ChangeAsync(lead.Id, app.Now(), work =>
        {
            work.Session.Store(app.Message());
            throw refused ? new Refusal("No.") : new InvalidOperationException("The cable was pulled.");
        }, default));

        Assert.IsType(refused ? typeof(Refusal) : typeof(InvalidOperationException), thrown);
        Assert.Empty(await app.AllAsync<OutboxMessage>());
        Assert.Equal(before, (await app.EventsAsync(lead.Id)).Count);
    }

    [Fact]
    public async Task A_change_that_the_database_refuses_leaves_no_message()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, email: null);
        var before = (await app.EventsAsync(lead.Id)).Count;

        await Assert.ThrowsAnyAsync<Exception>(() => app.Get<LeadWriter>().ChangeAsync(lead.Id, app.Now(), work =>
        {
            work.Session.Store(app.Message());
            work.Session.Store(new Course { Id = Guid.CreateVersion7(), Code = course.Code }); // taken
            return Task.FromResult<IReadOnlyList<LeadEvent>>([new NoteAdded("A note")]);
        }, default));

        Assert.Empty(await app.AllAsync<OutboxMessage>());
        Assert.Equal(before, (await app.EventsAsync(lead.Id)).Count);
    }

    [Fact]
    public async Task A_message_and_the_event_that_asks_for_it_are_written_in_one_transaction()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), email: null);

        await PlanAsync(app, lead, counsellor, app.Clock.Now.AddHours(3), "Call");

        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand("""
            select e.xmin = m.xmin, e.xmin = first.xmin
            from enrolment.mt_events e, enrolment.mt_doc_outboxmessage m, enrolment.mt_events first
            where e.type = 'follow_up_planned' and first.type = 'lead_received'
            """);
        await using var rows = await command.ExecuteReaderAsync();
        Assert.True(await rows.ReadAsync());
        Assert.Equal((true, false), (rows.GetBoolean(0), rows.GetBoolean(1)));
    }

    [Fact]
    public async Task Only_managers_see_the_outbox()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);
        using var stranger = app.Browse();

        Assert.NotEqual(HttpStatusCode.OK, (await counsellor.GetAsync("/outbox")).Status);
        Assert.StartsWith("/signin", (await stranger.GetAsync("/outbox")).Path);
    }

    private static byte[] Content(MimePart part)
    {
        using var buffer = new MemoryStream();
        part.Content!.DecodeTo(buffer);
        return buffer.ToArray();
    }
}
