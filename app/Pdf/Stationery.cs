using Crm.Institute;

namespace Crm.Pdf;

/// <summary>What all documents of the institute share: colours, head, foot and table cells.</summary>
/// <param name="logo">A PNG or JPEG file for the head, or null or empty for none.</param>
internal sealed class Stationery(InstituteProfile institute, string? logo)
{
    public const string Ink = "#134E4A";
    public const string Accent = "#0F766E";
    public const string Pale = "#F0FDFA";
    public const string Line = "#D1E3E0";
    public const string Quiet = "#5B6B6A";
    public const string OnAccent = "#FFFFFF";
    public const string QuietOnAccent = "#CCFBF1";

    private const float FrameMargin = 26;
    private const float FrameGap = 8;
    private const float FramePadding = 30;
    private const float FrameSides = 56;
    private const float FrameFoot = 92;

    // Between two columns, so that a text that fills its own does not run into the next.
    private const float ColumnGap = 8;

    private readonly byte[]? _logo = logo is { Length: > 0 } file ? File.ReadAllBytes(file) : null;

    /// <param name="right">What stands opposite the institute's name, such as a reference.</param>
    public void Page(PageDescriptor page, string right, Action<ColumnDescriptor> content)
    {
        page.Size(PageSizes.A4);
        page.MarginHorizontal(44);
        page.MarginVertical(36);
        page.Header().PaddingBottom(16).Row(row => Head(row, right));
        page.Content().Column(content);
        page.Footer().PaddingTop(10).Column(Foot);
    }

    /// <summary>A page across that is one sheet in a frame, as a certificate is.</summary>
    /// <param name="content">Fills the frame from above.</param>
    /// <param name="foot">Stands at its foot.</param>
    public void Frame(PageDescriptor page, Action<ColumnDescriptor> content, Action<RowDescriptor> foot)
    {
        var size = PageSizes.A4.Landscape();
        page.Size(size);
        page.MarginHorizontal(FrameMargin);
        page.MarginVertical(FrameMargin);
        var inside = page.Content().Border(3, Accent).Padding(FrameGap).Border(0.8f, Accent)
            .PaddingHorizontal(FrameSides).PaddingVertical(FramePadding);
        inside.Column(sheet =>
        {
            // A point less than there is: sums of such numbers may come out larger than they are.
            sheet.Item().MinHeight(size.Height - 2 * (FrameMargin + FrameGap + FramePadding) - FrameFoot - 1).Column(column =>
            {
                column.Item().AlignCenter().Row(FrameHead);
                content(column);
            });
            sheet.Item().MinHeight(FrameFoot).Row(foot);
        });
    }

    private void FrameHead(RowDescriptor row)
    {
        row.Spacing(12);
        if (_logo is not null) row.ConstantItem(40).Image(_logo);
        row.AutoItem().Column(c =>
        {
            c.Item().Text(institute.Name).FontSize(17).Bold().FontColor(Ink);
            if (institute.Tagline.Length > 0) c.Item().AlignCenter().Text(institute.Tagline).FontSize(9.5f).FontColor(Quiet);
        });
    }

    private void Head(RowDescriptor row, string right)
    {
        row.Spacing(10);
        if (_logo is not null) row.ConstantItem(36).Image(_logo);
        row.RelativeItem().Column(c =>
        {
            c.Item().Text(institute.Name).FontSize(13).Bold().FontColor(Ink);
            c.Item().Text(institute.Tagline).FontSize(8.5f).FontColor(Quiet);
        });
        row.AutoItem().PaddingTop(3).Text(right).FontSize(8.5f).FontColor(Quiet);
    }

    private void Foot(ColumnDescriptor column)
    {
        column.Item().LineHorizontal(0.7f, Line);
        column.Item().PaddingTop(7).Row(row =>
        {
            row.RelativeItem().Text($"{institute.Address}   ·   {institute.Phone}   ·   {institute.Email}").FontSize(8).FontColor(Quiet);
            row.AutoItem().Text(t =>
            {
                t.Span("Page ").FontSize(8).FontColor(Quiet);
                t.CurrentPageNumber().FontSize(8).FontColor(Quiet);
                t.Span(" of ").FontSize(8).FontColor(Quiet);
                t.TotalPages().FontSize(8).FontColor(Quiet);
            });
        });
    }

    public static void Heading(ColumnDescriptor column, string text) =>
        column.Item().KeepWithNext().PaddingTop(8).Text(text).FontSize(13).Bold().FontColor(Ink);

    public static void HeaderCells(TableCellsDescriptor header, params (string Text, bool Right)[] cells)
    {
        foreach (var (i, (text, right)) in cells.Index())
        {
            var cell = header.Cell().BorderBottom(1, Accent).PaddingVertical(5).PaddingLeft(i == 0 ? 0 : ColumnGap);
            (right ? cell.AlignRight() : cell).Text(text).FontSize(8.5f).SemiBold().FontColor(Accent);
        }
    }

    public static IContainer BodyCell(TableDescriptor table)
    {
        var gap = table.BeginsRow ? 0 : ColumnGap;
        return table.Cell().BorderBottom(0.5f, Line).PaddingVertical(5.5f).PaddingLeft(gap);
    }
}
