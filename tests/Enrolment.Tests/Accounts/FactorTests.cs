using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Npgsql;
using OtpNet;

namespace Crm.Tests.Accounts;

/// <summary>Codes besides the password, and being asked again.</summary>
public sealed class FactorTests(TestPostgres postgres)
{
    private static async Task<WebPage> PasswordAsync(Browser browser, User user, string returnUrl = "")
    {
        await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString(returnUrl));
        return await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = TestApp.Password });
    }

    private static Task<WebPage> CodeAsync(Browser browser, string code) =>
        browser.SubmitAsync("form[action='/signin/code']", new() { ["code"] = code });

    private static async Task<(string Secret, IReadOnlyList<string> Recovery)> SetUpAsync(TestApp app, Browser browser)
    {
        var secret = (await browser.GetAsync("/account/authenticator")).One("code.secret").TextContent;
        var page = await browser.SubmitAsync("form[action='/account/authenticator']", new() { ["code"] = CodeOfTests.At(app, secret) });
        app.Time.Advance(TimeSpan.FromMinutes(1)); // the code that was just used is good no more
        return (secret, page.Texts(".codes code"));
    }

    [Fact]
    public async Task Who_has_an_app_gets_in_with_password_and_code_and_with_neither_alone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        var (secret, recovery) = await SetUpAsync(app, hers);
        Assert.Equal(10, recovery.Distinct().Count());
        using var browser = app.Browse();

        var asked = await PasswordAsync(browser, divya, "/leads?stage=open");
        Assert.Equal((HttpStatusCode.OK, "Authentication code"), (asked.Status, asked.One("h1").TextContent));
        Assert.StartsWith("/signin?", (await browser.GetAsync("/today")).Path);
        await PasswordAsync(browser, divya, "/leads?stage=open");
        var wrong = await CodeAsync(browser, "000000");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "This code is not right, or was used before."),
            (wrong.Status, wrong.ErrorOf("code")));
        var code = CodeOfTests.At(app, secret);
        Assert.Equal("/leads?stage=open", (await CodeAsync(browser, code)).Path);

        // The same code once more, as who looked over her shoulder has it.
        using var other = app.Browse();
        await PasswordAsync(other, divya);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await CodeAsync(other, code)).Status);
        // One for when the phone is lost is good once.
        Assert.Equal("/today", (await CodeAsync(other, recovery[3].ToLowerInvariant())).Path);
        using var third = app.Browse();
        await PasswordAsync(third, divya);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await CodeAsync(third, recovery[3])).Status);
        Assert.Equal(9, (await app.LoadAsync<User>(divya.Id)).RecoveryHashes.Count);
    }

    [Fact]
    public async Task Codes_are_not_guessed_and_a_ticket_is_none_without_them()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        var (secret, _) = await SetUpAsync(app, hers);
        using var thief = app.Browse(); // who has the password
        await PasswordAsync(thief, divya);

        for (var i = 0; i < TryCounter.Most; i++) await CodeAsync(thief, $"{i:000000}");

        var page = await CodeAsync(thief, CodeOfTests.At(app, secret));
        Assert.Equal("Too many attempts. Try again in 15 minutes.", page.ErrorOf("code"));
        using var manager = await app.SignInAsync(Roles.Manager);
        var user = await manager.GetAsync("/users/" + divya.Id);
        Assert.Contains("no code of an authenticator is taken for this address: it was tried too often.", user.Text);
        var unlocked = await manager.SubmitAsync($"form[action='/users/{divya.Id}/unlocking']");
        Assert.DoesNotContain("tried too often", unlocked.Text);
        await app.Get<TryCounter>().ClaimAsync(TryCounter.KeyOf(divya.Email, TryCounter.Code), default);
        Assert.Empty(await app.Get<TryCounter>().LockedAsync(divya.Email, default));
        // A ticket that was made up, and one from before the password was changed.
        var forged = await thief.SubmitAsync("form[action='/signin/code']", new() { ["ticket"] = "forged", ["code"] = "123456" });
        Assert.Equal("This took too long. Sign in once more.", forged.One(".problem").TextContent);
    }

    [Fact]
    public async Task Neither_the_secret_nor_a_code_for_when_it_is_lost_can_be_read_in_the_database()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var hers = await app.SignInAsync(Roles.Counsellor);
        var (secret, recovery) = await SetUpAsync(app, hers);

        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand("select string_agg(data::text, '') from enrolment.mt_doc_user");
        var stored = (string)(await command.ExecuteScalarAsync())!;

        Assert.DoesNotContain(secret, stored);
        Assert.All(recovery, code => Assert.DoesNotContain(code.Replace("-", "", StringComparison.Ordinal), stored));
        Assert.DoesNotContain(secret, (await hers.GetAsync("/account/authenticator")).Text);
    }

    [Fact]
    public async Task A_code_pressed_by_five_at_one_moment_lets_one_in()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        var (secret, _) = await SetUpAsync(app, hers);
        var judge = app.Get<Authenticators>();

        var used = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => judge.UseAsync(divya.Id, CodeOfTests.At(app, secret), default)));

        Assert.Single(used, u => u is not null);
    }

    [Fact]
    public async Task Where_managers_need_more_than_a_password_they_get_nowhere_before_they_have_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var manager = await app.SignInAsync(beena);
        using var counsellor = await app.SignInAsync(Roles.Counsellor);
        await manager.GetAsync("/users/rules");
        await manager.SubmitAsync("form[action='/users/rules']", new() { ["secondFactor"] = "true" });

        Assert.Equal("/account/authenticator", (await manager.GetAsync("/leads")).Path);
        var token = manager.Page.Html.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        var act = await manager.PostAsync("/users", new() { ["name"] = "X", ["__RequestVerificationToken"] = token });
        Assert.Equal(HttpStatusCode.Forbidden, act.Status);
        Assert.Equal("/leads", (await counsellor.GetAsync("/leads")).Path);
        await SetUpAsync(app, manager);
        Assert.Equal("/leads", (await manager.GetAsync("/leads")).Path);
    }

    [Fact]
    public async Task An_app_is_set_up_at_a_screen_that_was_left_open_by_who_has_the_password_alone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var manager = await app.SignInAsync(beena);
        app.Time.Advance(TimeSpan.FromMinutes(16));
        var secret = (await manager.GetAsync("/account/authenticator")).One("code.secret").TextContent;

        var asked = await manager.SubmitAsync(
            "form[action='/account/authenticator']", new() { ["code"] = CodeOfTests.At(app, secret) });

        Assert.Equal((HttpStatusCode.Unauthorized, "Is it still you?"), (asked.Status, asked.One("h1").TextContent));
        Assert.False((await app.LoadAsync<User>(beena.Id)).HasAuthenticator);
        // Nor has it let them in to what asks.
        await manager.GetAsync("/users");
        var staff = await manager.SubmitAsync("form[action='/users']", new() { ["name"] = "X" });
        Assert.Equal(HttpStatusCode.Unauthorized, staff.Status);
        // What was typed is carried out as it was, code and all.
        await manager.GetAsync("/account/authenticator");
        secret = manager.Page.One("code.secret").TextContent;
        await manager.SubmitAsync("form[action='/account/authenticator']", new() { ["code"] = CodeOfTests.At(app, secret) });
        var done = await manager.SubmitAsync("form[action='/account/confirmation']", new() { ["password"] = TestApp.Password });
        Assert.Equal(10, done.Texts(".codes code").Count);
        Assert.True((await app.LoadAsync<User>(beena.Id)).HasAuthenticator);
    }

    [Fact]
    public async Task What_is_dangerous_asks_again_after_a_while_and_is_then_done_as_it_was_typed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/users");
        app.Time.Advance(TimeSpan.FromMinutes(16));
        Dictionary<string, string> typed = new() { ["name"] = "Asha Nair", ["email"] = "asha@institute.example", ["role"] = Roles.Reader };

        var asked = await manager.SubmitAsync("form[action='/users']", typed);

        Assert.Equal((HttpStatusCode.Unauthorized, "Is it still you?"), (asked.Status, asked.One("h1").TextContent));
        Assert.DoesNotContain("asha@", asked.Text);
        Assert.Single(await app.AllAsync<User>());
        var wrong = await manager.SubmitAsync("form[action='/account/confirmation']", new() { ["password"] = "a wrong password" });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "This is not your password."), (wrong.Status, wrong.ErrorOf("password")));
        var done = await manager.SubmitAsync("form[action='/account/confirmation']", new() { ["password"] = TestApp.Password });

        Assert.Equal((HttpStatusCode.OK, "/users"), (done.Status, done.Path));
        var asha = (await app.AllAsync<User>()).Single(u => u.Name == "Asha Nair");
        Assert.Equal(("asha@institute.example", Roles.Reader), (asha.Email, asha.Role));
        // Just confirmed, nobody is asked again.
        await manager.SubmitAsync("form[action='/users']", new(typed) { ["name"] = "Ravi Pillai", ["email"] = "ravi@institute.example" });
        Assert.Equal(3, (await app.AllAsync<User>()).Count);
    }

    [Theory]
    [InlineData("/users/{id}", "/users/{id}")]
    [InlineData("/users/{id}", "/users/{id}/links")]
    [InlineData("/users/rules", "/users/rules")]
    [InlineData("/backups", "/backups")]
    [InlineData("/leads/selections?ids={lead}", "/leads/selections/files")]
    [InlineData("/dues", "/dues/files")]
    public async Task Staff_backups_and_files_are_such(string page, string action)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, lead) = (await app.AddUserAsync("Divya Menon"), await app.AddLeadAsync(await app.AddCourseAsync()));
        string Of(string path) => path.Replace("{id}", $"{divya.Id}", StringComparison.Ordinal)
            .Replace("{lead}", $"{lead.Id}", StringComparison.Ordinal);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync(Of(page));
        var token = manager.Page.Html.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        app.Time.Advance(TimeSpan.FromMinutes(16));

        var asked = await manager.PostAsync(Of(action),
            new() { ["ids"] = $"{lead.Id}", ["as"] = "csv", ["__RequestVerificationToken"] = token });

        Assert.Equal((HttpStatusCode.Unauthorized, "Is it still you?"), (asked.Status, asked.One("h1").TextContent));
    }

    [Fact]
    public async Task To_whom_fees_are_paid_is_changed_by_who_has_just_proved_that_it_is_them()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/institute");
        app.Time.Advance(TimeSpan.FromMinutes(16));

        var asked = await manager.SubmitAsync("form[action='/institute']", new() { ["upiPayee"] = "somebody@okbank" });

        Assert.Equal((HttpStatusCode.Unauthorized, "Is it still you?"), (asked.Status, asked.One("h1").TextContent));
        Assert.Equal("", app.Get<CurrentInstitute>().Profile.UpiPayee);
        await manager.SubmitAsync("form[action='/account/confirmation']", new() { ["password"] = TestApp.Password });
        Assert.Equal("somebody@okbank", app.Get<CurrentInstitute>().Profile.UpiPayee);
        // The rest of the page asks for nothing.
        app.Time.Advance(TimeSpan.FromMinutes(16));
        await manager.GetAsync("/institute");
        await manager.SubmitAsync("form[action='/institute']", new() { ["tagline"] = "Taught by working coders" });
        Assert.Equal("Taught by working coders", app.Get<CurrentInstitute>().Profile.Tagline);
    }

    [Fact]
    public async Task What_is_held_for_one_is_carried_out_by_no_other_and_nothing_that_was_not_ours_is_held()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/users");
        app.Time.Advance(TimeSpan.FromMinutes(16));
        var asked = await manager.SubmitAsync("form[action='/users']", new() { ["name"] = "Asha", ["email"] = "asha@institute.example" });
        var held = asked.One("[name=held]").GetAttribute("value")!;
        using var other = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai", Roles.Manager));

        var stolen = await other.PostAsync("/users", new() { ["held"] = held });
        var forged = await manager.PostAsync("/users", new() { ["name"] = "Planted", ["email"] = "p@institute.example" });

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (stolen.Status, forged.Status));
        Assert.Equal(2, (await app.AllAsync<User>()).Count);
    }
}

internal static class CodeOfTests
{
    /// <summary>A secret where a test needs no other.</summary>
    public const string Secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

    public static string At(TestApp app, string secret) => new Totp(Base32Encoding.ToBytes(secret)).ComputeTotp(app.Clock.Now.UtcDateTime);
}
