using System.Net;
using Crm.Accounts;
using Crm.Assignment;
using Crm.Correspondence;
using Crm.Counselling;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Marten;

namespace Crm.Tests.Correspondence;

/// <summary>Who is written to once more because nobody has reached them.</summary>
public sealed class NudgeTests(TestPostgres postgres)
{
    private static Task SweepAsync(TestApp app) => app.Get<Nudges>().SweepAsync(default);

    private static async Task<IReadOnlyList<OutboxMessage>> NudgesAsync(TestApp app) =>
        [.. (await app.AllAsync<OutboxMessage>()).Where(m => m.Kind == MessageKinds.Nudge)];

    [Fact]
    public async Task An_applicant_nobody_has_reached_is_written_to_three_days_after_the_brochure_and_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        app.Time.Advance(TimeSpan.FromHours(5)); // for which the mail server was away
        await app.DeliverAsync();
        await app.ChangeAsync(lead,
            l => LeadRules.LogContact(l, app.Clock.Now, l.FollowUp?.Id, ContactChannel.Call, ContactOutcome.NoAnswer, null));

        app.Time.Advance(Nudges.After - TimeSpan.FromSeconds(1));
        await SweepAsync(app);
        Assert.Empty(await NudgesAsync(app));
        app.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 3; i++)
        {
            await SweepAsync(app);
            await app.DeliverAsync();
            app.Time.Advance(TimeSpan.FromDays(1));
        }

        var nudge = Assert.Single(await NudgesAsync(app));
        Assert.Equal((MessageStatus.Sent, "anjali@mail.example", lead.PersonId, ActorKind.System),
            (nudge.Status, nudge.To, nudge.PersonId, nudge.By.Kind));
        Assert.Contains("You asked us about CPC Preparation on 23 Nov 2026.", nudge.Body);
    }

    private static Task CorrectAsync(TestApp app, Lead lead, User counsellor, Course course) => app.ActAsync<CorrectCourse>(
        lead.Id, counsellor, ("course", course.Id.ToString()), ("was-course", lead.CourseId.ToString()));

    [Theory]
    [InlineData("waits", 0)]
    [InlineData("meant another course", 1)]
    [InlineData("lost and reopened when the batch was cancelled", 1)]
    public async Task Who_waits_for_a_seat_is_not_asked_and_who_waits_no_more_is(string what, int nudges)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var (batch, counsellor) = (await app.AddBatchAsync(course, seats: 1), await app.AddUserAsync("Divya Menon"));
        var lead = await app.AddLeadAsync(course);
        await app.EnrolAsync(await app.AddLeadAsync(course, "Rahul Das", null), counsellor, batch);
        await app.ActAsync<JoinWaitlist>(lead.Id, counsellor, ("batchId", batch.Id.ToString()));
        await app.DeliverAsync();
        if (what == "meant another course") await CorrectAsync(app, lead, counsellor, ccs);
        if (what.StartsWith("lost", StringComparison.Ordinal))
        {
            await app.ActAsync<Lose>(lead.Id, counsellor, ("reason", "Fee"));
            var cancels = app.Get<CancelBatch>();
            await using var session = app.Store.QuerySession();
            var plan = (await cancels.PlanAsync(session, batch.Id, null, default))!;
            await cancels.CarryOutAsync(batch.Id, null, "Too few", false, plan.Seen, Crm.Web.Form.Fresh(), app.Now(), default);
            await app.ActAsync<Reopen>(lead.Id, counsellor);
        }

        app.Time.Advance(Nudges.After);
        await SweepAsync(app);

        Assert.Equal(nudges, (await NudgesAsync(app)).Count);
    }

    [Theory]
    [InlineData("contacted")]
    [InlineData("moved on the board")]
    [InlineData("offered")]
    [InlineData("enrolled")]
    [InlineData("lost")]
    [InlineData("unsubscribed")]
    [InlineData("the address was taken away")]
    public async Task Nobody_is_who_was_reached_has_decided_or_wants_no_emails(string what)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var (first, second) = (await app.AddLeadAsync(course), await app.AddLeadAsync(course, "Rahul Das", "rahul@mail.example"));
        var (batch, counsellor) = (await app.AddBatchAsync(course), await app.AddUserAsync("Divya Menon"));
        await app.DeliverAsync();
        await DoAsync(app, what, first, counsellor, batch);

        app.Time.Advance(Nudges.After);
        await SweepAsync(app);

        var nudge = Assert.Single(await NudgesAsync(app));
        Assert.Equal(second.Id, nudge.LeadId);
        await DoAsync(app, what, second, counsellor, batch); // while it waits for its server
        await app.DeliverAsync();
        Assert.Equal((MessageStatus.Cancelled, null), ((await NudgesAsync(app))[0].Status, (await NudgesAsync(app))[0].SentAt));
    }

    private static Task DoAsync(TestApp app, string what, Lead lead, User counsellor, Batch batch) => what switch
    {
        "contacted" => app.ChangeAsync(lead,
            l => LeadRules.LogContact(l, app.Clock.Now, l.FollowUp?.Id, ContactChannel.Call, ContactOutcome.Connected, null)),
        "moved on the board" => app.ChangeAsync(lead, l => LeadRules.MoveTo(l, app.Now(), Stage.Contacted, sure: true)),
        "offered" => app.ActAsync<MakeOffer>(lead.Id, counsellor, ("batchId", batch.Id.ToString()),
            ("validUntil", app.Clock.Today.ToString("yyyy-MM-dd")), ("byEmail", "")),
        "enrolled" => (Task)app.EnrolAsync(lead, counsellor, batch),
        "lost" => app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null)),
        "unsubscribed" => StopAsync(app, lead),
        _ => app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), p => [new EmailRemoved(p.Email!)], default),
    };

    // As the applicant does: by the link in an email.
    private static async Task StopAsync(TestApp app, Lead lead)
    {
        using var browser = app.Browse();
        var link = app.Get<UnsubscribeLinks>().For((await app.PersonOfAsync(lead)).Email!);
        await browser.PostAsync(new Uri(link).PathAndQuery, []);
    }

    [Theory]
    [InlineData("a later follow-up")]
    [InlineData("a counsellor wrote")]
    [InlineData("a discount waits")]
    [InlineData("asked again yesterday")]
    [InlineData("enrolled by another enquiry")]
    [InlineData("called about another enquiry")]
    public async Task Nobody_is_who_is_being_looked_after(string what)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, counsellor) = (await app.AddCourseAsync(), await app.AddUserAsync("Divya Menon"));
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course, phone: "+919847055551");
        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromDays(2));
        await (what switch
        {
            "a later follow-up" => app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.CreateVersion7(),
                app.Clock.Now.AddDays(20), "Call after her exams")),
            "a counsellor wrote" => (Task)app.ActAsync<SendEmail>(lead.Id, counsellor, ("subject", "Hello"), ("body", "Words")),
            "a discount waits" => app.ChangeAsync(lead,
                _ => [new DiscountAsked(new Offer(batch.Id, batch.Code, course.Fee, course.Fee, app.Clock.Today)
                { Id = Guid.NewGuid() }, false, "A sister is here")]),
            "asked again yesterday" => app.AddLeadAsync(course, phone: "+919847055551"),
            "enrolled by another enquiry" => MergedAsync(app, lead, l => app.EnrolAsync(l, counsellor, batch), course),
            _ => MergedAsync(app, lead, l => app.ChangeAsync(l, x => LeadRules.LogContact(x, app.Clock.Now, x.FollowUp?.Id,
                ContactChannel.Call, ContactOutcome.Connected, null)), await app.AddCourseAsync("CCS")),
        });
        await app.DeliverAsync();

        app.Time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1));
        await SweepAsync(app);

        Assert.Empty(await NudgesAsync(app));
    }

    // Somebody whom another record was of as well.
    private static async Task MergedAsync(TestApp app, Lead lead, Func<Lead, Task> act, Course course)
    {
        var other = await app.AddLeadAsync(course, "Anjali S Nair", "anjali.s@mail.example", "+919847099999");
        await act(other);
        using var staff = await app.SignInAsync(Roles.Manager);
        await staff.GetAsync($"/people/{other.PersonId}/merges/new?with={lead.PersonId}");
        Assert.Equal(HttpStatusCode.OK, (await staff.SubmitAsync($"form[action='/people/{other.PersonId}/merges']")).Status);
        Assert.Equal(other.PersonId, (await app.LoadAsync<Lead>(lead.Id)).PersonId);
    }

    [Fact]
    public async Task Of_two_records_that_are_one_person_one_is_written_to()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course);
        await MergedAsync(app, lead, _ => Task.CompletedTask, course);

        await app.NudgeAsync();
        await app.DeliverAsync();

        Assert.Single(await NudgesAsync(app));
    }

    [Fact]
    public async Task It_names_the_course_and_the_day_of_the_brochure_that_it_follows()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (first, second) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        await app.AddLeadAsync(first, phone: "+919847055552");
        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromDays(2));
        await app.AddLeadAsync(second, phone: "+919847055552"); // of who is new yet: the same lead

        await app.NudgeAsync();

        var nudge = await app.OneMessageAsync(MessageKinds.Nudge);
        Assert.Equal("Any questions about CCS Preparation?", nudge.Subject);
        Assert.Contains("You asked us about CCS Preparation on 25 Nov 2026.", nudge.Body);
    }

    [Theory]
    [InlineData(MessageStatus.Failed)]
    [InlineData(MessageStatus.Unconfirmed)]
    [InlineData(MessageStatus.Queued)]
    public async Task Nobody_is_whose_brochure_did_not_arrive(MessageStatus status)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await app.ChangeMessageAsync(await app.OneMessageAsync(), m => m.Status = status);

        app.Time.Advance(Nudges.After);
        await SweepAsync(app);

        Assert.Empty(await NudgesAsync(app));
    }

    [Fact]
    public async Task After_a_standstill_of_a_week_nobody_is_surprised()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await app.DeliverAsync();

        app.Time.Advance(Nudges.TooLate);
        await SweepAsync(app);

        Assert.Empty(await NudgesAsync(app));
    }

    [Fact]
    public async Task Several_processes_that_sweep_at_once_write_to_each_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await using var other = await app.StartAnotherAsync();
        var course = await app.AddCourseAsync();
        for (var i = 0; i < 5; i++) await app.AddLeadAsync(course, $"Rahul {(char)('A' + i)} Das", $"rahul{i}@mail.example");
        await app.DeliverAsync();
        app.Time.Advance(Nudges.After);
        other.Time.Advance(other.Time.GetUtcNow() < app.Time.GetUtcNow() ? Nudges.After : TimeSpan.Zero);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => SweepAsync(i % 2 == 0 ? app : other)));

        Assert.Equal(5, (await NudgesAsync(app)).Select(m => m.LeadId).Distinct().Count());
        Assert.Equal(5, (await NudgesAsync(app)).Count);
    }

    [Fact]
    public async Task An_institute_that_has_not_said_who_it_is_writes_to_nobody()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await app.DeliverAsync();
        var profile = app.Get<CurrentInstitute>().Profile;
        profile.Phone = "";
        await app.StoreAsync(profile);

        app.Time.Advance(Nudges.After);
        await SweepAsync(app);

        Assert.Empty(await NudgesAsync(app));
    }

    [Fact]
    public async Task Whose_brochure_was_only_kept_as_a_file_is_not_told_of_it_once_mail_leaves()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await app.AddLeadAsync(course);
        await app.DeliverAsync();
        var written = await app.AddLeadAsync(course, "Rahul Das", "rahul@mail.example");
        await app.DeliverAsync();
        await app.ChangeMessageAsync((await app.AllAsync<OutboxMessage>()).Single(m => m.LeadId == written.Id), m => m.File = null);
        app.Time.Advance(Nudges.After);
        await using var server = await MailServer.StartAsync();
        await using var after = await app.StartAnotherAsync(server.Settings);

        await SweepAsync(after);

        Assert.Equal(written.Id, Assert.Single(await NudgesAsync(after)).LeadId);
    }

    [Fact]
    public async Task A_reminder_that_was_written_before_mail_left_is_held_back_too()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await app.DeliverAsync();
        app.Time.Advance(Nudges.After);
        await SweepAsync(app);
        await using var server = await MailServer.StartAsync();
        await using var after = await app.StartAnotherAsync(server.Settings);

        await after.DeliverAsync();

        var nudge = Assert.Single(await NudgesAsync(after));
        Assert.Equal((MessageStatus.Cancelled, "No brochure has reached the applicant."), (nudge.Status, nudge.Error));
        Assert.Empty(server.Accepted);
    }
}
