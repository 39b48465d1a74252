using SkiaSharp;

namespace Crm.Pdf;

// QuestPDF's vocabulary, as far as our documents speak it: replacing this folder's engine by QuestPDF leaves them as they are.

/// <summary>A place for one element.</summary>
public interface IContainer;

public sealed class PageSize(float width, float height)
{
    public float Width { get; } = width;
    public float Height { get; } = height;
}

/// <summary>Paper sizes in points.</summary>
public static class PageSizes
{
    public static readonly PageSize A4 = new(595.28f, 841.89f);
}

public sealed class DocumentMetadata
{
    public string Title { get; init; } = "";
    public string Author { get; init; } = "";
    public string Subject { get; init; } = "";
    public DateTimeOffset CreationDate { get; init; } = DateTimeOffset.UnixEpoch;
}

public sealed class Document
{
    // More pages than any letter has: an element that always leaves a rest must not run for ever.
    private const int MaxPages = 500;

    private readonly PageDescriptor _page = new();
    private DocumentMetadata _metadata = new();

    public static Document Create(Action<Document> build)
    {
        var document = new Document();
        build(document);
        return document;
    }

    public void Page(Action<PageDescriptor> build) => build(_page);

    public Document WithMetadata(DocumentMetadata metadata)
    {
        _metadata = metadata;
        return this;
    }

    /// <exception cref="DocumentLayoutException">An element fits on no page.</exception>
    public byte[] GeneratePdf()
    {
        var (width, height) = (_page.PageWidth - 2 * _page.HorizontalMargin, _page.PageHeight - 2 * _page.VerticalMargin);
        using var fonts = new DocumentFonts();
        var anyPage = new PageContext(1, 99, fonts);
        var head = _page.HeaderSlot.Fit(width, height, anyPage)?.Height ?? throw new DocumentLayoutException("The header does not fit on a page.");
        var foot = _page.FooterSlot.Fit(width, height - head, anyPage)?.Height ?? throw new DocumentLayoutException("The footer does not fit on a page.");
        var pages = new List<Fitted>();
        Element? rest = _page.ContentSlot;
        while (rest is not null)
        {
            var fitted = pages.Count == MaxPages ? null : rest.Fit(width, height - head - foot, anyPage);
            if (fitted is null) throw new DocumentLayoutException($"On page {pages.Count + 1} an element does not fit into {width:0} × {height - head - foot:0} points.");
            pages.Add(fitted);
            rest = fitted.Rest;
        }
        // All is placed before anything is drawn: only then is it known which glyphs the fonts must hold.
        var frames = pages.Select((_, i) => new PageContext(i + 1, pages.Count, fonts)).Select(c => (Head: _page.HeaderSlot.Fit(width, height, c)!, Foot: _page.FooterSlot.Fit(width, height, c)!)).ToList();

        using var stream = new MemoryStream();
        var created = _metadata.CreationDate.UtcDateTime;
        using (var pdf = SKDocument.CreatePdf(stream, new SKDocumentPdfMetadata
        {
            Title = _metadata.Title,
            Author = _metadata.Author,
            Subject = _metadata.Subject,
            Creator = "Enrolment",
            Creation = created,
            Modified = created,
        }))
        {
            for (var i = 0; i < pages.Count; i++)
            {
                var canvas = pdf.BeginPage(_page.PageWidth, _page.PageHeight);
                frames[i].Head.Draw(canvas, _page.HorizontalMargin, _page.VerticalMargin, head);
                pages[i].Draw(canvas, _page.HorizontalMargin, _page.VerticalMargin + head, pages[i].Height);
                frames[i].Foot.Draw(canvas, _page.HorizontalMargin, _page.PageHeight - _page.VerticalMargin - foot, foot);
                pdf.EndPage();
            }
            pdf.Close();
        }
        return stream.ToArray();
    }
}

public sealed class PageDescriptor
{
    internal Slot HeaderSlot { get; } = new();
    internal Slot ContentSlot { get; } = new();
    internal Slot FooterSlot { get; } = new();
    internal float PageWidth { get; private set; } = PageSizes.A4.Width;
    internal float PageHeight { get; private set; } = PageSizes.A4.Height;
    internal float HorizontalMargin { get; private set; }
    internal float VerticalMargin { get; private set; }

    public void Size(PageSize size) => (PageWidth, PageHeight) = (size.Width, size.Height);
    public void MarginHorizontal(float points) => HorizontalMargin = points;
    public void MarginVertical(float points) => VerticalMargin = points;
    public IContainer Header() => HeaderSlot;
    public IContainer Content() => ContentSlot;
    public IContainer Footer() => FooterSlot;
}

public sealed class ColumnDescriptor
{
    internal List<Element> Items { get; } = [];
    internal float Gap { get; private set; }

    public void Spacing(float points) => Gap = points;

    public IContainer Item()
    {
        var slot = new Slot();
        Items.Add(slot);
        return slot;
    }
}

public sealed class RowDescriptor
{
    internal List<Cell> Cells { get; } = [];
    internal float Gap { get; private set; }

    public void Spacing(float points) => Gap = points;
    public IContainer RelativeItem(float share = 1) => Add(share, null);
    public IContainer ConstantItem(float points) => Add(null, points);
    public IContainer AutoItem() => Add(null, null);

    private Slot Add(float? share, float? points)
    {
        var slot = new Slot();
        Cells.Add(new Cell(slot, share, points));
        return slot;
    }
}

public sealed class TableDescriptor
{
    private readonly TableColumnsDescriptor _columns = new();
    private readonly TableCellsDescriptor _header = new();
    private readonly TableCellsDescriptor _body = new();

    public void ColumnsDefinition(Action<TableColumnsDescriptor> build) => build(_columns);
    public void Header(Action<TableCellsDescriptor> build) => build(_header);
    public IContainer Cell() => _body.Cell();

    internal Element Build() => new Grid(_header.Slots.Count == 0 ? null : RowOf(_header.Slots), [.. _body.Slots.Chunk(_columns.Widths.Count).Select(RowOf)]);

    private SideBySide RowOf(IEnumerable<Slot> cells) => new([.. cells.Select((c, i) => new Cell(c, _columns.Widths[i].Share, _columns.Widths[i].Points))], 0);
}

public sealed class TableColumnsDescriptor
{
    internal List<(float? Share, float? Points)> Widths { get; } = [];

    public void RelativeColumn(float share = 1) => Widths.Add((share, null));
    public void ConstantColumn(float points) => Widths.Add((null, points));
}

/// <summary>Cells in reading order, as many to a row as there are columns.</summary>
public sealed class TableCellsDescriptor
{
    internal List<Slot> Slots { get; } = [];

    public IContainer Cell()
    {
        var slot = new Slot();
        Slots.Add(slot);
        return slot;
    }
}

public sealed class TextDescriptor
{
    internal List<TextSpan> Spans { get; } = [];

    public TextSpan Span(string text) => Add(text, SpanKind.Text);
    public TextSpan CurrentPageNumber() => Add("", SpanKind.PageNumber);
    public TextSpan TotalPages() => Add("", SpanKind.TotalPages);

    private TextSpan Add(string text, SpanKind kind)
    {
        var span = new TextSpan(text, kind);
        Spans.Add(span);
        return span;
    }
}

public sealed class TextSpan
{
    private readonly string _text;
    private readonly SpanKind _kind;
    private TextStyle _style = new();

    internal TextSpan(string text, SpanKind kind) => (_text, _kind) = (text, kind);

    public TextSpan FontSize(float points) => With(_style with { Size = points });
    public TextSpan SemiBold() => With(_style with { Weight = Weight.SemiBold });
    public TextSpan Bold() => With(_style with { Weight = Weight.Bold });
    public TextSpan FontColor(string hex) => With(_style with { Color = (uint)SKColor.Parse(hex) });
    public TextSpan LineHeight(float factor) => With(_style with { LineHeight = factor });

    internal Span Build() => new(_text, _style, _kind);

    private TextSpan With(TextStyle style)
    {
        _style = style;
        return this;
    }
}

public static class ContainerExtensions
{
    public static IContainer Padding(this IContainer c, float points) => c.Wrap(i => new Padded(i, new Edges(points, points, points, points)));
    public static IContainer PaddingHorizontal(this IContainer c, float points) => c.Wrap(i => new Padded(i, new Edges(points, 0, points, 0)));
    public static IContainer PaddingVertical(this IContainer c, float points) => c.Wrap(i => new Padded(i, new Edges(0, points, 0, points)));
    public static IContainer PaddingTop(this IContainer c, float points) => c.Wrap(i => new Padded(i, new Edges(0, points, 0, 0)));
    public static IContainer PaddingBottom(this IContainer c, float points) => c.Wrap(i => new Padded(i, new Edges(0, 0, 0, points)));
    public static IContainer Background(this IContainer c, string hex) => c.Wrap(i => new Painted(i, SKColor.Parse(hex), null, new Edges(0, 0, 0, 0)));
    public static IContainer CornerRadius(this IContainer c, float points) => c.Wrap(i => new Rounded(i, points));
    public static IContainer BorderBottom(this IContainer c, float points, string hex) => c.Wrap(i => new Painted(i, null, SKColor.Parse(hex), new Edges(0, 0, 0, points)));
    public static IContainer BorderLeft(this IContainer c, float points, string hex) => c.Wrap(i => new Painted(i, null, SKColor.Parse(hex), new Edges(points, 0, 0, 0)));
    public static IContainer AlignRight(this IContainer c) => c.Wrap(i => new Aligned(i, 1));
    public static IContainer AlignCenter(this IContainer c) => c.Wrap(i => new Aligned(i, 0.5f));
    public static IContainer Width(this IContainer c, float points) => c.Wrap(i => new Sized(i, points, null));
    public static IContainer MinHeight(this IContainer c, float points) => c.Wrap(i => new Sized(i, null, points));
    public static IContainer ShowEntire(this IContainer c) => c.Wrap(i => new Whole(i));
    public static IContainer Hyperlink(this IContainer c, string address) => c.Wrap(i => new Linked(i, address));
    public static void PageBreak(this IContainer c) => c.Put(new Break());

    /// <summary>A PNG or JPEG as large as its place allows, its proportions kept.</summary>
    /// <exception cref="DocumentLayoutException">The bytes are no picture.</exception>
    public static void Image(this IContainer c, byte[] picture) =>
        c.Put(new Picture(SKImage.FromEncodedData(picture) ?? throw new DocumentLayoutException("The picture is neither PNG nor JPEG.")));

    public static void LineHorizontal(this IContainer c, float points, string hex) => c.Put(new Rule(points, SKColor.Parse(hex)));

    public static void Column(this IContainer c, Action<ColumnDescriptor> build)
    {
        var column = new ColumnDescriptor();
        build(column);
        c.Put(new Stack(column.Items, column.Gap));
    }

    public static void Row(this IContainer c, Action<RowDescriptor> build)
    {
        var row = new RowDescriptor();
        build(row);
        c.Put(new SideBySide(row.Cells, row.Gap));
    }

    public static void Table(this IContainer c, Action<TableDescriptor> build)
    {
        var table = new TableDescriptor();
        build(table);
        c.Put(table.Build());
    }

    public static TextSpan Text(this IContainer c, string text)
    {
        var span = new TextSpan(text, SpanKind.Text);
        c.Put(new LateText(() => [span]));
        return span;
    }

    public static void Text(this IContainer c, Action<TextDescriptor> build)
    {
        var text = new TextDescriptor();
        build(text);
        c.Put(new LateText(() => text.Spans));
    }

    private static IContainer Wrap(this IContainer container, Func<Slot, Element> wrap)
    {
        var inner = new Slot();
        container.Put(wrap(inner));
        return inner;
    }

    private static void Put(this IContainer container, Element element) => ((Slot)container).Child = element;

    // The calls that style a text come after the one that puts it in its place.
    private sealed class LateText(Func<IReadOnlyList<TextSpan>> spans) : Element
    {
        private TextBlock? _block;

        private TextBlock Block => _block ??= new TextBlock([.. spans().Select(s => s.Build())]);

        public override Fitted? Fit(float width, float height, PageContext page) => Block.Fit(width, height, page);

        public override float NaturalWidth(float max, PageContext page) => Block.NaturalWidth(max, page);
    }
}
