using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.StaticAssets;

namespace Crm.Tests.Web;

/// <summary>What addresses answer that people do not get to by clicking.</summary>
public sealed class AddressTests(TestPostgres postgres)
{
    private static IEnumerable<RouteEndpoint> PagesWithoutParameters(TestApp app) =>
        from route in app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where route.Metadata.GetMetadata<StaticAssetDescriptor>() is null
            && route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true
            && route.RoutePattern.Parameters.All(p => p.IsOptional)
        select route;

    private static string AddressOf(RouteEndpoint route) =>
        "/" + string.Join('/', from segment in route.RoutePattern.PathSegments
                               from part in segment.Parts.OfType<RoutePatternLiteralPart>()
                               select part.Content);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HEAD_answers_as_GET_without_the_body(bool signedIn)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var browser = signedIn ? await app.SignInAsync(Roles.Manager) : app.Browse();
        var addresses = PagesWithoutParameters(app).Select(AddressOf).ToList();
        Assert.Empty(new[] { "/", "/signin", "/enquire", "/enquire/thanks", "/today", "/leads" }.Except(addresses));

        foreach (var address in addresses)
        {
            using var get = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Get, address));
            using var head = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Head, address));

            Assert.True(get.StatusCode == head.StatusCode, $"GET {address} answers {get.StatusCode}, HEAD {head.StatusCode}");
            Assert.Equal(get.Headers.Location, head.Headers.Location);
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task No_address_of_ours_answers_with_nothing_to_read()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        var addresses = app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(r => r.Metadata.GetMetadata<StaticAssetDescriptor>() is null)
            .Select(r => "/" + string.Join('/', r.RoutePattern.PathSegments.Select(s => s.Parts[0] switch
            {
                RoutePatternLiteralPart literal => literal.Content,
                RoutePatternParameterPart { IsOptional: true } => "",
                _ => Guid.NewGuid().ToString(),
            })))
            .Distinct().ToList();
        Assert.InRange(addresses.Count, 40, 400);

        // Those that take forms, too: who reloads the page of a refused form without JavaScript asks for it with GET.
        var empty = new List<string>();
        foreach (var address in addresses)
        {
            using var answer = await manager.SendRawAsync(new HttpRequestMessage(HttpMethod.Get, address));
            if ((int)answer.StatusCode >= 400 && !(await answer.Content.ReadAsStringAsync()).Contains("<h1>", StringComparison.Ordinal))
                empty.Add($"{address}: {answer.StatusCode}");
        }

        Assert.Empty(empty);
    }

    [Fact]
    public async Task HEAD_answers_as_GET_wherever_an_address_names_something()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        using var browser = await app.SignInAsync(Roles.Manager);
        var ids = new[] { course.Id, batch.Id, lead.Id, lead.PersonId, (await app.AllAsync<User>())[0].Id, Guid.NewGuid(),
            (await app.AllAsync<OutboxMessage>())[0].Id }.Select(id => id.ToString()).Append("CPC").ToList();
        var routes = app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(r => r.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true);
        var addresses = (from route in routes
                         let pattern = "/" + route.RoutePattern.RawText!.Trim('/')
                         from id in route.RoutePattern.Parameters.Count == 0 ? ["none"] : ids
                         select Regex.Replace(pattern, @"\{[^}]+\}", id)).Distinct().ToList();
        Assert.True(addresses.Count > 60, $"Only {addresses.Count} addresses were found.");

        var found = 0;
        foreach (var address in addresses)
        {
            using var get = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Get, address));
            using var head = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Head, address));

            Assert.True(get.StatusCode == head.StatusCode, $"GET {address} answers {get.StatusCode}, HEAD {head.StatusCode}");
            Assert.Equal(get.Headers.Location, head.Headers.Location);
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
            if (get.StatusCode == HttpStatusCode.OK) found++;
        }
        Assert.True(found > 30, $"Only {found} of {addresses.Count} addresses lead to something.");
    }

    [Theory]
    [InlineData("/about")]
    [InlineData("/favicon.ico")]
    [InlineData("/wp-login.php")]
    [InlineData("/leads/1")]
    public async Task An_address_that_is_not_there_is_said_to_a_stranger_on_a_public_page(string address)
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();

        var page = await browser.GetAsync(address);

        Assert.Equal((HttpStatusCode.NotFound, address, "There is nothing here"), (page.Status, page.Path, page.One("h1").TextContent));
        Assert.NotNull(page.One("body.public"));
    }

    [Fact]
    public async Task Staff_get_back_to_their_day_from_an_address_that_is_not_there()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Counsellor);

        var page = await browser.GetAsync("/leed");

        Assert.Equal((HttpStatusCode.NotFound, "/today"), (page.Status, page.One(".notice a").GetAttribute("href")));
    }

    [Fact]
    public async Task Search_engines_are_asked_to_leave_out_whatever_needs_signing_in()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();

        var robots = await browser.GetAsync("/robots.txt");

        Assert.Equal(HttpStatusCode.OK, robots.Status);
        var left = robots.Text.Split('\n').Select(l => l.Split(": ")).Where(l => l[0] == "Disallow").Select(l => l[1].Trim()).ToList();
        var closed = PagesWithoutParameters(app).Where(r => r.Metadata.GetMetadata<IAllowAnonymous>() is null).Select(AddressOf).ToList();
        Assert.NotEmpty(closed);
        Assert.All(closed, address => Assert.Contains(left, l => address.StartsWith(l, StringComparison.Ordinal)));
        Assert.DoesNotContain(left, l => "/enquire/CPC".StartsWith(l, StringComparison.Ordinal));
    }
}
