using System.Net;
using System.Net.Sockets;
using Crm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Tests.Web;

/// <summary>An app with an address at which the database fails as it is told to.</summary>
public sealed class FailingApp(TestPostgres postgres) : IAsyncLifetime
{
    public TestApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await TestApp.StartAsync(postgres, routes: routes =>
        routes.Map("/fails/{how}", IResult (string how) => throw Failure(how)).AllowAnonymous().WithoutCsrf());

    public ValueTask DisposeAsync() => App.DisposeAsync();

    // As they come: wrapped by whoever asked the database.
    private static InvalidOperationException Failure(string how) => new("Marten says", how switch
    {
        "unreachable" => new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused)),
        "slow" => new NpgsqlException("Exception while reading from stream", new TimeoutException()),
        "cut" => new NpgsqlException("Exception while reading from stream", new EndOfStreamException()),
        _ => new PostgresException("said by the server", "ERROR", "ERROR", how),
    });
}

/// <summary>What a page and a form answer while the database cannot be used.</summary>
public sealed class DatabaseAwayTests(FailingApp failing) : IClassFixture<FailingApp>
{
    [Theory]
    [InlineData("unreachable", "One moment, please")]
    [InlineData("slow", "One moment, please")]
    [InlineData("cut", "One moment, please")]
    [InlineData(PostgresErrorCodes.AdminShutdown, "One moment, please")]
    [InlineData(PostgresErrorCodes.CannotConnectNow, "One moment, please")]
    [InlineData(PostgresErrorCodes.TooManyConnections, "One moment, please")]
    [InlineData(PostgresErrorCodes.DeadlockDetected, "One moment, please")]
    [InlineData(PostgresErrorCodes.ReadOnlySqlTransaction, "One moment, please")]
    [InlineData(PostgresErrorCodes.DiskFull, "There is no room left")]
    public async Task A_page_says_so_and_tries_again_by_itself(string how, string said)
    {
        using var browser = failing.App.Browse();

        var page = await browser.GetAsync($"/fails/{how}?page=2");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, said), (page.Status, page.One("h1").TextContent));
        Assert.Equal(TimeSpan.FromSeconds(10), page.Headers.RetryAfter?.Delta);
        Assert.Equal("10", page.Headers.GetValues("Refresh").Single());
        Assert.Equal($"/fails/{how}?page=2", page.One("a.button").GetAttribute("href"));
    }

    [Theory]
    [InlineData(PostgresErrorCodes.UndefinedTable)]
    [InlineData(PostgresErrorCodes.UniqueViolation)]
    [InlineData(PostgresErrorCodes.SyntaxError)]
    public async Task A_mistake_of_ours_is_not_blamed_on_the_database(string how)
    {
        using var browser = failing.App.Browse();

        var page = await browser.GetAsync("/fails/" + how);

        Assert.Equal((HttpStatusCode.InternalServerError, "Something went wrong"), (page.Status, page.One("h1").TextContent));
        Assert.Null(page.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_form_comes_back_with_everything_typed_to_be_sent_again_by_itself()
    {
        using var browser = failing.App.Browse();
        var typed = new Dictionary<string, string>
        {
            ["name"] = "Anjali <b>\"Nair\"</b>",
            ["message"] = "two\r\nlines",
            ["formId"] = Guid.NewGuid().ToString(),
            ["empty"] = "",
            ["സന്ദേശം"] = "മലയാളം 🙂",
        };

        var page = await browser.PostAsync("/fails/unreachable?from=form", typed);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Equal(TimeSpan.FromSeconds(10), page.Headers.RetryAfter?.Delta);
        var form = page.One("main form");
        Assert.Equal(("post", "/fails/unreachable?from=form", "10"),
            (form.GetAttribute("method"), form.GetAttribute("action"), form.GetAttribute("data-again")));
        Assert.Equal(typed, form.QuerySelectorAll("input").ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!));
    }

    [Fact]
    public async Task A_password_is_not_written_into_the_page()
    {
        using var browser = failing.App.Browse();

        var page = await browser.PostAsync("/fails/unreachable", new() { ["email"] = "a@b.example", ["password"] = "a secret of mine" });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.DoesNotContain("a secret of mine", page.Text);
        Assert.Contains("Please send it once more in a moment", page.Text);
    }

    [Fact]
    public async Task Where_htmx_asked_the_words_stand_beside_the_form_which_stays()
    {
        using var browser = failing.App.Browse();

        var part = await browser.PostAsync("/fails/unreachable", new() { ["note"] = "typed" }, htmx: true);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, part.Status);
        Assert.Equal("afterbegin", part.Headers.GetValues("HX-Reswap").Single());
        Assert.Empty(part.Html.QuerySelectorAll("form"));
    }
}
