using SkiaSharp;

namespace Crm.Pdf;

/// <summary>Something around one element.</summary>
internal abstract class Wrapper(Element child) : Element
{
    protected Element Child { get; } = child;

    public override float NaturalWidth(float max, PageContext page) => Child.NaturalWidth(max, page);

    public override Element Emptied() => Around(Child.Emptied());

    /// <returns>The same around another element.</returns>
    protected abstract Element Around(Element other);

    protected Element? AroundRest(Fitted inner) => inner.Rest is { } rest ? Around(rest) : null;
}

internal sealed record Edges(float Left, float Top, float Right, float Bottom)
{
    public float Horizontal => Left + Right;
    public float Vertical => Top + Bottom;
}

internal sealed class Padded(Element child, Edges edges) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var inside = page with { Height = page.Height - edges.Vertical };
        if (Child.Fit(width - edges.Horizontal, height - edges.Vertical, inside) is not { } inner) return null;
        return new Fitted(
            inner.Height + edges.Vertical,
            (c, x, y, h) => inner.Draw(c, x + edges.Left, y + edges.Top, h - edges.Vertical),
            AroundRest(inner));
    }

    public override float NaturalWidth(float max, PageContext page) =>
        Child.NaturalWidth(max - edges.Horizontal, page) + edges.Horizontal;

    protected override Element Around(Element other) => new Padded(other, edges);
}

internal sealed class Filled(Element child, SKColor color) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        if (Child.Fit(width, height, page) is not { } inner) return null;
        return new Fitted(inner.Height, (c, x, y, h) =>
        {
            using var paint = new SKPaint { Color = color };
            c.DrawRect(x, y, width, h, paint);
            inner.Draw(c, x, y, h);
        }, AroundRest(inner));
    }

    protected override Element Around(Element other) => new Filled(other, color);
}

/// <param name="lines">How thick the line is at each edge; 0 is none.</param>
internal sealed class Bordered(Element child, SKColor color, Edges lines) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        if (Child.Fit(width, height, page) is not { } inner) return null;
        return new Fitted(inner.Height, (c, x, y, h) =>
        {
            DrawLines(c, SKRect.Create(x, y, width, h));
            inner.Draw(c, x, y, h);
        }, AroundRest(inner));
    }

    protected override Element Around(Element other) => new Bordered(other, color, lines);

    private void DrawLines(SKCanvas canvas, SKRect box)
    {
        using var paint = new SKPaint { Color = color };
        if (lines.Top > 0) canvas.DrawRect(box.Left, box.Top, box.Width, lines.Top, paint);
        if (lines.Bottom > 0) canvas.DrawRect(box.Left, box.Bottom - lines.Bottom, box.Width, lines.Bottom, paint);
        if (lines.Left > 0) canvas.DrawRect(box.Left, box.Top, lines.Left, box.Height, paint);
        if (lines.Right > 0) canvas.DrawRect(box.Right - lines.Right, box.Top, lines.Right, box.Height, paint);
    }
}

internal sealed class Rounded(Element child, float radius) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        if (Child.Fit(width, height, page) is not { } inner) return null;
        return new Fitted(inner.Height, (c, x, y, h) =>
        {
            c.Save();
            using (var shape = new SKRoundRect(SKRect.Create(x, y, width, h), radius)) c.ClipRoundRect(shape, antialias: true);
            inner.Draw(c, x, y, h);
            c.Restore();
        }, AroundRest(inner));
    }

    protected override Element Around(Element other) => new Rounded(other, radius);
}

/// <param name="share">Of the room left over, how much stands before it: 0 to 1.</param>
internal sealed class Aligned(Element child, float share) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var own = Math.Min(width, Child.NaturalWidth(width, page));
        if (Child.Fit(own, height, page) is not { } inner) return null;
        return new Fitted(inner.Height, (c, x, y, h) => inner.Draw(c, x + (width - own) * share, y, h), AroundRest(inner));
    }

    protected override Element Around(Element other) => new Aligned(other, share);
}

internal sealed class Sized(Element child, float? width, float? minHeight) : Wrapper(child)
{
    public override Fitted? Fit(float available, float height, PageContext page)
    {
        if (minHeight > height || Child.Fit(Math.Min(width ?? available, available), height, page) is not { } inner) return null;
        return new Fitted(Math.Max(inner.Height, minHeight ?? 0), inner.Draw, inner.Rest is { } rest ? new Sized(rest, width, null) : null);
    }

    public override float NaturalWidth(float max, PageContext page) => Math.Min(max, width ?? Child.NaturalWidth(max, page));

    protected override Element Around(Element other) => new Sized(other, width, null);
}

internal sealed class Linked(Element child, string address) : Wrapper(child)
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var own = Math.Min(width, Child.NaturalWidth(width, page));
        if (Child.Fit(width, height, page) is not { } inner) return null;
        return new Fitted(inner.Height, (c, x, y, h) =>
        {
            c.DrawUrlAnnotation(SKRect.Create(x, y, own, inner.Height), address);
            inner.Draw(c, x, y, h);
        }, AroundRest(inner));
    }

    protected override Element Around(Element other) => new Linked(other, address);
}

internal sealed class Shrunk(Element child) : Wrapper(child)
{
    // Wider than any paper.
    private const float Widest = 100_000;

    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var own = Child.NaturalWidth(Widest, page);
        var scale = own <= width ? 1 : width / own;
        if (Child.Fit(width / scale, height / scale, page) is not { } inner) return null;
        return new Fitted(inner.Height * scale, (c, x, y, h) =>
        {
            c.Save();
            c.Translate(x, y);
            c.Scale(scale);
            inner.Draw(c, 0, 0, h / scale);
            c.Restore();
        }, AroundRest(inner));
    }

    public override float NaturalWidth(float max, PageContext page) => Math.Min(max, Child.NaturalWidth(Widest, page));

    protected override Element Around(Element other) => new Shrunk(other);
}
