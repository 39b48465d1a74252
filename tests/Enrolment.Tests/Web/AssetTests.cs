using System.Net;
using System.Text.RegularExpressions;
using Crm.Web;

namespace Crm.Tests.Web;

/// <summary>Styles, scripts and fonts reach the browser, and are asked for again only when they changed.</summary>
public sealed class AssetTests(TestPostgres postgres)
{
    [Fact]
    public async Task What_a_page_names_is_there_and_is_kept_for_ever()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();
        var page = await browser.GetAsync("/enquire");
        var elements = page.Html.QuerySelectorAll("link[rel=stylesheet], link[rel=icon], script");
        var named = elements.Select(e => e.GetAttribute("href") ?? e.GetAttribute("src")!).ToList();
        Assert.Equal(4, named.Count);

        foreach (var address in named)
        {
            using var file = await browser.DownloadAsync(address);
            var kept = file.Headers.CacheControl?.ToString();
            Assert.Equal((address, HttpStatusCode.OK, "max-age=31536000, immutable"), (address, file.StatusCode, kept));
            Assert.NotEmpty(await file.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task A_file_asked_for_by_its_plain_name_is_asked_for_anew_each_time()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();

        using var plain = await browser.DownloadAsync("/css/app.css");
        using var dated = await browser.DownloadAsync(app.Get<Assets>().Url("css/app.css"));

        Assert.Equal("no-cache", plain.Headers.CacheControl?.ToString());
        Assert.Equal(await dated.Content.ReadAsStringAsync(), await plain.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_fonts_that_the_style_sheet_names_are_there_and_kept_for_an_hour()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();
        var css = (await browser.GetAsync("/css/app.css")).Text;
        var fonts = Regex.Matches(css, @"(?<=url\(""?)/[^)""]+").Select(m => m.Value).ToList();
        Assert.NotEmpty(fonts);

        foreach (var address in fonts)
        {
            using var font = await browser.DownloadAsync(address);
            var kept = font.Headers.CacheControl?.MaxAge;
            Assert.Equal((address, HttpStatusCode.OK, TimeSpan.FromHours(1)), (address, font.StatusCode, kept));
        }
    }

    [Fact]
    public async Task Files_set_no_cookie_and_carry_the_security_headers()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();

        using var file = await browser.DownloadAsync(app.Get<Assets>().Url("js/app.js"));

        Assert.False(file.Headers.Contains("Set-Cookie"));
        Assert.Equal("nosniff", file.Headers.GetValues("X-Content-Type-Options").Single());
    }
}
