using System.Net;
using Crm.Accounts;
using Crm.Changes;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Desk;

/// <summary>Acting on many leads of the list: chosen, looked at beforehand, done by the rules of each single act, and taken back.</summary>
public sealed class BulkTests(TestPostgres postgres)
{
    private const string List = "#selection", Acts = "form[action='/leads/selections/acts']";

    private static string Preview(string act) => $"form[action='/leads/selections/previews']:has([name=act][value={act}])";

    private static async Task<WebPage> ChooseAsync(Browser staff, string list, IEnumerable<Lead>? ticked, string act,
        params (string Field, string Value)[] typed)
    {
        await staff.GetAsync(list);
        await staff.SubmitAsync(List, ticked is null
            ? new() { ["of"] = "all" }
            : new() { ["ids"] = string.Join(',', ticked.Select(l => l.Id)) });
        return await staff.SubmitAsync(Preview(act), typed.ToDictionary(t => t.Field, t => t.Value));
    }

    private static async Task<Change> ChangeOfAsync(TestApp app, WebPage page) =>
        await app.LoadAsync<Change>(Guid.Parse(page.Path["/changes/".Length..]));

    private static async Task<WebPage> UndoAsync(Browser staff, Change change)
    {
        await staff.GetAsync($"/changes/{change.Id}/undoings/new");
        return await staff.SubmitAsync($"form[action='/changes/{change.Id}/undoings']");
    }

    private static async Task<IReadOnlyList<Lead>> AddAsync(TestApp app, Course course, int count)
    {
        var leads = new List<Lead>();
        for (var i = 0; i < count; i++) leads.Add(await app.AddLeadAsync(course, $"Anu {(char)('A' + i % 26)}{i}", $"a{i}@mail.example"));
        return leads;
    }

    [Fact]
    public async Task Those_ticked_are_given_to_a_counsellor_and_back_again_and_the_preview_says_who_is_left_out()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var leads = await AddAsync(app, await app.AddCourseAsync(), 4);
        var ravi = await app.AddUserAsync("Ravi Pillai");
        await app.ChangeAsync(leads[0], l => LeadRules.Assign(l, ravi.Id, ravi.Name));
        using var staff = await app.SignInAsync(divya);

        var refused = await ChooseAsync(staff, "/leads", leads.Take(3), "counsellor");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Choose a counsellor."), (refused.Status, refused.ErrorOf("counsellor")));
        var preview = await staff.SubmitAsync(Preview("counsellor"), new() { ["counsellor"] = ravi.Id.ToString() });

        Assert.Equal("2 of 3 leads will be given to Ravi Pillai.", Words(preview.One(".preview").TextContent));
        Assert.Equal(["Is with Ravi Pillai already: 1"], preview.Texts(".left-out li").Select(Words));
        Assert.Equal(divya.Id, (await app.LoadAsync<Lead>(leads[1].Id)).CounsellorId);
        var page = await staff.SubmitAsync(Acts);
        var change = await ChangeOfAsync(app, page);
        Assert.Equal((ChangeStatus.Done, 2, 1, divya.Id), (change.Status, change.Leads, change.LeftOut, change.By.UserId));
        Assert.Equal([ravi.Id, ravi.Id, ravi.Id, divya.Id], await CounsellorsAsync(app, leads));
        Assert.Contains("left out: Is with Ravi Pillai already", page.Texts("td[data-label=Now]"));
        Assert.Contains("Assigned to Ravi Pillai", page.Texts("td[data-label=What]"));
        Assert.Contains("Gave to Ravi Pillai", (await staff.GetAsync("/changes")).Texts("td.who a"));

        await app.ChangeAsync(leads[1], l => LeadRules.LogContact(l, app.Clock.Now, null, ContactChannel.Call, ContactOutcome.Busy, null),
            Actor.Staff(ravi.Id, ravi.Name));
        var ask = await staff.GetAsync($"/changes/{change.Id}/undoings/new");
        Assert.Contains("left as it is: called by Ravi Pillai since", ask.Texts("td[data-label=Now]"));
        var undone = await UndoAsync(staff, change);
        Assert.Contains("Partly undone", undone.One("#change").TextContent);
        Assert.Equal([ravi.Id, ravi.Id, divya.Id, divya.Id], await CounsellorsAsync(app, leads));
        using var other = await app.SignInAsync(ravi);
        Assert.Equal($"/changes/{change.Id}", (await other.GetAsync($"/changes/{change.Id}/undoings/new")).Path);
    }

    private static async Task<IReadOnlyList<Guid>> CounsellorsAsync(TestApp app, IReadOnlyList<Lead> leads)
    {
        var stored = (await app.AllAsync<Lead>()).ToDictionary(l => l.Id);
        return [.. leads.Select(l => stored[l.Id].CounsellorId!.Value)];
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public async Task All_that_match_are_those_that_match_when_it_is_done_and_where_the_count_has_moved_nothing_is_done_before_it_is_said()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var leads = await AddAsync(app, course, 3);
        await app.ChangeAsync(leads[2], l => LeadRules.Lose(l, LostReason.Fee, null));
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var preview = await ChooseAsync(staff, "/leads?stage=New", null, "stage", ("stage", "Contacted"));
        Assert.Equal("2 of 2 leads will be moved to Contacted.", Words(preview.One(".preview").TextContent));
        await app.AddLeadAsync(course, "Late Comer", "late@mail.example");

        var moved = await staff.SubmitAsync(Acts);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Meanwhile 3 match, and not 2 any more. Look again, then send it."),
            (moved.Status, moved.One(".problem").TextContent));
        Assert.All((await app.AllAsync<Lead>()).Where(l => !l.IsLost), l => Assert.Equal(Stage.New, l.Stage));
        var change = await ChangeOfAsync(app, await staff.SubmitAsync(Acts));
        Assert.Equal((3, 0), (change.Leads, change.LeftOut));
        Assert.Equal(3, (await app.AllAsync<Lead>()).Count(l => l.Stage == Stage.Contacted));
        Assert.Equal("No lead is chosen", (await ChooseNoneAsync(staff)).One("h1").TextContent);
    }

    [Fact]
    public async Task Where_others_match_by_now_nothing_is_done_before_it_is_said_though_they_are_as_many()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var leads = await AddAsync(app, course, 2);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await ChooseAsync(staff, "/leads?stage=New", null, "stage", ("stage", "Contacted"));
        await app.ChangeAsync(leads[0], l => LeadRules.Lose(l, LostReason.Fee, null));
        var late = await app.AddLeadAsync(course, "Late Comer", "late@mail.example");

        var moved = await staff.SubmitAsync(Acts);

        Assert.Equal("Meanwhile others match than were shown. Look again, then send it.", moved.One(".problem").TextContent);
        Assert.Equal(Stage.New, (await app.LoadAsync<Lead>(late.Id)).Stage);
    }

    [Fact]
    public async Task Whoever_has_two_leads_is_written_to_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var first = await app.AddLeadAsync(cpc, "Anu George", "anu@mail.example", "+919847055508");
        await app.ChangeAsync(first, l => LeadRules.MoveTo(l, app.Now(), Stage.Contacted, sure: true));
        var second = await app.AddLeadAsync(ccs, "Anu George", "anu@mail.example", "+919847055508");
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var preview = await ChooseAsync(staff, "/leads", [first, second], "emails", ("subject", "Hello"), ("body", "Words"));
        Assert.Equal(["Is a lead of the same person as another: 1"], preview.Texts(".left-out li").Select(Words));
        await staff.SubmitAsync(Acts);

        Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Kind == "personal");
    }

    [Fact]
    public async Task Whose_loss_is_undone_waits_for_a_seat_where_they_waited()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, divya) = (await app.AddCourseAsync(), await app.AddUserAsync("Divya Menon"));
        var batch = await app.AddBatchAsync(course, seats: 1);
        var leads = await AddAsync(app, course, 3);
        await app.EnrolAsync(leads[0], divya, batch);
        foreach (var lead in leads.Skip(1))
        {
            app.Time.Advance(TimeSpan.FromMinutes(1));
            await app.ActAsync<JoinWaitlist>(lead.Id, divya, ("batchId", batch.Id.ToString()));
        }
        var preferred = await app.LoadAsync<Batch>(batch.Id);
        preferred.Prefer(leads[2].Id, 5);
        await app.StoreAsync(preferred);
        var waiting = preferred.InOrder().ToList();
        using var staff = await app.SignInAsync(divya);

        await ChooseAsync(staff, "/leads", [leads[2]], "loss", ("reason", "Fee"));
        var change = await ChangeOfAsync(app, await staff.SubmitAsync(Acts));
        Assert.Equal([leads[1].Id], (await app.LoadAsync<Batch>(batch.Id)).Waitlist.Select(w => w.LeadId));
        await UndoAsync(staff, change);

        Assert.Equal(waiting, (await app.LoadAsync<Batch>(batch.Id)).InOrder());
        // The loss brought back has them wait no more.
        await UndoAsync(staff, await app.LoadAsync<Change>((await app.LoadAsync<Change>(change.Id)).UndoneBy!.Value));
        Assert.Equal([leads[1].Id], (await app.LoadAsync<Batch>(batch.Id)).Waitlist.Select(w => w.LeadId));
    }

    [Fact]
    public async Task Of_several_who_are_lost_at_once_nobody_waits_any_more_and_all_do_again_when_it_is_undone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, divya) = (await app.AddCourseAsync(), await app.AddUserAsync("Divya Menon"));
        var batch = await app.AddBatchAsync(course, seats: 1);
        var leads = await AddAsync(app, course, 4);
        var seat = await app.EnrolAsync(leads[0], divya, batch);
        foreach (var lead in leads.Skip(1))
        {
            app.Time.Advance(TimeSpan.FromMinutes(1));
            await app.ActAsync<JoinWaitlist>(lead.Id, divya, ("batchId", batch.Id.ToString()));
        }
        await app.OnSeatAsync<Withdraw>(seat.Id, divya, ("on", "2026-11-23"), ("why", "Moving"));
        var waiting = (await app.LoadAsync<Batch>(batch.Id)).InOrder().Select(w => w.LeadId).ToList();
        app.Time.Advance(TimeSpan.FromMinutes(1));
        using var staff = await app.SignInAsync(divya);

        await ChooseAsync(staff, "/leads", [.. leads.Skip(1)], "loss", ("reason", "Fee"));
        var change = await ChangeOfAsync(app, await staff.SubmitAsync(Acts));
        await app.DeliverAsync();

        Assert.Empty((await app.LoadAsync<Batch>(batch.Id)).Waitlist);
        Assert.DoesNotContain(await app.AllAsync<OutboxMessage>(),
            m => m.Kind == MessageKinds.SeatHeld && m.Status is MessageStatus.Sent or MessageStatus.Queued);
        await UndoAsync(staff, change);
        Assert.Equal(waiting, (await app.LoadAsync<Batch>(batch.Id)).InOrder().Select(w => w.LeadId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_held_for_whose_loss_is_undone_is_held_on_unless_the_next_has_got_it(bool isNext)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, divya) = (await app.AddCourseAsync(), await app.AddUserAsync("Divya Menon"));
        var batch = await app.AddBatchAsync(course, seats: 1);
        var leads = await AddAsync(app, course, 3);
        var seat = await app.EnrolAsync(leads[0], divya, batch);
        foreach (var lead in leads.Skip(1).Take(isNext ? 2 : 1))
            await app.ActAsync<JoinWaitlist>(lead.Id, divya, ("batchId", batch.Id.ToString()));
        await app.OnSeatAsync<Withdraw>(seat.Id, divya, ("on", "2026-11-23"), ("why", "Moving"));
        var held = Assert.Single((await app.LoadAsync<Batch>(batch.Id)).Waitlist, w => w.HoldsAt(app.Clock.Now));
        app.Time.Advance(TimeSpan.FromMinutes(1));
        using var staff = await app.SignInAsync(divya);
        await ChooseAsync(staff, "/leads", [leads[1]], "loss", ("reason", "Fee"));
        var change = await ChangeOfAsync(app, await staff.SubmitAsync(Acts));
        app.Time.Advance(TimeSpan.FromMinutes(1));

        await UndoAsync(staff, change);
        await app.DeliverAsync();

        var now = await app.LoadAsync<Batch>(batch.Id);
        Assert.Equal(isNext ? held with { HeldUntil = null, HoldId = null } : held, now.PlaceOf(leads[1].Id));
        Assert.Equal(leads[isNext ? 2 : 1].Id, Assert.Single(now.Waitlist, w => w.HoldsAt(app.Clock.Now)).LeadId);
        var sent = (await app.AllAsync<OutboxMessage>()).Where(m => m.Kind == MessageKinds.SeatHeld && m.Status == MessageStatus.Sent);
        Assert.Equal(leads[isNext ? 2 : 1].Id, Assert.Single(sent).LeadId);
    }

    private static async Task<WebPage> ChooseNoneAsync(Browser staff)
    {
        await staff.GetAsync("/leads");
        return await staff.SubmitAsync(List);
    }

    [Fact]
    public async Task Many_are_done_in_the_background_with_progress_that_outlives_the_process_and_undone_so_as_well()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, await app.AddCourseAsync(), ChangeWorker.AtOnce + 30);
        using var staff = await app.SignInAsync(Roles.Manager);
        var preview = await ChooseAsync(staff, "/leads", null, "loss", ("reason", "Timing"), ("note", "Fair is over"));
        Assert.Equal("230 of 230 leads will be marked as lost: timing.", Words(preview.One(".preview").TextContent));
        Assert.EndsWith(" and 225 more", preview.One(".whom").TextContent);
        Assert.Equal("Mark 230 leads as lost", preview.One(Acts + " button.danger").TextContent);

        var page = await staff.SubmitAsync(Acts);
        var change = await ChangeOfAsync(app, page);
        Assert.Equal((ChangeStatus.Running, 230, 0), (change.Status, change.Total, change.Seen));
        Assert.Equal("0", page.One("progress").GetAttribute("value"));
        Assert.Equal("5", page.Headers.GetValues("Refresh").Single());
        Assert.Equal("every 2s", page.One("#change").GetAttribute("hx-trigger"));
        // Killed after the first batch: another process goes on.
        var work = app.Host.Services.GetServices<IChangeWork>().Single(w => w.Kind == ChangeKind.Bulk);
        await work.ContinueAsync(change.Id, default);
        Assert.Equal("86", (await staff.GetAsync(page.Path)).One("progress").GetAttribute("value"));
        await using (var restarted = await app.StartAnotherAsync()) await restarted.Get<ChangeWorker>().RunDueAsync(default);

        Assert.Equal((ChangeStatus.Done, 230, 0),
            ((await app.LoadAsync<Change>(change.Id)).Status, (await app.LoadAsync<Change>(change.Id)).Leads, change.LeftOut));
        Assert.All(await app.AllAsync<Lead>(), l => Assert.Equal((Stage.Lost, LostReason.Timing), (l.Stage, l.LostReason)));
        Assert.Single(await app.EventsAsync(leads[7].Id), e => e is LeadLost);
        await UndoAsync(staff, change);
        await app.Get<ChangeWorker>().RunDueAsync(default);
        Assert.All(await app.AllAsync<Lead>(), l => Assert.Equal(Stage.New, l.Stage));
        Assert.Null((await staff.GetAsync(page.Path)).Html.QuerySelector("progress"));
    }

    [Fact]
    public async Task One_that_is_under_way_is_stopped_and_what_was_done_can_be_undone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await AddAsync(app, await app.AddCourseAsync(), ChangeWorker.AtOnce + 30);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await ChooseAsync(staff, "/leads", null, "loss", ("reason", "Timing"));
        var page = await staff.SubmitAsync(Acts);
        var change = await ChangeOfAsync(app, page);
        await app.Host.Services.GetServices<IChangeWork>().Single(w => w.Kind == ChangeKind.Bulk).ContinueAsync(change.Id, default);
        using var other = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai"));
        Assert.Null((await other.GetAsync(page.Path)).Html.QuerySelector("form[action$='/stop']"));

        await staff.GetAsync(page.Path);
        var stopped = await staff.SubmitAsync($"form[action='/changes/{change.Id}/stop']");
        await app.Get<ChangeWorker>().RunDueAsync(default);

        Assert.Contains("Stopped", stopped.One("#change").TextContent);
        var now = await app.LoadAsync<Change>(change.Id);
        Assert.Equal((ChangeStatus.Stopped, 200, 30), (now.Status, now.Leads, now.LeftOut));
        Assert.Equal(200, (await app.AllAsync<Lead>()).Count(l => l.IsLost));
        Assert.Contains("left out: It was stopped before", (await staff.GetAsync(page.Path + "?left=true")).Texts("td[data-label=Now]"));
        await UndoAsync(staff, now);
        await app.Get<ChangeWorker>().RunDueAsync(default);
        Assert.All(await app.AllAsync<Lead>(), l => Assert.Equal(Stage.New, l.Stage));
    }

    [Fact]
    public async Task A_killed_program_goes_on_with_it_after_its_restart_and_does_nothing_twice()
    {
        const int count = 2000;
        await using var app = await TestApp.StartAsync(postgres);
        var folder = Directory.CreateTempSubdirectory("enrolment-bulk-");
        var leads = await AddManyAsync(app, await app.AddCourseAsync(), count);
        using var staff = await app.SignInAsync(Roles.Manager);
        await ChooseAsync(staff, "/leads", null, "loss", ("reason", "Timing"));
        var change = await ChangeOfAsync(app, await staff.SubmitAsync(Acts));
        string[] settings = ["--ConnectionStrings:Enrolment=" + app.ConnectionString];

        await using (var program = await RunningProgram.StartAsync(folder.FullName, settings))
        {
            await Poll.UntilAsync(async () => (await app.LoadAsync<Change>(change.Id)).Seen > 0, "the first", TimeSpan.FromSeconds(30));
            await program.KillAsync();
        }
        var cut = await app.LoadAsync<Change>(change.Id);
        Assert.InRange(cut.Seen, 1, count - 1);
        Assert.Equal(cut.Seen, (await app.AllAsync<Lead>()).Count(l => l.IsLost));
        await using (await RunningProgram.StartAsync(folder.FullName, settings))
            await Poll.UntilAsync(async () => (await app.LoadAsync<Change>(change.Id)).Status == ChangeStatus.Done, "the rest",
                TimeSpan.FromSeconds(40));

        Assert.Equal((count, 0), ((await app.LoadAsync<Change>(change.Id)).Leads, (await app.LoadAsync<Change>(change.Id)).LeftOut));
        Assert.All(await app.AllAsync<Lead>(), l => Assert.True(l.IsLost));
        foreach (var lead in leads.Where((_, i) => i % 97 == 0)) Assert.Single(await app.EventsAsync(lead), e => e is LeadLost);
        folder.Delete(recursive: true);
    }

    // Without their enquiries, which would take longer than the act.
    private static async Task<IReadOnlyList<Guid>> AddManyAsync(TestApp app, Course course, int count)
    {
        var leads = new List<Guid>();
        foreach (var some in Enumerable.Range(0, count).Chunk(500))
        {
            await using var session = app.Store.LightweightSession();
            foreach (var i in some)
            {
                var person = PersonWriter.Register(session, new PersonRegistered(PersonName.FromStored($"Anu {i}"),
                    [PhoneNumber.FromE164($"+9198460{i:00000}")], null, Standing.Given, "Agreed", "Fair"), app.Now());
                leads.Add((await app.Get<LeadWriter>().StartAsync(session, [new LeadReceived("L-222222", person.Id,
                    new CourseRef(course.Id, course.Code, course.Name), PreferredTime.Anytime, new LeadSource("Fair"), null)],
                    app.Now(), person, default)).Id);
            }
            await session.SaveChangesAsync();
        }
        return leads;
    }

    [Fact]
    public async Task An_email_goes_to_each_with_their_name_and_the_preview_says_who_gets_none_and_that_what_has_left_stays()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        Lead[] leads = [await app.AddLeadAsync(course, "Anu George", "anu@mail.example"), await app.AddLeadAsync(course, "Binu", null),
            await app.AddLeadAsync(course, "Ciby Paul", "ciby@mail.example")];
        await app.Get<PersonWriter>().ChangeAsync(leads[2].PersonId, app.Now(), p => PersonRules.StopEmails(p, p.Email!), default);
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var preview = await ChooseAsync(staff, "/leads", leads, "emails",
            ("subject", "A seat for {name}"), ("body", "{name}, come and see."));

        Assert.Equal(["Asked for no more emails: 1", "Has no address that may be written to: 1"],
            preview.Texts(".left-out li").Select(Words).Order());
        Assert.Contains("An email that has left cannot be taken back", preview.One("form.card").TextContent);
        Assert.Equal("1 of 3 leads will be written to.", Words(preview.One(".preview").TextContent));
        Assert.Equal("Anu George", preview.One(".whom").TextContent);
        Assert.Equal(["Anu George", "A seat for Anu George", "Dear Anu George,\n\nAnu George, come and see."],
            preview.Texts(".read-over dd").Select(t => t.Replace("\u2068", "").Replace("\u2069", "")));
        Assert.Equal("Send 1 email", preview.One(Acts + " button.primary").TextContent);
        var change = await ChangeOfAsync(app, await staff.SubmitAsync(Acts));
        var message = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Kind == "personal");
        Assert.Equal(("A seat for Anu George", "anu@mail.example", MessageStatus.Queued), (message.Subject, message.To, message.Status));
        Assert.Contains("Anu George, come and see.", message.Body);
        await UndoAsync(staff, change);
        Assert.Equal(MessageStatus.Cancelled, (await app.LoadAsync<OutboxMessage>(message.Id)).Status);
        await app.DeliverAsync();
        Assert.Null((await app.LoadAsync<OutboxMessage>(message.Id)).SentAt);
    }

    [Theory]
    [InlineData("subject", "News of { name }", "Words", "{ name }")]
    [InlineData("subject", "News of {course}", "Words", "{course}")]
    [InlineData("body", "News", "For you, {NAME}: {first name}", "{first name}")]
    public async Task What_looks_like_a_place_and_is_none_is_refused_beside_its_field(
        string field, string subject, string body, string other)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, await app.AddCourseAsync(), 1);
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var refused = await ChooseAsync(staff, "/leads", leads, "emails", ("subject", subject), ("body", body));

        Assert.Equal($"Nothing is filled in for {other}: only {{name}} becomes something, the name.", refused.ErrorOf(field));
        var preview = await staff.SubmitAsync(Preview("emails"), new() { ["subject"] = "News", ["body"] = "{Name}: 1 {2/3} of {} it" });
        Assert.Equal(HttpStatusCode.OK, preview.Status);
    }

    [Fact]
    public async Task From_the_preview_one_comes_back_to_the_form_as_it_was_filled_in()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, await app.AddCourseAsync(), 2);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await ChooseAsync(staff, "/leads?stage=New", leads, "emails", ("subject", "News"), ("body", "One\nTwo"), ("brochure", "true"));
        Assert.Equal("/leads/selections", staff.Page.One("form.card button[formaction]").GetAttribute("formaction"));
        var fields = staff.Page.One("form.card").QuerySelectorAll("input")
            .Select(i => (i.GetAttribute("name")!, i.GetAttribute("value") ?? ""));

        var page = await staff.PostAllAsync("/leads/selections", fields);

        var form = page.One(Preview("emails"));
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.True(form.ParentElement!.HasAttribute("open"));
        Assert.Equal(("News", "One\nTwo", true), (form.QuerySelector("[name=subject]")!.GetAttribute("value"),
            form.QuerySelector("[name=body]")!.TextContent.Trim(), form.QuerySelector("[name=brochure]")!.HasAttribute("checked")));
        var again = await staff.SubmitAsync(Preview("emails"), new() { ["subject"] = "Good news" });
        Assert.Equal("2 of 2 leads will be written to.", Words(again.One(".preview").TextContent));
    }

    [Fact]
    public async Task Few_that_were_ticked_stand_in_an_address_to_which_a_browser_goes_back_and_words_to_them_do_not()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, await app.AddCourseAsync(), 2);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads");

        var chosen = await staff.SubmitAsync(List, new() { ["ids"] = string.Join(',', leads.Select(l => l.Id)) });

        Assert.Contains("ids=", chosen.Path);
        Assert.Contains("no-cache", chosen.Headers.CacheControl!.ToString());
        Assert.DoesNotContain("no-store", chosen.Headers.CacheControl!.ToString());
        var tagged = await staff.SubmitAsync(Preview("tags"), new() { ["tag"] = "fair" });
        Assert.StartsWith("/leads/selections/previews?", tagged.Path);
        Assert.Equal("2 of 2 leads will be tagged fair.", Words(tagged.One(".preview").TextContent));
        await staff.GetAsync(chosen.Path);
        var written = await staff.SubmitAsync(Preview("emails"), new() { ["subject"] = "News", ["body"] = "Words" });
        Assert.Equal("/leads/selections/previews", written.Path);
        await staff.GetAsync("/leads");
        var many = Enumerable.Range(0, 300).Select(_ => Guid.NewGuid()).Concat(leads.Select(l => l.Id));
        var posted = await staff.SubmitAsync(List, new() { ["ids"] = string.Join(',', many) });
        Assert.Equal(("/leads/selections", "2 leads"), (posted.Path, posted.One("h1").TextContent));
    }

    [Fact]
    public async Task An_email_goes_once_to_who_has_leads_far_apart_in_the_list()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var first = await app.AddLeadAsync(cpc, "Anu George", "anu@mail.example", "+919847055501");
        await app.ChangeAsync(first, l => LeadRules.MoveOn(l, Stage.Contacted));
        app.Time.Advance(TimeSpan.FromSeconds(1));
        await AddManyAsync(app, cpc, ChangeWorker.AtOnce);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await app.AddLeadAsync(ccs, "Anu George", "anu@mail.example", "+919847055501");
        Assert.Equal(first.PersonId, second.PersonId);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await ChooseAsync(staff, "/leads", null, "emails", ("subject", "Open day"), ("body", "{name}, come and see."));
        var change = await ChangeOfAsync(app, await staff.SubmitAsync(Acts));

        await app.Get<ChangeWorker>().RunDueAsync(default);

        Assert.Equal("anu@mail.example", Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.Personal).To);
        var now = await app.LoadAsync<Change>(change.Id);
        Assert.Equal((ChangeStatus.Done, 1, ChangeWorker.AtOnce + 1), (now.Status, now.Leads, now.LeftOut));
    }

    [Fact]
    public async Task A_tag_is_the_persons_once_and_is_taken_off_again()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        var first = await app.AddLeadAsync(cpc, "Anu George", null, "+919847055501");
        await app.ChangeAsync(first, l => LeadRules.MoveOn(l, Stage.Contacted));
        await app.AddLeadAsync(ccs, "Anu George", null, "+919847055501");
        await app.AddLeadAsync(ccs, "Binu Paul", null);
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var preview = await ChooseAsync(staff, "/leads", null, "tags", ("tag", "Nurse"));
        Assert.Equal("2 of 3 leads will be tagged nurse.", Words(preview.One(".preview").TextContent));
        var change = await ChangeOfAsync(app, await staff.SubmitAsync(Acts));

        Assert.Equal((2, 0, 1), (change.People, change.Leads, change.LeftOut));
        Assert.All(await app.AllAsync<Person>(), p => Assert.Equal(["nurse"], p.Tags));
        await ChooseAsync(staff, "/leads?q=binu", null, "tags", ("tag", "nurse"), ("off", "true"));
        await staff.SubmitAsync(Acts);
        Assert.Equal([0, 1], (await app.AllAsync<Person>()).Select(p => p.Tags.Count).Order());
    }
}
