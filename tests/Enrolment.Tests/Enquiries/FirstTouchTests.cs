using Crm.Leads;
using Crm.Web;
using CsCheck;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Tests.Enquiries;

/// <summary>Where somebody first came from, from the page they landed on up to the form they send. This browser runs no scripts.</summary>
public sealed class FirstTouchTests(TestPostgres postgres)
{
    private const string Campaign = "?utm_source=Google&utm_medium=cpc&utm_campaign=june%20%26%20july";
    private const string Article = "https://www.codingblog.example/what-is-it?visitor=7";

    private static readonly Dictionary<string, string> Typed = new()
    {
        ["name"] = "Anjali Nair",
        ["phone"] = "98470 12345",
        ["consent"] = "true",
    };

    /// <summary>Goes to the front page by the name of the institute, from there to a course, mistypes once and sends the form.</summary>
    private static async Task<LeadSource> ClickThroughAsync(TestApp app, Browser visitor)
    {
        async Task FollowAsync(string link) =>
            await visitor.GetAsync(visitor.Page.One(link).GetAttribute("href")!, referrer: "http://localhost" + visitor.Page.Path);
        await FollowAsync("a.brand");
        await FollowAsync(".courses a");
        await FollowAsync("a.brand");
        await FollowAsync(".courses a");
        await visitor.SubmitAsync("form#enquiry", new(Typed) { ["phone"] = "1" });
        await FollowAsync("a.brand");
        await FollowAsync(".courses a");
        await visitor.SubmitAsync("form#enquiry", Typed);
        return Assert.Single(await app.AllAsync<Lead>()).Source;
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/enquire")]
    [InlineData("/enquire/CPC")]
    [InlineData("/enquire/thanks")]
    [InlineData("/enquire/thanks/L-ABCDEF/correction")]
    [InlineData("/about")]
    [InlineData("/unsubscribe/nothing")]
    [InlineData("/setup")]
    public async Task Whichever_public_page_they_land_on_the_campaign_and_the_article_are_the_source(string landing)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();

        var page = await visitor.GetAsync(landing + Campaign, referrer: Article);

        var cookies = page.Headers.TryGetValues("Set-Cookie", out var set) ? set : [];
        Assert.All(cookies, c => Assert.StartsWith("enrolment.form", c));
        Assert.Equal(new LeadSource("google", "cpc", "june & july", "https://www.codingblog.example/what-is-it"),
            await ClickThroughAsync(app, visitor));
    }

    [Theory]
    [InlineData(Article, "codingblog.example")]
    [InlineData("https://news.example", "news.example")]
    [InlineData("android-app://com.example.mail/", "Direct")]
    [InlineData(null, "Direct")]
    [InlineData("https://www.periyar.example/blog/what-is-it", "Direct")]
    [InlineData("http://PERIYAR.example.:8080/", "Direct")]
    public async Task Who_comes_from_an_article_without_a_campaign_is_counted_by_it(string? referrer, string source)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/", referrer: referrer);

        Assert.Equal(source, (await ClickThroughAsync(app, visitor)).Name);
    }

    [Theory]
    [InlineData("?utm_source=periyar.example&referrer=https://www.periyar.example/")]
    [InlineData("?utm_source=www.Periyar.Example.")]
    [InlineData("?referrer=http://localhost:5443/enquire")]
    [InlineData("?referrer=javascript:alert(1)")]
    [InlineData("?utm_source=%20")]
    public async Task The_institute_is_no_source_however_the_link_names_it(string query)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/" + query);

        Assert.Equal(LeadSource.Direct, await ClickThroughAsync(app, visitor));
    }

    [Fact]
    public async Task Who_arrives_anew_by_a_link_that_a_visitor_passed_on_came_from_where_it_stands()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        var passedOn = "/enquire/CPC?referrer=" + Uri.EscapeDataString("https://old.example/");
        await visitor.GetAsync(passedOn, referrer: "https://forum.example/t/7");

        Assert.Equal("forum.example", (await ClickThroughAsync(app, visitor)).Name);
    }

    [Fact]
    public async Task Links_stay_plain_where_there_is_nothing_to_carry()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();

        var page = await visitor.GetAsync("/");

        Assert.Equal(("/", "/enquire/CPC"), (page.One("a.brand").GetAttribute("href"), page.One(".courses a").GetAttribute("href")));
    }

    [Theory]
    [InlineData("\"><script>alert(1)</script>", "\"><script>alert(1)</script>")]
    [InlineData("जून&utm_medium=x#y", "जून&utm_medium=x#y")]
    [InlineData("a\r\nSet-Cookie: b=c", "a Set-Cookie: b=c")]
    public async Task Whatever_a_campaign_is_called_it_arrives_and_breaks_no_link(string called, string arrives)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/?utm_source=x&utm_campaign=" + Uri.EscapeDataString(called));

        var source = await ClickThroughAsync(app, visitor);

        Assert.Equal(("x", null, arrives), (source.Name, source.Medium, source.Campaign));
    }

    private static readonly Gen<char> Written =
        Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\u0900', '\u0D7F'], Gen.Const('&'), Gen.Const('#'));

    [Fact]
    public void What_a_link_carries_is_read_from_it_as_it_was() =>
        Gen.String[Written, 1, 40].Array[4].Sample(values =>
        {
            var address = new FirstTouch(values[0], values[1], values[2], values[3]).Carry("/enquire/CPC#enquiry");
            var read = QueryHelpers.ParseQuery(new Uri("http://localhost" + address).Query);
            return address.EndsWith("#enquiry", StringComparison.Ordinal)
                && FirstTouch.Fields.Zip(values).All(pair => read[pair.First] == pair.Second);
        });
}
