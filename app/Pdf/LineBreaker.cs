using System.Text;

namespace Crm.Pdf;

/// <summary>Breaks text into lines of a width: between words where it can be, else between syllables.</summary>
internal sealed class LineBreaker
{
    private readonly float _width;
    private readonly DocumentFonts _fonts;
    private readonly List<Line> _lines = [];
    private readonly HashSet<Rune> _missing = [];
    private List<PlacedWord> _line = [];
    private float _used;
    private byte? _space;

    private LineBreaker(float width, DocumentFonts fonts) => (_width, _fonts) = (width, fonts);

    /// <param name="width">In points.</param>
    /// <exception cref="MissingGlyphException">A character is in no font.</exception>
    public static IReadOnlyList<Line> Break(IReadOnlyList<Span> spans, float width, PageContext page)
    {
        var breaker = new LineBreaker(width, page.Fonts);
        foreach (var (i, paragraph) in Paragraphs(spans, page).Index())
        {
            if (i > 0) breaker.EndLine(paragraph[0].Style);
            breaker.Add(paragraph);
        }
        if (breaker._line.Count > 0) breaker.EndLine(breaker._line[0].Word.Style);
        return breaker._lines;
    }

    private static List<List<Span>> Paragraphs(IReadOnlyList<Span> spans, PageContext page)
    {
        var paragraphs = new List<List<Span>> { new() };
        foreach (var span in spans)
        {
            var text = span.Kind switch
            {
                SpanKind.PageNumber => page.Page.ToString(),
                SpanKind.TotalPages => page.Total.ToString(),
                _ => span.Text.ReplaceLineEndings("\n"),
            };
            foreach (var (i, paragraph) in text.Split('\n').Index())
            {
                if (i > 0) paragraphs.Add([]);
                paragraphs[^1].Add(span with { Text = paragraph });
            }
        }
        return paragraphs;
    }

    private void Add(List<Span> paragraph)
    {
        var text = paragraph.Count == 1 ? paragraph[0].Text : string.Concat(paragraph.Select(s => s.Text));
        var (levels, offset) = (Bidi.Levels(text), 0);
        foreach (var span in paragraph)
        {
            Add(span, levels.AsSpan(Math.Min(offset, levels.Length)));
            offset += span.Text.Length;
        }
        if (_missing.Count > 0) throw new MissingGlyphException([.. _missing], text);
    }

    private void Add(Span span, ReadOnlySpan<byte> levels)
    {
        var end = 0;
        foreach (var word in Words.Of(span.Text))
        {
            if (word.Start.Value > end) _space = levels.Length > 0 ? levels[end] : (byte)0;
            Add(span.Text[word], span.Style, levels.Length > 0 ? levels[word] : default);
            end = word.End.Value;
        }
        if (end < span.Text.Length) _space = levels.Length > 0 ? levels[end] : (byte)0;
    }

    private void Add(string text, TextStyle style, ReadOnlySpan<byte> levels)
    {
        var word = _fonts.Shape(text, style, levels);
        _missing.UnionWith(word.Missing);
        if (_line.Count > 0 && _used + Gap(style) + word.Width > _width) EndLine(style);
        if (word.Width > _width && _width > style.Size) AddInPieces(text, style, levels);
        else Place(word);
    }

    // A word longer than a line, an address say, is cut where it must be.
    private void AddInPieces(string text, TextStyle style, ReadOnlySpan<byte> levels)
    {
        int[] ends = [.. Syllables.Starts(text), text.Length];
        var start = 0;
        for (var next = 0; next < ends.Length; next++)
        {
            if (start > 0) EndLine(style);
            next = LastThatFits(text, style, levels, start, ends, next);
            var piece = start..ends[next];
            Place(_fonts.Shape(text[piece], style, levels.Length > 0 ? levels[piece] : default));
            start = ends[next];
        }
    }

    // At least the first. Steps are doubled and then halved, so that what lies far behind is not measured for every line.
    private int LastThatFits(string text, TextStyle style, ReadOnlySpan<byte> levels, int start, int[] ends, int first)
    {
        var (last, step, grows) = (first, 1, true);
        while (step > 0)
        {
            var fits = last + step < ends.Length && Fits(text, style, levels, start..ends[last + step]);
            if (fits) last += step;
            grows &= fits;
            step = grows ? step * 2 : step / 2;
        }
        return last;
    }

    private bool Fits(string text, TextStyle style, ReadOnlySpan<byte> levels, Range piece) =>
        Itemizer.Runs(text[piece], style, levels.Length > 0 ? levels[piece] : default).Sum(r => r.Width) <= _width;

    private void Place(Word word)
    {
        var gap = Gap(word.Style);
        _line.Add(new PlacedWord(word, gap, _space ?? 0));
        _used += gap + word.Width;
        _space = null;
    }

    private float Gap(TextStyle style) => _line.Count > 0 && _space is not null ? style.Space : 0;

    private void EndLine(TextStyle style)
    {
        if (_line.Count == 0) Place(_fonts.Shape("", style));
        _lines.Add(new Line(_line));
        (_line, _used, _space) = ([], 0, null);
    }
}
