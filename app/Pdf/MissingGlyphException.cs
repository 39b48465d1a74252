using System.Globalization;
using System.Text;

namespace Crm.Pdf;

/// <summary>A text has characters that no font beside the program can draw: named in the message with their code points.</summary>
public sealed class MissingGlyphException(IReadOnlyList<Rune> missing, string text) : Exception(Sentence(missing, text))
{
    /// <summary>Each character once, in the order of the text.</summary>
    public IReadOnlyList<Rune> Missing { get; } = missing;

    /// <summary>The whole paragraph they stand in.</summary>
    public string Text { get; } = text;

    private static string Sentence(IReadOnlyList<Rune> missing, string text) =>
        $"No font can draw {string.Join(", ", missing.Select(NameOf))} in “{text}”.";

    // What cannot be seen would spoil the sentence: half a quotation mark, a turned direction.
    internal static string NameOf(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.NonSpacingMark
        ? $"U+{rune.Value:X4}" : $"{rune} (U+{rune.Value:X4})";
}
