using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.House;

/// <summary>Who may open which route, and what guards the door.</summary>
public sealed class RouteTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    // Whatever is not in this list needs somebody signed in.
    private static readonly string[] Public =
    [
        "GET /", "GET /health", "GET /health/live", "GET /health/ready", "GET /signin", "POST /signin",
        "POST /signin/code", "GET /signin/passkeys/challenge", "POST /signin/passkeys", "GET /signin/forgotten",
        "POST /signin/forgotten", "GET /signin/new-password/{token}", "POST /signin/new-password/{token}", "GET /setup", "POST /setup",
        "GET /enquire/{course?}", "POST /enquire", "GET /enquire/thanks/{reference?}",
        "GET /enquire/thanks/{reference}/correction", "GET /unsubscribe/{token}", "POST /unsubscribe/{token}",
    ];

    // Files are not pages: they are the same for everybody, and hold nothing of anybody.
    private static List<string> Routes(TestApp app) =>
    [
        .. app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<StaticAssetDescriptor>() is null).SelectMany(e =>
            (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET",
                "POST"]).Select(m => $"{m} /{e.RoutePattern.RawText!.Trim('/')}")),
    ];

    private static HttpRequestMessage Request(string route, bool htmx = false)
    {
        var (method, path) = (route.Split(' ')[0], Regex.Replace(route.Split(' ')[1], @"\{[^}]+\}", Guid.NewGuid().ToString()));
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (htmx) request.Headers.Add("HX-Request", "true");
        if (method != "GET") request.Content = new FormUrlEncodedContent([]);
        return request;
    }

    private static async Task<Browser> SignInAnywhereAsync(TestApp app, User user)
    {
        var browser = app.Browse();
        await browser.GetAsync("/signin");
        await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = TestApp.Password });
        return browser;
    }

    [Fact]
    public async Task Only_the_listed_routes_open_without_signing_in()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var browser = app.Browse();
        var routes = Routes(app);
        Assert.Empty(Public.Except(routes));

        foreach (var route in routes)
        {
            using var answer = await browser.SendRawAsync(Request(route));
            var reads = route.StartsWith("GET", StringComparison.Ordinal);
            // A page is come back to; a form is asked for on the page that asks to sign in, but of who leaves nothing is asked.
            var sentAway = reads || route == "POST /signout"
                ? answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.ToString().Contains("/signin?ReturnUrl=")
                : answer.StatusCode == HttpStatusCode.Unauthorized
                    && (await answer.Content.ReadAsStringAsync()).Contains("action=\"/signin\"", StringComparison.Ordinal);
            Assert.True(sentAway != Public.Contains(route), $"{route} answers {answer.StatusCode}");

            if (Public.Contains(route)) continue;
            using var part = await browser.SendRawAsync(Request(route, htmx: true));
            Assert.True(part.StatusCode == HttpStatusCode.Unauthorized, $"{route} answers htmx {part.StatusCode}");
            Assert.Equal(reads ? "/signin?returnUrl=%2Ftoday" : "afterbegin",
                part.Headers.GetValues(reads ? "HX-Redirect" : "HX-Reswap").Single());
        }
    }

    [Fact]
    public async Task Somebody_of_no_role_is_refused_everywhere_behind_the_door()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await SignInAnywhereAsync(app, await app.AddUserAsync("Visitor", "visitor"));

        Assert.Equal(HttpStatusCode.Forbidden, browser.Page.Status);
        foreach (var route in Routes(app).Except(Public))
        {
            using var answer = await browser.SendRawAsync(Request(route));
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{route} answers {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Somebody_deactivated_is_out_within_a_minute_and_stays_out()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/users/" + divya.Id);

        await manager.SubmitAsync($"form[action='/users/{divya.Id}']", new() { ["active"] = "" });
        app.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.False((await app.LoadAsync<User>(divya.Id)).Active);
        Assert.StartsWith("/signin?ReturnUrl=", (await hers.GetAsync("/today")).Path);
        using var again = await SignInAnywhereAsync(app, divya);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.Page.Status);
        Assert.Equal("That email and password do not match an active account.", again.Page.One(".problem").TextContent);
        Assert.Equal("/today", (await manager.GetAsync("/today")).Path);
    }

    [Fact]
    public async Task A_manager_cannot_lock_themselves_out()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var browser = await app.SignInAsync(beena);
        await browser.GetAsync("/users/" + beena.Id);

        var page = await browser.SubmitAsync($"form[action='/users/{beena.Id}']", new() { ["role"] = Roles.Counsellor });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, Roles.Manager), (page.Status, (await app.LoadAsync<User>(beena.Id)).Role));
    }

    [Fact]
    public async Task Pages_carry_security_headers_and_staff_pages_are_not_stored()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Manager);

        foreach (var path in new[] { "/", "/enquire", "/signin", "/today", "/leads", "/leads/board", "/batches", "/reports",
            "/reports/funnel.csv", "/outbox", "/users", "/institute", "/duplicates", "/account", "/leads/" + Guid.NewGuid() })
        {
            using var answer = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Get, path));
            Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("strict-origin-when-cross-origin", answer.Headers.GetValues("Referrer-Policy").Single());
            Assert.True(answer.Headers.CacheControl is { NoStore: true }, $"{path} may be stored");
        }
    }

    [Fact]
    public async Task A_failure_of_ours_is_said_plainly_and_carries_the_same_headers()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Manager);
        var broken = new OutboxMessage
        {
            Id = Guid.CreateVersion7(),
            To = "a@b.example",
            Attachment = "nothing that anybody makes",
            CreatedAt = app.Clock.Now
        };
        await app.StoreAsync(broken);

        var page = await browser.GetAsync($"/outbox/{broken.Id}.eml");

        Assert.Equal((HttpStatusCode.InternalServerError, "Something went wrong"), (page.Status, page.One("h1").TextContent));
        Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(page.Headers.CacheControl is { NoStore: true });
    }

    [Fact]
    public async Task Who_was_deactivated_stays_so_though_a_sign_in_that_began_before_is_written_after()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        using var scope = app.Host.Services.CreateScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var asTheSignInReadIt = (await users.FindByIdAsync(divya.Id.ToString()))!;

        var asTheManagerReadIt = (await users.FindByIdAsync(divya.Id.ToString()))!;
        asTheManagerReadIt.Active = false;
        var deactivated = await users.UpdateSecurityStampAsync(asTheManagerReadIt);
        var counted = await users.SetEmailAsync(asTheSignInReadIt, "other@institute.example");

        Assert.True(deactivated.Succeeded, deactivated.ToString());
        Assert.Equal("ConcurrencyFailure", Assert.Single(counted.Errors).Code);
        Assert.False((await app.LoadAsync<User>(divya.Id)).Active);
    }

    [Theory]
    [InlineData("/leads?stage=open", "/leads?stage=open")]
    [InlineData("https://elsewhere.example/", "/today")]
    [InlineData("//elsewhere.example/", "/today")]
    [InlineData("/\\elsewhere.example/", "/today")]
    [InlineData("/\t/elsewhere.example/", "/today")]
    [InlineData("javascript:alert(1)", "/today")]
    [InlineData("", "/today")]
    public async Task Signing_in_returns_to_our_own_pages_only(string asked, string reached)
    {
        var (app, divya) = await shared.OnceAsync(async app => (app, await app.AddUserAsync("Divya Menon")));
        using var browser = app.Browse();
        await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString(asked));

        var page = await browser.SubmitAsync("form[action='/signin']",
            new() { ["email"] = divya.Email, ["password"] = TestApp.Password, ["returnUrl"] = asked });

        Assert.Equal((HttpStatusCode.OK, reached), (page.Status, page.Path));
    }

    [Fact]
    public async Task Signing_out_closes_the_door()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Counsellor);

        await browser.SubmitAsync("form[action='/signout']");

        Assert.StartsWith("/signin?ReturnUrl=", (await browser.GetAsync("/today")).Path);
    }

    [Fact]
    public async Task Two_members_of_staff_added_at_once_with_one_email_are_one()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        var token = (await manager.GetAsync("/users")).One("form[action='/users'] [name='__RequestVerificationToken']")
            .GetAttribute("value")!;

        var pages = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => manager.PostAsync("/users", new()
        {
            ["name"] = "Divya Menon",
            ["email"] = "divya@institute.example",
            ["role"] = Roles.Counsellor,
            ["__RequestVerificationToken"] = token,
        })));

        Assert.Single(pages, p => p.Status == HttpStatusCode.OK);
        Assert.All(pages.Where(p => p.Status != HttpStatusCode.OK),
            p => Assert.Equal((HttpStatusCode.UnprocessableEntity, "Somebody already signs in with this email."),
            (p.Status, p.ErrorOf("email"))));
        Assert.Equal(2, (await app.AllAsync<User>()).Count);
    }

    [Fact]
    public async Task The_first_manager_is_made_with_the_code_and_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var typed = new Dictionary<string,
            string>
        { ["name"] = "Beena Thomas", ["email"] = "beena@institute.example", ["password"] = TestApp.Password };
        using var browser = app.Browse();
        Assert.Equal("/setup", (await browser.GetAsync("/signin")).Path);

        var refused = await browser.SubmitAsync("form[action='/setup']", new(typed) { ["code"] = "guessed" });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "This is not the code that the program printed when it started."),
            (refused.Status, refused.ErrorOf("code")));
        Assert.Equal("beena@institute.example", refused.One("[name=email]").GetAttribute("value"));
        Assert.Empty(await app.AllAsync<User>());
        using var late = app.Browse();
        await late.GetAsync("/setup");
        var made = await browser.SubmitAsync("form[action='/setup']", new(typed) { ["code"] = app.Get<SetupCode>().Value });

        Assert.Equal("/today", made.Path);
        Assert.Equal(Roles.Manager, Assert.Single(await app.AllAsync<User>()).Role);
        var second = await late.SubmitAsync("form[action='/setup']",
            new(typed) { ["email"] = "late@institute.example", ["code"] = app.Get<SetupCode>().Value });
        Assert.Equal("/signin", second.Path);
        Assert.Equal("/signin", (await late.GetAsync("/setup?code=" + app.Get<SetupCode>().Value)).Path);
        Assert.Single(await app.AllAsync<User>());
    }
}
