using SkiaSharp;

namespace Crm.Pdf;

/// <summary>The fonts of one document, each cut to what is used in it: whole, they would be half a megabyte of every PDF.</summary>
internal sealed class DocumentFonts
{
    private readonly Dictionary<(string Text, float Size, Weight Weight), Word> _words = [];
    private readonly Dictionary<FontFile, HashSet<ushort>> _used = [];
    private readonly Dictionary<FontFile, SKTypeface> _subsets = [];

    /// <param name="levels">The direction of each char of the text, or null where all stand from left to right.</param>
    public Word Shape(string text, TextStyle style, ReadOnlySpan<byte> levels = default)
    {
        if (levels.Length > 0) return Used(Word.Of(Itemizer.Runs(text, style, levels), style));
        // The same words stand on every page, and are measured before they are placed.
        if (!_words.TryGetValue((text, style.Size, style.Weight), out var word))
            _words[(text, style.Size, style.Weight)] = word = Used(Word.Of(Itemizer.Runs(text, style, levels), style));
        return word.Style == style ? word : word with { Style = style };
    }

    /// <summary>For drawing, once all text of the document is placed.</summary>
    public SKTypeface Subset(FontFile file)
    {
        if (!_subsets.TryGetValue(file, out var typeface)) _subsets[file] = typeface = file.Subset(_used[file]);
        return typeface;
    }

    private Word Used(Word word)
    {
        if (_subsets.Count > 0) throw new InvalidOperationException("Text was placed after drawing had begun.");
        foreach (var run in word.Runs)
        {
            if (!_used.TryGetValue(run.Font, out var used)) _used[run.Font] = used = [];
            used.UnionWith(run.Glyphs);
        }
        return word;
    }
}
