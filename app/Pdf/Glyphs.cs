using System.Text;

namespace Crm.Pdf;

/// <summary>What documents can show: asked before one is made.</summary>
public static class Glyphs
{
    /// <returns>
    /// The characters of the text that no font has, each once: a document with them fails with a <see cref="MissingGlyphException"/>.
    /// </returns>
    public static IReadOnlyList<Rune> MissingFrom(string text)
    {
        var (line, style) = (text.ReplaceLineEndings(" "), new TextStyle());
        return [.. Words.Of(line).SelectMany(w => Itemizer.Runs(line[w], style, levels: default)).SelectMany(r => r.Missing).Distinct()];
    }
}
