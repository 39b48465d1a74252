using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using Crm.Privacy;
using Microsoft.AspNetCore.WebUtilities;
using static Crm.Tests.PasskeysOfTests;

namespace Crm.Tests.Accounts;

/// <summary>Passkeys: what they are good for, and what they are not to be cheated of. The attacks speak to the program without a browser.
/// </summary>
public sealed class PasskeyTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    [Fact]
    public async Task One_is_added_lets_in_by_itself_and_is_taken_away_and_its_owner_is_told_each_time()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        using var device = new TestDevice();

        var added = await AddAsync(hers, device, "My laptop");
        using var other = app.Browse();
        var cameIn = await SignInAsync(other, device, "/leads?stage=open");
        var key = Assert.Single(await app.AllAsync<Passkey>());
        await other.GetAsync("/account");
        await other.SubmitAsync($"form[action='/account/passkeys/{key.Id}/removal']");
        using var third = app.Browse();
        var refused = await SignInAsync(third, device);

        Assert.Equal("The passkey “My laptop” is added.", added.One(".done").TextContent);
        Assert.Equal("/leads?stage=open", cameIn.Path);
        Assert.True((await app.AllAsync<StaffSession>()).MaxBy(s => s.StartedAt)!.IsStrong);
        Assert.Equal((1, true), (key.SignCount, key.UsedAt is not null));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, 0), (refused.Status, (await app.AllAsync<Passkey>()).Count));
        Assert.Equal("That passkey is none of an active account here. Sign in with your password.", refused.One(".problem").TextContent);
        Assert.Equal(
            [
                (nameof(AuditKind.PasskeyAdded), "", divya.Id), (nameof(AuditKind.PasskeyRemoved), "", divya.Id),
                (nameof(AuditKind.SignedIn), "", divya.Id), (nameof(AuditKind.SignedIn), "with a passkey", divya.Id),
                (nameof(AuditKind.WrongPassword), "with a passkey", (Guid?)null),
            ], (await KindsAsync(app)).Order());
        var told = await NoticesAsync(app);
        Assert.Equal(2, told.Count);
        Assert.All(told, m => Assert.Equal(divya.Email, m.To));
        Assert.All(told, m => Assert.Contains("Was it not you? Choose a new password at once", m.Body));
        Assert.Single(told, m => m.Body.Contains("The passkey “My laptop” was added", StringComparison.Ordinal));
        Assert.Single(told, m => m.Body.Contains("The passkey “My laptop” was removed.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("replayed")]
    [InlineData("too late")]
    [InlineData("another challenge")]
    [InlineData("a challenge that was made up")]
    [InlineData("a challenge to add a key")]
    [InlineData("another's name on it")]
    [InlineData("another device's signature")]
    [InlineData("from another site")]
    [InlineData("for another site")]
    [InlineData("no finger, face or PIN")]
    [InlineData("rubbish")]
    [InlineData("nothing")]
    [InlineData("nobody's")]
    public async Task An_answer_that_is_not_right_in_everything_lets_nobody_in(string attack)
    {
        var (app, hers, device) = await shared.OnceAsync(async app =>
        {
            var browser = await app.SignInAsync(await app.AddUserAsync("Divya Menon"));
            await app.AddUserAsync("Beena Thomas", Roles.Manager);
            var made = new TestDevice();
            await AddAsync(browser, made);
            return (app, browser, made);
        });
        var beena = (await app.AllAsync<User>()).Single(u => u.Role == Roles.Manager);
        using var thief = app.Browse();
        await thief.GetAsync("/signin");
        var (options, challenge) = await AskAsync(thief, "/signin/passkeys");
        using var own = new TestDevice { CredentialId = device.CredentialId, Handle = device.Handle, Count = device.Count };
        using var unknown = new TestDevice { Handle = device.Handle };

        switch (attack)
        {
            case "replayed":
                var answer = device.Sign(options);
                using (var owner = app.Browse())
                {
                    await owner.GetAsync("/signin");
                    Assert.Equal("/today", (await SendAsync(owner, challenge, answer)).Path);
                }
                await SendAsync(thief, challenge, answer);
                break;
            case "too late":
                app.Time.Advance(PasskeyChallenges.Holds);
                await SendAsync(thief, challenge, device.Sign(options));
                break;
            case "another challenge":
                await SendAsync(thief, (await AskAsync(thief, "/signin/passkeys")).Challenge, device.Sign(options));
                break;
            case "a challenge that was made up": await SendAsync(thief, challenge[..^8] + "AAAAAAAA", device.Sign(options)); break;
            case "a challenge to add a key":
                var adding = await AskAsync(hers, "/account/passkeys");
                await SendAsync(thief, adding.Challenge, device.Sign(adding.Options));
                break;
            case "another's name on it": await BentAsync(d => d.Handle = WebEncoders.Base64UrlEncode(Bytes($"{beena.Id}"))); break;
            case "another device's signature": await SendAsync(thief, challenge, own.Sign(options)); break;
            case "from another site": await BentAsync(d => d.Origin = "http://localhost.evil.example"); break;
            case "for another site": await BentAsync(d => d.Domain = "evil.example"); break;
            case "no finger, face or PIN": await BentAsync(d => d.Verifies = false); break;
            case "rubbish": await SendAsync(thief, challenge, """{"id":"AAAA","type":"public-key","response":[{}]}"""); break;
            case "nothing": await SendAsync(thief, challenge, ""); break;
            default: await SendAsync(thief, challenge, unknown.Sign(options)); break;
        }

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "/signin/passkeys"), (thief.Page.Status, thief.Page.Path));
        Assert.StartsWith("/signin?", (await thief.GetAsync("/today")).Path);
        // Its owner comes in all the same.
        using var after = app.Browse();
        Assert.Equal("/today", (await SignInAsync(after, device)).Path);

        async Task BentAsync(Action<TestDevice> bend)
        {
            var (handle, origin, domain) = (device.Handle, device.Origin, device.Domain);
            bend(device);
            await SendAsync(thief, challenge, device.Sign(options));
            (device.Handle, device.Origin, device.Domain, device.Verifies) = (handle, origin, domain, true);
        }
    }

    [Fact]
    public async Task A_copy_of_a_key_is_told_by_its_counter_refused_and_noted()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        using var device = new TestDevice();
        await AddAsync(hers, device);
        for (var i = 0; i < 3; i++) await SignInAsync(app.Browse(), device);
        using var thief = app.Browse();

        device.Count = 1; // as the copy has it, which comes to two
        var page = await SignInAsync(thief, device);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains(await KindsAsync(app), k => k == (nameof(AuditKind.PasskeyCopied), "", divya.Id));
        Assert.Single(await NoticesAsync(app), m => m.Body.Contains("with a copy of your passkey “Laptop”", StringComparison.Ordinal));
        Assert.Equal(3, Assert.Single(await app.AllAsync<Passkey>()).SignCount);
        device.Count = 3;
        Assert.Equal("/today", (await SignInAsync(thief, device)).Path);
    }

    [Fact]
    public async Task One_answer_pressed_by_five_at_one_moment_lets_one_in()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var hers = await app.SignInAsync(Roles.Counsellor);
        using var device = new TestDevice();
        await AddAsync(hers, device);
        var browsers = Enumerable.Range(0, 5).Select(_ => app.Browse()).ToList();
        foreach (var browser in browsers) await browser.GetAsync("/signin");
        var (options, challenge) = await AskAsync(browsers[0], "/signin/passkeys");
        var answer = device.Sign(options);

        var pages = await Task.WhenAll(browsers.Select(b => SendAsync(b, challenge, answer)));

        Assert.Single(pages, p => p.Path == "/today");
    }

    [Fact]
    public async Task A_key_is_added_for_who_asked_and_only_once_and_to_nobody_else()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var hers = await app.SignInAsync(Roles.Counsellor);
        using var his = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai"));
        using var device = new TestDevice();
        using var elsewhere = new TestDevice { Origin = "https://evil.example" };
        using var careless = new TestDevice { Verifies = false };
        var of = await AskAsync(hers, "/account/passkeys");
        var answer = device.Make(of.Options);

        await his.GetAsync("/account");
        var stolen = await SendNewAsync(his, of.Challenge, answer);
        var (fromElsewhere, withoutFinger) = (await AddAsync(hers, elsewhere), await AddAsync(hers, careless));
        var rubbish = await SendNewAsync(hers, (await AskAsync(hers, "/account/passkeys")).Challenge, "{}");
        await AddAsync(hers, device);
        var again = await AddAsync(his, device); // the key that is hers

        Assert.All(new[] { stolen, fromElsewhere, withoutFinger, rubbish, again },
            p => Assert.Equal(HttpStatusCode.UnprocessableEntity, p.Status));
        Assert.Contains("The passkey was not taken", again.One("#passkeys .problem").TextContent);
        Assert.Equal("Divya Menon", (await app.LoadAsync<User>(Assert.Single(await app.AllAsync<Passkey>()).UserId)).Name);
        var hersNow = Assert.Single(await app.AllAsync<Passkey>());
        await his.GetAsync("/account");
        var token = his.Page.Html.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        await his.PostAsync($"/account/passkeys/{hersNow.Id}/removal", new() { ["__RequestVerificationToken"] = token });
        Assert.Single(await app.AllAsync<Passkey>());
    }

    [Fact]
    public async Task Where_managers_need_more_a_passkey_is_enough_and_their_password_alone_adds_no_other_way_in()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var device = new TestDevice();
        using (var before = await app.SignInAsync(beena)) await AddAsync(before, device);
        await app.DescribeAsync(p => p.ManagersNeedSecondFactor = true);
        using var hers = app.Browse();
        using var thief = app.Browse(); // who has the password
        await thief.GetAsync("/signin");
        await thief.SubmitAsync("form[action='/signin']", new() { ["email"] = beena.Email, ["password"] = TestApp.Password });

        Assert.Equal("/leads", (await SignInAsync(hers, device, "/leads")).Path);
        Assert.Equal("/account/authenticator", (await thief.GetAsync("/leads")).Path);
        Assert.StartsWith("Your password alone is not enough for this.", thief.Page.One(".note").TextContent);
        Assert.Empty(thief.Page.Html.QuerySelectorAll("code.secret"));
        using var another = new TestDevice();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await AddAsync(thief, another)).Status);
        var key = Assert.Single(await app.AllAsync<Passkey>());
        await thief.GetAsync("/account");
        var page = await thief.SubmitAsync($"form[action='/account/passkeys/{key.Id}/removal']");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Single(await app.AllAsync<Passkey>());
    }

    [Fact]
    public async Task Who_is_deactivated_comes_in_with_no_passkey_and_adding_or_removing_one_asks_again()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        using var device = new TestDevice();
        await AddAsync(hers, device);
        app.Time.Advance(TimeSpan.FromMinutes(16));
        using var second = new TestDevice();

        var asked = await AddAsync(hers, second, "Phone");
        var done = await hers.SubmitAsync("form[action='/account/confirmation']", new() { ["password"] = TestApp.Password });
        divya = await app.LoadAsync<User>(divya.Id);
        divya.Active = false;
        await app.StoreAsync(divya);

        Assert.Equal((HttpStatusCode.Unauthorized, "Is it still you?"), (asked.Status, asked.One("h1").TextContent));
        Assert.Equal("The passkey “Phone” is added.", done.One(".done").TextContent);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SignInAsync(app.Browse(), device)).Status);
    }

    [Fact]
    public async Task Challenges_that_were_answered_are_forgotten_when_they_would_be_too_old_anyway()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var hers = await app.SignInAsync(Roles.Counsellor);
        using var device = new TestDevice();
        await AddAsync(hers, device);

        await app.Get<AccountSweep>().RunAsync(default);
        Assert.Single(await app.AllAsync<UsedChallenge>());
        app.Time.Advance(PasskeyChallenges.Holds + TimeSpan.FromSeconds(1));
        await app.Get<AccountSweep>().RunAsync(default);

        Assert.Empty(await app.AllAsync<UsedChallenge>());
    }

    private static async Task<IReadOnlyList<(string Kind, string What, Guid? Whom)>> KindsAsync(TestApp app)
    {
        await using var session = app.Store.QuerySession();
        var (lines, _) = await AuditList.ReadAsync(session, new AuditFilter(null, null, null, null, null, null), app.Clock, default);
        return [.. lines.Reverse().Select(l => (l.Kind, l.What, l.Whom))];
    }

    private static async Task<IReadOnlyList<OutboxMessage>> NoticesAsync(TestApp app) =>
        [.. (await app.AllAsync<OutboxMessage>()).Where(m => m.Kind == AccountNotices.Kind)];

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
