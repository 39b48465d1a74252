using SkiaSharp;

namespace Crm.Pdf;

/// <param name="Gap">The room before the word, in points.</param>
/// <param name="GapLevel">The direction in which that room is passed.</param>
internal readonly record struct PlacedWord(Word Word, float Gap, byte GapLevel);

/// <summary>One line of text.</summary>
internal sealed class Line(IReadOnlyList<PlacedWord> words)
{
    public float Width { get; } = words.Sum(w => w.Gap + w.Word.Width);
    public float Height { get; } = words.Max(w => w.Word.Style.Size * w.Word.Style.LineHeight);

    public void Draw(SKCanvas canvas, DocumentFonts fonts, float left, float top)
    {
        var size = words.Max(w => w.Word.Style.Size);
        var baseline = top + (Height - size) / 2 + size * 0.82f;
        foreach (var piece in Bidi.InOrder(Pieces(), p => p.Level))
        {
            piece.Run?.Draw(canvas, fonts, piece.Style, left, baseline);
            left += piece.Width;
        }
    }

    private List<Piece> Pieces()
    {
        var pieces = new List<Piece>();
        foreach (var (word, gap, gapLevel) in words)
        {
            if (gap > 0) pieces.Add(new Piece(null, gap, gapLevel, word.Style));
            pieces.AddRange(word.Runs.Select(r => new Piece(r, r.Width, r.Level, word.Style)));
        }
        return pieces;
    }

    private readonly record struct Piece(Run? Run, float Width, byte Level, TextStyle Style);
}
