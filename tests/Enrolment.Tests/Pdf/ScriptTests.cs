using System.Globalization;
using Crm.Pdf;
using SkiaSharp;

namespace Crm.Tests.Pdf;

/// <summary>Names in many scripts, looked at as pictures and read back as text.</summary>
public sealed class ScriptTests
{
    /// <summary>The box that each font shows for a character it lacks.</summary>
    private static readonly Dictionary<string, Inked> MissingBoxes = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "fonts"))
        .Select(file => (Name: Path.GetFileName(file), Shape: Drawn(file, 0).Shapes().MaxBy(s => s.Amount)))
        .Where(box => box.Shape is not null).ToDictionary(box => box.Name, box => box.Shape!);

    public static readonly TheoryData<string> Names =
    [
        "Anjali Nair", "അഞ്ജലി കൃഷ്ണൻ", "अंजलि क्षत्रिय", "அஞ்சலி ஸ்ரீநிவாசன்", "అంజలి కృష్ణన్", "ಅಂಜಲಿ ಕೃಷ್ಣನ್", "অঞ্জলি চক্রবর্তী",
        "અંજલિ કૃષ્ણન", "ਅੰਜਲੀ ਸਿੰਘ", "ଅଞ୍ଜଳି କୃଷ୍ଣନ", "فاطمة الزهراء", "محمد عائشہ ٹیپو", "王小明", "田中さくら", "Ольга Иванова",
        "Ελένη Παπαδοπούλου", "Nguyễn Thị Ánh", "Zoe\u0308 N\u0303u\u0301n\u0303ez",
        "👩‍⚕️ 👍🏽 🇮🇳 ❤️ 1️⃣", "K\u200Cരാജ\u200Dൻ", "राम॥ ൧൨ ٣٤",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_is_drawn_and_no_letter_of_it_is_missing(string name)
    {
        var (page, blank) = (Inked.Page($"Dear {name},"), Inked.Page("Dear  ,"));

        Assert.True(page.Differences(blank) > 400, "The name has left no ink.");
        Assert.DoesNotContain(page.Shapes(), shape => MissingBoxes.Values.Any(shape.IsLike));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_letter_of_a_name_leaves_ink(string name)
    {
        for (var letters = StringInfo.GetTextElementEnumerator(name.Replace(" ", "")); letters.MoveNext();)
        {
            var letter = letters.GetTextElement();
            Assert.True(Inked.Page(letter, width: 180).Amount > 20, $"“{letter}” has left no ink.");
        }
    }

    [Fact]
    public void The_search_for_missing_letters_finds_the_box_of_each_font_that_has_one()
    {
        Assert.Contains("Inter_400Regular.ttf", MissingBoxes.Keys);
        Assert.Contains("NotoSansMalayalam_400Regular.ttf", MissingBoxes.Keys);
        Assert.All(MissingBoxes.Keys, name =>
        {
            var page = Drawn(Path.Combine(AppContext.BaseDirectory, "fonts", name), 0.37f);
            Assert.Contains(page.Shapes(), shape => MissingBoxes.Values.Any(shape.IsLike));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_letter_of_a_name_is_missing_in_bold(string name)
    {
        Assert.DoesNotContain(Inked.Page(name, t => t.Bold()).Shapes(), shape => MissingBoxes.Values.Any(shape.IsLike));
        Assert.DoesNotContain(Inked.Page(name, t => t.SemiBold()).Shapes(), shape => MissingBoxes.Values.Any(shape.IsLike));
    }

    [Theory]
    [InlineData("Anjali Nair")]
    [InlineData("അഞ്ജലി കൃഷ്ണൻ")]
    [InlineData("അന്‍വര്‍ സാദത്ത്")]
    [InlineData("अंजलि क्षत्रिय")]
    [InlineData("ਅੰਜਲੀ ਸਿੰਘ")]
    [InlineData("அஞ்சலி ஸ்ரீநிவாசன்")]
    [InlineData("王小明")]
    [InlineData("Nguyễn Thị Ánh")]
    [InlineData("Ольга Иванова")]
    [InlineData("👩‍⚕️👍🏽")]
    public void A_name_can_be_copied_out_of_the_document(string name)
    {
        var pdf = TestPages.A4(c => c.Text($"Dear {name}, welcome")).GeneratePdf();

        Assert.Equal($"Dear {name}, welcome", Assert.Single(PdfText.Pages(pdf)));
    }

    // The first glyph of a font stands for what it lacks.
    private static Inked Drawn(string file, float x)
    {
        using var bitmap = new SKBitmap(300, 300);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        using var typeface = SKTypeface.FromFile(file);
        using var font = new SKFont(typeface, Inked.LetterSize) { Subpixel = true, Hinting = SKFontHinting.None };
        using var builder = new SKTextBlobBuilder();
        builder.AddRun([0], font, SKPoint.Empty);
        using var blob = builder.Build();
        using var paint = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        canvas.DrawText(blob, 60 + x, 200 + x, paint);
        return Inked.Of(bitmap);
    }
}
