namespace Crm.Pdf;

/// <summary>Elements one below the other.</summary>
internal sealed class Stack(IReadOnlyList<Element> items, float spacing) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var placed = new List<Fitted>();
        var room = height;
        foreach (var item in items)
        {
            if (item.Fit(width, room, page) is not { } part) break;
            placed.Add(part);
            if (part.Rest is not null) break;
            room -= part.Height + spacing;
        }
        TakeBackHeadings(placed, width, page);
        var rest = Rest(placed);
        if (placed.Count == 0 && rest is not null) return null;
        return new Fitted(placed.Sum(p => p.Height) + spacing * Math.Max(0, placed.Count - 1), (c, x, top, _) =>
        {
            foreach (var part in placed)
            {
                part.Draw(c, x, top, part.Height);
                top += part.Height + spacing;
            }
        }, rest);
    }

    public override float NaturalWidth(float max, PageContext page) => items.Count == 0 ? 0 : items.Max(i => i.NaturalWidth(max, page));

    // A heading goes with what it heads, unless that would fit under it on no page at all.
    private void TakeBackHeadings(List<Fitted> placed, float width, PageContext page)
    {
        if (placed.Count == items.Count || placed is [.., { Rest: not null }]) return;
        var count = placed.Count;
        while (count > 0 && Is<KeptWithNext>(items[count - 1])) count--;
        if (count == 0 && items[placed.Count].Fit(width, page.Height - placed.Sum(p => p.Height + spacing), page) is null) return;
        placed.RemoveRange(count, placed.Count - count);
    }

    private Stack? Rest(List<Fitted> placed)
    {
        IEnumerable<Element> left = items.Skip(placed.Count);
        if (placed is [.., { Rest: { } torn }] && !Is<Break>(items[placed.Count - 1])) left = left.Prepend(torn);
        Element[] rest = [.. left];
        return rest.Length == 0 ? null : new Stack(rest, spacing);
    }

    private static bool Is<T>(Element item) where T : Element => item is T or Slot { Child: T };
}
