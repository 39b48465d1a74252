using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Npgsql;

namespace Crm.Tests.House;

/// <summary>A session that is over while somebody types: what they typed is there again after signing in, and is stored once.</summary>
public sealed class SessionOverTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    private const string Text = "Wants evenings.\nIs a <nurse> & \"busy\", അഞ്ജലി";

    private async Task<(TestApp App, User Divya, Lead Lead, Browser Browser)> TypeAsync()
    {
        var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var browser = await app.SignInAsync(divya);
        await browser.GetAsync("/leads/" + lead.Id);
        return (app, divya, lead, browser);
    }

    private static Task<WebPage> SignInAsync(Browser browser, User user, string password = TestApp.Password) =>
        browser.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = password });

    private static string NoteForm(Lead lead) => $"form[action='/leads/{lead.Id}/notes']";

    [Fact]
    public async Task A_courses_code_is_kept_with_the_rest()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var browser = await app.SignInAsync(beena);
        await browser.GetAsync("/courses/new");
        browser.Forget("enrolment");
        await browser.SubmitAsync("form[action='/courses']", new() { ["name"] = "Risk adjustment", ["code"] = "CRC", ["fee"] = "9000" });

        var back = await SignInAsync(browser, beena);

        Assert.Equal(["Risk adjustment", "CRC", "9000"],
            new[] { "name", "code", "fee" }.Select(f => back.One($"form[action='/courses'] [name={f}]").GetAttribute("value")));
    }

    [Theory]
    [InlineData("the cookie is gone")]
    [InlineData("twelve hours have passed")]
    [InlineData("they have chosen a new password elsewhere")]
    [InlineData("the keys were replaced")]
    public async Task The_text_is_in_its_field_again_and_is_stored_once(string why)
    {
        var (app, divya, lead, browser) = await TypeAsync();
        await using var _ = app;
        if (why == "the keys were replaced")
            await using (var source = NpgsqlDataSource.Create(app.ConnectionString))
            await using (var command = source.CreateCommand("delete from enrolment.signing_keys")) await command.ExecuteNonQueryAsync();
        await using var restarted = why == "the keys were replaced" ? await app.StartAnotherAsync() : null;
        var password = TestApp.Password;
        if (restarted is not null) browser = browser.Before(restarted.Host.Server.CreateHandler());
        else if (why == "the cookie is gone") browser.Forget("enrolment");
        else if (why == "twelve hours have passed") app.Time.Advance(TimeSpan.FromHours(12.1));
        else
        {
            password = "another of tests";
            await app.ChoosePasswordAsync(divya, password);
            app.Time.Advance(TimeSpan.FromSeconds(6));
        }

        var asked = await browser.SubmitAsync(NoteForm(lead), new() { ["text"] = Text });
        Assert.Equal((HttpStatusCode.Unauthorized, "You were signed out. What you typed is kept."),
            (asked.Status, asked.One(".note").TextContent));
        Assert.DoesNotContain("nurse", asked.Text);
        var mistyped = await SignInAsync(browser, divya, "a wrong password");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, mistyped.Status);
        var back = await SignInAsync(browser, divya, password);

        Assert.Equal("You had to sign in again. What you typed is still here: look at it, then send it.",
            back.One($"{NoteForm(lead)} .problem").TextContent);
        Assert.Equal(Text, back.One($"{NoteForm(lead)} [name=text]").TextContent.TrimStart('\n').ReplaceLineEndings("\n"));
        Assert.Equal("Anjali Nair", back.One("h1").TextContent);
        Assert.Empty((await app.EventsAsync(lead.Id)).OfType<NoteAdded>());
        Assert.Equal(HttpStatusCode.OK, (await browser.SubmitAsync(NoteForm(lead))).Status);
        Assert.Equal(Text, Assert.Single((await app.EventsAsync(lead.Id)).OfType<NoteAdded>()).Text.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task The_list_that_was_gone_through_goes_on_where_it_was()
    {
        var (app, divya, lead, browser) = await TypeAsync();
        await using var _ = app;
        var place = (await browser.GetAsync("/leads?stage=New")).One($"a[href^='/leads/{lead.Id}?']").GetAttribute("href")!;
        var next = (await browser.GetAsync(place)).One(".crumb .go-on").GetAttribute("href");
        var typed = browser.Page.One(NoteForm(lead)).QuerySelectorAll("input[type=hidden]")
            .Select(i => KeyValuePair.Create(i.GetAttribute("name")!, i.GetAttribute("value")!)).Append(new("text", Text));
        browser.Forget("enrolment");
        await browser.AskAsync(new HttpRequestMessage(HttpMethod.Post, $"/leads/{lead.Id}/notes")
        {
            Content = new FormUrlEncodedContent(typed),
            Headers = { { "Referer", "http://localhost" + place } },
        }, htmx: false);

        var back = await SignInAsync(browser, divya);

        Assert.Equal(Text, back.One($"{NoteForm(lead)} [name=text]").TextContent.TrimStart('\n').ReplaceLineEndings("\n"));
        Assert.Equal(next, back.One(".crumb .go-on").GetAttribute("href"));
    }

    [Fact]
    public async Task What_was_stored_before_the_session_was_over_is_not_stored_again()
    {
        var (app, divya, lead, browser) = await TypeAsync();
        await using var _ = app;
        var form = browser.Page.One(NoteForm(lead)).QuerySelectorAll("input[type=hidden]")
            .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        Dictionary<string, string> sent = new(form) { ["text"] = "Once" };
        await browser.PostAsync($"/leads/{lead.Id}/notes", sent); // the answer is lost
        browser.Forget("enrolment");

        await browser.PostAsync($"/leads/{lead.Id}/notes", sent);
        await SignInAsync(browser, divya);
        await browser.SubmitAsync(NoteForm(lead));

        Assert.Single((await app.EventsAsync(lead.Id)).OfType<NoteAdded>());
    }

    [Fact]
    public async Task Nobody_else_who_signs_in_there_sees_what_was_typed()
    {
        var (app, _, lead, browser) = await TypeAsync();
        await using var _ = app;
        var ravi = await app.AddUserAsync("Ravi Pillai");
        browser.Forget("enrolment");
        await browser.SubmitAsync(NoteForm(lead), new() { ["text"] = Text });

        var his = await SignInAsync(browser, ravi);

        Assert.Equal((HttpStatusCode.OK, "/today"), (his.Status, his.Path));
        Assert.DoesNotContain("nurse", (await browser.GetAsync("/leads/" + lead.Id)).Text);
        Assert.Empty((await app.EventsAsync(lead.Id)).OfType<NoteAdded>());
    }

    [Fact]
    public async Task A_form_sealed_for_one_is_opened_for_nobody_else_and_nowhere_else()
    {
        var (app, divya, lead, browser) = await TypeAsync();
        await using var _ = app;
        browser.Forget("enrolment");
        var page = await browser.SubmitAsync(NoteForm(lead), new() { ["text"] = Text });
        var held = page.One("form[action='/signin'] [name=held]").GetAttribute("value")!;
        using var ravi = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai"));
        using var hers = await app.SignInAsync(divya);

        var his = await ravi.PostAsync($"/leads/{lead.Id}/notes", new() { ["held"] = held });
        var elsewhere = await hers.PostAsync($"/leads/{lead.Id}/loss", new() { ["held"] = held });
        var changed = await hers.PostAsync($"/leads/{lead.Id}/notes", new() { ["held"] = held[..^3] + "abc" });

        Assert.All([his, elsewhere, changed], p =>
        {
            Assert.Equal(HttpStatusCode.BadRequest, p.Status);
            Assert.DoesNotContain("nurse", p.Text);
        });
    }

    [Theory]
    [InlineData("https://elsewhere.example")]
    [InlineData("null")]
    public async Task What_another_site_sends_is_not_kept_and_not_shown(string origin)
    {
        var (app, divya, lead, browser) = await TypeAsync();
        await using var _ = app;
        browser.Forget("enrolment");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/leads/{lead.Id}/notes")
        {
            Headers = { { "Origin", origin } },
            Content = new FormUrlEncodedContent([new("text", "Planted"), new("typedBy", divya.Id.ToString())]),
        };

        using var answer = await browser.SendRawAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.DoesNotContain("name=\"held\"", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_page_that_was_open_while_its_reader_signed_in_anew_keeps_what_was_typed()
    {
        var (app, divya, lead, browser) = await TypeAsync();
        await using var _ = app;
        var form = browser.Page.One(NoteForm(lead)).QuerySelectorAll("input[type=hidden]")
            .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        browser.Forget("enrolment");
        browser.Forget("enrolment.form");
        await browser.GetAsync("/signin");
        await SignInAsync(browser, divya);
        HttpRequestMessage Sent(string origin) => new(HttpMethod.Post, $"/leads/{lead.Id}/notes")
        {
            Headers = { { "Origin", origin } },
            Content = new FormUrlEncodedContent(new Dictionary<string, string>(form) { ["text"] = Text }),
        };

        using var ours = await browser.SendRawAsync(Sent("http://localhost"));
        using var theirs = await browser.SendRawAsync(Sent("https://elsewhere.example"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, ours.StatusCode);
        var text = await ours.Content.ReadAsStringAsync();
        Assert.Contains("This page was open while you signed in again.", text);
        Assert.Contains("Wants evenings.", text);
        Assert.Equal(HttpStatusCode.BadRequest, theirs.StatusCode);
        Assert.Empty((await app.EventsAsync(lead.Id)).OfType<NoteAdded>());
    }

    // Form, what is typed, and where it is found again.
    [Theory]
    [InlineData("/leads/new", "/leads", "name", "Binu George")]
    [InlineData("/courses/new", "/courses", "summary", "Two sentences.")]
    [InlineData("/courses/{course}", "/courses/{course}", "fee", "45000")]
    [InlineData("/batches", "/batches", "schedule", "Sat, 10:00")]
    [InlineData("/institute", "/institute", "tagline", "Learn to code")]
    [InlineData("/users", "/users", "name", "Asha Nair")]
    [InlineData("/users/{self}", "/users/{self}", "name", "Beena T")]
    [InlineData("/leads/{lead}", "/people/{person}/details", "language", "Malayalam")]
    [InlineData("/leads/{lead}", "/leads/{lead}/emails", "subject", "The batch in January")]
    public async Task Every_form_comes_back_filled_and_nothing_of_it_was_carried_out(string page, string action, string field, string typed)
    {
        var (app, beena, course, lead) = await shared.OnceAsync(async app => (app, await app.AddUserAsync("Beena Thomas", Roles.Manager),
            await app.AddCourseAsync(), await app.AddLeadAsync(await app.AddCourseAsync("CCS"))));
        string Of(string address) => address.Replace("{course}", course.Id.ToString()).Replace("{self}", beena.Id.ToString())
            .Replace("{lead}", lead.Id.ToString()).Replace("{person}", lead.PersonId.ToString());
        using var browser = await app.SignInAsync(beena);
        await browser.GetAsync(Of(page));
        var before = await StateAsync(app);
        browser.Forget("enrolment");

        await browser.SubmitAsync($"form[action='{Of(action)}'][method=post]",
            new() { [field] = typed, ["password"] = "a secret of tests" });
        Assert.DoesNotContain("a secret of tests", browser.Page.Text);
        var back = await SignInAsync(browser, beena);

        var control = back.One($"form[action='{Of(action)}'][method=post] [name='{field}']");
        Assert.Equal(typed, control.GetAttribute("value") ?? control.TextContent.Trim());
        Assert.Contains("You had to sign in again.", back.Text);
        Assert.Equal(before, await StateAsync(app));
    }

    [Fact]
    public async Task Where_nothing_was_typed_one_is_back_on_the_page_and_nothing_was_done()
    {
        var (app, divya, lead, browser) = await TypeAsync();
        await using var _ = app;
        var token = browser.Page.Html.QuerySelector("[name='__RequestVerificationToken']")!.GetAttribute("value")!;
        browser.Forget("enrolment");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/account/password")
        {
            Headers = { { "Referer", "http://localhost/leads/" + lead.Id } },
            Content = new FormUrlEncodedContent(
                [new("current", TestApp.Password), new("password", "another of mine"), new("__RequestVerificationToken", token)]),
        };
        using var answer = await browser.SendRawAsync(request);
        Assert.DoesNotContain("another of mine", await answer.Content.ReadAsStringAsync());
        await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString("/leads/" + lead.Id));

        Assert.Equal("/leads/" + lead.Id, (await SignInAsync(browser, divya)).Path);
    }

    [Fact]
    public async Task The_board_is_told_so_in_words()
    {
        var (app, _, lead, browser) = await TypeAsync();
        await using var _ = app;
        browser.Forget("enrolment");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/leads/{lead.Id}/stage")
        { Headers = { { "X-Board", "1" } }, Content = new FormUrlEncodedContent([new("stage", "Counselled")]) };

        using var answer = await browser.SendRawAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.StartsWith("You are signed out.", await answer.Content.ReadAsStringAsync());
    }

    // How often anything was written: not when, for a sign-in is written too.
    private static async Task<string> StateAsync(TestApp app)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand("""
            select (select count(*) from enrolment.mt_events) || ' ' || (select count(*) from enrolment.mt_doc_sentform) || ' '
                || (select string_agg(data::text, '' order by id) from enrolment.mt_doc_course) || ' '
                || (select count(*) || string_agg(data ->> 'Name', '' order by id) from enrolment.mt_doc_user) || ' '
                || (select count(*) from enrolment.mt_doc_batch)
                || (select string_agg(data::text, '') from enrolment.mt_doc_instituteprofile)
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
