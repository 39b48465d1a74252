using SkiaSharp;

namespace Crm.Pdf;

/// <summary>Something could not be placed on any page; the message says what and how much room it had.</summary>
public sealed class DocumentLayoutException(string message) : Exception(message);

/// <param name="Page">The page's number from 1, with their total: known only when headers and footers are placed.</param>
internal readonly record struct PageContext(int Page, int Total, DocumentFonts Fonts);

/// <param name="height">The height of the box drawn into: a row's, where a neighbour is taller.</param>
internal delegate void Draw(SKCanvas canvas, float x, float y, float height);

/// <summary>What of an element goes into the room it was given, how to draw it, and what is left for the next page.</summary>
internal sealed record Fitted(float Height, Draw Draw, Element? Rest = null)
{
    public static readonly Fitted Nothing = new(0, (_, _, _, _) => { });
}

/// <summary>A part of a document. Elements never change once built: what does not fit becomes a new element.</summary>
internal abstract class Element
{
    /// <returns>Null where not even a first piece fits. Lengths are points.</returns>
    public abstract Fitted? Fit(float width, float height, PageContext page);

    /// <summary>The width it takes of its own accord, at most <paramref name="max"/>.</summary>
    public virtual float NaturalWidth(float max, PageContext page) => max;
}

/// <summary>The place an element is put into by the fluent calls.</summary>
internal sealed class Slot : Element, IContainer
{
    public Element? Child { get; set; }

    public override Fitted? Fit(float width, float height, PageContext page) => Child is null ? Fitted.Nothing : Child.Fit(width, height, page);

    public override float NaturalWidth(float max, PageContext page) => Child?.NaturalWidth(max, page) ?? 0;
}

internal sealed record Edges(float Left, float Top, float Right, float Bottom)
{
    public float Horizontal => Left + Right;
    public float Vertical => Top + Bottom;
}

internal sealed class Padded(Element child, Edges edges) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        if (child.Fit(width - edges.Horizontal, height - edges.Vertical, page) is not { } inner) return null;
        return new Fitted(inner.Height + edges.Vertical, (c, x, y, h) => inner.Draw(c, x + edges.Left, y + edges.Top, h - edges.Vertical), inner.Rest is { } rest ? new Padded(rest, edges) : null);
    }

    public override float NaturalWidth(float max, PageContext page) => child.NaturalWidth(max - edges.Horizontal, page) + edges.Horizontal;
}

internal sealed class Painted(Element child, SKColor? fill, SKColor? line, Edges lines) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        if (child.Fit(width, height, page) is not { } inner) return null;
        return new Fitted(inner.Height, (c, x, y, h) =>
        {
            if (fill is { } color)
            {
                using var paint = new SKPaint { Color = color };
                c.DrawRect(x, y, width, h, paint);
            }
            if (line is { } stroke)
            {
                using var paint = new SKPaint { Color = stroke };
                if (lines.Top > 0) c.DrawRect(x, y, width, lines.Top, paint);
                if (lines.Bottom > 0) c.DrawRect(x, y + h - lines.Bottom, width, lines.Bottom, paint);
                if (lines.Left > 0) c.DrawRect(x, y, lines.Left, h, paint);
                if (lines.Right > 0) c.DrawRect(x + width - lines.Right, y, lines.Right, h, paint);
            }
            inner.Draw(c, x, y, h);
        }, inner.Rest is { } rest ? new Painted(rest, fill, line, lines) : null);
    }

    public override float NaturalWidth(float max, PageContext page) => child.NaturalWidth(max, page);
}

internal sealed class Rounded(Element child, float radius) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        if (child.Fit(width, height, page) is not { } inner) return null;
        return new Fitted(inner.Height, (c, x, y, h) =>
        {
            c.Save();
            using (var shape = new SKRoundRect(new SKRect(x, y, x + width, y + h), radius)) c.ClipRoundRect(shape, antialias: true);
            inner.Draw(c, x, y, h);
            c.Restore();
        }, inner.Rest is { } rest ? new Rounded(rest, radius) : null);
    }

    public override float NaturalWidth(float max, PageContext page) => child.NaturalWidth(max, page);
}

internal sealed class Picture(SKImage image) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var own = width * image.Height / image.Width;
        return own > height ? null : new Fitted(own, (c, x, y, _) => c.DrawImage(image, new SKRect(x, y, x + width, y + own), new SKSamplingOptions(SKCubicResampler.Mitchell)));
    }

    public override float NaturalWidth(float max, PageContext page) => Math.Min(max, image.Width);
}

internal sealed class Aligned(Element child, float share) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var own = Math.Min(width, child.NaturalWidth(width, page));
        if (child.Fit(own, height, page) is not { } inner) return null;
        return new Fitted(inner.Height, (c, x, y, h) => inner.Draw(c, x + (width - own) * share, y, h), inner.Rest is { } rest ? new Aligned(rest, share) : null);
    }

    public override float NaturalWidth(float max, PageContext page) => child.NaturalWidth(max, page);
}

internal sealed class Sized(Element child, float? width, float? minHeight) : Element
{
    public override Fitted? Fit(float available, float height, PageContext page)
    {
        if (minHeight > height || child.Fit(Math.Min(width ?? available, available), height, page) is not { } inner) return null;
        return inner with { Height = Math.Max(inner.Height, minHeight ?? 0) };
    }

    public override float NaturalWidth(float max, PageContext page) => Math.Min(max, width ?? child.NaturalWidth(max, page));
}

/// <summary>Goes onto one page whole, or onto the next.</summary>
internal sealed class Whole(Element child) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page) => child.Fit(width, height, page) is { Rest: null } fitted ? fitted : null;

    public override float NaturalWidth(float max, PageContext page) => child.NaturalWidth(max, page);
}

internal sealed class Linked(Element child, string address) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var own = Math.Min(width, child.NaturalWidth(width, page));
        if (child.Fit(width, height, page) is not { } inner) return null;
        return inner with
        {
            Draw = (c, x, y, h) =>
            {
                c.DrawUrlAnnotation(new SKRect(x, y, x + own, y + inner.Height), address);
                inner.Draw(c, x, y, h);
            },
        };
    }

    public override float NaturalWidth(float max, PageContext page) => child.NaturalWidth(max, page);
}

internal sealed class Rule(float thickness, SKColor color) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page) => height < thickness ? null : new Fitted(thickness, (c, x, y, _) =>
    {
        using var paint = new SKPaint { Color = color };
        c.DrawRect(x, y, width, thickness, paint);
    });
}

internal sealed class Break : Element
{
    public override Fitted? Fit(float width, float height, PageContext page) => new(0, (_, _, _, _) => { }, new Slot());
}

internal sealed class Stack(IReadOnlyList<Element> items, float spacing) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var placed = new List<(float Y, Fitted Part)>();
        float y = 0;
        Element? rest = null;
        for (var i = 0; i < items.Count; i++)
        {
            var top = placed.Count == 0 ? 0 : y + spacing;
            var part = items[i].Fit(width, height - top, page);
            if (part is not null)
            {
                placed.Add((top, part));
                y = top + part.Height;
                if (part.Rest is null) continue;
                rest = items[i] is Break or Slot { Child: Break } ? Remaining(i + 1) : new Stack([part.Rest, .. items.Skip(i + 1)], spacing);
            }
            else rest = Remaining(i);
            break;
        }
        if (placed.Count == 0 && rest is not null) return null;
        return new Fitted(y, (c, x, top, _) => { foreach (var (offset, part) in placed) part.Draw(c, x, top + offset, part.Height); }, rest);
    }

    public override float NaturalWidth(float max, PageContext page) => items.Count == 0 ? 0 : items.Max(i => i.NaturalWidth(max, page));

    private Stack? Remaining(int from) => from >= items.Count ? null : new Stack([.. items.Skip(from)], spacing);
}

/// <param name="Share">A relative width, or null for a width of points or, where that is null too, the item's own.</param>
internal sealed record Cell(Element Content, float? Share, float? Points);

internal sealed class SideBySide(IReadOnlyList<Cell> cells, float spacing) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var room = width - spacing * Math.Max(0, cells.Count - 1);
        var fixedWidths = cells.Select(c => c.Share is not null ? 0 : c.Points ?? c.Content.NaturalWidth(room, page)).ToArray();
        var shares = cells.Sum(c => c.Share ?? 0);
        var parts = new List<(float X, Fitted Part)>();
        float x = 0, tallest = 0;
        for (var i = 0; i < cells.Count; i++)
        {
            var own = cells[i].Share is { } share ? (room - fixedWidths.Sum()) * share / shares : fixedWidths[i];
            if (cells[i].Content.Fit(own, height, page) is not { } part) return null;
            parts.Add((x, part));
            x += own + spacing;
            tallest = Math.Max(tallest, part.Height);
        }
        var rest = parts.Any(p => p.Part.Rest is not null)
            ? new SideBySide([.. cells.Select((c, i) => c with { Content = parts[i].Part.Rest ?? new Slot() })], spacing) : null;
        return new Fitted(tallest, (c, left, top, h) => { foreach (var (offset, part) in parts) part.Draw(c, left + offset, top, h); }, rest);
    }
}

/// <summary>Rows under a header that is drawn again on every page. A row is never torn.</summary>
internal sealed class Grid(Element? header, IReadOnlyList<Element> rows) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var head = header is null ? Fitted.Nothing : header.Fit(width, height, page);
        if (head is null) return null;
        var placed = new List<(float Y, Fitted Part)>();
        var y = head.Height;
        foreach (var row in rows)
        {
            if (new Whole(row).Fit(width, height - y, page) is not { } part) break;
            placed.Add((y, part));
            y += part.Height;
        }
        if (placed.Count == 0 && rows.Count > 0) return null;
        return new Fitted(y, (c, x, top, _) =>
        {
            head.Draw(c, x, top, head.Height);
            foreach (var (offset, part) in placed) part.Draw(c, x, top + offset, part.Height);
        }, placed.Count == rows.Count ? null : new Grid(header, [.. rows.Skip(placed.Count)]));
    }
}
