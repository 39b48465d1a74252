using System.Text;

namespace Crm.Institute;

/// <summary>Tells whether two names can be of one person.</summary>
internal static class NameComparison
{
    private const int ShortestShortForm = 3;
    private const int FewestLettersLeftOut = 2;
    private const int MostGluedInitials = 4;
    private const int MostWordsToRearrange = 5;

    public static NameMatch Compare(string one, string other) => Compare(NameFolding.Words(one), NameFolding.Words(other));

    /// <param name="a">The words of a name, folded.</param>
    public static NameMatch Compare(string[] a, string[] b)
    {
        if (AreSame(a, b)) return NameMatch.Same;
        return CouldBeShort(a, b) ? NameMatch.CannotTell : NameMatch.Different;
    }

    /// <summary>The same words in any order, parted anywhere; initials stay in their order. A single initial is not joined to a word:
    /// "S Anu" need not be "Sanu".</summary>
    private static bool AreSame(string[] a, string[] b)
    {
        if (a.SequenceEqual(b)) return true;
        var (wordsOfA, initialOfA) = Parted(a);
        var (wordsOfB, initialOfB) = Parted(b);
        if (initialOfA != initialOfB || wordsOfA.Sum(word => word.Length) != wordsOfB.Sum(word => word.Length)) return false;
        // Trying all orders of many words would take long.
        return wordsOfA.Count + wordsOfB.Count > 2 * MostWordsToRearrange
            ? wordsOfA.Order(StringComparer.Ordinal).SequenceEqual(wordsOfB.Order(StringComparer.Ordinal))
            : Rearranged("", wordsOfA, wordsOfB);
    }

    private static (List<string> Words, string Initial) Parted(string[] all)
    {
        var words = all.Where(word => !NameFolding.IsInitial(word)).ToList();
        var initials = all.Where(NameFolding.IsInitial).ToList();
        if (initials.Count == 1) return (words, initials[0]);
        if (initials.Count > 1) words.Add(string.Concat(initials));
        return (words, "");
    }

    /// <summary>Whether both lists, each in some order, spell one text.</summary>
    /// <param name="ahead">What the first list has spelled and the second has yet to.</param>
    private static bool Rearranged(string ahead, List<string> first, List<string> second)
    {
        if (first.Count + second.Count == 0) return ahead.Length == 0;
        if (ahead.Length == 0) return first.Distinct().Any(word => Rearranged(word, Without(first, word), second));
        foreach (var word in second.Distinct())
        {
            var rest = Without(second, word);
            var fits = ahead.Length >= word.Length
                ? ahead.StartsWith(word, StringComparison.Ordinal) && Rearranged(ahead[word.Length..], first, rest)
                : word.StartsWith(ahead, StringComparison.Ordinal) && Rearranged(word[ahead.Length..], rest, first);
            if (fits) return true;
        }
        return false;
    }

    private static List<string> Without(List<string> words, string word)
    {
        var rest = words.ToList();
        rest.Remove(word);
        return rest;
    }

    private static bool CouldBeShort(string[] a, string[] b)
    {
        if (string.Concat(a) == string.Concat(b)) return true;
        // Only words of one script can be compared. Where the names share none, nothing tells.
        var shared = a.Select(ScriptOf).Intersect(b.Select(ScriptOf)).ToHashSet();
        if (shared.Count == 0) return true;
        var ofA = a.Where(word => shared.Contains(ScriptOf(word))).ToArray();
        var ofB = b.Where(word => shared.Contains(ScriptOf(word))).ToArray();
        return Pairs(ofA, ofB) || Pairs(Unglued(ofA), ofB) || Pairs(ofA, Unglued(ofB)) || Pairs(Unglued(ofA), Unglued(ofB));
    }

    /// <summary>Whether each word of the name with fewer words has one of its own in the other that it can stand for.</summary>
    private static bool Pairs(string[] a, string[] b)
    {
        var (fewer, more) = a.Length <= b.Length ? (a, b) : (b, a);
        var partners = new int?[more.Length];
        return Enumerable.Range(0, fewer.Length).All(word => FindsPartner(word, fewer, more, partners, new bool[more.Length]));
    }

    // A word whose partner is taken asks the taker to find another: unlike trying all orders, this stays quick however long a name is.
    private static bool FindsPartner(int word, string[] fewer, string[] more, int?[] partners, bool[] asked)
    {
        for (var i = 0; i < more.Length; i++)
        {
            if (asked[i] || !CanStandFor(fewer[word], more[i])) continue;
            asked[i] = true;
            if (partners[i] is { } taker && !FindsPartner(taker, fewer, more, partners, asked)) continue;
            partners[i] = word;
            return true;
        }
        return false;
    }

    private static bool CanStandFor(string a, string b)
    {
        var (shorter, longer) = a.Length <= b.Length ? (a, b) : (b, a);
        if (!longer.StartsWith(shorter, StringComparison.Ordinal)) return false;
        return shorter.Length == longer.Length || NameFolding.IsInitial(shorter)
            || shorter.Length >= ShortestShortForm && longer.Length - shorter.Length >= FewestLettersLeftOut;
    }

    /// <summary>Initials written together ("kp") taken apart; a word is taken for such where it is short and has no vowel.</summary>
    private static string[] Unglued(string[] words) =>
        [.. words.SelectMany(word => AreGlued(word) ? word.Select(letter => letter.ToString()) : [word])];

    /// <summary>The letters with which words begin, each a bit that others may share: see <see cref="ComparableName"/>.</summary>
    public static ulong Beginnings(string[] words) => words.Aggregate(0UL, (sum, word) => sum | Bit(word[0]));

    /// <summary>The letters with which words begin, also where initials that are written together are taken apart.</summary>
    public static ulong AllBeginnings(string[] words) => Beginnings(words) | Beginnings(Unglued(words));

    /// <summary>The scripts of words, each a bit that others may share.</summary>
    public static ulong Scripts(string[] words) => words.Aggregate(0UL, (sum, word) => sum | 1UL << ScriptOf(word) % 64);

    private static ulong Bit(char letter) => 1UL << letter % 64;

    private static bool AreGlued(string word) =>
        word.Length is > 1 and <= MostGluedInitials && word.All(c => char.IsAsciiLetterLower(c) && !"aeiouy".Contains(c));

    /// <summary>A number for each script; scripts that are written together (those of East Asia) share one.</summary>
    private static int ScriptOf(string word)
    {
        const int Latin = 0, Greek = 1, Cyrillic = 2, Hebrew = 3, Arabic = 4, EastAsian = 5, FirstIndic = 0x0900, LastIndic = 0x0DFF;
        var first = word.EnumerateRunes().FirstOrDefault(Rune.IsLetter, new Rune('0'));
        if (NameFolding.IsLatin(first)) return Latin;
        return first.Value switch
        {
            (>= 0x0370 and <= 0x03FF) or (>= 0x1F00 and <= 0x1FFF) => Greek,
            >= 0x0400 and <= 0x052F => Cyrillic,
            >= 0x0590 and <= 0x05FF => Hebrew,
            (>= 0x0600 and <= 0x06FF) or (>= 0x0750 and <= 0x077F) or (>= 0x0870 and <= 0x08FF) => Arabic,
            // Each has a block of 128 in Unicode.
            >= FirstIndic and <= LastIndic => first.Value >> 7,
            (>= 0x1100 and <= 0x11FF) or (>= 0x2E80 and <= 0xD7FF) or >= 0x20000 => EastAsian,
            // Blocks of other scripts begin at a multiple of 16; digits alone have their own.
            _ => (first.Value >> 4) + LastIndic,
        };
    }
}
