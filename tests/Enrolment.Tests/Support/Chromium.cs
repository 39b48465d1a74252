using Microsoft.Playwright;

namespace Crm.Tests;

/// <summary>The browser of the machine, or the one that Playwright downloads where there is none.</summary>
internal static class Chromium
{
    private static readonly string[] Installed =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    public static async Task<IBrowser> LaunchAsync(IPlaywright playwright)
    {
        var path = Environment.GetEnvironmentVariable("CHROMIUM") ?? Installed.FirstOrDefault(File.Exists);
        if (path is null && Microsoft.Playwright.Program.Main(["install", "--with-deps", "chromium"]) != 0)
            Assert.Skip("There is no Chromium on this machine and it could not be downloaded. "
                + "Install one, or name it in the environment variable CHROMIUM.");
        return await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            // Root, as in a container, has no sandbox; the rest keeps the browser from calling its maker.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }
}
