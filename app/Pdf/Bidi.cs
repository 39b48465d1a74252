using System.Globalization;
using System.Text;
using HarfBuzzSharp;

namespace Crm.Pdf;

/// <summary>
/// In which direction the parts of a line are read: so much of the Unicode bidirectional algorithm (UAX #9) as names and addresses need.
/// A line is read from the left; what is written from right to left stands in it from right to left, and numbers in that from left
/// to right. Not covered: paragraphs that are read from the right, embeddings, overrides and isolates (U+202A–U+202E, U+2066–U+2069:
/// they change nothing), and brackets around text of both directions.
/// </summary>
internal static class Bidi
{
    private const byte LeftLevel = 0, RightLevel = 1, NumberLevel = 2;
    private const char BeforeRightToLeft = '\u058F';

    private enum Kind : byte { Neutral, Left, Right, Number }

    /// <returns>The level of each char (odd: from right to left; a higher one stands inside a lower one), or nothing: all are 0.</returns>
    public static byte[] Levels(string paragraph)
    {
        if (paragraph.AsSpan().IndexOfAnyExceptInRange('\0', BeforeRightToLeft) < 0) return [];
        var kinds = KindsOf(paragraph);
        if (!kinds.Contains(Kind.Right)) return [];
        JoinNumbers(paragraph, kinds);
        GiveNeutralsADirection(kinds);
        return [.. kinds.Select(k => k switch { Kind.Right => RightLevel, Kind.Number => NumberLevel, _ => LeftLevel })];
    }

    /// <returns>The pieces of one line, given in the order in which they are read, in the order in which they stand.</returns>
    public static IReadOnlyList<T> InOrder<T>(IReadOnlyList<T> line, Func<T, byte> levelOf)
    {
        var highest = line.Count == 0 ? 0 : line.Max(levelOf);
        if (highest == 0) return line;
        var order = line.ToList();
        for (var level = highest; level > 0; level--)
            for (var start = 0; start < order.Count; start++)
            {
                var end = start;
                while (end < order.Count && levelOf(order[end]) >= level) end++;
                if (end == start) continue;
                order.Reverse(start, end - start);
                start = end;
            }
        return order;
    }

    private static Kind[] KindsOf(string text)
    {
        var kinds = new Kind[text.Length];
        var (before, strong, at) = (Kind.Neutral, Kind.Left, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            var kind = KindOf(rune, before);
            // A number in what is read from the left is a part of it.
            if (kind == Kind.Number && strong == Kind.Left) kind = Kind.Left;
            if (kind is Kind.Left or Kind.Right) strong = kind;
            kinds.AsSpan(at, rune.Utf16SequenceLength).Fill(kind);
            (before, at) = (kind, at + rune.Utf16SequenceLength);
        }
        return kinds;
    }

    private static Kind KindOf(Rune rune, Kind before)
    {
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark:
                return before;
            case UnicodeCategory.DecimalDigitNumber:
                return Kind.Number;
            case UnicodeCategory.Format:
                return rune.Value switch { 0x200E => Kind.Left, 0x200F or 0x061C => Kind.Right, _ => before };
        }
        var script = Unicode.ScriptOf(rune);
        if (!Unicode.HasOwnScript(script)) return Kind.Neutral;
        return script.HorizontalDirection == Direction.RightToLeft ? Kind.Right : Kind.Left;
    }

    // The point of 12.5, the stroke of 12/3, the sign of ₹500 and 5% belong to the number.
    private static void JoinNumbers(string text, Kind[] kinds)
    {
        for (var i = 0; i < kinds.Length; i++)
        {
            if (kinds[i] != Kind.Neutral) continue;
            var (after, before) = (i + 1 < kinds.Length && kinds[i + 1] == Kind.Number, i > 0 && kinds[i - 1] == Kind.Number);
            var separates = text[i] is '.' or ',' or ':' or '/' or '+' or '-' or '\u00A0';
            var belongs = text[i] is '%' or '#' or '°' || char.GetUnicodeCategory(text[i]) == UnicodeCategory.CurrencySymbol;
            if ((separates && before && after) || (belongs && (before || after))) kinds[i] = Kind.Number;
        }
    }

    private static void GiveNeutralsADirection(Kind[] kinds)
    {
        for (var start = 0; start < kinds.Length; start++)
        {
            if (kinds[start] != Kind.Neutral) continue;
            var end = start;
            while (end < kinds.Length && kinds[end] == Kind.Neutral) end++;
            var inside = start > 0 && kinds[start - 1] != Kind.Left && end < kinds.Length && kinds[end] != Kind.Left;
            kinds.AsSpan(start, end - start).Fill(inside ? Kind.Right : Kind.Left);
            start = end - 1;
        }
    }
}
