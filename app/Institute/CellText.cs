using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Crm.Institute;

/// <summary>Text for the cells of files that spreadsheets open. Anybody can write a source, a name or a note: no file may become
/// unreadable by it, and nothing in it may run.</summary>
public static partial class CellText
{
    private const int MinusSign = 0x2212;

    /// <summary>For a cell of a workbook, which is XML: what that cannot hold goes, and what the format reads as the code of a character
    /// (<c>_x0041_</c>) is written so that it stays those letters.</summary>
    public static string ForWorkbook(string text) => Code().Replace(Held(text), "_x005F_");

    /// <summary>For a field of a CSV file: an apostrophe stands before what a spreadsheet could take for the beginning of a formula, at
    /// the start and, because some part fields at other signs than commas, behind each sign that parts.</summary>
    public static string ForCsv(string text)
    {
        var defused = new StringBuilder();
        var begins = true;
        foreach (var rune in Held(text).EnumerateRunes())
        {
            if (begins && IsFormulaSign(rune)) defused.Append('\'');
            defused.Append(rune);
            begins = Parts(rune) || begins && IsPassedOver(rune);
        }
        return defused.ToString();
    }

    /// <summary>The text without the apostrophes that <see cref="ForCsv"/> put before signs: somebody put a file of ours right, and drops
    /// it again.</summary>
    public static string FromCsv(string text)
    {
        if (!text.Contains('\'')) return text;
        var plain = new StringBuilder(text.Length);
        var (begins, runes) = (true, text.EnumerateRunes().ToList());
        foreach (var (i, rune) in runes.Index())
        {
            if (begins && rune.Value == '\'' && i + 1 < runes.Count && IsFormulaSign(runes[i + 1])) continue;
            plain.Append(rune);
            begins = Parts(rune) || begins && IsPassedOver(rune);
        }
        return plain.ToString();
    }

    /// <summary>The text without control characters but tabs and line feeds, halves of surrogate pairs, and what is no character at all;
    /// line ends are line feeds.</summary>
    public static string Held(string text)
    {
        var held = new StringBuilder(text.Length);
        foreach (var rune in text.ReplaceLineEndings("\n").EnumerateRunes())
            if (IsHeld(rune)) held.Append(rune);
        return held.ToString();
    }

    private static bool IsHeld(Rune rune) => Characters.IsCharacter(rune) && (!Rune.IsControl(rune) || rune.Value is '\t' or '\n');

    // In any width and height: a full-width sign is a plain one to some programs.
    private static bool IsFormulaSign(Rune rune) =>
        rune.Value == MinusSign || rune.ToString().Normalize(NormalizationForm.FormKC) is "=" or "+" or "-" or "@";

    private static bool Parts(Rune rune) => rune.Value is ',' or ';' or '\t' or '|' or '\n'
        || rune.ToString().Normalize(NormalizationForm.FormKC) is "," or ";" or "|";

    private static bool IsPassedOver(Rune rune) => rune.Value == '"' || Characters.IsSpace(rune) || !Characters.IsSeen(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark;

    [GeneratedRegex("_(?=x[0-9A-Fa-f]{4}_)", RegexOptions.None, 1000)]
    private static partial Regex Code();
}
