using System.Runtime.InteropServices;
using HarfBuzzSharp;
using SkiaSharp;

namespace Crm.Pdf;

/// <summary>The fonts beside the program.</summary>
internal static class Fonts
{
    private static readonly FontFile[] Latin = [new("Inter_400Regular"), new("Inter_600SemiBold"), new("Inter_700Bold")];
    private static readonly FontFile[] Malayalam = MalayalamFiles();

    public static FontFile For(Weight weight, bool malayalam) => (malayalam ? Malayalam : Latin)[(int)weight];

    public static bool IsMalayalam(char c) => c is >= '\u0D00' and <= '\u0D7F' or '\u200C' or '\u200D';

    private static FontFile[] MalayalamFiles()
    {
        var bold = new FontFile("NotoSansMalayalam_700Bold");
        return [new FontFile("NotoSansMalayalam_400Regular"), bold, bold];
    }
}

/// <summary>A font that texts are shaped with. What HarfBuzz shapes with is kept per thread: its objects are not shared.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "A font lives as long as the process.")]
internal sealed class FontFile
{
    // Contextual alternates put glyphs without a character into "ICD-10": not every reader of PDFs finds it then.
    private static readonly Feature[] Features = [Feature.Parse("-calt")];

    private readonly ThreadLocal<Font> _font;
    private readonly Face _face;
    private readonly string _name;

    public FontFile(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "fonts", name + ".ttf");
        if (!File.Exists(path)) throw new FileNotFoundException($"The font {name}.ttf is not beside the program; the build copies it from npm.");
        _name = name;
        _face = new Face(Blob.FromFile(path), 0);
        _face.MakeImmutable(); // documents on other threads shape with it and cut from it at the same time
        _font = new ThreadLocal<Font>(() => new Font(_face));
    }

    /// <returns>The glyphs with their places at this size, the byte of the text (UTF-8) that each begins at, and the width of the whole.</returns>
    public (ushort[] Glyphs, SKPoint[] Points, uint[] Clusters, float Width) Shape(string text, float size, float startAt)
    {
        using var buffer = new HarfBuzzSharp.Buffer();
        buffer.AddUtf8(text);
        buffer.GuessSegmentProperties();
        _font.Value!.Shape(buffer, Features);
        var (infos, positions) = (buffer.GlyphInfos, buffer.GlyphPositions);
        var (glyphs, points, clusters) = (new ushort[infos.Length], new SKPoint[infos.Length], new uint[infos.Length]);
        var (x, scale) = (startAt, size / _face.UnitsPerEm);
        for (var i = 0; i < infos.Length; i++)
        {
            (glyphs[i], clusters[i]) = ((ushort)infos[i].Codepoint, infos[i].Cluster);
            points[i] = new SKPoint(x + positions[i].XOffset * scale, -positions[i].YOffset * scale);
            x += positions[i].XAdvance * scale;
        }
        return (glyphs, points, clusters, x - startAt);
    }

    /// <returns>A font in which these glyphs keep their numbers, and all others are gone.</returns>
    public SKTypeface Subset(IEnumerable<ushort> glyphs)
    {
        var input = Native.hb_subset_input_create_or_fail();
        try
        {
            var kept = Native.hb_subset_input_set(input, Native.GlyphSet);
            foreach (var glyph in glyphs) Native.hb_set_add(kept, glyph);
            // Text is shaped before; what shaping needs is not drawn.
            var dropped = Native.hb_subset_input_set(input, Native.DropTableSet);
            foreach (var table in new[] { "GSUB", "GPOS", "GDEF" }) Native.hb_set_add(dropped, Tag.Parse(table));
            Native.hb_subset_input_set_flags(input, Native.NoHinting | Native.RetainGlyphIds | Native.NoLayoutClosure);
            var face = Native.hb_subset_or_fail(_face.Handle, input);
            if (face == 0) throw new InvalidOperationException($"The font {_name} could not be cut to the glyphs of the document.");
            var blob = Native.hb_face_reference_blob(face);
            Native.hb_face_destroy(face);
            try
            {
                using var data = SKData.CreateCopy(Native.hb_blob_get_data(blob, out var length), length);
                return SKTypeface.FromData(data);
            }
            finally
            {
                Native.hb_blob_destroy(blob);
            }
        }
        finally
        {
            Native.hb_subset_input_destroy(input);
        }
    }

    // HarfBuzzSharp carries HarfBuzz's subsetting but has no managed names for it.
    private static class Native
    {
        public const int GlyphSet = 0, DropTableSet = 3;
        public const uint NoHinting = 1, RetainGlyphIds = 2, NoLayoutClosure = 0x200;
        private const string Library = "libHarfBuzzSharp";

        [DllImport(Library)] public static extern nint hb_subset_input_create_or_fail();
        [DllImport(Library)] public static extern nint hb_subset_input_set(nint input, int kind);
        [DllImport(Library)] public static extern void hb_subset_input_set_flags(nint input, uint flags);
        [DllImport(Library)] public static extern void hb_subset_input_destroy(nint input);
        [DllImport(Library)] public static extern nint hb_subset_or_fail(nint face, nint input);
        [DllImport(Library)] public static extern void hb_set_add(nint set, uint value);
        [DllImport(Library)] public static extern nint hb_face_reference_blob(nint face);
        [DllImport(Library)] public static extern void hb_face_destroy(nint face);
        [DllImport(Library)] public static extern nint hb_blob_get_data(nint blob, out uint length);
        [DllImport(Library)] public static extern void hb_blob_destroy(nint blob);
    }
}

/// <summary>The fonts of one document, each cut to the glyphs used in it: whole, they would be half a megabyte of every PDF.</summary>
internal sealed class DocumentFonts : IDisposable
{
    private readonly Dictionary<FontFile, HashSet<ushort>> _used = [];
    private readonly Dictionary<FontFile, SKTypeface> _subsets = [];

    public void Use(FontFile file, ushort[] glyphs)
    {
        if (_subsets.Count > 0) throw new InvalidOperationException("Text was placed after drawing had begun.");
        if (!_used.TryGetValue(file, out var used)) _used[file] = used = [];
        used.UnionWith(glyphs);
    }

    /// <summary>For drawing, once all text of the document is placed.</summary>
    public SKTypeface Subset(FontFile file)
    {
        if (!_subsets.TryGetValue(file, out var typeface)) _subsets[file] = typeface = file.Subset(_used[file]);
        return typeface;
    }

    public void Dispose()
    {
        foreach (var typeface in _subsets.Values) typeface.Dispose();
    }
}
