using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Desk;

/// <summary>The lead's page: each of its forms as a person without JavaScript and as htmx sends it.</summary>
public sealed class PersonPageTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private static readonly string[] Actions = ["contact", "note", "stage", "lose", "reopen", "follow-up", "follow-up-done", "assign",
        "details", "course", "email", "offer", "enrol"];

    private static string PathOf(string action) => action switch
    {
        "contact" => "contacts",
        "note" => "notes",
        "lose" => "loss",
        "reopen" => "reopening",
        "follow-up-done" => "follow-up/outcome",
        "assign" => "counsellor",
        "email" => "emails",
        "offer" => "offers",
        "enrol" => "enrolment",
        _ => action,
    };

    /// <summary>A signed-in counsellor with one lead's page open.</summary>
    private sealed record Desk(Office Office, Lead Lead, Batch Batch)
    {
        public TestApp App => Office.App;
        public Browser Browser => Office.Browser;
        public Course Other => Office.Other;
        public User Colleague => Office.Colleague;

        public string Address(string action) =>
            action == "details" ? $"/people/{Lead.PersonId}/details" : $"/leads/{Lead.Id}/{PathOf(action)}";
        public string Form(string action) => $"form[action='{Address(action)}']";

        public Dictionary<string, string> Typed(string action) => action switch
        {
            "contact" => new() { ["channel"] = "Visit", ["outcome"] = "NoAnswer", ["note"] = "Came by\nat noon" },
            "note" => new() { ["text"] = "Wants <b>evenings</b>" },
            "stage" => new() { ["stage"] = "Counselled" },
            "lose" => new() { ["reason"] = "Timing", ["note"] = "After the exams" },
            "reopen" => new() { ["why"] = "Called back" },
            "follow-up" => new() { ["date"] = "2026-11-26", ["time"] = "15:45", ["purpose"] = "Visit" },
            "follow-up-done" => new() { ["outcome"] = "Will visit" },
            "assign" => new() { ["counsellor"] = Colleague.Id.ToString() },
            "details" => new() { ["name"] = "Anjali Menon", ["phone"] = "98470 99999", ["email"] = "menon@mail.example" },
            "course" => new() { ["course"] = Other.Id.ToString() },
            "email" => new()
            {
                ["subject"] = "The batch in January",
                ["body"] = "It starts on the 4th.\n\nCome and see us.",
                ["brochure"] = "true"
            },
            "offer" => new() { ["batchId"] = Batch.Id.ToString(), ["discount"] = "2000", ["validUntil"] = "2026-12-05" },
            "enrol" => new()
            {
                ["batchId"] = Batch.Id.ToString(),
                ["discount"] = "1500",
                ["instalments"] = "3",
                ["firstDueOn"] = "2026-12-01"
            },
            _ => throw new ArgumentOutOfRangeException(nameof(action)),
        };

        /// <summary>What the timeline says, with this row's batch.</summary>
        public (string What, string? Detail) Named(string what, string? detail)
        {
            string Named(string text) => text.Replace("{batch}", Batch.Code, StringComparison.Ordinal);
            return (Named(what), detail is null ? null : Named(detail));
        }

        /// <summary>What is typed, with what the form on the page carries along.</summary>
        public Dictionary<string, string> Filled(WebPage page, string action)
        {
            var filled = page.Html.QuerySelector(Form(action))!.QuerySelectorAll("input[type=hidden]")
                .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
            foreach (var (field, value) in Typed(action)) filled[field] = value;
            return filled;
        }
    }

    /// <summary>What all rows share; each has a lead, a person and a batch of its own.</summary>
    private sealed record Office(TestApp App, Browser Browser, Course Course, Course Other, User Colleague)
    {
        public int Rows { get; set; }
    }

    /// <summary>The page of a lead that stands where <paramref name="action"/> is offered.</summary>
    private async Task<Desk> OpenAsync(string action)
    {
        var office = await apps.OnceAsync(async app => new Office(app, await app.SignInAsync(Roles.Counsellor),
            await app.AddCourseAsync(), await app.AddCourseAsync("CCS"), await app.AddUserAsync("Ravi Pillai")));
        var app = office.App;
        var row = ++office.Rows;
        var batch = await app.AddBatchAsync(office.Course, code: $"CPC-{row:0000}");
        // An address that somebody has already would not be written to.
        var lead = await app.AddLeadAsync(office.Course, email: $"anjali{row}@mail.example");
        // Whoever is to be handed a lead does not have it already: the next is somebody else's turn.
        if (lead.CounsellorId == office.Colleague.Id) lead = await app.AddLeadAsync(office.Course, email: $"nair{row}@mail.example");
        if (action == "reopen") await app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null));
        if (action == "follow-up-done")
            await app.ChangeAsync(lead, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddDays(1), null));
        await office.Browser.GetAsync("/leads/" + lead.Id);
        return new Desk(office, lead, batch);
    }

    private static string ValueOf(IElement field) => field switch
    {
        IHtmlInputElement { Type: "checkbox" } box => box.IsChecked ? "true" : "",
        IHtmlInputElement input => input.Value,
        IHtmlTextAreaElement area => area.Value,
        IHtmlSelectElement select => select.Value ?? "",
        _ => throw new InvalidOperationException(field.TagName),
    };

    public static TheoryData<string, string, string?> Accepted => new()
    {
        { "contact", "Visit: no answer", "Came by\nat noon" },
        { "note", "Note", "Wants <b>evenings</b>" },
        { "stage", "Moved to Counselled", "from New" },
        { "lose", "Lost: timing", "After the exams" },
        { "reopen", "Reopened", "Called back" },
        { "follow-up", "Follow-up planned for 26 Nov 2026, 3:45 PM", "Visit" },
        { "follow-up-done", "Follow-up done", "Will visit" },
        { "assign", "Assigned to Ravi Pillai", null },
        { "details", "Name corrected to Anjali Menon", null },
        { "course", "Corrected to CCS Preparation", null },
        { "email", "Email written: The batch in January", "It starts on the 4th.\n\nCome and see us." },
        { "offer", "Offered {batch} at ₹40,000", "₹2,000 off ₹42,000 · open until 5 Dec 2026" },
        { "enrol", "Enrolled in {batch}", "roll number {batch}-01, ₹40,500 · in 3 instalments" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task A_form_sent_without_JavaScript_shows_in_the_timeline(string action, string what, string? detail)
    {
        var desk = await OpenAsync(action);

        (what, detail) = desk.Named(what, detail);

        var page = await desk.Browser.SubmitAsync(desk.Form(action), desk.Typed(action));

        Assert.Equal((HttpStatusCode.OK, "/leads/" + desk.Lead.Id), (page.Status, page.Path));
        var entry = Assert.Single(page.Html.QuerySelectorAll(".timeline li"), li => li.QuerySelector(".what")!.TextContent == what);
        Assert.Equal(detail, entry.QuerySelector(".detail")?.TextContent);
        Assert.EndsWith("Divya Menon", entry.QuerySelector(".when")!.TextContent);
        Assert.Empty(page.Html.QuerySelectorAll(".error, .problem"));
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task A_form_sent_by_htmx_is_answered_with_the_lead_alone(string action, string what, string? detail)
    {
        var desk = await OpenAsync(action);

        (what, detail) = desk.Named(what, detail);

        var part = await desk.Browser.SubmitAsync(desk.Form(action), desk.Typed(action), htmx: true);

        Assert.Equal((HttpStatusCode.OK, desk.Address(action)), (part.Status, part.Path));
        Assert.StartsWith("<div id=\"lead\"", part.Text.TrimStart());
        Assert.DoesNotContain("<html", part.Text);
        Assert.Contains(what, part.Texts(".timeline .what"));
        if (detail is not null) Assert.Contains(detail, part.Texts(".timeline .detail"));
    }

    public static TheoryData<string, string, string, string> Refused => new()
    {
        { "contact", "channel", "Pigeon", "Choose how you reached out." },
        { "contact", "outcome", "", "Choose what happened." },
        { "contact", "note", "{2001}", "Keep this to 2000 characters; it has 2001." },
        { "note", "text", " \r\n ", "Enter a note." },
        { "note", "text", "{4001}", "Keep this to 4000 characters" },
        { "lose", "reason", "", "Choose why the lead was lost." },
        { "lose", "note", "{2001}", "Keep this to 2000 characters" },
        { "reopen", "why", "{501}", "Keep this to 500 characters" },
        { "follow-up", "date", "", "Choose a day." },
        { "follow-up", "date", "31/12/2026", "Choose a day." },
        { "follow-up", "date", "2026-11-22", "Choose a time still to come." },
        { "follow-up", "date", "2028-01-01", "Choose a day within the next year." },
        { "follow-up", "time", "25:10", "Choose a time." },
        { "follow-up", "purpose", "{201}", "Keep this to 200 characters" },
        { "follow-up-done", "outcome", "{2001}", "Keep this to 2000 characters" },
        { "assign", "counsellor", "", "Choose a counsellor." },
        { "assign", "counsellor", "11111111-1111-1111-1111-111111111111", "Choose somebody who may sign in." },
        { "details", "name", "", "Enter a name." },
        { "details", "phone", "98470", "Enter a phone number with all its digits" },
        { "details", "email", "menon@", "Enter an email address like" },
        { "course", "course", "", "Choose one from the list." },
        { "course", "course", "11111111-1111-1111-1111-111111111111", "Choose one from the list." },
        { "email", "subject", "", "Enter a subject." },
        { "email", "body", "", "Enter the message." },
        { "offer", "batchId", "", "Choose one from the list." },
        { "offer", "batchId", "11111111-1111-1111-1111-111111111111", "Choose one from the list." },
        { "offer", "discount", "-5", "Enter the discount without a minus or brackets." },
        { "offer", "discount", "42,001", "The discount cannot exceed the fee of ₹42,000." },
        { "offer", "validUntil", "", "Choose the last day of the offer." },
        { "offer", "validUntil", "2026-11-22", "Choose today or a later day." },
        { "enrol", "batchId", "", "Choose one from the list." },
        { "enrol", "batchId", "11111111-1111-1111-1111-111111111111", "Choose one from the list." },
        { "enrol", "discount", "much", "Enter the discount in rupees" },
        { "enrol", "discount", "42001", "The discount cannot exceed the fee of ₹42,000." },
        { "enrol", "instalments", "7", "Enter the number of instalments, from 1 to 6." },
        { "enrol", "firstDueOn", "", "Choose when the first instalment is due." },
        { "enrol", "firstDueOn", "2026-01-01", "Choose a day between a month ago and a year ahead." },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_refused_form_says_why_beside_the_field_and_keeps_the_others_with_htmx_and_without(
        string action, string field, string value, string error)
    {
        var desk = await OpenAsync(action);
        var before = await desk.App.EventsAsync(desk.Lead.Id);
        var typed = desk.Typed(action);
        typed[field] = value.StartsWith('{') ? new string('x', int.Parse(value.Trim('{', '}'))) : value;

        var page = await desk.Browser.SubmitAsync(desk.Form(action), typed);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.StartsWith(error, page.ErrorOf(field));
        Assert.Single(page.Html.QuerySelectorAll(".error, .problem"));
        var form = page.One(desk.Form(action));
        Assert.Equal("true", form.QuerySelector($"[name='{field}']")!.GetAttribute("aria-invalid"));
        foreach (var (other, kept) in typed.Where(t => t.Key != field))
            Assert.Equal(kept, ValueOf(form.QuerySelector($"[name='{other}']")!));
        if (form.Closest("details") is { } folded) Assert.Equal(folded, page.One("details[open]"));

        var part = await desk.Browser.SubmitAsync(desk.Form(action), typed, htmx: true);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, part.Status);
        Assert.StartsWith("<div id=\"lead\"", part.Text.TrimStart());
        Assert.DoesNotContain("<html", part.Text);
        Assert.StartsWith(error, part.ErrorOf(field));
        Assert.Equal(before.Count, (await desk.App.EventsAsync(desk.Lead.Id)).Count);
    }

    [Theory]
    [InlineData("Offered", "Make the offer on the lead's page: it names a seat and a fee.")]
    [InlineData("Lost", "Mark the lead lost on its page: it needs a reason.")]
    [InlineData("Elsewhere", "Choose a stage.")]
    [InlineData("", "Choose a stage.")]
    public async Task A_refused_stage_is_explained_under_the_steps(string stage, string why)
    {
        var desk = await OpenAsync("stage");

        var page = await desk.Browser.SubmitAsync(desk.Form("stage"), new() { ["stage"] = stage });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal(why, page.One(".problem").TextContent);
        Assert.Equal(Stage.New, (await desk.App.LoadAsync<Lead>(desk.Lead.Id)).Stage);
    }

    [Theory]
    [InlineData("stage", "lose", "The lead is lost: reopen it first.")]
    [InlineData("lose", "lose", "The lead is already lost.")]
    [InlineData("follow-up", "lose", "The lead is lost: reopen it before planning a follow-up.")]
    [InlineData("offer", "lose", "The lead is lost: reopen it before making an offer.")]
    [InlineData("follow-up-done", "follow-up-done", "This follow-up was already done or rescheduled.")]
    [InlineData("reopen", "reopen", "The lead is not lost.")]
    [InlineData("enrol", "enrol", "The lead already has a seat.")]
    [InlineData("email", "stop", "Anjali Nair asked for no more emails.")]
    public async Task A_form_that_a_colleague_has_overtaken_says_so_and_keeps_what_was_typed(string action, string colleague, string why)
    {
        var desk = await OpenAsync(action);
        using (var other = await desk.App.SignInAsync(desk.Colleague))
        {
            await other.GetAsync("/leads/" + desk.Lead.Id);
            if (colleague == "stop")
                await desk.App.Get<PersonWriter>()
                    .ChangeAsync(desk.Lead.PersonId, desk.App.Now(), p => PersonRules.StopEmails(p, p.Email!), default);
            else Assert.Equal(HttpStatusCode.OK, (await other.SubmitAsync(desk.Form(colleague), desk.Typed(colleague))).Status);
        }
        var before = await desk.App.EventsAsync(desk.Lead.Id);

        var page = await desk.Browser.SubmitAsync(desk.Form(action), desk.Typed(action));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal(why, page.One(".problem").TextContent);
        if (page.Html.QuerySelector(desk.Form(action)) is { } form && action != "stage")
            foreach (var (field, kept) in desk.Typed(action)) Assert.Equal(kept, ValueOf(form.QuerySelector($"[name='{field}']")!));
        else
            Assert.Contains(action, new[] { "stage", "follow-up-done", "reopen" });
        Assert.Equal(before.Count, (await desk.App.EventsAsync(desk.Lead.Id)).Count);
    }

    [Fact]
    public async Task An_offer_of_a_full_batch_is_refused_beside_the_batch()
    {
        var desk = await OpenAsync("offer");
        desk.Batch.SeatsTaken = desk.Batch.Seats;
        await desk.App.StoreAsync(desk.Batch);

        var page = await desk.Browser.SubmitAsync(desk.Form("offer"), desk.Typed("offer"));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, $"{desk.Batch.Code} is full: its 10 seats are taken. Choose another."),
            (page.Status, page.ErrorOf("batchId")));
    }

    [Theory]
    [InlineData("contact")]
    [InlineData("note")]
    [InlineData("stage")]
    [InlineData("lose")]
    [InlineData("follow-up")]
    [InlineData("assign")]
    [InlineData("course")]
    [InlineData("email")]
    [InlineData("offer")]
    [InlineData("enrol")]
    public async Task A_lead_that_is_not_there_is_not_found(string action)
    {
        var desk = await OpenAsync(action);
        var token = desk.Browser.Page.Html.QuerySelector("[name='__RequestVerificationToken']")!.GetAttribute("value")!;

        var page = await desk.Browser.PostAsync($"/leads/{Guid.NewGuid()}/{PathOf(action)}",
            new(desk.Typed(action)) { ["__RequestVerificationToken"] = token });

        Assert.Equal((HttpStatusCode.NotFound, "No such lead"), (page.Status, page.One("h1").TextContent));
    }

    [Fact]
    public async Task Who_hands_over_a_lead_that_they_do_not_see_then_goes_to_their_own()
    {
        var desk = await OpenAsync("assign");
        await desk.App.DescribeAsync(p => p.CounsellorsSeeAll = false);
        var divya = (await desk.App.AllAsync<User>()).Single(u => u.Name == "Divya Menon");
        await desk.App.ChangeAsync(desk.Lead, l => LeadRules.Assign(l, divya.Id, divya.Name));
        await desk.Browser.GetAsync("/leads/" + desk.Lead.Id);

        var answer = await desk.Browser.SubmitAsync(desk.Form("assign"), desk.Typed("assign"), htmx: true);

        Assert.Equal((HttpStatusCode.OK, "/leads"), (answer.Status, Assert.Single(answer.Headers.GetValues("HX-Redirect"))));
        await desk.App.DescribeAsync(p => p.CounsellorsSeeAll = true);
    }

    [Fact]
    public async Task Nothing_changes_without_the_antiforgery_token()
    {
        var desk = await OpenAsync("note");
        var before = await desk.App.EventsAsync(desk.Lead.Id);

        foreach (var action in Actions)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await desk.Browser.PostAsync(desk.Address(action), desk.Typed(action))).Status);
            Assert.Equal(HttpStatusCode.BadRequest,
                (await desk.Browser.PostAsync(desk.Address(action), new(desk.Typed(action)) { ["__RequestVerificationToken"] = "forged" },
                htmx: true)).Status);
        }

        Assert.Equal(before.Count, (await desk.App.EventsAsync(desk.Lead.Id)).Count);
    }

    [Fact]
    public async Task Ten_notes_at_once_are_ten_notes()
    {
        var desk = await OpenAsync("note");
        var token = desk.Browser.Page.Html.QuerySelector("[name='__RequestVerificationToken']")!.GetAttribute("value")!;

        var pages = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            desk.Browser.PostAsync(desk.Address("note"), new() { ["text"] = $"Note {i}", ["__RequestVerificationToken"] = token },
                htmx: true)));

        Assert.All(pages, p => Assert.Equal(HttpStatusCode.OK, p.Status));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"Note {i}"),
            (await desk.App.EventsAsync(desk.Lead.Id)).OfType<NoteAdded>().Select(n => n.Text).Order());
    }

    [Fact]
    public async Task Different_changes_at_once_all_count()
    {
        var desk = await OpenAsync("note");
        string[] actions = ["contact", "note", "stage", "follow-up", "assign", "details", "email", "offer"];

        var page = desk.Browser.Page;
        // The offer may have been made before the lead is moved: then it is moved back.
        var pages = await Task.WhenAll(actions.Select(a =>
            desk.Browser.PostAsync(desk.Address(a), new(desk.Filled(page, a)) { ["back"] = "true" }, htmx: true)));

        Assert.All(pages, p => Assert.Equal(HttpStatusCode.OK, p.Status));
        var lead = await desk.App.LoadAsync<Lead>(desk.Lead.Id);
        Assert.Equal(("Anjali Menon", desk.Colleague.Id, 1, desk.Batch.Id),
            ((await desk.App.PersonOfAsync(lead)).Name.Text, lead.CounsellorId, lead.ContactAttempts, lead.Offer!.BatchId));
        Assert.NotNull(lead.FollowUp);
        Assert.NotNull(lead.CounselledAt);
        var events = await desk.App.EventsAsync(desk.Lead.Id);
        Assert.Single(events.OfType<NoteAdded>());
        Assert.Single(events.OfType<EmailWritten>());
    }

    [Fact]
    public async Task Done_or_lost_by_two_at_once_happens_once()
    {
        var desk = await OpenAsync("note");
        var token = desk.Browser.Page.Html.QuerySelector("[name='__RequestVerificationToken']")!.GetAttribute("value")!;

        var pages = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ =>
            desk.Browser.PostAsync(desk.Address("lose"), new(desk.Typed("lose")) { ["__RequestVerificationToken"] = token }, htmx: true)));

        Assert.Single(pages, p => p.Status == HttpStatusCode.OK);
        Assert.Equal(5, pages.Count(p => p.Status == HttpStatusCode.UnprocessableEntity));
        Assert.Single((await desk.App.EventsAsync(desk.Lead.Id)).OfType<LeadLost>());
    }

    [Fact]
    public async Task Control_characters_are_left_out_of_a_note_and_its_lines_kept()
    {
        var desk = await OpenAsync("note");

        var page = await desk.Browser.SubmitAsync(desk.Form("note"), new() { ["text"] = "First\u0007 line\r\nsecond 👩‍⚕️ line" });

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal("First line\nsecond 👩‍⚕️ line", Assert.Single((await desk.App.EventsAsync(desk.Lead.Id)).OfType<NoteAdded>()).Text);
    }

    [Fact]
    public async Task A_form_that_cannot_be_read_is_a_bad_request()
    {
        var desk = await OpenAsync("note");

        var page = await desk.Browser.SubmitAsync(desk.Form("note"), new() { ["text"] = "First\0 line" });

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Empty((await desk.App.EventsAsync(desk.Lead.Id)).OfType<NoteAdded>());
    }
}
