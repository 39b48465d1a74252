using System.Text;
using Crm.Pdf;

namespace Crm.Tests.Pdf;

public sealed class MissingGlyphTests
{
    [Theory]
    [InlineData("Dear 안녕, welcome", "안 (U+C548), 녕 (U+B155)")]
    [InlineData("Dear 𐎀𐎁, welcome", "𐎀 (U+10380), 𐎁 (U+10381)")]
    [InlineData("bell \u0007 rings", "U+0007")]
    [InlineData("one 안 and again 안, two 녕", "안 (U+C548), 녕 (U+B155)")]
    [InlineData("അഞ്ജലി\uFFFE", "U+FFFE")]
    [InlineData("محمد 안", "안 (U+C548)")]
    public void A_document_with_a_character_that_no_font_has_is_refused_and_names_it(string text, string named)
    {
        var document = TestPages.A4(c => c.Column(column =>
        {
            column.Item().Text("Enrolment letter");
            column.Item().Text(text);
        }));

        var refused = Assert.Throws<MissingGlyphException>(document.GeneratePdf);

        Assert.Equal($"No font can draw {named} in “{text}”.", refused.Message);
        Assert.Equal(refused.Missing, Glyphs.MissingFrom(text));
    }

    [Fact]
    public void A_missing_character_is_found_in_the_foot_too()
    {
        var document = Document.Create(d => d.Page(page =>
        {
            page.Content().Text("hello");
            page.Footer().Text("안");
        }));

        Assert.Equal([new Rune('안')], Assert.Throws<MissingGlyphException>(document.GeneratePdf).Missing);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Anjali\nNair\t\u00A0\u2009x")]
    [InlineData("Anjali\u200B\u200E\uFEFF Nair\u00AD")]
    [InlineData("😀👩‍⚕️ 王 محمد అం")]
    [InlineData("a\u0947 ക\u0301 e\u0323\u0302")] // marks of another script than their letter's
    public void What_can_be_drawn_or_draws_nothing_by_its_nature_misses_nothing(string text)
    {
        Assert.Empty(Glyphs.MissingFrom(text));
        Assert.NotEmpty(TestPages.A4(c => c.Text(text)).GeneratePdf());
    }
}
