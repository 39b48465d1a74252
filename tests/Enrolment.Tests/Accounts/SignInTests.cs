using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Accounts;

/// <summary>Guessing passwords, keeping others out, and finding out who has an account.</summary>
public sealed class SignInTests(TestPostgres postgres)
{
    private const string Wrong = "That email and password do not match an active account.";

    private static async Task<WebPage> TryAsync(Browser browser, string email, string password = "a wrong password")
    {
        await browser.GetAsync("/signin");
        return await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = email, ["password"] = password });
    }

    [Fact]
    public async Task Of_forty_passwords_guessed_at_one_moment_five_are_looked_at()
    {
        var judge = new CountingHasher();
        await using var app = await TestApp.StartAsync(postgres, services: s => s.AddSingleton<IPasswordHasher<User>>(judge));
        var divya = await app.AddUserAsync("Divya Menon");
        using var stranger = app.Browse();
        var token = (await stranger.GetAsync("/signin")).One("form[action='/signin'] [name=__RequestVerificationToken]")
            .GetAttribute("value")!;
        judge.Judged = 0;

        var pages = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => stranger.PostAsync("/signin", new()
        {
            ["email"] = divya.Email,
            ["password"] = i == 39 ? TestApp.Password : $"guess number {i}",
            ["__RequestVerificationToken"] = token,
        })));

        Assert.Equal(TryCounter.Most, judge.Judged);
        Assert.True(pages.Count(p => p.Text.Contains("Too many attempts.", StringComparison.Ordinal)) >= 35);
        Assert.Equal(TryCounter.Most, (await app.LoadTriesAsync(divya.Email))!.Count);
    }

    [Fact]
    public async Task Of_five_who_make_the_first_manager_at_one_moment_one_does()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var stranger = app.Browse();
        var token = (await stranger.GetAsync("/setup")).One("[name=__RequestVerificationToken]").GetAttribute("value")!;

        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => stranger.PostAsync("/setup", new()
        {
            ["code"] = app.Get<SetupCode>().Value,
            ["name"] = "Beena Thomas",
            ["email"] = $"beena{i}@periyar.example",
            ["password"] = TestApp.Password,
            ["__RequestVerificationToken"] = token,
        })));

        Assert.Single(await app.AllAsync<User>());
    }

    [Fact]
    public async Task A_link_with_letters_of_any_script_leads_through_the_sign_in()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var browser = app.Browse();
        await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString("/leads?q=ആർ"));

        var page = await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = divya.Email, ["password"] = TestApp.Password });

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains(page.Html.QuerySelectorAll("[name=q]"), q => q.GetAttribute("value") == "ആർ");
    }

    [Fact]
    public async Task Each_of_three_at_once_is_counted()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");

        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            using var stranger = app.Browse();
            await TryAsync(stranger, divya.Email);
        }));

        Assert.Equal(3, (await app.LoadTriesAsync(divya.Email))!.Count);
    }

    [Fact]
    public async Task A_known_device_is_not_kept_out_by_a_strangers_tries_and_another_one_is_until_they_are_over()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        await hers.SubmitAsync("form[action='/signout']");
        using var stranger = app.Browse();
        for (var i = 0; i < TryCounter.Most; i++) Assert.Equal(Wrong, (await TryAsync(stranger, divya.Email)).One(".problem").TextContent);

        var locked = await TryAsync(stranger, divya.Email, TestApp.Password);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, Doorkeeper.TooMany), (locked.Status, locked.One(".problem").TextContent));
        Assert.Equal("/today", (await TryAsync(hers, divya.Email, TestApp.Password)).Path);
        Assert.Equal(Doorkeeper.TooMany, (await TryAsync(stranger, divya.Email, TestApp.Password)).One(".problem").TextContent);

        app.Time.Advance(TryCounter.Locked);
        using var phone = app.Browse();
        Assert.Equal("/today", (await TryAsync(phone, divya.Email, TestApp.Password)).Path);
    }

    [Fact]
    public async Task A_known_device_is_known_for_its_own_users_alone_and_only_as_it_was_sealed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ashik) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ashik Rahman"));
        using var hers = await app.SignInAsync(divya);
        await hers.SubmitAsync("form[action='/signout']");

        // From her machine a colleague is a stranger like others.
        for (var i = 0; i < TryCounter.Most; i++) await TryAsync(hers, ashik.Email);
        Assert.Equal(TryCounter.Most, (await app.LoadTriesAsync(ashik.Email))!.Count);
        // And five wrong ones from it close her own device, too.
        for (var i = 0; i < TryCounter.Most; i++) await TryAsync(hers, divya.Email);
        Assert.Equal(Doorkeeper.TooMany, (await TryAsync(hers, divya.Email, TestApp.Password)).One(".problem").TextContent);
        Assert.Null(await app.LoadTriesAsync(divya.Email));

        using var forger = new HttpRequestMessage(HttpMethod.Get, "/signin")
        { Headers = { { "Cookie", KnownDevices.Cookie + "=" + divya.Id } } };
        using var browser = app.Browse();
        using var answer = await browser.SendRawAsync(forger);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Whether_an_address_is_known_is_told_neither_by_words_nor_by_work()
    {
        var judge = new CountingHasher();
        await using var app = await TestApp.StartAsync(postgres, services: s => s.AddSingleton<IPasswordHasher<User>>(judge));
        var divya = await app.AddUserAsync("Divya Menon");
        var left = await app.AddUserAsync("Ashik Rahman");
        left.Active = false;
        await app.StoreAsync(left);
        await app.StoreAsync(new User
        { Id = Guid.NewGuid(), Name = "Invited", Email = "i@institute.example", NormalizedEmail = "I@INSTITUTE.EXAMPLE" });
        var said = new Dictionary<string, List<string>>();

        foreach (var email in new[] { divya.Email, left.Email, "i@institute.example", "nobody@institute.example" })
        {
            using var stranger = app.Browse();
            var answers = new List<string>();
            for (var i = 0; i < TryCounter.Most + 1; i++)
            {
                judge.Judged = 0;
                var page = await TryAsync(stranger, email);
                answers.Add($"{page.Status} {page.One(".problem").TextContent} {judge.Judged}");
            }
            said.Add(email, answers);
        }

        Assert.All(said.Values, answers => Assert.Equal(said[divya.Email], answers));
        Assert.Equal($"UnprocessableEntity {Wrong} 1", said[divya.Email][0]);
        Assert.Equal($"UnprocessableEntity {Doorkeeper.TooMany} 0", said[divya.Email][^1]);
    }

    [Fact]
    public async Task A_manager_sees_who_is_locked_and_unlocks_them()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var stranger = app.Browse();
        for (var i = 0; i < TryCounter.Most; i++) await TryAsync(stranger, divya.Email);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/users/" + divya.Id);

        var page = await manager.SubmitAsync($"form[action='/users/{divya.Id}/unlocking']");

        Assert.Equal("Anybody may try again to sign in with this address.", page.One(".done").TextContent);
        Assert.Empty(page.Html.QuerySelectorAll("form[action$=unlocking]"));
        Assert.Equal("/today", (await TryAsync(stranger, divya.Email, TestApp.Password)).Path);
    }

    [Fact]
    public async Task Two_managers_who_remove_each_other_at_one_moment_leave_one()
    {
        await using var app = await TestApp.StartAsync(postgres);
        User[] both = [await app.AddUserAsync("Beena Thomas", Roles.Manager), await app.AddUserAsync("Ravi Pillai", Roles.Manager)];
        var invited = new User
        { Id = Guid.NewGuid(), Name = "Not yet", Email = "n@x.example", NormalizedEmail = "N@X.EXAMPLE", Role = Roles.Manager };
        await app.StoreAsync(invited);
        Browser[] browsers = [await app.SignInAsync(both[0]), await app.SignInAsync(both[1])];
        await browsers[0].GetAsync("/users/" + both[1].Id);
        await browsers[1].GetAsync("/users/" + both[0].Id);

        var pages = await Task.WhenAll(
            browsers[0].SubmitAsync($"form[action='/users/{both[1].Id}']", new() { ["active"] = "" }),
            browsers[1].SubmitAsync($"form[action='/users/{both[0].Id}']", new() { ["role"] = Roles.Counsellor }));

        Assert.Single(await app.AllAsync<User>(), u => u.IsManagerNow);
        // Whoever was removed before their own request was read is turned away instead.
        if (pages.SingleOrDefault(p => p.Status == HttpStatusCode.UnprocessableEntity) is { } refused)
            Assert.EndsWith(
                "is the last manager who can sign in. Make somebody else a manager first.", refused.One(".problem").TextContent);
        else Assert.Single(pages, p => p.Status == HttpStatusCode.Forbidden || p.Html.QuerySelector("form[action='/signin']") is not null);
        foreach (var browser in browsers) browser.Dispose();
    }

    private sealed class CountingHasher : IPasswordHasher<User>
    {
        private readonly PasswordHasher<User> _hasher = new(Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions
        { IterationCount = 1 }));
        private int _judged;

        public int Judged { get => _judged; set => _judged = value; }

        public string HashPassword(User user, string password) => _hasher.HashPassword(user, password);

        public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
        {
            Interlocked.Increment(ref _judged);
            return _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }
}

internal static class TriesOfTests
{
    public static async Task<SignInTries?> LoadTriesAsync(this TestApp app, string email)
    {
        await using var session = app.Store.QuerySession();
        return await session.LoadAsync<SignInTries>(TryCounter.KeyOf(email));
    }
}
