using Crm.Pdf;
using UglyToad.PdfPig;

namespace Crm.Tests.Pdf;

/// <summary>The parts of a line from left to right. The words are letters without dots: dots are glyphs of their own.</summary>
public sealed class DirectionTests
{
    [Theory]
    [InlineData("Dear و, hello", "Dear و, hello")]
    [InlineData("a و ر d", "a ر و d")]
    [InlineData("a و ر د", "a د ر و")]
    [InlineData("و 12 ر", "ر 12 و")]
    [InlineData("و 12/3 ر 4.50 د", "د 4.50 ر 12/3 و")]
    [InlineData("و ₹500 ر", "ر ₹500 و")]
    [InlineData("No. 12 و ر, 34", "No. 12 34 ,ر و")]
    [InlineData("و (ر) د", "د (ر) و")]
    [InlineData("و - ر.", "ر - و.")]
    [InlineData("12 و", "12 و")]
    [InlineData("و e ر", "و e ر")]
    public void Words_from_right_to_left_stand_in_a_line_from_left_to_right(string read, string stands)
    {
        Assert.Equal(stands.Replace(" ", ""), StandsAs(read));
    }

    [Fact]
    public void A_line_is_broken_in_the_order_in_which_it_is_read()
    {
        var pdf = TestPages.Of(new PageSize(150, 300), c => c.Text("و و و و و و و ر ر ر ر ر ر ر")).GeneratePdf();

        var lines = PdfText.Lines(pdf).Select(l => l.Replace(" ", "")).ToList();
        Assert.True(lines.Count > 1);
        Assert.Equal("وووووووررررررر", string.Concat(lines.Select(l => string.Concat(l.Reverse()))));
    }

    private static string StandsAs(string text)
    {
        using var pdf = PdfDocument.Open(TestPages.A4(c => c.Text(text)).GeneratePdf());
        var letters = pdf.GetPage(1).Letters.Where(l => !string.IsNullOrWhiteSpace(l.Value));
        return string.Concat(letters.OrderBy(l => l.StartBaseLine.X).Select(l => l.Value));
    }
}
