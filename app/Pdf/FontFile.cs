using System.Collections.Concurrent;
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
    // Documents of one kind differ in the letters of a name or a reference. Where one uses some of these it gets all of them, in a
    // brochure four kilobytes: then most have the same cut, which need not be made again. The rest is as each uses it.
    private static readonly string[] Alphabets = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"];

    // Names in other scripts are cut each for itself: what they leave here is forgotten at so many.
    private const int MostCuts = 64;

    private readonly Feature[] _features;
    private readonly Lazy<ushort[][]> _alphabets;
    private ConcurrentDictionary<string, SKTypeface> _cuts = new();
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
        _alphabets = new(() => [.. Alphabets.Where(Has).Select(a => Shape(a, Script.Latin, 0, 1).Glyphs)]);
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

    /// <returns>A font in which these glyphs keep their numbers, and nearly all others are gone. Others may have it too.</returns>
    public SKTypeface Subset(IReadOnlySet<ushort> glyphs)
    {
        var kept = glyphs.Union(_alphabets.Value.Where(glyphs.Overlaps).SelectMany(a => a)).Order().ToArray();
        if (_cuts.Count >= MostCuts) _cuts = new();
        return _cuts.GetOrAdd(new string([.. kept.Select(g => (char)g)]), _ => HarfBuzzSubset.Of(_face, kept)
            ?? throw new InvalidOperationException($"The font {_name} could not be cut to the glyphs of the document."));
    }
}
