using Crm.Pdf;
using SkiaSharp;

namespace Crm.Tests.Pdf;

/// <summary>A picture as ink on paper.</summary>
internal sealed class Inked
{
    /// <summary>In pixels: large enough for a box to keep its shape wherever it falls between them.</summary>
    public const int LetterSize = 64;

    private const int PixelsToAPoint = 2;

    private readonly bool[,] _ink;

    private Inked(bool[,] ink) => _ink = ink;

    public int Width => _ink.GetLength(0);
    public int Height => _ink.GetLength(1);
    public int Amount => _ink.Cast<bool>().Count(i => i);

    /// <returns>What the engine draws for the text, at two pixels a point.</returns>
    public static Inked Page(string text, Action<TextSpan>? style = null, int width = 550)
    {
        var page = TestPages.Of(new PageSize(width, 140), c =>
        {
            var span = c.Text(text).FontSize(LetterSize / PixelsToAPoint);
            style?.Invoke(span);
        });
        using var bitmap = SKBitmap.Decode(Assert.Single(page.GenerateImages(PixelsToAPoint * 72)));
        return Of(bitmap);
    }

    public static Inked Of(SKBitmap bitmap)
    {
        var (ink, pixels) = (new bool[bitmap.Width, bitmap.Height], bitmap.Pixels);
        for (var i = 0; i < pixels.Length; i++) ink[i % bitmap.Width, i / bitmap.Width] = pixels[i].Red < 128;
        return new Inked(ink);
    }

    /// <returns>The number of places where one has ink and the other has none.</returns>
    public int Differences(Inked other)
    {
        var count = 0;
        for (var x = 0; x < Width; x++)
            for (var y = 0; y < Height; y++)
                if (_ink[x, y] != other._ink[x, y]) count++;
        return count;
    }

    /// <returns>Each piece of ink that hangs together, cut out.</returns>
    public IEnumerable<Inked> Shapes()
    {
        var seen = new bool[Width, Height];
        for (var x = 0; x < Width; x++)
            for (var y = 0; y < Height; y++)
                if (_ink[x, y] && !seen[x, y]) yield return Cut(Flood(x, y, seen));
    }

    /// <summary>Whether it is the same shape, drawn perhaps a part of a pixel beside.</summary>
    public bool IsLike(Inked other)
    {
        if (Math.Abs(Width - other.Width) > 2 || Math.Abs(Height - other.Height) > 2) return false;
        int both = 0, either = 0;
        for (var x = 0; x < Math.Min(Width, other.Width); x++)
            for (var y = 0; y < Math.Min(Height, other.Height); y++)
            {
                if (_ink[x, y] && other._ink[x, y]) both++;
                if (_ink[x, y] || other._ink[x, y]) either++;
            }
        return both > 0.7 * either;
    }

    private List<(int X, int Y)> Flood(int x, int y, bool[,] seen)
    {
        var (shape, next) = (new List<(int X, int Y)>(), new Stack<(int X, int Y)>([(x, y)]));
        seen[x, y] = true;
        while (next.TryPop(out var at))
        {
            shape.Add(at);
            for (var i = Math.Max(0, at.X - 1); i <= Math.Min(Width - 1, at.X + 1); i++)
                for (var j = Math.Max(0, at.Y - 1); j <= Math.Min(Height - 1, at.Y + 1); j++)
                {
                    if (!_ink[i, j] || seen[i, j]) continue;
                    seen[i, j] = true;
                    next.Push((i, j));
                }
        }
        return shape;
    }

    private static Inked Cut(List<(int X, int Y)> shape)
    {
        var (left, top) = (shape.Min(p => p.X), shape.Min(p => p.Y));
        var ink = new bool[shape.Max(p => p.X) - left + 1, shape.Max(p => p.Y) - top + 1];
        foreach (var (x, y) in shape) ink[x - left, y - top] = true;
        return new Inked(ink);
    }
}
