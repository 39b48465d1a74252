using Crm.Institute;
using CsCheck;

namespace Crm.Tests.Institute;

/// <summary>What stands in the cells of files.</summary>
public sealed class CellTextTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData(";=1+1", ";'=1+1")]
    [InlineData("\u200B=1+1", "\u200B'=1+1")]
    [InlineData("\u202E=1+1", "\u202E'=1+1")]
    [InlineData("＝1+1", "'＝1+1")]
    [InlineData("＋1", "'＋1")]
    [InlineData("－1", "'－1")]
    [InlineData("\u22121", "'\u22121")]
    [InlineData("＠SUM(1)", "'＠SUM(1)")]
    [InlineData("@SUM(1)", "'@SUM(1)")]
    [InlineData("\t=1", "\t'=1")]
    [InlineData("\r\n=1", "\n'=1")]
    [InlineData("a\n=1", "a\n'=1")]
    [InlineData("a; =1", "a; '=1")]
    [InlineData("a;\"=1\"", "a;\"'=1\"")]
    [InlineData("\"=1", "\"'=1")]
    [InlineData("；=1", "；'=1")]
    [InlineData("a|\uFEFF=1", "a|\uFEFF'=1")]
    [InlineData("\u0301=1", "\u0301'=1")]
    [InlineData("+91 98470 12345", "'+91 98470 12345")]
    [InlineData("\0=1", "'=1")]
    public void What_could_run_is_made_harmless(string text, string defused) => Assert.Equal(defused, CellText.ForCsv(text));

    [Theory]
    [InlineData("blog")]
    [InlineData("a=b")]
    [InlineData("Anne-Marie O'Brien")]
    [InlineData("O'-Brien")]
    [InlineData("cpc+ccs@mail")]
    [InlineData("Mon–Fri, 10:00–12:30")]
    [InlineData("'=1+1")]
    [InlineData("അനിൽ\u200Cകുമാർ 👩‍⚕️")]
    [InlineData("")]
    public void What_cannot_run_is_left_as_it_is(string text) => Assert.Equal(text, CellText.ForCsv(text));

    [Theory]
    [InlineData("_x0041_", "_x005F_x0041_")]
    [InlineData("_x0041_x0042_", "_x005F_x0041_x005F_x0042_")]
    [InlineData("a_xFFFE_b", "a_x005F_xFFFE_b")]
    [InlineData("_x41_ _X0041_ x0041_", "_x41_ _X0041_ x0041_")]
    [InlineData("a\uFFFEb\uFFFFc\u0007d\u0000\uD800e\uDC00", "abcde")]
    [InlineData("line\r\nline\ttab", "line\nline\ttab")]
    [InlineData("😀\U0001FFFE", "😀")]
    public void A_workbook_holds_what_XML_can_hold_and_no_codes(string text, string held) => Assert.Equal(held, CellText.ForWorkbook(text));

    [Theory]
    [InlineData("'+91 98470 12345", "+91 98470 12345")]
    [InlineData("'=1+1; '@x", "=1+1; @x")]
    [InlineData("\t'＝1", "\t＝1")]
    [InlineData("'Abd al-Karim", "'Abd al-Karim")]
    [InlineData("O'-Brien", "O'-Brien")]
    [InlineData("''=1", "''=1")]
    [InlineData("'", "'")]
    [InlineData("N'Golo", "N'Golo")]
    public void An_apostrophe_vanishes_where_it_is_a_guard(string guarded, string plain) =>
        Assert.Equal(plain, CellText.FromCsv(guarded));

    [Fact]
    public void What_was_made_harmless_is_read_again_as_it_was() => Gen.String[Gen.Char["=+-@;,|\" \n\t\u200B＝ax"], 0, 12]
        .Sample(text => CellText.FromCsv(CellText.ForCsv(text)) == text);

    [Fact]
    public void Made_harmless_twice_is_made_harmless_once() => Gen.String[Gen.Char["=+-@;,|\"' \n\t\u200B＝ax"], 0, 12]
        .Sample(text => CellText.ForCsv(CellText.ForCsv(text)) == CellText.ForCsv(text));

    [Fact]
    public void No_field_of_a_defused_text_begins_like_a_formula_whatever_sign_parts_fields() =>
        Gen.Select(Gen.String[Gen.Char["=+-@;,|\"' \n\t\u200B＝ax"], 0, 12], Gen.OneOf(';', ',', '\t', '|', '\n')).Sample((text, sign) =>
            CellText.ForCsv(text).Split(sign).All(f => !"=+-@＝".Contains((f.Trim('\u200B', ' ', '"', '\t', '\n') + "x")[0])));
}
