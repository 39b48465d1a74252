using System.Net;
using System.Net.Sockets;
using Crm.Accounts;
using Crm.Institute;
using Marten;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.Tests.Accounts;

/// <summary>A passkey in a real browser, whose device asks for a finger and is always given one.</summary>
public sealed class PasskeyJourneyTests(TestPostgres postgres) : IAsyncLifetime
{
    private const string Email = "divya@institute.example";

    private readonly List<string> _complaints = [];
    private readonly string _address = $"http://localhost:{FreePort()}"; // a name: browsers have no passkeys for numbers
    private BrowsedApp _browsed = null!;

    public async ValueTask InitializeAsync()
    {
        _browsed = await BrowsedApp.StartAsync(postgres,
            new Dictionary<string, string?> { ["Jobs:Enabled"] = "false", ["Institute:PublicUrl"] = _address }, _address);
        using (var scope = _browsed.App.Services.CreateScope())
            await scope.ServiceProvider.GetRequiredService<UserManager<User>>().CreateAsync(
                new User { Name = "Divya Menon", Email = Email, Role = Roles.Counsellor }, TestApp.Password);
        SetDefaultExpectTimeout(20_000); // other tests run beside this one
    }

    public ValueTask DisposeAsync() => _browsed.DisposeAsync();

    [Fact]
    public async Task It_is_added_signs_in_and_is_removed()
    {
        var page = await PageAsync(hasDevice: true);
        await page.GotoAsync("/signin");
        await page.GetByLabel("Email").FillAsync(Email);
        await page.GetByLabel("Password").FillAsync(TestApp.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(_address + "/today");

        await page.GotoAsync("/account");
        await page.GetByLabel("What you call it").FillAsync("My laptop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Expect(page.GetByText("The passkey “My laptop” is added.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Expect(page.GetByText("This device has a passkey of yours already.")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(_address + "/signin");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(_address + "/today");
        Assert.True((await SessionAsync()).IsStrong);

        await page.GotoAsync("/account");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove My laptop" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Remove My laptop" })).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(_address + "/signin");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByText("That passkey is none of an active account here.")).ToBeVisibleAsync();
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task Without_a_script_or_at_another_address_it_is_not_offered_and_the_password_works()
    {
        var plain = await PageAsync(hasDevice: false, scripts: false);
        var elsewhere = await PageAsync(hasDevice: true, address: _address.Replace("localhost", "127.0.0.1", StringComparison.Ordinal));
        foreach (var page in new[] { plain, elsewhere })
        {
            await page.GotoAsync("/signin");
            await Expect(page.GetByText("Sign in with a passkey")).ToBeHiddenAsync();
        }
        await plain.GetByLabel("Email").FillAsync(Email);
        await plain.GetByLabel("Password").FillAsync(TestApp.Password);
        await plain.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(plain).ToHaveURLAsync(_address + "/today");
        await plain.GotoAsync("/account");
        await Expect(plain.GetByText("Add a passkey")).ToBeHiddenAsync();
    }

    private async Task<IPage> PageAsync(bool hasDevice, bool scripts = true, string? address = null)
    {
        var context = await _browsed.Browser.NewContextAsync(new() { BaseURL = address ?? _address, JavaScriptEnabled = scripts });
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, said) =>
        {
            if (said.Text.Contains("Content Security Policy", StringComparison.Ordinal)) _complaints.Add(said.Text);
        };
        if (!hasDevice) return page;
        var tools = await context.NewCDPSessionAsync(page);
        await tools.SendAsync("WebAuthn.enable");
        await tools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new
            {
                protocol = "ctap2",
                transport = "internal",
                hasResidentKey = true,
                hasUserVerification = true,
                isUserVerified = true,
                automaticPresenceSimulation = true,
            },
        });
        return page;
    }

    private async Task<StaffSession> SessionAsync()
    {
        await using var session = _browsed.App.Services.GetRequiredService<IDocumentStore>().QuerySession();
        return (await session.Query<StaffSession>().ToListAsync()).MaxBy(s => s.StartedAt)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
