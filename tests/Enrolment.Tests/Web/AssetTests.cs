using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Institute;
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

    [Fact]
    public async Task A_visitor_loads_less_than_60_KB_and_staff_less_than_40_for_a_page_after_the_first()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        for (var i = 0; i < 60; i++) await app.AddLeadAsync(course, $"Anjali Nair {(char)('A' + i % 26)}", $"anjali{i}@mail.example");
        using var visitor = app.Browse();
        var form = await visitor.GetAsync("/enquire");
        var named = form.Html.QuerySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=preload], script")
            .Select(e => e.GetAttribute("href") ?? e.GetAttribute("src")!).Append("/enquire");
        var sizes = new List<int>();
        foreach (var address in named) sizes.Add(await SizeAsync(visitor, address));
        using var staff = await app.SignInAsync(Roles.Manager);

        Assert.InRange(sizes.Sum(), 10_000, 60_000);
        foreach (var address in new[] { "/leads", "/leads/board", "/today?everyone=true", "/reports" })
            Assert.InRange(await SizeAsync(staff, address), 1_000, 40_000);
    }

    [Fact]
    public async Task The_desk_can_be_installed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var address = staff.Page.One("link[rel=manifest]").GetAttribute("href")!;

        using var manifest = await staff.DownloadAsync(address);
        using var told = JsonDocument.Parse(await manifest.Content.ReadAsStringAsync());

        Assert.Equal("application/manifest+json", manifest.Content.Headers.ContentType?.MediaType);
        var starts = told.RootElement.GetProperty("shortcuts").EnumerateArray().Append(told.RootElement)
            .Select(e => (e.TryGetProperty("start_url", out var url) ? url : e.GetProperty("url")).GetString()!);
        foreach (var page in starts) Assert.Equal((page, HttpStatusCode.OK), (page, (await staff.GetAsync(page)).Status));
        foreach (var icon in told.RootElement.GetProperty("icons").EnumerateArray())
            Assert.Equal(HttpStatusCode.OK, (await staff.GetAsync(icon.GetProperty("src").GetString()!)).Status);
    }

    // As it goes over the wire to a browser.
    private static async Task<int> SizeAsync(Browser browser, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.AcceptEncoding.ParseAdd("br");
        using var answer = await browser.SendRawAsync(request);
        Assert.Equal((address, HttpStatusCode.OK, "br"), (address, answer.StatusCode, answer.Content.Headers.ContentEncoding.Single()));
        return (await answer.Content.ReadAsByteArrayAsync()).Length;
    }
}
