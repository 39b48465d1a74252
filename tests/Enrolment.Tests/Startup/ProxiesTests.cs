using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

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
        var seen = "";
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?> { ["Proxies"] = named },
            services => services.AddSingleton<IStartupFilter>(new From(IPAddress.Parse(from))),
            routes => routes.MapGet("/seen", (Microsoft.AspNetCore.Http.HttpContext http) =>
            {
                seen = $"{http.Request.Scheme} {http.Connection.RemoteIpAddress}";
                return "seen";
            }).AllowAnonymous());
        using var browser = app.Browse();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/seen");
        request.Headers.Add("X-Forwarded-For", "198.51.100.7");
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var answer = await browser.SendRawAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(believed ? "https 198.51.100.7" : $"http {from}", seen);
    }

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
