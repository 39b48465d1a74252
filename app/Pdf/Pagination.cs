using SkiaSharp;

namespace Crm.Pdf;

/// <summary>One page with all that stands on it.</summary>
internal sealed record PageDrawing(PageDescriptor Page, Fitted Head, Fitted Content, Fitted Foot)
{
    public void Draw(SKCanvas canvas)
    {
        var (left, top) = (Page.HorizontalMargin, Page.VerticalMargin);
        Head.Draw(canvas, left, top, Head.Height);
        Content.Draw(canvas, left, top + Head.Height, Content.Height);
        Foot.Draw(canvas, left, Page.PageHeight - Page.VerticalMargin - Foot.Height, Foot.Height);
    }
}

/// <summary>Lays content out on as many pages as it needs.</summary>
internal static class Pagination
{
    // More pages than any letter has: an element that always leaves a rest must not run for ever.
    private const int MaxPages = 500;

    // Stands for the numbers that are not known yet while the head and foot are measured.
    private const int AnyNumber = 99;

    /// <summary>All is placed before anything is drawn: only then is it known which glyphs the fonts must hold.</summary>
    /// <exception cref="DocumentLayoutException">An element fits on no page.</exception>
    /// <exception cref="MissingGlyphException">A text has characters that no font can draw.</exception>
    public static IReadOnlyList<PageDrawing> Of(PageDescriptor page, DocumentFonts fonts)
    {
        var height = page.PageHeight - 2 * page.VerticalMargin;
        var (head, foot) = Frame(page, new PageContext(AnyNumber, AnyNumber, height, fonts));
        var contents = Contents(page, new PageContext(AnyNumber, AnyNumber, height - head.Height - foot.Height, fonts));
        var pages = new List<PageDrawing>();
        foreach (var (i, content) in contents.Index())
        {
            var (ownHead, ownFoot) = Frame(page, new PageContext(i + 1, contents.Count, height, fonts));
            pages.Add(new PageDrawing(page, ownHead with { Height = head.Height }, content, ownFoot with { Height = foot.Height }));
        }
        return pages;
    }

    private static (Fitted Head, Fitted Foot) Frame(PageDescriptor page, PageContext context)
    {
        var width = page.PageWidth - 2 * page.HorizontalMargin;
        var head = page.HeaderSlot.Fit(width, context.Height, context)
            ?? throw new DocumentLayoutException("The header does not fit on a page.");
        var foot = page.FooterSlot.Fit(width, context.Height - head.Height, context)
            ?? throw new DocumentLayoutException("The footer does not fit on a page.");
        return (head, foot);
    }

    private static List<Fitted> Contents(PageDescriptor page, PageContext context)
    {
        var width = page.PageWidth - 2 * page.HorizontalMargin;
        var contents = new List<Fitted>();
        for (Element? rest = page.ContentSlot; rest is not null; rest = contents[^1].Rest)
        {
            var fitted = contents.Count == MaxPages ? null : rest.Fit(width, context.Height, context);
            contents.Add(fitted ?? throw new DocumentLayoutException(
                $"On page {contents.Count + 1} an element does not fit into {width:0} × {context.Height:0} points."));
        }
        return contents;
    }
}
