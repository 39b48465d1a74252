using System.Globalization;
using System.Text;

namespace Crm.Pdf;

/// <summary>Where a word that is longer than its line may be cut.</summary>
internal static class Syllables
{
    // Letters without a vowel, which close a syllable.
    private const char FirstMalayalamChillu = '\u0D7A', LastMalayalamChillu = '\u0D7F';

    /// <returns>
    /// The chars at which a syllable begins, without 0. What is one letter to its reader (a vowel sign with its consonant, an emoji of
    /// several characters) is one syllable; so are consonants joined by a virama.
    /// </returns>
    public static IReadOnlyList<int> Starts(string word)
    {
        var starts = new List<int>();
        for (var at = StringInfo.GetNextTextElementLength(word); at < word.Length; at += StringInfo.GetNextTextElementLength(word, at))
            if (!Continues(word, at)) starts.Add(at);
        return starts;
    }

    private static bool Continues(string word, int at)
    {
        if (word[at] is >= FirstMalayalamChillu and <= LastMalayalamChillu) return true;
        if (!Rune.TryGetRuneAt(word, at, out var next) || !Rune.IsLetter(next)) return false;
        var before = at - 1;
        while (before > 0 && word[before] is '\u200C' or '\u200D') before--;
        return word[before] != '\u200C' && Rune.TryGetRuneAt(word, before, out var last) && Unicode.IsVirama(last);
    }
}
