using System.Globalization;
using Crm.Pdf;

namespace Crm.Tests.Pdf;

/// <summary>Where lines are broken. They are 120 points wide.</summary>
public sealed class LineTests
{
    private static readonly PageSize Narrow = new(200, 800);

    [Fact]
    public void Emoji_are_cut_between_and_never_inside_one()
    {
        string[] kinds = ["😀", "👩‍⚕️", "👍🏽", "🇮🇳", "❤️", "1️⃣", "👨‍👩‍👧‍👦"];
        var emoji = Enumerable.Range(0, 150).Select(i => kinds[i % kinds.Length]).ToList();

        var lines = Lines(string.Concat(emoji));

        Assert.InRange(lines.Count, 15, 40);
        Assert.Equal(emoji, lines.SelectMany(ElementsOf));
    }

    [Theory]
    [InlineData("കൃ ഷ്ണൻ ന്ത്യ ക്ഷ്മി ഞ്ജ ലി സ്ത്രീ ദ്ധ്യാ ങ്ങൾ ത്തോ")]
    [InlineData("क्ष त्रि य ष्ण नं कृ द्ध्या र्मा ज्ञा श्री")]
    [InlineData("క్ష త్రి య ష్ణ నం కృ ద్ధ్యా ర్మా జ్ఞా శ్రీ")]
    [InlineData("ক্ষ ত্রি য ষ্ণ নং কৃ দ্ধ্যা র্মা জ্ঞা শ্রী")]
    public void A_long_word_of_an_Indian_script_is_cut_between_its_syllables(string syllables)
    {
        var word = Enumerable.Repeat(syllables.Split(' '), 6).SelectMany(s => s).ToList();
        Assert.Equal(60, word.Count);

        // A sign below its letter looks to the reader of the PDF like the end of a word.
        var lines = Lines(string.Concat(word)).Select(l => l.Replace(" ", "")).ToList();

        Assert.InRange(lines.Count, 4, 20);
        Assert.Equal(string.Concat(word), string.Concat(lines));
        var ends = Enumerable.Range(1, word.Count).Select(i => string.Concat(word.Take(i)).Length).ToHashSet();
        var at = 0;
        Assert.All(lines, line => Assert.Contains(at += line.Length, ends));
        Assert.All(lines, line => Assert.DoesNotContain('\u25CC', line)); // the circle that stands in for a lost consonant
    }

    [Fact]
    public void A_long_Latin_word_fills_its_lines_and_loses_nothing()
    {
        var word = string.Concat(Enumerable.Range(0, 300).Select(i => (char)('a' + i * 7 % 26)));

        var lines = Lines(word);

        Assert.Equal(word, string.Concat(lines));
        Assert.All(lines.SkipLast(1), line => Assert.InRange(line.Length, 17, 30));
    }

    [Theory]
    [InlineData("Thiruvananthapuram")]
    [InlineData("തിരുവനന്തപുരംകാരൻ")]
    [InlineData("😀😀😀😀😀😀😀")]
    public void A_word_that_does_not_fit_beside_the_others_moves_to_the_next_line_whole(string word)
    {
        Assert.Equal(["Dear friend of", word], Lines($"Dear friend of {word}"));
    }

    [Fact]
    public void A_word_longer_than_a_line_begins_a_line_of_its_own()
    {
        var lines = Lines("Dear " + new string('m', 40) + " friend");

        Assert.Equal(("Dear", new string('m', 40)), (lines[0], string.Concat(lines.Skip(1)).Replace(" friend", "").Replace("friend", "")));
    }

    [Fact]
    public void A_letter_wider_than_its_line_still_has_a_line()
    {
        var lines = PdfText.Lines(TestPages.Of(new PageSize(101, 800), c => c.Text("WWWW").FontSize(20)).GeneratePdf());

        Assert.Equal(["W", "W", "W", "W"], lines);
    }

    [Fact]
    public void Tabs_and_wide_spaces_part_words_and_a_space_that_may_not_be_broken_does_not()
    {
        var lines = Lines("one\ttwo\u2003three\u3000four 10\u00A0December\u00A02026");

        Assert.Equal(["one two three four", "10\u00A0December\u00A02026"], lines);
    }

    [Theory]
    [InlineData("one\ntwo")]
    [InlineData("one\r\ntwo")]
    [InlineData("one\rtwo")]
    [InlineData("one\u2028two")]
    public void Every_kind_of_line_end_ends_a_line(string text)
    {
        Assert.Equal(["one", "two"], Lines(text));
    }

    private static IReadOnlyList<string> Lines(string text) => PdfText.Lines(TestPages.Of(Narrow, c => c.Text(text)).GeneratePdf());

    private static IEnumerable<string> ElementsOf(string line)
    {
        for (var elements = StringInfo.GetTextElementEnumerator(line.Replace(" ", "")); elements.MoveNext();)
            yield return elements.GetTextElement();
    }
}
