using System.Text;
using SkiaSharp;

namespace Crm.Pdf;

/// <summary>Characters of one font, script and direction, shaped once and then drawn wherever they land.</summary>
/// <param name="Points">The place of each glyph in points, from the left end of the run's baseline.</param>
/// <param name="Text">What the glyphs stand for, as UTF-8.</param>
/// <param name="Clusters">The byte of the text that each glyph begins at.</param>
/// <param name="Level">Even: from left to right; odd: from right to left; a higher one stands inside a lower one.</param>
internal sealed record Run(FontFile Font, ushort[] Glyphs, SKPoint[] Points, byte[] Text, uint[] Clusters, float Width, byte Level)
{
    private const ushort MissingGlyph = 0;

    /// <summary>The characters that the font has no glyph for.</summary>
    public IEnumerable<Rune> Missing => Array.IndexOf(Glyphs, MissingGlyph) < 0
        ? []
        : Glyphs.Index().Where(g => g.Item == MissingGlyph).Select(g => RuneAt((int)Clusters[g.Index]));

    public void Draw(SKCanvas canvas, DocumentFonts fonts, TextStyle style, float x, float baseline)
    {
        using var paint = new SKPaint { Color = style.Paint, IsAntialias = true };
        using var font = new SKFont(fonts.Subset(Font), style.Size) { Subpixel = true, LinearMetrics = true, Hinting = SKFontHinting.None };
        using var builder = new SKTextBlobBuilder();
        // With its text, so that glyphs which stand for no one character (conjuncts) can be searched for and copied.
        var run = builder.AllocatePositionedTextRun(font, Glyphs.Length, Text.Length);
        run.SetGlyphs(Glyphs);
        run.SetPositions(Points);
        run.SetText(Text);
        run.SetClusters(Clusters);
        using var blob = builder.Build();
        if (blob is not null) canvas.DrawText(blob, x, baseline, paint);
    }

    private Rune RuneAt(int start)
    {
        Rune.DecodeFromUtf8(Text.AsSpan(start), out var rune, out _);
        return rune;
    }
}
