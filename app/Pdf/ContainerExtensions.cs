using SkiaSharp;

namespace Crm.Pdf;

/// <summary>What can be put into a place, and around what is put there. Lengths are points, colours are written #RRGGBB.</summary>
public static class ContainerExtensions
{
    public static IContainer Padding(this IContainer c, float points) => c.Pad(new Edges(points, points, points, points));
    public static IContainer PaddingHorizontal(this IContainer c, float points) => c.Pad(new Edges(points, 0, points, 0));
    public static IContainer PaddingVertical(this IContainer c, float points) => c.Pad(new Edges(0, points, 0, points));
    public static IContainer PaddingLeft(this IContainer c, float points) => c.Pad(new Edges(points, 0, 0, 0));
    public static IContainer PaddingTop(this IContainer c, float points) => c.Pad(new Edges(0, points, 0, 0));
    public static IContainer PaddingBottom(this IContainer c, float points) => c.Pad(new Edges(0, 0, 0, points));
    public static IContainer Background(this IContainer c, string hex) => c.Wrap(i => new Filled(i, SKColor.Parse(hex)));
    public static IContainer CornerRadius(this IContainer c, float points) => c.Wrap(i => new Rounded(i, points));
    public static IContainer Border(this IContainer c, float all, string hex) => c.Border(new Edges(all, all, all, all), hex);
    public static IContainer BorderBottom(this IContainer c, float points, string hex) => c.Border(new Edges(0, 0, 0, points), hex);
    public static IContainer BorderLeft(this IContainer c, float points, string hex) => c.Border(new Edges(points, 0, 0, 0), hex);
    public static IContainer AlignRight(this IContainer c) => c.Wrap(i => new Aligned(i, 1));
    public static IContainer AlignCenter(this IContainer c) => c.Wrap(i => new Aligned(i, 0.5f));
    public static IContainer Width(this IContainer c, float points) => c.Wrap(i => new Sized(i, points, null));
    public static IContainer MinHeight(this IContainer c, float points) => c.Wrap(i => new Sized(i, null, points));
    public static IContainer Hyperlink(this IContainer c, string address) => c.Wrap(i => new Linked(i, address));

    /// <summary>Smaller than it is wanted where that keeps it from being broken into lines.</summary>
    public static IContainer ScaleToFit(this IContainer c) => c.Wrap(i => new Shrunk(i));

    /// <summary>Whole on one page, always: what is taller than a page fails with a <see cref="DocumentLayoutException"/>.</summary>
    public static IContainer ShowEntire(this IContainer c) => c.Wrap(i => new Whole(i));

    /// <summary>Whole on one page where that can be: it moves to the next for it. What is taller than a page begins at once.</summary>
    public static IContainer PreventPageBreak(this IContainer c) => c.Wrap(i => new Unbroken(i));

    /// <summary>As an item of a column: on the page on which the next item begins.</summary>
    public static IContainer KeepWithNext(this IContainer c) => c.Wrap(i => new KeptWithNext(i));

    /// <summary>As an item of a column: the next item begins a new page.</summary>
    public static void PageBreak(this IContainer c) => c.Put(new Break());

    /// <summary>A PNG or JPEG as large as its place allows, its proportions kept.</summary>
    /// <exception cref="DocumentLayoutException">The bytes are no picture.</exception>
    public static void Image(this IContainer c, byte[] picture) =>
        c.Put(new Picture(SKImage.FromEncodedData(picture) ?? throw new DocumentLayoutException("The picture is neither PNG nor JPEG.")));

    /// <summary>A filled outline in a square as wide as its place, sharp at any size.</summary>
    /// <param name="svgPath">As SVG writes it.</param>
    /// <param name="units">How many of its units the square is wide.</param>
    public static void Outline(this IContainer c, string svgPath, float units, string hex) =>
        c.Put(new Drawing(SKPath.ParseSvgPathData(svgPath), units, SKColor.Parse(hex)));

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

    private static IContainer Pad(this IContainer c, Edges edges) => c.Wrap(i => new Padded(i, edges));

    private static IContainer Border(this IContainer c, Edges lines, string hex) => c.Wrap(i => new Bordered(i, SKColor.Parse(hex), lines));

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
