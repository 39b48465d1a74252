using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Pdf;
using Crm.People;
using Crm.Seats;
using UglyToad.PdfPig;

namespace Crm.Tests.Enrolments;

/// <summary>The PDFs as a reader sees them: what stands on which page.</summary>
public sealed class DocumentTests(TestPostgres postgres)
{
    private static readonly DateTimeOffset Now = TestApp.Start;

    private static readonly CurrentInstitute Institute = new(new InstituteProfile
    {
        Name = "Periyar School of Medical Coding",
        Tagline = "Careers in medical coding",
        Address = "2nd Floor, Chittoor Road, Ernakulam, Kerala 682011",
        Phone = "+91 484 290 0100",
        Email = "admissions@periyar.example",
        Website = "https://periyar.example",
        LetterText = "Please keep this letter.",
        BrochureSteps = "Talk to your counsellor.\nSit in on a class.\nAccept the offer.",
    });

    private static Person MakePerson(string name = "Anjali Nair") => new Person { Id = Guid.CreateVersion7() }.After(new PersonRegistered(
        PersonName.FromStored(name), [PhoneNumber.FromE164("+919847012345")], EmailAddress
            .FromStored("anjali@mail.example"), Standing.Given, "Agreed", "Public form"));

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

    private static Batch MakeBatch(string code = "CPC-2701", int seats = 10, int taken = 3) => new()
    {
        Id = Guid.CreateVersion7(),
        Code = code,
        StartsOn = new DateOnly(2027, 1, 4),
        Schedule = "Mon–Fri, 10:00–12:30",
        Seats = seats,
        SeatsTaken = taken,
    };

    private static byte[] MakeBrochure(string name = "Anjali Nair", Course? course = null, string? logo = null)
    {
        course ??= MakeCourse();
        return Brochure.Generate(new BrochureContent(PersonName.FromStored(name), "L-7K3F9Q", course, [MakeBatch()], "Divya Menon",
            "+91 484 290 0102",
            Plans.For(course.Fee), Institute, logo, new DateOnly(2026, 11, 23), Now));
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
            text => Assert.Contains(text, pages[1]));
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
        Assert.Contains("Divya Menon", pages[1]);
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
    public void The_letter_confirms_the_seat_and_its_instalments_on_one_page()
    {
        var (batch, fee, discount) = (MakeBatch(), Money.FromRupees(42_501), Money.FromRupees(2_500)); // does not divide
        var seat = new AgreedSeat(batch, fee, discount, Instalments.Split(fee - discount, 6, new DateOnly(2026, 12, 1)));
        var (_, taken, _) = seat.TakeFor(new Lead { CourseName = "CPC Preparation" },
            new Stamp(Actor.Staff(Guid.NewGuid(), "Divya Menon"), Now));
        var enrolment = new Seats.Enrolment().After(taken);

        var page = Assert.Single(PdfText.Pages(EnrolmentLetter.Generate(new EnrolmentLetterContent(MakePerson(), enrolment, batch,
            Institute, null, new DateOnly(2026, 11, 23)))));

        Assert.All(["Dear Anjali Nair,", "Roll number CPC-2701-01", "Batch CPC-2701", "First day 4 Jan 2027",
            "Days and times Mon–Fri, 10:00–12:30", "Course fee ₹42,501", "Discount – ₹2,500", "To be paid ₹40,001", "Page 1 of 1"],
            text => Assert.Contains(text, page));
        var instalments = Regex.Matches(page, @"(\d) of 6 (\d+ \w{3} \d{4}) ₹([\d,]+)");
        Assert.Equal(["1 Dec 2026", "1 Jan 2027", "1 Feb 2027", "1 Mar 2027", "1 Apr 2027", "1 May 2027"],
            instalments.Select(m => m.Groups[2].Value));
        Assert.Equal(40_001, instalments.Sum(m => int.Parse(m.Groups[3].Value.Replace(",", ""))));
    }

    [Fact]
    public async Task The_documents_of_a_lead_are_downloaded_as_the_data_stands()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var open = await app.AddBatchAsync(course, seats: 2, code: "OPEN-1");
        var full = await app.AddBatchAsync(course, seats: 1, code: "FULL-1");
        var (lead, other) = (await app.AddLeadAsync(course), await app.AddLeadAsync(course, "Rahul Das"));
        await app.ActAsync<Enrol>(other.Id, counsellor, ("batchId", full.Id.ToString()), ("instalments", "1"),
            ("firstDueOn", "2026-11-23"));
        await app.ActAsync<Enrol>(lead.Id, counsellor, ("batchId", open.Id.ToString()), ("discount", "2000"), ("instalments", "3"),
            ("firstDueOn", "2026-11-23"));
        using var browser = await app.SignInAsync(counsellor);

        var brochure = await browser.DownloadAsync($"/leads/{lead.Id}/brochure.pdf");
        var letter = await browser.DownloadAsync($"/leads/{lead.Id}/enrolment-letter.pdf");

        Assert.All([brochure, letter],
            d => Assert.Equal((HttpStatusCode.OK, "application/pdf"), (d.StatusCode, d.Content.Headers.ContentType!.MediaType)));
        Assert.Equal($"CPC-brochure-{lead.Reference}.pdf", brochure.Content.Headers.ContentDisposition!.FileName);
        Assert.Equal("enrolment-letter-OPEN-1-01.pdf", letter.Content.Headers.ContentDisposition!.FileName);
        var pages = PdfText.Pages(await brochure.Content.ReadAsByteArrayAsync());
        Assert.Matches(@"OPEN-1 .* 1 ", pages[1]);
        Assert.DoesNotContain("FULL-1", pages[1]);
        Assert.Contains("Divya Menon", pages[1]);
        Assert.Contains("To be paid ₹40,000", Assert.Single(PdfText.Pages(await letter.Content.ReadAsByteArrayAsync())));
    }

    [Fact]
    public async Task Where_there_is_no_document_there_is_no_download()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Counsellor);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var stranger = app.Browse();

        Assert.Equal(HttpStatusCode.NotFound, (await browser.DownloadAsync($"/leads/{lead.Id}/enrolment-letter.pdf")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.DownloadAsync($"/leads/{Guid.CreateVersion7()}/brochure.pdf")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await stranger.DownloadAsync($"/leads/{lead.Id}/brochure.pdf")).StatusCode);
    }

    [Fact]
    public void Without_an_open_batch_or_a_counsellor_the_brochure_says_so()
    {
        var pages = PdfText.Pages(Brochure.Generate(new BrochureContent(PersonName.FromStored("Anjali Nair"), "L-7K3F9Q", MakeCourse([]),
            [], null, null,
            Plans.For(MakeCourse().Fee), Institute, null, new DateOnly(2026, 11, 23), Now)));

        Assert.DoesNotContain("What you will learn", pages[0]);
        Assert.Contains("The next batch is being planned.", pages[1]);
        Assert.Contains("Talk to a counsellor", pages[1]);
        Assert.Contains("+91 484 290 0100", pages[1]);
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
}
