using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Crm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc.Razor.Internal;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RazorSlices;

namespace Crm.Tests.Web;

/// <summary>A page is sent when all of it is there.</summary>
public sealed class RenderingTests(TestPostgres postgres)
{
    // RazorSlices looks at them, when a view is first shown, with what two threads may not use at once: the view was then broken for good.
    [Fact]
    public void No_view_has_anything_injected()
    {
        var views = typeof(EnrolmentApp).Assembly.GetTypes().Where(t => t is { IsAbstract: false } && t.IsSubclassOf(typeof(RazorSlice)));
        // What the compiler of views adds to each is MVC's, and passed over by its name.
        var injected = views.ToDictionary(v => v.Name, v => v.GetProperties().Count(p => p.IsDefined(typeof(RazorInjectAttribute), true)
            && p.PropertyType.Namespace?.StartsWith("Microsoft.AspNetCore.Mvc", StringComparison.Ordinal) != true));

        Assert.True(injected.Count > 150, $"Only {injected.Count} views were found.");
        Assert.DoesNotContain(injected, v => v.Value > 0);
    }

    [Fact]
    public async Task A_page_whose_view_throws_answers_500_with_the_error_page_and_is_logged()
    {
        var log = new Log();
        await using var app = await StartAsync(log);
        using var browser = app.Browse();

        var page = await browser.GetAsync("/broken/page");

        Assert.Equal((HttpStatusCode.InternalServerError, "Something went wrong"), (page.Status, page.One("h1").TextContent));
        Assert.DoesNotContain("Half of it", page.Text);
        Assert.Equal(BrokenView.Reason, Assert.Single(log.Errors)?.Message);
    }

    [Fact]
    public async Task A_fragment_whose_view_throws_answers_500_with_words_that_htmx_puts_above_what_is_there()
    {
        var log = new Log();
        await using var app = await StartAsync(log);
        using var browser = app.Browse();

        var part = await browser.GetAsync("/broken/page", htmx: true);

        Assert.Equal(HttpStatusCode.InternalServerError, part.Status);
        Assert.StartsWith("Something went wrong. ", part.One("body > p.problem[role=alert]").TextContent);
        Assert.Empty(part.Html.QuerySelectorAll("h1"));
        Assert.Equal("afterbegin", part.Headers.GetValues("HX-Reswap").Single());
        Assert.Equal(BrokenView.Reason, Assert.Single(log.Errors)?.Message);
    }

    [Fact]
    public async Task A_refused_form_whose_view_throws_answers_500_and_is_logged()
    {
        var log = new Log();
        await using var app = await StartAsync(log);
        using var browser = app.Browse();

        var page = await browser.PostAsync("/broken/form", []);

        Assert.Equal((HttpStatusCode.InternalServerError, "Something went wrong"), (page.Status, page.One("h1").TextContent));
        Assert.Equal(BrokenView.Reason, Assert.Single(log.Errors)?.Message);
    }

    [Fact]
    public async Task Every_route_renders_before_it_sends()
    {
        await using var app = await TestApp.StartAsync(postgres);

        var routes = app.Get<EndpointDataSource>().Endpoints.Where(e => e.Metadata.GetMetadata<StaticAssetDescriptor>() is null).ToList();

        Assert.NotEmpty(routes);
        Assert.DoesNotContain(routes, r => r.Metadata.GetMetadata<RenderedFirst>() is null);
    }

    [Fact]
    public async Task Letters_of_every_script_stand_as_themselves()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "അഞ്ജലി നായർ");
        using var browser = await app.SignInAsync(Roles.Counsellor);

        var page = await browser.GetAsync("/leads/" + lead.Id);
        var list = await browser.GetAsync("/leads?q=" + Uri.EscapeDataString("അഞ്ജലി"), htmx: true);

        Assert.Contains(">അഞ്ജലി നായർ</h1>", page.Text);
        Assert.Contains("value=\"അഞ്ജലി നായർ\"", page.Text);
        Assert.Contains("അഞ്ജലി നായർ</a>", list.Text);
        Assert.Equal(page.Text.Length, page.Html.Source.Length);
        Assert.DoesNotContain("&#xD", page.Text + list.Text);
    }

    [Fact]
    public async Task What_HTML_could_take_for_markup_is_encoded()
    {
        await using var app = await TestApp.StartAsync(postgres);
        const string name = "<b>Anu</b> & \"Binu\" O'Neil";
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), name);
        using var browser = await app.SignInAsync(Roles.Counsellor);

        var page = await browser.GetAsync("/leads/" + lead.Id);

        Assert.Contains(">&lt;b&gt;Anu&lt;/b&gt; &amp; &quot;Binu&quot; O&#x27;Neil</h1>", page.Text);
        Assert.Contains("value=\"&lt;b&gt;Anu&lt;/b&gt; &amp; &quot;Binu&quot; O&#x27;Neil\"", page.Text);
        Assert.Equal((name, name), (page.One("#lead h1").TextContent, page.One("#details-name").GetAttribute("value")));
    }

    [Fact]
    public async Task An_answer_says_how_long_it_is()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();

        using var answer = await browser.DownloadAsync("/enquire");

        Assert.Equal((await answer.Content.ReadAsByteArrayAsync()).Length, answer.Content.Headers.ContentLength);
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
    }

    private Task<TestApp> StartAsync(Log log) =>
        TestApp.StartAsync(postgres, services: s => s.AddSingleton<ILoggerProvider>(log), routes: MapBroken);

    private static void MapBroken(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/broken/page", () => new BrokenView()).AllowAnonymous();
        routes.MapPost("/broken/form", () => new Page(new BrokenView(), 422)).AllowAnonymous().WithoutCsrf();
    }

    private sealed class BrokenView : RazorSlice
    {
        public const string Reason = "This view cannot be shown.";

        public override async Task ExecuteAsync()
        {
            WriteLiteral("<p>Half of it</p>");
            await FlushAsync();
            throw new InvalidOperationException(Reason);
        }
    }
}
