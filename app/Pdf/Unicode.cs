using System.Globalization;
using System.Text;
using HarfBuzzSharp;

namespace Crm.Pdf;

/// <summary>What Unicode says of characters, as HarfBuzz and .NET carry it.</summary>
internal static class Unicode
{
    private const int Virama = 9;

    private static readonly UnicodeFunctions Data = UnicodeFunctions.Default;

    /// <returns>The script of the character; Common or Inherited for what is used with several, such as digits and accents.</returns>
    public static Script ScriptOf(Rune rune)
    {
        if (!rune.IsAscii) return Data.GetScript(rune.Value);
        return Rune.IsLetter(rune) ? Script.Latin : Script.Common;
    }

    public static bool HasOwnScript(Script script) => script != Script.Common && script != Script.Inherited && script != Script.Unknown;

    /// <summary>Whether the character joins the consonant before it to the one after it.</summary>
    public static bool IsVirama(Rune rune) => !rune.IsAscii && (int)Data.GetCombiningClass(rune.Value) == Virama;

    /// <summary>Whether the character is an instruction (joiners, marks of direction, variations) and draws nothing itself.</summary>
    public static bool IsInstruction(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format
        || rune.Value is 0x034F or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    /// <summary>Whether the character is a space that a line may be broken at.</summary>
    public static bool IsBreakingSpace(char c) => c is '\t' || (char.IsSeparator(c) && c is not '\u00A0' and not '\u2007' and not '\u202F');

    /// <returns>The text in this form, or as it is where it is not well-formed.</returns>
    public static string Normalized(string text, NormalizationForm form)
    {
        foreach (var rune in text.EnumerateRunes())
            if (rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherNotAssigned) return text;
        return text.Normalize(form);
    }
}
