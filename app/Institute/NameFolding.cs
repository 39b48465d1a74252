using System.Globalization;
using System.Text;

namespace Crm.Institute;

/// <summary>Takes from a name what readers do not go by. It depends on no collation of the system, so that what is stored stays
/// right.</summary>
internal static class NameFolding
{
    private const string Virama = "\u0D4D";

    // Left where a chillu, which brings its own, was followed by a virama.
    private const string TwoViramas = Virama + Virama;

    // The two ways to write au in Malayalam, the old one in its decomposed form.
    private const string OldAuSign = "\u0D46\u0D57";
    private const string NewAuSign = "\u0D57";

    // Makes an Arabic word longer on paper.
    private const int Tatweel = 0x0640;

    // Hyphens of all kinds are dashes to Unicode; apostrophes are of many categories.
    private const string Apostrophes = "'`´ʹʻʼʽʾʿˈ‘’‛′‵՚׳ߴߵꞋꞌ＇";

    private static readonly Dictionary<int, string> OneForm = new()
    {
        // Latin letters that Unicode does not take apart.
        ['ß'] = "ss",
        ['æ'] = "ae",
        ['œ'] = "oe",
        ['þ'] = "th",
        ['ø'] = "o",
        ['đ'] = "d",
        ['ð'] = "d",
        ['ł'] = "l",
        ['ħ'] = "h",
        ['ı'] = "i",
        ['ŧ'] = "t",
        ['ς'] = "σ",
        // A chillu and the dot reph are a consonant with virama in one letter.
        ['ൺ'] = "ണ്",
        ['ൻ'] = "ന്",
        ['ർ'] = "ര്",
        ['ൽ'] = "ല്",
        ['ൾ'] = "ള്",
        ['ൿ'] = "ക്",
        [0x0D54] = "മ്",
        [0x0D55] = "യ്",
        [0x0D56] = "ഴ്",
        [0x0D4E] = "ര്",
    };

    // The Malayalam alphabet ends in ള ഴ റ, and ം is read as മ്.
    private static readonly Dictionary<char, string> AlphabetPlace = new()
    {
        ['ല'] = "\u0D31",
        ['വ'] = "\u0D32",
        ['ശ'] = "\u0D33",
        ['ഷ'] = "\u0D34",
        ['സ'] = "\u0D35",
        ['ഹ'] = "\u0D36",
        ['ള'] = "\u0D37",
        ['ഴ'] = "\u0D38",
        ['റ'] = "\u0D39",
        ['ം'] = "മ്",
    };

    public static string ForSearch(string text)
    {
        var folded = new StringBuilder(text.Length);
        var initialBefore = false;
        foreach (var word in Words(text))
        {
            var initial = IsInitial(word);
            if (folded.Length > 0 && !(initial && initialBefore)) folded.Append(' ');
            folded.Append(word);
            initialBefore = initial;
        }
        return folded.ToString();
    }

    public static string ForSorting(string text)
    {
        var key = new StringBuilder(text.Length);
        foreach (var letter in string.Join(' ', Words(text)))
        {
            if (AlphabetPlace.TryGetValue(letter, out var place)) key.Append(place);
            else key.Append(letter);
        }
        return key.ToString();
    }

    /// <summary>Whether a folded word is one letter, with or without a vowel sign: "k", "കെ".</summary>
    public static bool IsInitial(string word) =>
        Rune.IsLetter(word.EnumerateRunes().First()) && word.EnumerateRunes().Skip(1).All(Characters.IsMark);

    /// <summary>The words of a text, folded, in their order.</summary>
    public static string[] Words(string text)
    {
        var folded = new StringBuilder(text.Length);
        var accented = false;
        foreach (var rune in Decomposed(text).EnumerateRunes())
        {
            if (Characters.IsMark(rune) && accented) continue;
            // What is left out is as if it were not there: a mark behind a hyphen or a drawn-out letter is of the letter before.
            accented = rune.Value == Tatweel || (IsLeftOut(rune) ? accented : HasOptionalMarks(rune));
            if (!IsLeftOut(rune)) Fold(folded, rune);
        }
        var composed = folded.ToString().Normalize(NormalizationForm.FormC);
        while (composed.Contains(TwoViramas, StringComparison.Ordinal))
            composed = composed.Replace(TwoViramas, Virama, StringComparison.Ordinal);
        return composed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Fold(StringBuilder folded, Rune rune)
    {
        if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber) folded.Append((int)Rune.GetNumericValue(rune));
        else if (Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune) || Characters.IsMark(rune))
            folded.Append(OneForm.GetValueOrDefault(rune.Value) ?? rune.ToString());
        else folded.Append(' ');
    }

    // Apostrophes go first: some of them come apart into a space and an accent.
    private static string Decomposed(string text)
    {
        var seen = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isLeft = Characters.IsSeen(rune) || Characters.IsSpace(rune);
            if (isLeft && !IsApostrophe(rune)) seen.Append(rune);
        }
        var lower = seen.ToString().Normalize(NormalizationForm.FormKD).ToLowerInvariant();
        return lower.Replace(OldAuSign, NewAuSign, StringComparison.Ordinal);
    }

    private static bool IsApostrophe(Rune rune) => Apostrophes.Contains(rune.ToString(), StringComparison.Ordinal);

    private static bool IsLeftOut(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.DashPunctuation || rune.Value == Tatweel || IsApostrophe(rune);

    // Accents, and the vowels and points that Hebrew and Arabic are mostly written without. In the scripts of India a mark is a letter.
    private static bool HasOptionalMarks(Rune rune) => IsLatin(rune) || rune.Value
        is (>= 0x0370 and <= 0x052F) or (>= 0x1F00 and <= 0x1FFF) or (>= 0x0590 and <= 0x06FF) or (>= 0x0750 and <= 0x077F)
        or (>= 0x08A0 and <= 0x08FF);

    public static bool IsLatin(Rune rune) => Rune.IsLetter(rune)
        && rune.Value is < 0x0250 or (>= 0x1E00 and <= 0x1EFF) or (>= 0x2C60 and <= 0x2C7F) or (>= 0xA720 and <= 0xA7FF);
}
