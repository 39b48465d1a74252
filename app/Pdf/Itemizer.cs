using System.Globalization;
using System.Text;
using HarfBuzzSharp;

namespace Crm.Pdf;

/// <summary>Divides text into runs of one font, script and direction.</summary>
internal static class Itemizer
{
    // Of these characters Inter has every one that can be drawn.
    private const char LastLatin = '\u024F';

    /// <param name="levels">The direction of each char, or nothing where all stand from left to right.</param>
    public static IReadOnlyList<Run> Runs(string text, TextStyle style, ReadOnlySpan<byte> levels)
    {
        if (text.Length == 0) return [];
        if (levels.Length == 0 && text.AsSpan().IndexOfAnyExceptInRange('\0', LastLatin) < 0)
            return [FontFamily.Latin.File(style.Weight).Shape(text, Script.Latin, 0, style.Size)];
        var runs = new List<Run>();
        var start = 0;
        var pieces = Pieces(text, levels);
        for (var i = 0; i < pieces.Count; i++)
        {
            var (piece, end) = (pieces[i], pieces[i].End);
            if (i + 1 < pieces.Count && piece.IsLike(pieces[i + 1])) continue;
            runs.Add(piece.Family.File(style.Weight).Shape(text[start..end], piece.Script, piece.Level, style.Size));
            start = end;
        }
        return runs;
    }

    private static List<Piece> Pieces(string text, ReadOnlySpan<byte> levels)
    {
        var pieces = new List<Piece>();
        var script = FirstScript(text);
        for (var start = 0; start < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, start);
            var own = Unicode.ScriptOf(FirstRune(text, start));
            if (Unicode.HasOwnScript(own)) script = own;
            var level = levels.Length == 0 ? (byte)0 : levels[start];
            AddPieces(pieces, text, start, start + length, own, script, level);
            start += length;
        }
        return pieces;
    }

    // Characters that belong together have one font where there is one that has them all.
    private static void AddPieces(List<Piece> pieces, string text, int start, int end, Script own, Script script, byte level)
    {
        if (FontFamily.For(text[start..end], own) is { } family)
        {
            pieces.Add(new Piece(end, family, script, level));
            return;
        }
        for (var at = start; at < end;)
        {
            var next = at + FirstRune(text, at).Utf16SequenceLength;
            pieces.Add(new Piece(next, FontFamily.For(text[at..next], own) ?? FontFamily.Latin, script, level));
            at = next;
        }
    }

    // Digits and marks before the first letter go with it.
    private static Script FirstScript(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (Unicode.ScriptOf(rune) is var script && Unicode.HasOwnScript(script)) return script;
        return Script.Common;
    }

    private static Rune FirstRune(string text, int at) => Rune.TryGetRuneAt(text, at, out var rune) ? rune : Rune.ReplacementChar;

    private readonly record struct Piece(int End, FontFamily Family, Script Script, byte Level)
    {
        public bool IsLike(Piece other) => Family == other.Family && Script == other.Script && Level == other.Level;
    }
}
