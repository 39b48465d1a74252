using System.Text.RegularExpressions;
using Crm.Pdf;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Tokens;

namespace Crm.Tests.Pdf;

/// <summary>What comes onto which page. A line of text takes 14 points; 54 fill a page.</summary>
public sealed class PageTests
{
    private const int LinesToAPage = 54;

    [Fact]
    public void A_document_says_in_which_language_it_is_and_is_called_by_its_title()
    {
        var made = TestPages.A4(c => c.Text("Anjali")).WithMetadata(new DocumentMetadata { Title = "Brochure for Anjali" }).GeneratePdf();

        using var pdf = PdfDocument.Open(made);

        var catalog = pdf.Structure.Catalog.CatalogDictionary;
        Assert.Equal("en", Assert.IsType<StringToken>(catalog.Data["Lang"]).Data);
        var shown = Assert.IsType<DictionaryToken>(catalog.Data["ViewerPreferences"]);
        Assert.Equal(("True", "Brochure for Anjali"), (shown.Data["DisplayDocTitle"].ToString(), pdf.Information.Title));
        Assert.Contains("Anjali", pdf.GetPage(1).Text);
    }

    [Fact]
    public void What_is_too_tall_for_any_page_is_refused()
    {
        var document = TestPages.A4(c => c.ShowEntire().Text(Filler(100)));

        var refused = Assert.Throws<DocumentLayoutException>(document.GeneratePdf);

        Assert.StartsWith("On page 1 an element does not fit into", refused.Message);
    }

    // Fonts that are cut for one document are used for others of its kind.
    [Fact]
    public void A_document_is_the_same_whatever_was_made_before_it()
    {
        byte[] Made(string name) => TestPages.A4(c => c.Text($"{name}, L-7K3F9Q: ₹ 35,500")).GeneratePdf();

        var first = Made("Anjali Nair");
        foreach (var other in new[] { "Zachariah Quaye", "അഞ്ജലി", "José", "Anjali" }) Made(other);

        Assert.Equal(first, Made("Anjali Nair"));
    }

    [Fact]
    public void A_page_break_begins_a_new_page_and_a_whole_element_is_not_torn()
    {
        var pages = Column(column =>
        {
            column.Item().Text("before");
            column.Item().PageBreak();
            column.Item().Text(Filler(45));
            column.Item().ShowEntire().Text(string.Concat(Enumerable.Repeat("together\n", 20)));
        });

        Assert.Equal(3, pages.Count);
        Assert.Equal(("before", 45, 20), (pages[0], Regex.Count(pages[1], "filler"), Regex.Count(pages[2], "together")));
    }

    [Fact]
    public void Text_fills_the_page_to_its_last_line()
    {
        var pages = Column(column =>
        {
            column.Item().Text(Filler(30));
            column.Item().Text(Filler(60));
        });

        Assert.Equal([LinesToAPage, 90 - LinesToAPage], pages.Select(p => Regex.Count(p, "filler")));
    }

    [Theory]
    [InlineData(LinesToAPage - 2, true)]
    [InlineData(LinesToAPage - 1, false)]
    [InlineData(LinesToAPage, false)]
    public void A_heading_stands_on_the_page_on_which_what_it_heads_begins(int linesAbove, bool fits)
    {
        var pages = Column(column =>
        {
            column.Item().Text(Filler(linesAbove));
            column.Item().KeepWithNext().Text("Heading");
            column.Item().Text(string.Concat(Enumerable.Repeat("headed\n", 3)));
        });

        Assert.Equal(fits ? (true, 1) : (false, 0), (pages[0].Contains("Heading"), Regex.Count(pages[0], "headed")));
        Assert.Equal(fits ? (false, 2) : (true, 3), (pages[1].Contains("Heading"), Regex.Count(pages[1], "headed")));
    }

    [Fact]
    public void A_heading_stands_with_the_first_row_of_its_table_and_not_with_its_header_alone()
    {
        var pages = Column(column =>
        {
            column.Item().Text(Filler(LinesToAPage - 2));
            column.Item().KeepWithNext().Text("Heading");
            column.Item().Table(t => Rows(t, "first", "second"));
        });

        Assert.Equal(2, pages.Count);
        Assert.DoesNotContain("Heading", pages[0]);
        Assert.Contains("Heading No. Title 1 first", pages[1]);
    }

    [Fact]
    public void A_heading_inside_a_block_takes_the_block_along()
    {
        var pages = Column(column =>
        {
            column.Item().Text(Filler(LinesToAPage - 1));
            column.Item().Column(inner =>
            {
                inner.Item().KeepWithNext().Text("Heading");
                inner.Item().Text("headed");
            });
        });

        Assert.Equal("Heading headed", pages[1]);
    }

    [Fact]
    public void A_heading_that_nothing_fits_below_stays_where_it_is()
    {
        var pages = Column(column =>
        {
            column.Item().KeepWithNext().Text("Heading");
            column.Item().ShowEntire().Text(Filler(LinesToAPage));
        });

        Assert.Equal(("Heading", LinesToAPage), (pages[0], Regex.Count(pages[1], "filler")));
    }

    [Theory]
    [InlineData(LinesToAPage - 5)]
    [InlineData(LinesToAPage - 4)]
    [InlineData(LinesToAPage - 3)]
    public void A_short_row_is_never_torn(int linesAbove)
    {
        var pages = Column(column =>
        {
            column.Item().Text(Filler(linesAbove));
            column.Item().Table(t => Rows(t, "one", "two\ntwo\ntwo\ntwo"));
        });

        Assert.Equal(4, Regex.Count(pages[1], "two"));
        Assert.StartsWith("No. Title", pages[1]);
    }

    [Fact]
    public void A_tall_row_is_torn_where_the_page_would_be_left_empty_for_it()
    {
        var tall = string.Join('\n', Enumerable.Range(1, 20).Select(i => $"part{i:00}"));

        var pages = Column(column =>
        {
            column.Item().Text(Filler(LinesToAPage - 12));
            column.Item().Table(t => Rows(t, "one", tall, "three"));
        });

        Assert.Equal([10, 10], pages.Select(p => Regex.Count(p, @"part\d")));
        Assert.Contains("2 part01", pages[0]);
        Assert.StartsWith("No. Title part11", pages[1]);
        Assert.EndsWith("part20 3 three", pages[1]);
    }

    [Fact]
    public void A_row_taller_than_a_page_is_shown_to_its_end()
    {
        var words = Enumerable.Range(1, 130).Select(i => $"word{i:000}").ToList();

        var pages = Column(column => column.Item().Table(t => Rows(t, "one", string.Join('\n', words), "three")));

        Assert.Equal(words, Regex.Matches(string.Join(' ', pages), @"word\d+").Select(m => m.Value));
        Assert.EndsWith("3 three", pages[^1]);
        Assert.All(pages, p => Assert.StartsWith("No. Title", p));
    }

    [Theory]
    [InlineData(30, 2)]
    [InlineData(80, 2)]
    public void A_block_stays_in_one_piece_where_a_page_can_hold_it_and_else_begins_at_once(int lines, int pagesInAll)
    {
        var pages = Column(column =>
        {
            column.Item().Text("before");
            column.Item().Text(Filler(27));
            column.Item().PreventPageBreak().Text(string.Concat(Enumerable.Repeat("block\n", lines)));
        });

        Assert.Equal(pagesInAll, pages.Count);
        Assert.Equal(lines > LinesToAPage ? LinesToAPage - 28 : 0, Regex.Count(pages[0], "block"));
    }

    [Fact]
    public void A_picture_is_drawn_with_its_proportions()
    {
        using var pdf = PdfDocument.Open(TestPages.A4(c => c.Width(120).Image(TestPictures.Png(40, 20))).GeneratePdf());

        var image = Assert.Single(pdf.GetPage(1).GetImages());
        Assert.Equal((120.0, 60.0), (Math.Round(image.BoundingBox.Width, 1), Math.Round(image.BoundingBox.Height, 1)));
    }

    [Fact]
    public void What_is_no_picture_is_refused()
    {
        Assert.Throws<DocumentLayoutException>(() => TestPages.A4(c => c.Image("no picture"u8.ToArray())));
    }

    private static IReadOnlyList<string> Column(Action<ColumnDescriptor> build) =>
        PdfText.Pages(TestPages.A4(c => c.Column(build)).GeneratePdf());

    private static string Filler(int lines) => string.Join('\n', Enumerable.Repeat("filler", lines));

    private static void Rows(TableDescriptor table, params string[] titles)
    {
        table.ColumnsDefinition(columns =>
        {
            columns.ConstantColumn(30);
            columns.RelativeColumn();
        });
        table.Header(header =>
        {
            header.Cell().Text("No.");
            header.Cell().Text("Title");
        });
        foreach (var (i, title) in titles.Index())
        {
            table.Cell().BorderBottom(0.5f, "#000000").Text($"{i + 1}");
            table.Cell().BorderBottom(0.5f, "#000000").Text(title);
        }
    }
}
