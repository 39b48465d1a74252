using System.Text;
using SkiaSharp;

namespace Crm.Pdf;

internal enum Weight { Regular, SemiBold, Bold }

internal sealed record TextStyle(float Size = 10, Weight Weight = Weight.Regular, uint Color = 0xFF1F2937, float LineHeight = 1.4f)
{
    public SKColor Paint => new(Color);
}

/// <param name="Kind">What stands in for the text at drawing: the page's number, or the total.</param>
internal sealed record Span(string Text, TextStyle Style, SpanKind Kind = SpanKind.Text);

internal enum SpanKind { Text, PageNumber, TotalPages }

/// <summary>A run of one script in one style, shaped once and then drawn wherever it lands.</summary>
internal sealed class Word
{
    private readonly List<(FontFile File, ushort[] Glyphs, SKPoint[] Points, byte[] Text, uint[] Clusters)> _runs = [];
    private readonly DocumentFonts _fonts;

    public Word(string text, TextStyle style, bool spaceBefore, DocumentFonts fonts)
    {
        (Style, SpaceBefore, _fonts) = (style, spaceBefore, fonts);
        for (var start = 0; start < text.Length;)
        {
            var malayalam = Fonts.IsMalayalam(text[start]);
            var end = start + 1;
            while (end < text.Length && Fonts.IsMalayalam(text[end]) == malayalam) end++;
            var file = Fonts.For(style.Weight, malayalam);
            var (glyphs, points, clusters, width) = file.Shape(text[start..end], style.Size, Width);
            _runs.Add((file, glyphs, points, Encoding.UTF8.GetBytes(text[start..end]), clusters));
            fonts.Use(file, glyphs);
            Width += width;
            start = end;
        }
    }

    public TextStyle Style { get; }
    public bool SpaceBefore { get; }
    public float Width { get; }

    public void Draw(SKCanvas canvas, float x, float baseline)
    {
        using var paint = new SKPaint { Color = Style.Paint, IsAntialias = true };
        foreach (var (file, glyphs, points, text, clusters) in _runs)
        {
            using var font = new SKFont(_fonts.Subset(file), Style.Size) { Subpixel = true, LinearMetrics = true, Hinting = SKFontHinting.None };
            using var builder = new SKTextBlobBuilder();
            // With its text, so that glyphs which stand for no one character (conjuncts) can be searched for and copied.
            var run = builder.AllocatePositionedTextRun(font, glyphs.Length, text.Length);
            run.SetGlyphs(glyphs);
            run.SetPositions(points);
            run.SetText(text);
            run.SetClusters(clusters);
            using var blob = builder.Build();
            if (blob is not null) canvas.DrawText(blob, x, baseline, paint);
        }
    }
}

internal sealed class TextBlock(IReadOnlyList<Span> spans) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var lines = Lines(width, page);
        return lines.Count == 0 ? Fitted.Nothing : new Lineup(lines).Fit(width, height, page);
    }

    public override float NaturalWidth(float max, PageContext page)
    {
        var lines = Lines(max, page);
        return lines.Count == 0 ? 0 : Math.Min(max, lines.Max(WidthOf) + 0.5f);
    }

    public static float SpaceOf(TextStyle style) => style.Size * 0.28f;

    public static float WidthOf(List<Word> line) => line.Select((w, i) => w.Width + (i > 0 && w.SpaceBefore ? SpaceOf(w.Style) : 0)).Sum();

    public static float HeightOf(List<Word> line) => line.Max(w => w.Style.Size * w.Style.LineHeight);

    private List<List<Word>> Lines(float width, PageContext page)
    {
        var lines = new List<List<Word>>();
        var line = new List<Word>();
        float used = 0;
        var space = false;
        void End(TextStyle style)
        {
            if (line.Count == 0) line.Add(new Word("", style, false, page.Fonts));
            lines.Add(line);
            (line, used, space) = ([], 0, false);
        }
        void Add(string text, TextStyle style)
        {
            var word = new Word(text, style, space, page.Fonts);
            var gap = line.Count > 0 && space ? SpaceOf(style) : 0;
            if (line.Count > 0 && used + gap + word.Width > width)
            {
                End(style);
                gap = 0;
            }
            // A word longer than the line, an address say, is broken where it must be.
            while (word.Width > width && text.Length > 1 && width > style.Size)
            {
                var cut = text.Length - 1;
                while (cut > 1 && new Word(text[..cut], style, false, page.Fonts).Width > width) cut = Math.Max(1, Math.Min(cut - 1, (int)(cut * 0.9)));
                line.Add(new Word(text[..cut], style, space, page.Fonts));
                End(style);
                text = text[cut..];
                word = new Word(text, style, false, page.Fonts);
            }
            line.Add(word);
            used += gap + word.Width;
            space = false;
        }
        foreach (var span in spans)
        {
            var text = span.Kind switch { SpanKind.PageNumber => page.Page.ToString(), SpanKind.TotalPages => page.Total.ToString(), _ => span.Text };
            foreach (var (paragraph, i) in text.Replace("\r", "").Split('\n').Select((p, i) => (p, i)))
            {
                if (i > 0) End(span.Style);
                var words = paragraph.Split(' ');
                for (var w = 0; w < words.Length; w++)
                {
                    if (w > 0) space = true;
                    if (words[w].Length > 0) Add(words[w], span.Style);
                }
            }
        }
        if (line.Count > 0) lines.Add(line);
        return lines;
    }

    /// <summary>Lines broken already; those that do not fit are carried over to the next page.</summary>
    private sealed class Lineup(List<List<Word>> lines) : Element
    {
        public override Fitted? Fit(float width, float height, PageContext page)
        {
            var taken = 0;
            float y = 0;
            while (taken < lines.Count && y + HeightOf(lines[taken]) <= height + 0.01f) y += HeightOf(lines[taken++]);
            if (taken == 0) return null;
            var shown = lines.Take(taken).ToList();
            return new Fitted(y, (c, x, top, _) =>
            {
                foreach (var line in shown)
                {
                    DrawLine(c, line, x, top);
                    top += HeightOf(line);
                }
            }, taken == lines.Count ? null : new Lineup([.. lines.Skip(taken)]));
        }
    }

    private static void DrawLine(SKCanvas canvas, List<Word> line, float left, float top)
    {
        var size = line.Max(w => w.Style.Size);
        var baseline = top + (HeightOf(line) - size) / 2 + size * 0.82f;
        for (var i = 0; i < line.Count; i++)
        {
            if (i > 0 && line[i].SpaceBefore) left += SpaceOf(line[i].Style);
            line[i].Draw(canvas, left, baseline);
            left += line[i].Width;
        }
    }
}
