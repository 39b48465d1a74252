using System.Text;
using HarfBuzzSharp;
using SkiaSharp;
using SkiaSharp.HarfBuzz;

namespace Crm.Documents;

internal enum Weight { Regular, SemiBold, Bold }

internal sealed record TextStyle(float Size = 10, Weight Weight = Weight.Regular, uint Color = 0xFF1F2937, float LineHeight = 1.4f)
{
    public SKColor Paint => new(Color);
}

/// <summary>The typefaces beside the program, and shaping with them. Shapers are kept per thread: HarfBuzz's objects are not shared.</summary>
internal static class Fonts
{
    private static readonly SKTypeface[] Latin = [Load("Inter_400Regular"), Load("Inter_600SemiBold"), Load("Inter_700Bold")];
    private static readonly SKTypeface[] Malayalam = [Load("NotoSansMalayalam_400Regular"), Load("NotoSansMalayalam_700Bold"), Load("NotoSansMalayalam_700Bold")];

    // Contextual alternates put glyphs without a character into "ICD-10": not every reader of PDFs finds it then.
    private static readonly Feature[] Features = [Feature.Parse("-calt")];

    [ThreadStatic] private static Dictionary<SKTypeface, Font>? _shapers;

    public static SKTypeface For(Weight weight, bool malayalam) => (malayalam ? Malayalam : Latin)[(int)weight];

    /// <returns>The glyphs with their places at this size, the byte of the text (UTF-8) that each begins at, and the width of the whole.</returns>
    public static (ushort[] Glyphs, SKPoint[] Points, uint[] Clusters, float Width) Shape(SKTypeface typeface, string text, float size, float startAt)
    {
        var font = ShaperOf(typeface);
        font.GetScale(out var unitsPerEm, out _);
        var scale = size / unitsPerEm;
        using var buffer = new HarfBuzzSharp.Buffer();
        buffer.AddUtf8(text);
        buffer.GuessSegmentProperties();
        font.Shape(buffer, Features);
        var (infos, positions) = (buffer.GlyphInfos, buffer.GlyphPositions);
        var (glyphs, points, clusters) = (new ushort[infos.Length], new SKPoint[infos.Length], new uint[infos.Length]);
        var x = startAt;
        for (var i = 0; i < infos.Length; i++)
        {
            (glyphs[i], clusters[i]) = ((ushort)infos[i].Codepoint, infos[i].Cluster);
            points[i] = new SKPoint(x + positions[i].XOffset * scale, -positions[i].YOffset * scale);
            x += positions[i].XAdvance * scale;
        }
        return (glyphs, points, clusters, x - startAt);
    }

    public static bool IsMalayalam(char c) => c is >= '\u0D00' and <= '\u0D7F' or '\u200C' or '\u200D';

    private static Font ShaperOf(SKTypeface typeface)
    {
        _shapers ??= [];
        if (_shapers.TryGetValue(typeface, out var known)) return known;
        using var blob = typeface.OpenStream(out var index).ToHarfBuzzBlob();
        using var face = new Face(blob, (uint)index) { UnitsPerEm = typeface.UnitsPerEm };
        var font = new Font(face);
        font.SetScale(typeface.UnitsPerEm, typeface.UnitsPerEm);
        font.SetFunctionsOpenType();
        return _shapers[typeface] = font;
    }

    private static SKTypeface Load(string name) => SKTypeface.FromFile(Path.Combine(AppContext.BaseDirectory, "fonts", name + ".ttf"))
        ?? throw new FileNotFoundException($"The font {name}.ttf is not beside the program; the build copies it from npm.");
}

/// <param name="Kind">What stands in for the text at drawing: the page's number, or the total.</param>
internal sealed record Span(string Text, TextStyle Style, SpanKind Kind = SpanKind.Text);

internal enum SpanKind { Text, PageNumber, TotalPages }

/// <summary>A run of one script in one style, shaped once and then drawn wherever it lands.</summary>
internal sealed class Word
{
    private readonly List<(SKFont Font, ushort[] Glyphs, SKPoint[] Points, byte[] Text, uint[] Clusters)> _runs = [];
    private readonly SKColor _color;

    public Word(string text, TextStyle style, bool spaceBefore)
    {
        (Style, SpaceBefore, _color) = (style, spaceBefore, style.Paint);
        for (var start = 0; start < text.Length;)
        {
            var malayalam = Fonts.IsMalayalam(text[start]);
            var end = start + 1;
            while (end < text.Length && Fonts.IsMalayalam(text[end]) == malayalam) end++;
            var typeface = Fonts.For(style.Weight, malayalam);
            var font = new SKFont(typeface, style.Size) { Subpixel = true, LinearMetrics = true, Hinting = SKFontHinting.None };
            var (glyphs, points, clusters, width) = Fonts.Shape(typeface, text[start..end], style.Size, Width);
            _runs.Add((font, glyphs, points, Encoding.UTF8.GetBytes(text[start..end]), clusters));
            Width += width;
            start = end;
        }
    }

    public TextStyle Style { get; }
    public bool SpaceBefore { get; }
    public float Width { get; }

    public void Draw(SKCanvas canvas, float x, float baseline)
    {
        using var paint = new SKPaint { Color = _color, IsAntialias = true };
        foreach (var (font, glyphs, points, text, clusters) in _runs)
        {
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
            if (line.Count == 0) line.Add(new Word("", style, false));
            lines.Add(line);
            (line, used, space) = ([], 0, false);
        }
        void Add(string text, TextStyle style)
        {
            var word = new Word(text, style, space);
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
                while (cut > 1 && new Word(text[..cut], style, false).Width > width) cut = Math.Max(1, Math.Min(cut - 1, (int)(cut * 0.9)));
                line.Add(new Word(text[..cut], style, space));
                End(style);
                text = text[cut..];
                word = new Word(text, style, false);
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
