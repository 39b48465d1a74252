namespace Crm.Pdf;

internal sealed class TextBlock(IReadOnlyList<Span> spans) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var lines = LineBreaker.Break(spans, width, page);
        return lines.Count == 0 ? Fitted.Nothing : new Lineup(lines).Fit(width, height, page);
    }

    public override float NaturalWidth(float max, PageContext page)
    {
        var lines = LineBreaker.Break(spans, max, page);
        return lines.Count == 0 ? 0 : Math.Min(max, lines.Max(l => l.Width) + 0.5f);
    }

    /// <summary>Lines broken already; those that do not fit are carried over to the next page.</summary>
    private sealed class Lineup(IReadOnlyList<Line> lines) : Element
    {
        public override Fitted? Fit(float width, float height, PageContext page)
        {
            var taken = 0;
            float y = 0;
            while (taken < lines.Count && y + lines[taken].Height <= height + 0.01f) y += lines[taken++].Height;
            if (taken == 0) return null;
            return new Fitted(y, (canvas, x, top, _) =>
            {
                foreach (var line in lines.Take(taken))
                {
                    line.Draw(canvas, page.Fonts, x, top);
                    top += line.Height;
                }
            }, taken == lines.Count ? null : new Lineup([.. lines.Skip(taken)]));
        }
    }
}
