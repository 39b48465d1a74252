using System.Text.RegularExpressions;

namespace Crm.Tests.House;

/// <summary>How the sources are written: short, and each thing where it belongs. Methods of more than 30 lines fail the build.</summary>
public sealed partial class SourceTests
{
    private const int LinesOfView = 60;
    private const int Columns = 140;

    private static IEnumerable<(string Path, string Text)> Views => Repository.Files("app", ".cshtml");

    // What answers requests: routes of pages, and acts.
    private static IEnumerable<(string Path, string Text)> Endpoints =>
        Repository.Files("app", ".cs").Where(f => Answers().IsMatch(f.Text) && !f.Path.EndsWith("Room.cs", StringComparison.Ordinal));

    [Fact]
    public void A_view_has_at_most_60_lines()
    {
        Assert.True(Views.Count() > 40);
        Assert.All(Views, f => Assert.True(LinesOf(f.Text).Count() <= LinesOfView, $"{f.Path} has {LinesOf(f.Text).Count()} lines"));
    }

    [Fact]
    public void A_line_has_at_most_140_columns()
    {
        var files = Repository.Files("app", ".cs", ".cshtml", ".csproj", ".mjs", ".md")
            .Concat(Repository.Files("tests", ".cs", ".csproj"))
            .Concat(Repository.Files("wwwroot", ".css", ".js")).ToList();
        var long_ = from file in files
                    from line in LinesOf(file.Text).Select((text, i) => (Text: text, Number: i + 1))
                    where line.Text.Length > Columns
                    select $"{file.Path}:{line.Number} has {line.Text.Length} columns";

        Assert.True(files.Count > 250, $"Only {files.Count} files were found.");
        Assert.Empty(long_);
    }

    // They all are one file in the browser: what two pages called alike was dressed as both, and looked like neither.
    [Fact]
    public void A_class_begins_rules_in_the_stylesheet_of_one_page()
    {
        var begun = (from file in Repository.Files("wwwroot", ".css")
                     where file.Path.Contains("/pages/", StringComparison.Ordinal)
                     from line in LinesOf(file.Text)
                     where FirstClass().IsMatch(line)
                     select (Class: FirstClass().Match(line).Value, file.Path)).Distinct().ToList();

        Assert.True(begun.Count > 50, $"Only {begun.Count} classes were found.");
        Assert.All(begun.GroupBy(b => b.Class), c => Assert.Single(c));
    }

    [Fact]
    public void No_HTML_is_built_in_strings()
    {
        var files = Repository.Files("app", ".cs").Select(f => (f.Path, Text: Comment().Replace(f.Text, ""))).ToList();

        Assert.All(files, f => Assert.False(Markup().IsMatch(f.Text), $"{f.Path}: {Markup().Match(f.Text).Value}"));
        Assert.All(Views, f => Assert.False(Unencoded().IsMatch(f.Text), $"{f.Path}: {Unencoded().Match(f.Text).Value}"));
    }

    [Theory]
    [InlineData("var x = \"<b>\" + name + \"</b>\";")]
    [InlineData("new HtmlString(name)")]
    [InlineData("$\"\"\"\n  <td class=\"who\">{name}</td>\n\"\"\"")]
    [InlineData("$\"<a href='/leads/{id}'>\"")]
    public void HTML_in_strings_is_found(string written) => Assert.Matches(Markup(), written);

    // What is open would stay so, and take in whatever comes after it on the page.
    [Fact]
    public void No_view_ends_inside_an_element() => Assert.Empty(Views.Where(f => EndInside().IsMatch(f.Text)).Select(f => f.Path));

    // Enter in a field of one line presses the first button of its form, and what that decides would be decided by a slip.
    [Fact]
    public void Where_buttons_decide_differently_Enter_in_a_field_presses_none()
    {
        // Their fields are what the first button needs: the day on which to call back, the price of the seat, the corrected address.
        string[] first = ["RecordCall.cshtml", "Enrol.cshtml", "ResendEmail.cshtml"];
        var several = Views.Where(f => Deciding().Count(f.Text) > 0 && Buttons().Count(f.Text) > 1
            && f.Text.Contains(".Input(", StringComparison.Ordinal)).Select(f => (Name: Path.GetFileName(f.Path), f.Text)).ToList();

        Assert.Contains("Approval.cshtml", several.Select(f => f.Name));
        Assert.Empty(first.Except(several.Select(f => f.Name)));
        Assert.All(several.Where(f => !first.Contains(f.Name)), f => Assert.True(
            f.Text.IndexOf("Fields.EnterPressesNone()", StringComparison.Ordinal) is > 0 and var at
                && at < Buttons().Match(f.Text).Index, f.Name));
    }

    [Fact]
    public void No_view_compares_stages_days_or_fees() =>
        Assert.All(Views, f => Assert.False(Comparison().IsMatch(f.Text), $"{f.Path}: {Comparison().Match(f.Text).Value}"));

    [Fact]
    public void No_endpoint_compares_stages_days_or_fees()
    {
        Assert.True(Endpoints.Count() > 30, $"Only {Endpoints.Count()} endpoints were found.");
        Assert.All(Endpoints, f => Assert.False(Comparison().IsMatch(f.Text), $"{f.Path}: {Comparison().Match(f.Text).Value}"));
    }

    [Theory]
    [InlineData("if (lead.Stage == Stage.Lost)")]
    [InlineData("lead.Stage is not (Stage.Lost or Stage.Enrolled)")]
    [InlineData("lead.Stage >= Stage.Contacted")]
    [InlineData("stage < now")]
    [InlineData("@(due.DueAt < Model.Clock.Now ? \"late\" : \"\")")]
    [InlineData("clock.Today <= offer.ValidUntil")]
    [InlineData("batch.StartsOn >= first")]
    [InlineData("Model.Discount > Money.Zero")]
    [InlineData("discount > fee")]
    [InlineData("firstDueOn > today.AddYears(1)")]
    public void A_comparison_is_found(string written) => Assert.Matches(Comparison(), written);

    [Theory]
    [InlineData("<a href=\"/today\" aria-current=\"page\">Today</a>")]
    [InlineData("discount ?? Money.Zero")]
    [InlineData("_ => Stages.Funnel")]
    [InlineData("due.IsOverdueAt(clock.Now)")]
    [InlineData("Task<DateOnly> First => today")]
    public void What_only_looks_like_a_comparison_is_none(string written) => Assert.DoesNotMatch(Comparison(), written);

    // The demo tells a past in which nobody is to be written to.
    [Fact]
    public void Only_a_rooms_writer_appends_to_its_streams()
    {
        var appending = Repository.Files("app", ".cs").Where(f => Appends().IsMatch(f.Text))
            .Select(f => f.Path["app/".Length..^".cs".Length]).Order();

        Assert.Equal(["Demo/LeadStory", "Leads/LeadWriter", "People/PersonWriter", "Seats/SeatWriter"], appending);
    }

    private static IEnumerable<string> LinesOf(string text) => text.TrimEnd('\n').Split('\n');

    [GeneratedRegex(@"\.Map(Get|Post)\(|: (Lead|Person)Act\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Answers();

    [GeneratedRegex(@"^ {4,}return;", RegexOptions.Multiline)]
    private static partial Regex EndInside();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(
        @"new HtmlString\(|</?(a|abbr|b|br|button|code|dd|div|dl|dt|em|form|h[1-6]|head|html|i|img|input|label|li|link|mark|meter|nav|ol"
        + @"|option|p|script|section|select|small|span|strong|style|svg|table|tbody|td|textarea|th|thead|time|tr|ul)(\s+[a-z-]+=|\s*/?>)",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Markup();

    [GeneratedRegex(@"\bEvents\.(StartStream|Append|WriteTo)|\.Append(Many|One)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Appends();

    [GeneratedRegex(@"Html\.Raw\(|new HtmlString\(")]
    private static partial Regex Unencoded();

    [GeneratedRegex(@"^\.[a-z-]+(?=[ {,:>])", RegexOptions.None, 1000)]
    private static partial Regex FirstClass();

    [GeneratedRegex(@"<button(?![^>]*type=""button"")")]
    private static partial Regex Buttons();

    [GeneratedRegex(@"<button[^>]*\bname=")]
    private static partial Regex Deciding();

    // Of a stage, of what is named like a moment, a day or an amount, on either side of the sign.
    [GeneratedRegex(
        @"(==|!=|\s[<>]=?|\bis( not)?) \(?(Crm\.Leads\.)?Stage\.[A-Z]|\bStage\.[A-Z]\w* (==|!=|[<>]=?) |\bstage [<>]=? "
        + @"|(Now|Today|today|now|At|On|Until|Zero|Fee|fee|Discount|discount|Net|Amount|amount)!?(\.Value)? [<>]=? "
        + @"|\s[<>]=? (\w+[.!?]*)*(Now|Today|today|now|At|On|Until|Zero|Fee|fee|Discount|discount|Net|Amount|amount)\b",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Comparison();
}
