using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using MimeKit;
using Npgsql;

namespace Crm.Tests.Accounts;

/// <summary>Links with which people choose their password: by mail, by invitation, and from the machine.</summary>
public sealed partial class LinkTests(TestPostgres postgres)
{
    private const string Chosen = "a password of mine";

    private static async Task<WebPage> AskAsync(TestApp app, string email)
    {
        using var browser = app.Browse();
        await browser.GetAsync("/signin/forgotten");
        return await browser.SubmitAsync("form[action='/signin/forgotten']", new() { ["email"] = email });
    }

    private static async Task<string> LinkInMailAsync(TestApp app)
    {
        await app.DeliverAsync();
        var newest = new DirectoryInfo(Path.Combine(app.DataFolder, "outbox")).GetFiles().MaxBy(f => f.LastWriteTimeUtc)!;
        using var mail = await MimeMessage.LoadAsync(newest.FullName);
        var link = Link().Match(mail.TextBody!).Value;
        Assert.Contains($"href=\"http://localhost{link}\"", mail.HtmlBody);
        return link;
    }

    private static async Task<WebPage> ChooseAsync(TestApp app, string link, string password = Chosen)
    {
        using var browser = app.Browse();
        var page = await browser.GetAsync(link);
        return page.Status == HttpStatusCode.Gone
            ? page
            : await browser.SubmitAsync("form[method=post]", new() { ["password"] = password });
    }

    private static async Task<string> SignInAsync(TestApp app, User user, string password)
    {
        using var browser = app.Browse();
        await browser.GetAsync("/signin");
        return (await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = password })).Path;
    }

    [Fact]
    public async Task A_forgotten_password_is_chosen_anew_once_and_ends_every_session()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var before = await app.SignInAsync(divya);
        await AskAsync(app, divya.Email);
        var link = await LinkInMailAsync(app);

        var looked = await app.Browse().GetAsync(link); // a scanner of mail opens it first, and uses nothing up
        var chosen = await ChooseAsync(app, link);
        var again = await ChooseAsync(app, link, "another password");

        Assert.Equal((HttpStatusCode.OK, "no-referrer"), (looked.Status, looked.Headers.GetValues("Referrer-Policy").Single()));
        // Browsers keep a password under the name that stands beside it.
        Assert.Equal(divya.Email, looked.One("[autocomplete=username]").GetAttribute("value"));
        Assert.Equal("Your password is set", chosen.One("h1").TextContent);
        Assert.Equal(HttpStatusCode.Gone, again.Status);
        app.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.StartsWith("/signin?", (await before.GetAsync("/today")).Path);
        Assert.Equal(("/today", "/signin"), (await SignInAsync(app, divya, Chosen), await SignInAsync(app, divya, TestApp.Password)));
    }

    [Fact]
    public async Task It_holds_for_thirty_minutes_and_for_whom_it_was_made()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        await AskAsync(app, divya.Email);
        var link = await LinkInMailAsync(app);

        app.Time.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await ChooseAsync(app, link, "short")).Status);
        app.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(HttpStatusCode.Gone, (await ChooseAsync(app, link)).Status);
        Assert.Equal(HttpStatusCode.Gone, (await ChooseAsync(app, link[..^1] + (link[^1] == 'A' ? 'B' : 'A'))).Status);
    }

    [Fact]
    public async Task Pressed_by_five_at_one_moment_one_password_is_set()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        await AskAsync(app, divya.Email);
        var link = await LinkInMailAsync(app);

        var pages = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => ChooseAsync(app, link, $"password number {i}")));

        var set = Assert.Single(pages, p => p.Status == HttpStatusCode.OK);
        Assert.Equal("/today", await SignInAsync(app, divya, $"password number {Array.IndexOf(pages, set)}"));
    }

    [Theory]
    [InlineData(false, "the link reaches nobody", "pass it on from there")]
    [InlineData(true, "They are sent a link", "A link is on its way to divya@institute.example.")]
    public async Task Whether_a_link_reaches_whom_it_is_for_is_said_before_and_after_it_is_made(bool served, string before, string after)
    {
        await using var server = MailServer.Down();
        await using var app = await TestApp.StartAsync(postgres, served ? server.Settings : null);
        var divya = await app.AddUserAsync("Divya Menon");
        using var manager = await app.SignInAsync(Roles.Manager);

        var said = (await manager.GetAsync("/users")).Text;
        await manager.GetAsync($"/users/{divya.Id}");
        var done = (await manager.SubmitAsync("form[action$='/links']")).One(".done").TextContent;

        Assert.Contains(before, said);
        Assert.Contains(after, done);
    }

    [Fact]
    public async Task Nothing_that_is_stored_or_shown_holds_the_link()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        await AskAsync(app, divya.Email);
        var message = await app.OneMessageAsync(AccessLinks.Reset);
        var token = (await LinkInMailAsync(app)).Split('/')[^1];
        using var manager = await app.SignInAsync(Roles.Manager);

        using var shown = await manager.DownloadAsync($"/outbox/{message.Id}.eml");

        var eml = await MimeMessage.LoadAsync(await shown.Content.ReadAsStreamAsync());
        Assert.Contains("(The link is in the mail alone.)", eml.TextBody);
        Assert.DoesNotContain("new-password", eml.TextBody);
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand("""
            select count(*) from (select to_jsonb(l)::text t from enrolment.mt_doc_accesslink l
                union all select to_jsonb(m)::text from enrolment.mt_doc_outboxmessage m
                union all select to_jsonb(e)::text from enrolment.mt_events e) stored where t like '%' || $1 || '%'
            """);
        command.Parameters.AddWithValue(token);
        Assert.Equal(0L, await command.ExecuteScalarAsync());
        Assert.Single(await app.AllAsync<AccessLink>());
    }

    [Fact]
    public async Task Whoever_asks_is_told_the_same_and_nobody_is_flooded()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var left = await app.AddUserAsync("Ashik Rahman");
        left.Active = false;
        await app.StoreAsync(left);

        var pages = new List<WebPage>();
        foreach (var email in new[] { divya.Email, left.Email, "nobody@institute.example" })
            for (var i = 0; i < 5; i++) pages.Add(await AskAsync(app, email));

        Assert.All(pages, p => Assert.Equal((HttpStatusCode.OK, pages[0].One("main").TextContent), (p.Status, p.One("main").TextContent)));
        var messages = await app.AllAsync<OutboxMessage>();
        Assert.Equal(3, messages.Count);
        Assert.All(messages, m => Assert.Equal(divya.Email, m.To));
        app.Time.Advance(TimeSpan.FromHours(1));
        await AskAsync(app, divya.Email);
        Assert.Equal(4, (await app.AllAsync<OutboxMessage>()).Count);
    }

    [Fact]
    public async Task Who_is_invited_chooses_a_password_that_no_manager_knows_and_cannot_sign_in_before()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/users");
        var page = await manager.SubmitAsync("form[action='/users']",
            new() { ["name"] = "Asha Nair", ["email"] = "asha@institute.example", ["role"] = Roles.Accountant });
        Assert.Contains("Invited", page.Texts("td[data-label=State]"));
        Assert.Empty(page.Html.QuerySelectorAll("[type=password]"));
        var asha = (await app.AllAsync<User>()).Single(u => u.Name == "Asha Nair");
        var link = await LinkInMailAsync(app);
        Assert.Equal("/signin", await SignInAsync(app, asha, ""));

        app.Time.Advance(TimeSpan.FromDays(6));
        var chosen = await ChooseAsync(app, link);

        Assert.Equal("Your password is set", chosen.One("h1").TextContent);
        Assert.Contains("Sign in with asha@institute.example.", chosen.Text);
        Assert.Equal(Roles.Accountant, (await app.LoadAsync<User>(asha.Id)).Role);
        Assert.NotEqual("/signin", await SignInAsync(app, asha, Chosen));
    }

    [Fact]
    public async Task A_link_of_somebody_who_was_deactivated_opens_nothing()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        await AskAsync(app, divya.Email);
        var link = await LinkInMailAsync(app);
        var now = await app.LoadAsync<User>(divya.Id);
        now.Active = false;
        await app.StoreAsync(now);

        Assert.Equal(HttpStatusCode.Gone, (await ChooseAsync(app, link)).Status);
    }

    [Fact]
    public async Task A_link_ends_with_a_password_that_was_changed_without_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        await AskAsync(app, divya.Email);
        var link = await LinkInMailAsync(app);
        using var browser = await app.SignInAsync(divya);
        await browser.GetAsync("/account");
        await browser.SubmitAsync("form[action='/account/password']", new() { ["current"] = TestApp.Password, ["password"] = Chosen });

        Assert.Equal(HttpStatusCode.Gone, (await ChooseAsync(app, link, "another password")).Status);
        Assert.NotEqual("/signin", await SignInAsync(app, divya, Chosen));
    }

    [Fact]
    public async Task A_link_from_before_a_deactivation_opens_nothing_when_they_are_back()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        await AskAsync(app, divya.Email);
        var link = await LinkInMailAsync(app);
        using var manager = await app.SignInAsync(Roles.Manager);
        foreach (var active in new[] { "", "true" })
        {
            await manager.GetAsync($"/users/{divya.Id}");
            await manager.SubmitAsync($"form[action='/users/{divya.Id}']", new() { ["active"] = active });
            Assert.Equal(active.Length > 0, (await app.LoadAsync<User>(divya.Id)).Active);
        }

        Assert.Equal(HttpStatusCode.Gone, (await ChooseAsync(app, link)).Status);
    }

    [GeneratedRegex("/signin/new-password/[A-Za-z0-9_-]{43}")]
    private static partial Regex Link();
}
