namespace Crm.Pdf;

/// <summary>A size of paper in points.</summary>
public sealed class PageSize(float width, float height)
{
    public float Width { get; } = width;
    public float Height { get; } = height;

    /// <summary>The same paper, turned.</summary>
    public PageSize Landscape() => new(Math.Max(Width, Height), Math.Min(Width, Height));
}

/// <summary>Paper sizes in points.</summary>
public static class PageSizes
{
    public static readonly PageSize A4 = new(595.28f, 841.89f);
}

/// <summary>The size, margins and parts of a page. Lengths are points; without a word it is A4 without margins.</summary>
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
