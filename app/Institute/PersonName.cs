using System.Text;
using System.Text.Json.Serialization;

namespace Crm.Institute;

/// <summary>A person's name as it is shown. <see cref="Text"/> is its only property, so that Marten can be told that it is a value;
/// how it is sorted and put into other text is in <see cref="PersonNameForms"/>.</summary>
[JsonConverter(typeof(PersonNameConverter))]
public sealed record PersonName
{
    private PersonName(string text) => Text = text;

    /// <summary>One line in composed form (NFC), single spaces inside, at least one letter; no control characters or direction
    /// marks.</summary>
    public string Text { get; }

    /// <summary>A name as it is stored.</summary>
    /// <exception cref="FormatException">The text is empty.</exception>
    public static PersonName FromStored(string text) =>
        !string.IsNullOrWhiteSpace(text) ? new PersonName(text) : throw new FormatException("A stored name is empty.");

    /// <summary>Reads what was typed or pasted. A name has a letter that can be seen and looked for, and holds no link and no
    /// address.</summary>
    /// <param name="typed">Spaces, direction marks and what cannot be seen do not matter.</param>
    /// <param name="max">The most characters (UTF-16 units) taken.</param>
    /// <param name="label">What is asked for, for the sentences: "Enter your name."</param>
    public static NameReading Read(string? typed, int max = 100, string label = "a name")
    {
        var text = Characters.Line(typed ?? "");
        // An apostrophe can be a letter to Unicode, but nobody can be found by it.
        if (!text.EnumerateRunes().Any(Rune.IsLetter) || NameFolding.Words(text).Length == 0)
            return new NameReading(null, $"Enter {label}.");
        if (text.Length > max) return new NameReading(null, $"Keep this to {max} characters; it has {text.Length}.");
        return Links.AreIn(text)
            ? new NameReading(null, $"Enter only {label}, without links or addresses.")
            : new NameReading(new PersonName(text), null);
    }

    /// <summary>Whether two names can be of one person, as far as letters tell.</summary>
    public NameMatch CompareTo(PersonName other) => NameComparison.Compare(Text, other.Text);

    /// <summary>Folds stored text and what is looked for alike: each word of a folded query is looked for inside the folded text.
    /// Lower case, no accents, no apostrophes, hyphens or joiners, other punctuation as spaces, initials written
    /// together, a chillu as consonant and virama, digits 0 to 9. "K. P. José-Mathew" becomes "kp josemathew".</summary>
    public static string FoldForSearch(string text) => NameFolding.ForSearch(text);

    public override string ToString() => Text;

    private sealed class PersonNameConverter : TextConverter<PersonName>
    {
        protected override PersonName FromText(string text) => FromStored(text);

        protected override string TextOf(PersonName value) => value.Text;
    }
}

/// <summary>What a name becomes in lists and in other text.</summary>
public static class PersonNameForms
{
    private const char FirstStrongIsolate = '\u2068';
    private const char PopDirectionalIsolate = '\u2069';

    extension(PersonName name)
    {
        /// <summary>By which names are put into <see cref="ReadingOrder"/>.</summary>
        public string SortKey => ReadingOrder.KeyOf(name.Text);

        /// <summary>The name for use inside other text, such as a subject: isolated by U+2068 and U+2069 where it has letters that run
        /// from right to left and would reorder what stands beside it, else as it is.</summary>
        public string Isolated => name.Text.EnumerateRunes().Any(Characters.IsRightToLeft)
            ? $"{FirstStrongIsolate}{name.Text}{PopDirectionalIsolate}"
            : name.Text;
    }
}

/// <summary>What was read where a name was to be typed: a name, or a problem in words for who typed it.</summary>
public sealed record NameReading(PersonName? Name, string? Problem);

/// <summary>Whether two names can be of one person.</summary>
public enum NameMatch
{
    /// <summary>They differ at most in case, accents, spaces, the order of words, dots, or the writing of initials and letters.</summary>
    Same,

    /// <summary>One may be short for the other ("Anu", "Anu G" and "Anu George"), or they are in two scripts.</summary>
    CannotTell,

    /// <summary>Letters tell them apart.</summary>
    Different,
}
