using System.Text.RegularExpressions;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.People;
using SkiaSharp;
using UglyToad.PdfPig;

namespace Crm.Tests.Courses;

/// <summary>The brochure as a reader sees it: what stands on which page.</summary>
public sealed class BrochureTests
{
    private static readonly DateTimeOffset Now = TestApp.Start;

    private static Course MakeCourse(IEnumerable<CourseModule>? modules = null) => new()
    {
        Id = Guid.CreateVersion7(),
        Code = "CPC",
        Name = "CPC Examination Preparation",
        Summary = "Coding, taught from real charts.",
        Audience = "Graduates in life sciences.",
        Certification = "Certified Professional Coder",
        Weeks = 20,
        Fee = Money.FromRupees(42_500),
        Modules = [.. modules ?? [new CourseModule("Medical terminology", 24), new CourseModule("ICD-10-CM in depth", 48)]],
    };

    private static byte[] MakeBrochure(string name = "Anjali Nair", Course? course = null, string? logo = null)
    {
        course ??= MakeCourse();
        return Brochure.Generate(new BrochureContent(PersonName.FromStored(name), "L-7K3F9Q", course, [Papers.MakeBatch()], "Divya Menon",
            "+91 484 290 0102",
            Plans.For(course.Fee), Papers.Institute, logo, new DateOnly(2026, 11, 23), Now));
    }

    [Fact]
    public void What_fills_its_column_does_not_run_into_the_next()
    {
        var course = MakeCourse();
        var content = new BrochureContent(PersonName.FromStored("Anjali Nair"), "L-7K3F9Q", course, [Papers.MakeBatch(new string('!', 90))],
            "Divya Menon", "+91 484 290 0102", Plans.For(course.Fee), Papers.Institute, null, new DateOnly(2026, 11, 23), Now);

        using var pdf = PdfDocument.Open(Brochure.Generate(content));

        var letters = pdf.GetPages().Select(p => p.Letters).First(p => p.Count(l => l.Value == "!") >= 90);
        var code = letters.SkipWhile(l => l.Value != "!").TakeWhile(l => l.Value == "!").ToList();
        var day = letters.SkipWhile(l => l.Value != "!").First(l => l.Value == "4"); // of 4 Jan 2027
        var gap = day.StartBaseLine.X - code.Max(l => l.EndBaseLine.X);
        Assert.True(gap >= 8, $"{gap} points are between them.");
    }

    [Fact]
    public void The_brochure_says_on_two_pages_what_is_taught_and_how_to_join()
    {
        var pages = PdfText.Pages(MakeBrochure());

        Assert.Equal(2, pages.Count);
        Assert.All(
            ["Prepared for Anjali Nair", "CPC Examination Preparation", "Coding, taught from real charts.", "20 weeks", "72 hours",
                "₹42,500", "Certified Professional Coder", "1 Medical terminology 24", "2 ICD-10-CM in depth 48",
                "Graduates in life sciences.", "Page 1 of 2"],
            text => Assert.Contains(text, pages[0]));
        Assert.All(
            [
                "CPC-2701 4 Jan 2027 Mon–Fri, 10:00–12:30 Classroom 7", "In full ₹42,500 – ₹42,500",
                "3 monthly instalments ₹14,168 ₹14,166 ₹42,500", "6 monthly instalments ₹7,085 ₹7,083 ₹42,500",
                "Your counsellor", "Divya Menon", "+91 484 290 0102", "Please quote L-7K3F9Q", "admissions@periyar.example",
                "https://periyar.example", "Page 2 of 2",
            ],
            text => Assert.Contains(text, string.Join(' ', pages)));
        Assert.All(pages, page =>
        {
            Assert.Contains("L-7K3F9Q", page);
            Assert.Contains("Periyar School of Medical Coding", page);
            Assert.Contains("2nd Floor, Chittoor Road, Ernakulam", page);
        });
    }

    [Fact]
    public void The_brochure_tells_viewers_its_title_and_links_to_the_institute()
    {
        using var pdf = PdfDocument.Open(MakeBrochure());

        Assert.Equal(("CPC Examination Preparation: brochure for Anjali Nair", "Periyar School of Medical Coding"),
            (pdf.Information.Title, pdf.Information.Author));
        Assert.Equal(["https://periyar.example", "mailto:admissions@periyar.example"],
            pdf.GetPages().SelectMany(p => p.GetHyperlinks()).Select(l => l.Uri).Order());
    }

    [Fact]
    public void A_name_in_Malayalam_is_drawn_and_can_be_copied_and_the_rest_is_there()
    {
        const string name = "അഞ്ജലി കൃഷ്ണൻ";

        var pages = PdfText.Pages(MakeBrochure(name));

        Assert.Equal(2, pages.Count);
        Assert.Contains($"Prepared for {name}", pages[0]);
        Assert.Contains("Medical terminology", pages[0]);
        Assert.Contains("Divya Menon", string.Join(' ', pages));
    }

    [Theory]
    [InlineData("👩‍⚕️ Anjali")]
    [InlineData("Thiruvananthapuramkaranpillaiveettilkunjukuttanmaharajapuramthekkethilputhenpurackalnarayananunni")]
    public void Any_name_makes_a_brochure(string name)
    {
        var pages = PdfText.Pages(MakeBrochure(name));

        Assert.Equal(2, pages.Count);
        Assert.Contains(name.Length > 50 ? name : "Anjali"[..Math.Min(6, name.Length)], string.Concat(pages[0].Split(' ')));
    }

    [Fact]
    public void A_course_with_very_much_in_it_flows_over_more_pages_and_nothing_is_lost()
    {
        var modules = Enumerable.Range(1,
            60).Select(i => new CourseModule($"Module{i:000} " + string.Concat(Enumerable.Repeat("with a long description ",
            i % 5 == 0 ? 12 : 1)) + $"End{i:000}", i)).ToList();
        var course = MakeCourse(modules);
        course.Summary = string.Join(' ', Enumerable.Range(1, 120).Select(i => $"summary{i:000}"));
        course.Audience = string.Join(' ', Enumerable.Range(1, 400).Select(i => $"audience{i:000}"));

        var pages = PdfText.Pages(MakeBrochure(course: course));

        var all = string.Join(' ', pages);
        string[] expected = [.. modules.SelectMany(m => Regex.Matches(m.Title, @"(Module|End)\d+").Select(x => x.Value)),
            .. course.Summary.Split(' '), .. course.Audience.Split(' ')];
        Assert.All(expected, word => Assert.Single(Regex.Matches(all, $@"\b{word}\b")));
        var withModules = pages.Where(p => Regex.IsMatch(p, @"Module\d+")).ToList();
        Assert.InRange(withModules.Count, 3, 10);
        Assert.All(withModules, p => Assert.Contains("Module Hours", p));
        Assert.All(pages.Select((p, i) => (Text: p, Number: i + 1)), p => Assert.Contains($"Page {p.Number} of {pages.Count}", p.Text));
        Assert.Contains("Divya Menon", pages[^1]);
    }

    [Fact]
    public void Without_an_open_batch_or_a_counsellor_the_brochure_says_so()
    {
        var pages = PdfText.Pages(Brochure.Generate(new BrochureContent(PersonName.FromStored("Anjali Nair"), "L-7K3F9Q", MakeCourse([]),
            [], null, null,
            Plans.For(MakeCourse().Fee), Papers.Institute, null, new DateOnly(2026, 11, 23), Now)));

        Assert.DoesNotContain("What you will learn", pages[0]);
        var all = string.Join(' ', pages);
        Assert.All(["The next batch is being planned.", "Talk to a counsellor", "+91 484 290 0100"], text => Assert.Contains(text, all));
    }

    [Fact]
    public void The_institutes_logo_stands_on_every_page()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, TestPictures.Png(48, 48));

            using var with = PdfDocument.Open(MakeBrochure(logo: file));
            using var without = PdfDocument.Open(MakeBrochure());

            Assert.All(with.GetPages(), p => Assert.Single(p.GetImages()));
            Assert.All(without.GetPages(), p => Assert.Empty(p.GetImages()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(11)]
    [InlineData(14)]
    [InlineData(40)]
    public void No_page_but_the_last_is_left_empty_by_a_fifth(int modules)
    {
        var course = MakeCourse(Enumerable.Range(1, modules).Select(i => new CourseModule($"Module {i}", 10)));
        var pages = Brochure.Compose(new BrochureContent(PersonName.FromStored("Anjali Nair"), "L-7K3F9Q", course,
            [Papers.MakeBatch(), Papers.MakeBatch("CPC-2702"), Papers.MakeBatch("CPC-2703")], "Divya Menon", null, Plans.For(course.Fee),
            Papers.Institute, null, new DateOnly(2026, 11, 23), Now)).GenerateImages(36);

        Assert.All(pages.SkipLast(1), page => Assert.InRange(EmptyAboveTheFoot(page), 0, 0.2));
    }

    // As a part of the page's height.
    private static double EmptyAboveTheFoot(byte[] picture)
    {
        using var page = SKBitmap.Decode(picture);
        var foot = (int)(page.Height * 0.92);
        var lowest = Enumerable.Range(0, foot).Last(y => Enumerable.Range(0, page.Width).Any(x => page.GetPixel(x, y).Red < 250));
        return (double)(foot - lowest) / page.Height;
    }
}
