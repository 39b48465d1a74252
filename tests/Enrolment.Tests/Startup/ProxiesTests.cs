using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Tests.Startup;

/// <summary>Who is believed when they say for whom a request is passed on.</summary>
public sealed class ProxiesTests(TestPostgres postgres)
{
    [Theory]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("::1", null, true)]
    [InlineData("203.0.113.9", null, false)]
    [InlineData("10.1.2.3", "10.0.0.0/8", true)]
    [InlineData("::ffff:10.1.2.3", "192.0.2.1, 10.0.0.0/8", true)]
    [InlineData("127.0.0.1", "10.0.0.0/8", false)]
    public async Task Only_those_who_are_named_are_believed(string from, string? named, bool believed)
    {
        await using var app = await BehindAsync(from, new() { ["Proxies"] = named });
        using var browser = app.Browse();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/seen");
        request.Headers.Add("X-Forwarded-For", "198.51.100.7");
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var answer = await browser.SendRawAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(believed ? "https 198.51.100.7" : $"http {from}", await answer.Content.ReadAsStringAsync());
    }

    // What a visitor wrote into the line stands before what the proxy adds; and a proxy may stand behind another that is named too.
    [Theory]
    [InlineData(null, "192.0.2.66, 198.51.100.7", "198.51.100.7")]
    [InlineData("127.0.0.1, 10.0.0.0/8", "198.51.100.7, 10.0.0.9", "198.51.100.7")]
    [InlineData("127.0.0.1, 10.0.0.0/8", "10.0.0.8, 198.51.100.7, 10.0.0.9", "198.51.100.7")]
    [InlineData("127.0.0.1", "198.51.100.7, 10.0.0.9", "10.0.0.9")]
    public async Task Of_a_chain_the_first_address_counts_that_nobody_named(string? named, string chain, string counted)
    {
        await using var app = await BehindAsync("127.0.0.1", new() { ["Proxies"] = named });
        using var browser = app.Browse();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/seen") { Headers = { { "X-Forwarded-For", chain } } };

        using var answer = await browser.SendRawAsync(request);

        Assert.Equal("http " + counted, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("127.0.0.1", "198.51.100.8", false, "198.51.100.7 198.51.100.8")]
    [InlineData("127.0.0.1", "198.51.100.7", true, "198.51.100.7")]
    [InlineData("203.0.113.9", "198.51.100.8", true, "203.0.113.9")]
    public async Task Behind_a_proxy_each_visitor_has_limits_of_their_own_and_nobody_writes_their_way_round_them(
        string from, string visitor, bool tooMany, string addresses)
    {
        await using var app = await BehindAsync(from, new() { ["RateLimits:SignInsPerMinute"] = "1" });
        await app.AddUserAsync("Divya Menon");

        Assert.NotEqual(HttpStatusCode.TooManyRequests, await SignInAsync(app, "198.51.100.7"));
        Assert.Equal(tooMany, await SignInAsync(app, visitor) == HttpStatusCode.TooManyRequests);
        // Who could not come in is noted with the address that counts.
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var noted = source.CreateCommand("select string_agg(address, ' ' order by address) from enrolment.audit_entries");
        Assert.Equal(addresses, await noted.ExecuteScalarAsync());
    }

    private static async Task<HttpStatusCode> SignInAsync(TestApp app, string visitor)
    {
        using var browser = app.Browse();
        var form = (await browser.GetAsync("/signin")).One("form[action='/signin']");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/signin")
        {
            Headers = { { "X-Forwarded-For", visitor } },
            Content = new FormUrlEncodedContent(form.QuerySelectorAll("input[type=hidden]")
                .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!)
                .Append(new("email", "divya@institute.example")).Append(new("password", "guessed"))),
        };
        using var answer = await browser.SendRawAsync(request);
        return answer.StatusCode;
    }

    private Task<TestApp> BehindAsync(string from, Dictionary<string, string?> settings) => TestApp.StartAsync(postgres, settings,
        services => services.AddSingleton<IStartupFilter>(new From(IPAddress.Parse(from))),
        routes => routes.MapGet("/seen", (Microsoft.AspNetCore.Http.HttpContext http) =>
            $"{http.Request.Scheme} {http.Connection.RemoteIpAddress}").AllowAnonymous());

    private sealed class From(IPAddress address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, go) =>
            {
                http.Connection.RemoteIpAddress = address;
                return go(http);
            });
            next(app);
        };
    }
}
