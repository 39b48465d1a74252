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
        foreach (var (text, right) in cells)
        {
            var cell = header.Cell().BorderBottom(1, Accent).PaddingVertical(5);
            (right ? cell.AlignRight() : cell).Text(text).FontSize(8.5f).SemiBold().FontColor(Accent);
        }
    }

    public static IContainer BodyCell(TableDescriptor table) =>
        table.Cell().BorderBottom(0.5f, Line).PaddingVertical(5.5f);
}
