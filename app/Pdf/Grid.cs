namespace Crm.Pdf;

/// <summary>Rows under a header that is drawn again on every page.</summary>
/// <param name="together">How many of the last rows stand on one page where that can be.</param>
internal sealed class Grid(Element? header, IReadOnlyList<Element> rows, int together = 1) : Element
{
    // A row is torn only where a tenth of a page would be left empty for its sake.
    private const float EmptyAtMost = 0.1f;

    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var head = header is null ? Fitted.Nothing : header.Fit(width, height, page);
        if (head is null) return null;
        var placed = new List<Fitted>();
        var room = height - head.Height;
        foreach (var row in rows)
        {
            if (FitRow(row, width, room, page) is not { } part) break;
            placed.Add(part);
            if (part.Rest is not null) break;
            room -= part.Height;
        }
        if (!KeepTogether(placed, width, height, page) || placed.Count == 0 && rows.Count > 0) return null;
        return new Fitted(head.Height + placed.Sum(p => p.Height), (c, x, top, _) =>
        {
            head.Draw(c, x, top, head.Height);
            top += head.Height;
            foreach (var part in placed)
            {
                part.Draw(c, x, top, part.Height);
                top += part.Height;
            }
        }, Rest(placed));
    }

    // Gives up rows that fit, for the sake of those that must not be alone on the next page.
    private bool KeepTogether(List<Fitted> placed, float width, float height, PageContext page)
    {
        var before = Math.Max(0, rows.Count - together);
        if (Rest(placed) is null || placed.Count <= before) return true;
        if (before == 0) return height >= page.Height || Fit(width, page.Height, page) is not { Rest: null };
        placed.RemoveRange(before, placed.Count - before);
        return true;
    }

    private static Fitted? FitRow(Element row, float width, float room, PageContext page)
    {
        if (row.Fit(width, room, page) is not { } part) return null;
        return part.Rest is null || room > EmptyAtMost * page.Height ? part : null;
    }

    private Grid? Rest(List<Fitted> placed)
    {
        IEnumerable<Element> left = rows.Skip(placed.Count);
        if (placed is [.., { Rest: { } torn }]) left = left.Prepend(torn);
        Element[] rest = [.. left];
        return rest.Length == 0 ? null : new Grid(header, rest, together);
    }
}
