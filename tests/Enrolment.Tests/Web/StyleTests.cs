using System.Text.RegularExpressions;
using Crm.Accounts;

namespace Crm.Tests.Web;

/// <summary>Looks and behaviour stand in files of their own, so that the policy can forbid everything else.</summary>
public sealed partial class StyleTests(TestPostgres postgres)
{
    // Mail programs read no style sheets.
    private static bool IsEmail(string path) => Path.GetFileName(path).StartsWith("Email", StringComparison.Ordinal);

    [Fact]
    public void No_view_and_no_script_writes_styles_or_handlers_into_the_page()
    {
        var files = Repository.Files("app", ".cshtml").Where(f => !IsEmail(f.Path)).Concat(Repository.Files("wwwroot", ".js", ".svg")).Concat(Repository.Files("app/Web", ".cs")).ToList();

        Assert.True(files.Count > 20);
        Assert.All(files, f => Assert.False(Inline().IsMatch(f.Text), $"{f.Path}: {Inline().Match(f.Text).Value}"));
    }

    [Theory]
    [InlineData("<p style=\"color:red\">")]
    [InlineData("<p class=\"a\" style='b'>")]
    [InlineData("<STYLE>")]
    [InlineData("<button type=button onclick=\"go()\">")]
    [InlineData("<a href=\"javascript:go()\">")]
    [InlineData("<script>go()</script>")]
    [InlineData("element.setAttribute('style', 'color:red')")]
    public void What_is_looked_for_is_found(string written) => Assert.Matches(Inline(), written);

    [Fact]
    public void Colours_stand_in_one_file()
    {
        var files = Repository.Files("wwwroot/css", ".css").Where(f => !f.Path.EndsWith("/tokens.css", StringComparison.Ordinal)).Concat(Repository.Files("wwwroot/js", ".js"))
            .Concat(Repository.Files("app", ".cshtml").Where(f => !IsEmail(f.Path))).ToList();

        Assert.True(files.Count > 20);
        Assert.All(files, f => Assert.False(Colour().IsMatch(f.Text), $"{f.Path}: {Colour().Match(f.Text).Value}"));
    }

    [Fact]
    public void Every_colour_and_measure_that_is_used_is_named_and_every_named_one_is_used()
    {
        var css = string.Concat(Repository.Files("wwwroot/css", ".css").Select(f => f.Text));
        var named = Regex.Matches(css, @"--[\w-]+(?=:)").Select(m => m.Value).ToHashSet();
        var used = Regex.Matches(css, @"(?<=var\()--[\w-]+(?=\))").Select(m => m.Value).ToHashSet();

        Assert.Equal(named.Order(), used.Order());
    }

    [Fact]
    public void Every_style_sheet_and_behaviour_is_imported()
    {
        var css = File.ReadAllText(Path.Combine(Repository.Root, "wwwroot/css/app.css"));
        var js = string.Concat(Repository.Files("wwwroot/js", ".js").Select(f => f.Text));

        Assert.All(Repository.Files("wwwroot/css", ".css").Where(f => !f.Path.EndsWith("/app.css", StringComparison.Ordinal)), f => Assert.Contains($"\"{f.Path["wwwroot/css/".Length..]}\" layer(", css));
        Assert.All(Repository.Files("wwwroot/js/behaviours", ".js"), f => Assert.Matches($"/{Regex.Escape(Path.GetFileName(f.Path))}'", js));
    }

    [Fact]
    public async Task The_policy_allows_nothing_inline_and_nothing_from_elsewhere()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Manager);

        var policy = (await browser.GetAsync("/today")).Headers.GetValues("Content-Security-Policy").Single().Split("; ");

        Assert.Empty(new[] { "default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'" }.Except(policy));
        Assert.DoesNotContain(policy, p => p.Contains("unsafe", StringComparison.Ordinal) || p.Contains("http", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"[\s'""]style\s*=|setAttribute\('style|<style|\son\w+\s*=\s*[""']|javascript:|<script(?![^>]*\ssrc=)[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    [GeneratedRegex(@"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![\w-])(?=\s*[;,)""'\s])|\b(?:rgb|rgba|hsl|hsla|hwb|lab|lch|oklab|oklch|color)\(|light-dark\(|:\s*(?:white|black|red|green|blue|gr[ae]y)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Colour();
}
