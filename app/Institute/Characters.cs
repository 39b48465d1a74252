using System.Globalization;
using System.Text;

namespace Crm.Institute;

/// <summary>What a character is to somebody who reads it: a space, a digit of some script, or nothing that can be seen.</summary>
internal static class Characters
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int BrailleBlank = 0x2800;
    private const int MinusSign = 0x2212;
    private const int HeavyPlusSign = 0x2795;
    private const int ProlongedSoundMark = 0x30FC;
    private const int FirstAfterEuropeanScripts = 0x0590;

    /// <summary>Text of which only what can be typed on a telephone or a calculator counts: compatibility forms (full width, superscript)
    /// are made plain, digits of any script become 0 to 9, any dash "-", any space " ", and what cannot be seen goes.</summary>
    public static string Plain(string typed)
    {
        var plain = new StringBuilder(typed.Length);
        foreach (var rune in Seen(typed).Normalize(NormalizationForm.FormKC).EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category == UnicodeCategory.DecimalDigitNumber) plain.Append((int)Rune.GetNumericValue(rune));
            else if (category == UnicodeCategory.DashPunctuation || rune.Value is MinusSign or ProlongedSoundMark) plain.Append('-');
            else if (rune.Value == HeavyPlusSign) plain.Append('+');
            // The key that some emoji draw around a digit.
            else if (category != UnicodeCategory.EnclosingMark) plain.Append(rune);
        }
        return plain.ToString().Trim();
    }

    /// <summary>One line of text in composed form (NFC), single spaces inside and none around it. Control characters, direction marks
    /// and all else that cannot be seen are gone, but for the joiners that Indian scripts, Persian and emoji are written with.</summary>
    public static string Line(string typed)
    {
        // Composing puts marks into their order, and then a joiner may stand where it shapes nothing: again, until nothing changes.
        var line = Cleaned(typed);
        while (Cleaned(line) is var again && again != line) line = again;
        return line;
    }

    public static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune) || rune.Value == BrailleBlank;

    /// <summary>False for what leaves no trace on paper: control and format characters, variation selectors, fillers (Unicode calls them
    /// default ignorable), and numbers that are no characters.</summary>
    public static bool IsSeen(Rune rune) =>
        IsCharacter(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control)
        && rune.Value is not (0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2065 or 0x3164 or 0xFFA0)
        && rune.Value is not ((>= 0x180B and <= 0x180F) or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF))
        && !IsVariationSelector(rune);

    /// <summary>False for the numbers that Unicode keeps free for ever, which XML cannot hold and no text can be composed with, and for
    /// what stands in for a half of a surrogate pair.</summary>
    public static bool IsCharacter(Rune rune) =>
        rune != Rune.ReplacementChar && (rune.Value & 0xFFFE) != 0xFFFE && rune.Value is not (>= 0xFDD0 and <= 0xFDEF);

    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>True for letters written from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko and older scripts.</summary>
    public static bool IsRightToLeft(Rune rune) => rune.Value is (>= 0x0590 and <= 0x08FF) or (>= 0xFB1D and <= 0xFDFF)
        or (>= 0xFE70 and <= 0xFEFC) or (>= 0x10800 and <= 0x10FFF) or (>= 0x1E800 and <= 0x1EFFF);

    private static string Seen(string typed)
    {
        var seen = new StringBuilder(typed.Length);
        // Runes, because half of a surrogate pair, which no normalization takes, comes out of them as U+FFFD.
        foreach (var rune in typed.EnumerateRunes())
        {
            if (IsSpace(rune)) seen.Append(' ');
            else if (IsSeen(rune)) seen.Append(rune);
        }
        return seen.ToString();
    }

    // Malayalam writes a chillu as consonant, virama and joiner, also at the end of a word; emoji are joined into one and choose
    // their colours.
    private static bool Shapes(Rune before, Rune rune, Rune? after) => rune.Value switch
    {
        ZeroWidthJoiner when IsPicture(before) => after is { } next && IsPicture(next),
        ZeroWidthJoiner or ZeroWidthNonJoiner => IsJoining(before) && (IsVirama(before) || after is { } next && IsJoining(next)),
        _ => IsVariationSelector(rune) && Rune.GetUnicodeCategory(before) is UnicodeCategory.OtherSymbol,
    };

    private static bool IsJoining(Rune rune) =>
        rune.Value >= FirstAfterEuropeanScripts && (Rune.IsLetter(rune) || IsMark(rune)) && IsSeen(rune);

    // It stands at one place in the blocks of all Indian scripts.
    private static bool IsVirama(Rune rune) => rune.Value is >= 0x0900 and <= 0x0DFF && (rune.Value & 0x7F) == 0x4D;

    private static bool IsPicture(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol || IsVariationSelector(rune);

    private static bool IsVariationSelector(Rune rune) => rune.Value is >= 0xFE00 and <= 0xFE0F;

    private static string Cleaned(string typed)
    {
        var runes = typed.EnumerateRunes().ToArray();
        var following = SeenAfterEach(runes);
        var kept = new List<Rune>(runes.Length);
        for (var i = 0; i < runes.Length; i++)
        {
            if (IsSpace(runes[i]))
            {
                if (kept.Count > 0 && kept[^1].Value != ' ') kept.Add(new Rune(' '));
            }
            else if (IsSeen(runes[i]) || (kept.Count > 0 && Shapes(kept[^1], runes[i], following[i])))
            {
                kept.Add(runes[i]);
            }
        }
        return string.Concat(kept).TrimEnd().Normalize(NormalizationForm.FormC);
    }

    private static Rune?[] SeenAfterEach(Rune[] runes)
    {
        var following = new Rune?[runes.Length];
        for (var i = runes.Length - 2; i >= 0; i--) following[i] = IsSeen(runes[i + 1]) ? runes[i + 1] : following[i + 1];
        return following;
    }
}
