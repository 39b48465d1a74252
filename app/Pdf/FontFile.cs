using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using HarfBuzzSharp;
using SkiaSharp;

namespace Crm.Pdf;

/// <summary>A font that texts are shaped with. What HarfBuzz shapes with is kept per thread: its objects are not shared.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "A font lives as long as the process.")]
internal sealed class FontFile
{
    private readonly Feature[] _features;
    private readonly ThreadLocal<Font> _font;
    private readonly Face _face;
    private readonly string _name;

    /// <param name="features">What is wanted of it beside its defaults, in HarfBuzz's words.</param>
    /// <exception cref="FileNotFoundException">The build has not put it beside the program.</exception>
    public FontFile(string name, params string[] features)
    {
        (_name, _features) = (name, [.. features.Select(Feature.Parse)]);
        _face = new Face(Opened(Path.Combine(AppContext.BaseDirectory, "fonts", name + ".ttf")), 0);
        _face.MakeImmutable(); // documents on other threads shape with it and cut from it at the same time
        _font = new ThreadLocal<Font>(() => new Font(_face));
    }

    /// <summary>Maps the file into memory, of which only what is used is read; or unpacks it, as a published program has it.</summary>
    public static Blob Opened(string path)
    {
        if (File.Exists(path)) return Blob.FromFile(path);
        if (!File.Exists(path + ".br"))
            throw new FileNotFoundException($"The font {Path.GetFileName(path)} is not beside the program; the build copies it from npm.");
        using var packed = new BrotliStream(File.OpenRead(path + ".br"), CompressionMode.Decompress);
        using var font = new MemoryStream();
        packed.CopyTo(font);
        var (length, place) = ((int)font.Length, Marshal.AllocHGlobal((int)font.Length));
        Marshal.Copy(font.GetBuffer(), 0, place, length);
        return new Blob(place, length, MemoryMode.ReadOnly, () => Marshal.FreeHGlobal(place));
    }

    /// <summary>Whether there is a glyph for each character that draws one.</summary>
    public bool Has(string characters)
    {
        var font = _font.Value!;
        foreach (var rune in characters.EnumerateRunes())
            if (!font.TryGetNominalGlyph(rune.Value, out _) && !Unicode.IsInstruction(rune)) return false;
        return true;
    }

    /// <returns>The run at its size in points, drawn from 0.</returns>
    public Run Shape(string text, Script script, byte level, float size)
    {
        using var buffer = new HarfBuzzSharp.Buffer();
        buffer.AddUtf8(text);
        buffer.Script = script;
        buffer.Direction = level % 2 == 0 ? Direction.LeftToRight : Direction.RightToLeft;
        _font.Value!.Shape(buffer, _features);
        var infos = buffer.GetGlyphInfoSpan();
        var positions = buffer.GetGlyphPositionSpan();
        var (glyphs, points, clusters) = (new ushort[infos.Length], new SKPoint[infos.Length], new uint[infos.Length]);
        var (x, scale) = (0f, size / _face.UnitsPerEm);
        for (var i = 0; i < infos.Length; i++)
        {
            (glyphs[i], clusters[i]) = ((ushort)infos[i].Codepoint, infos[i].Cluster);
            points[i] = new SKPoint(x + positions[i].XOffset * scale, -positions[i].YOffset * scale);
            x += positions[i].XAdvance * scale;
        }
        return new Run(this, glyphs, points, Encoding.UTF8.GetBytes(text), clusters, x, level);
    }

    /// <returns>A font in which these glyphs keep their numbers, and all others are gone.</returns>
    public SKTypeface Subset(IEnumerable<ushort> glyphs) =>
        HarfBuzzSubset.Of(_face, glyphs)
        ?? throw new InvalidOperationException($"The font {_name} could not be cut to the glyphs of the document.");
}
