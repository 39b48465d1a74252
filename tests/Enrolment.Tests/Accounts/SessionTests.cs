using System.Net;
using Crm.Accounts;
using Crm.Institute;

namespace Crm.Tests.Accounts;

/// <summary>Where somebody is signed in, and how that ends.</summary>
public sealed class SessionTests(TestPostgres postgres)
{
    private static async Task<bool> IsInAsync(Browser browser)
    {
        var page = await browser.GetAsync("/account");
        return page.Path == "/account" && page.Status == HttpStatusCode.OK;
    }

    [Fact]
    public async Task Each_is_listed_with_its_device_and_is_signed_out_by_itself_or_all_but_this_one()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var office = await app.SignInAsync(divya);
        app.Time.Advance(TimeSpan.FromMinutes(1));
        using var phone = await app.SignInAsync(divya);
        var other = (await app.AllAsync<StaffSession>()).MaxBy(s => s.StartedAt)!;
        using var tablet = await app.SignInAsync(divya);
        var page = await office.GetAsync("/account");
        Assert.Equal(3, page.Texts("td[data-label=Since]").Count);
        Assert.Single(page.Texts("td[data-label='Last seen']"), "this one");

        await office.SubmitAsync($"form[action='/account/sessions/{other.Id}/end']");

        Assert.Equal((true, false, true), (await IsInAsync(office), await IsInAsync(phone), await IsInAsync(tablet)));
        await office.SubmitAsync("form[action='/account/sessions/end']");
        Assert.Equal((true, false), (await IsInAsync(office), await IsInAsync(tablet)));
    }

    [Fact]
    public async Task Nobody_ends_a_session_of_somebody_else()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var hers = await app.SignInAsync(Roles.Counsellor);
        var session = Assert.Single(await app.AllAsync<StaffSession>());
        using var other = await app.SignInAsync(await app.AddUserAsync("Ashik Rahman"));
        await other.GetAsync("/account");
        var token = other.Page.One("form[action='/account/sessions/end'] [name=__RequestVerificationToken]").GetAttribute("value")!;

        await other.PostAsync($"/account/sessions/{session.Id}/end", new() { ["__RequestVerificationToken"] = token });

        Assert.True(await IsInAsync(hers));
    }

    [Fact]
    public async Task A_session_is_over_after_twelve_hours_however_busy_and_a_stolen_cookie_with_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var hers = await app.SignInAsync(Roles.Counsellor);

        for (var i = 0; i < 23; i++)
        {
            app.Time.Advance(TimeSpan.FromMinutes(30));
            Assert.True(await IsInAsync(hers), $"after {i} half hours");
        }
        Assert.Equal(app.Clock.Now, Assert.Single(await app.AllAsync<StaffSession>()).LastSeenAt);
        app.Time.Advance(TimeSpan.FromMinutes(30));

        Assert.False(await IsInAsync(hers));
        await app.Get<AccountSweep>().RunAsync(default);
        Assert.Empty(await app.AllAsync<StaffSession>());
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_not_the_cookie_alone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var hers = await app.SignInAsync(Roles.Counsellor);
        using var stolen = app.Browse(hers);
        var cookie = "";
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/account"))
        using (await hers.SendRawAsync(request)) cookie = request.Headers.GetValues("Cookie").Single();

        await hers.GetAsync("/account");
        await hers.SubmitAsync("form[action='/signout']");

        using var thief = app.Browse();
        using var again = new HttpRequestMessage(HttpMethod.Get, "/account") { Headers = { { "Cookie", cookie } } };
        using var answer = await thief.SendRawAsync(again);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Contains("/signin", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_changed_password_ends_all_sessions_but_this_one_and_guesses_at_the_present_one_are_counted()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        using var other = await app.SignInAsync(divya);
        using var thief = await app.SignInAsync(divya);
        await thief.GetAsync("/account");
        for (var i = 0; i < TryCounter.Most; i++)
            await thief.SubmitAsync("form[action='/account/password']",
                new() { ["current"] = $"guess {i}", ["password"] = "taken over now" });
        var locked = await thief.SubmitAsync("form[action='/account/password']",
            new() { ["current"] = TestApp.Password, ["password"] = "taken over now" });
        Assert.Equal("Too many attempts. Try again in 15 minutes.", locked.ErrorOf("current"));

        await hers.GetAsync("/account");
        var page = await hers.SubmitAsync("form[action='/account/password']",
            new() { ["current"] = TestApp.Password, ["password"] = "a password of mine" });

        Assert.StartsWith("Your password is changed.", page.One(".done").TextContent);
        Assert.Equal((true, false, false), (await IsInAsync(hers), await IsInAsync(other), await IsInAsync(thief)));
    }

    [Fact]
    public async Task Who_is_deactivated_or_given_another_role_is_out_at_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/users/" + divya.Id);

        await manager.SubmitAsync($"form[action='/users/{divya.Id}']", new() { ["role"] = Roles.Reader });

        Assert.False(await IsInAsync(hers));
    }
}
