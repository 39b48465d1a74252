using System.Numerics;

namespace Crm.Institute;

/// <summary>
/// A name that is compared with thousands: what readers do not go by is taken from it once, and what must be so of any two that may be
/// of one person is looked at first.
/// </summary>
public sealed class ComparableName
{
    private readonly string[] _words;
    private readonly long _letters;
    private readonly ulong _beginnings, _allBeginnings, _scripts;

    private ComparableName(string[] words)
    {
        _words = words;
        _letters = words.Sum(word => word.Sum(letter => (long)letter * letter)); // the same in whatever order they stand
        (_beginnings, _allBeginnings) = (NameComparison.Beginnings(words), NameComparison.AllBeginnings(words));
        _scripts = NameComparison.Scripts(words);
    }

    public static ComparableName Of(string name) => new(NameFolding.Words(name));

    /// <summary>Whether both can be of one person.</summary>
    public NameMatch CompareTo(ComparableName other) =>
        CanMatch(other) ? NameComparison.Compare(_words, other._words) : NameMatch.Different;

    /// <summary>Whether any of their words can be compared at all: those of two scripts cannot.</summary>
    public bool SharesScriptWith(ComparableName other) => (_scripts & other._scripts) != 0;

    // Names that are spelled the same have the same letters. Of two of which one is short for the other, each word of one begins as a word
    // of the other does; where they mix scripts, only some of their words count, and nothing is told so quickly.
    private bool CanMatch(ComparableName other) =>
        _letters == other._letters
        || _scripts != other._scripts || !BitOperations.IsPow2(_scripts)
        || (_beginnings & ~other._allBeginnings) == 0 || (other._beginnings & ~_allBeginnings) == 0;
}
