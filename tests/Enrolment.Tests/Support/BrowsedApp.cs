using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace Crm.Tests;

/// <summary>The app on a port, as browsers reach it, on a database of its own, and a browser.</summary>
internal sealed class BrowsedApp : IAsyncDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("enrolment-browsed-");
    private IPlaywright _playwright = null!;

    private BrowsedApp() { }

    public WebApplication App { get; private set; } = null!;

    public IBrowser Browser { get; private set; } = null!;

    public string DataFolder => _data.FullName;

    public string Address => App.Urls.Single();

    /// <param name="settings">Configuration over the app's own.</param>
    /// <param name="address">Where it is served; at a free port where nothing is said.</param>
    /// <param name="routes">Routes of the test, beside the app's own.</param>
    /// <param name="time">The app's clock; the machine's where nothing is said.</param>
    public static async Task<BrowsedApp> StartAsync(TestPostgres postgres, IReadOnlyDictionary<string, string?>? settings = null,
        string address = "http://127.0.0.1:0", Action<WebApplication>? routes = null, TimeProvider? time = null)
    {
        var browsed = new BrowsedApp();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Data:Folder"] = browsed._data.FullName });
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        EnrolmentApp.AddServices(builder, await postgres.CreateDatabaseAsync());
        if (time is not null) builder.Services.AddSingleton(time);
        builder.WebHost.UseUrls(address);
        browsed.App = builder.Build();
        EnrolmentApp.Configure(browsed.App);
        routes?.Invoke(browsed.App);
        await browsed.App.StartAsync();
        browsed._playwright = await Playwright.CreateAsync();
        browsed.Browser = await Chromium.LaunchAsync(browsed._playwright);
        return browsed;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
        await App.DisposeAsync();
        _data.Delete(recursive: true);
    }
}
