using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Institute;

namespace Crm.Tests.Web;

/// <summary>Looks and behaviour stand in files of their own, so that the policy can forbid everything else.</summary>
public sealed partial class StyleTests(TestPostgres postgres)
{
    // Mail programs read no style sheets.
    private static IEnumerable<(string Path, string Text)> Views =>
        Repository.Files("app", ".cshtml").Where(f => !Path.GetFileName(f.Path).StartsWith("Email", StringComparison.Ordinal));

    private static IEnumerable<(string Path, string Text)> Sheets(string but) =>
        Repository.Files("wwwroot/css", ".css").Where(f => f.Path != "wwwroot/css/" + but);

    private static IEnumerable<(string Path, string Text)> Scripts => Repository.Files("wwwroot/js", ".js");

    [Fact]
    public void No_view_and_no_script_writes_styles_or_handlers_into_the_page()
    {
        var files = Views.Concat(Scripts).Concat(Repository.Files("wwwroot", ".svg")).Concat(Repository.Files("app/Web", ".cs")).ToList();

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
        var files = Sheets(but: "tokens.css").Concat(Scripts).Concat(Views).ToList();

        Assert.True(files.Count > 20);
        Assert.All(files, f => Assert.False(Colour().IsMatch(f.Text), $"{f.Path}: {Colour().Match(f.Text).Value}"));
    }

    [Theory]
    [InlineData("color: #fff;")]
    [InlineData("background: #0F766E")]
    [InlineData("border: 1px solid rgb(1 2 3 / .5)")]
    [InlineData("color: white")]
    public void A_colour_that_is_looked_for_is_found(string written) => Assert.Matches(Colour(), written + "\n");

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
        var js = string.Concat(Scripts.Select(f => f.Text));

        Assert.All(Sheets(but: "app.css"), f => Assert.Contains($"\"{f.Path["wwwroot/css/".Length..]}\" layer(", css));
        Assert.All(Scripts.Where(f => f.Path != "wwwroot/js/app.js"), f => Assert.Contains($"/{Path.GetFileName(f.Path)}'", js));
    }

    [Fact]
    public async Task The_policy_allows_nothing_inline_and_nothing_from_elsewhere()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Manager);

        var policy = (await browser.GetAsync("/today")).Headers.GetValues("Content-Security-Policy").Single().Split("; ");

        string[] demanded = ["default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "form-action 'self'"];
        Assert.Empty(demanded.Except(policy));
        Assert.DoesNotContain(policy, p => p.Contains("unsafe", StringComparison.Ordinal) || p.Contains("http", StringComparison.Ordinal));
    }

    private const string Elements = @"<style|<script(?![^>]*\ssrc=)[^>]*>";
    private const string Attributes = @"[\s'""]style\s*=|setAttribute\('style|\son\w+\s*=\s*[""']|javascript:";
    private const string Hex = @"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![\w-])(?=\s*[;,)""'\s])";
    private const string Functions = @"\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|light-dark)\(";
    private const string Names = @":\s*(?:white|black|red|green|blue|gr[ae]y)\b";

    [GeneratedRegex($"{Elements}|{Attributes}", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    [GeneratedRegex($"{Hex}|{Functions}|{Names}", RegexOptions.IgnoreCase)]
    private static partial Regex Colour();
}
