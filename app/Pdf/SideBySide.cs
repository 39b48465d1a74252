namespace Crm.Pdf;

/// <param name="Share">A relative width, or null for a width of points or, where that is null too, the item's own.</param>
internal sealed record Cell(Element Content, float? Share, float? Points);

/// <summary>Elements one beside the other.</summary>
internal sealed class SideBySide(IReadOnlyList<Cell> cells, float spacing) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var widths = Widths(width, page);
        var parts = new List<Fitted>();
        foreach (var (i, cell) in cells.Index())
        {
            if (cell.Content.Fit(widths[i], height, page) is not { } part) return null;
            parts.Add(part);
        }
        return new Fitted(parts.Count == 0 ? 0 : parts.Max(p => p.Height), (c, x, y, h) =>
        {
            foreach (var (i, part) in parts.Index())
            {
                part.Draw(c, x, y, h);
                x += widths[i] + spacing;
            }
        }, Rest(parts));
    }

    // Shares take all there is.
    public override float NaturalWidth(float max, PageContext page) => cells.Any(c => c.Share is not null)
        ? max
        : Math.Min(max, Widths(max, page).Sum() + spacing * Math.Max(0, cells.Count - 1));

    private float[] Widths(float width, PageContext page)
    {
        var room = width - spacing * Math.Max(0, cells.Count - 1);
        var own = cells.Select(c => c.Share is not null ? 0 : c.Points ?? c.Content.NaturalWidth(room, page)).ToArray();
        var (shared, shares) = (room - own.Sum(), cells.Sum(c => c.Share ?? 0));
        return [.. cells.Select((c, i) => c.Share is { } share ? shared * share / shares : own[i])];
    }

    private SideBySide? Rest(List<Fitted> parts) => parts.TrueForAll(p => p.Rest is null)
        ? null
        : new SideBySide([.. cells.Select((c, i) => c with { Content = parts[i].Rest ?? c.Content.Emptied() })], spacing);
}
