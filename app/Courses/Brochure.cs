using Crm.Institute;
using Crm.Pdf;

namespace Crm.Courses;

/// <param name="Applicant">The name it is made for.</param>
/// <param name="Reference">What the applicant should quote.</param>
/// <param name="Batches">Those that still take people, the soonest first.</param>
/// <param name="Counsellor">Whom the applicant should call, or null where nobody has the lead yet.</param>
/// <param name="CounsellorPhone">Theirs, as it is printed; the institute's where null.</param>
/// <param name="Plans">How the fee can be paid: the parts of each plan.</param>
public sealed record BrochureContent(
    PersonName Applicant, string Reference, Course Course, IReadOnlyList<Batch> Batches, string? Counsellor, string? CounsellorPhone,
    IReadOnlyList<IReadOnlyList<Money>> Plans, CurrentInstitute Institute, string? Logo, DateOnly Today, DateTimeOffset Now);

/// <summary>The brochure of a course, made for one applicant. Two pages for most: what is taught, and how to join.</summary>
public static class Brochure
{
    public static byte[] Generate(BrochureContent content) => Compose(content).GeneratePdf();

    public static Document Compose(BrochureContent content)
    {
        var (course, institute) = (content.Course, content.Institute.Profile);
        var paper = new Stationery(institute, content.Logo);
        var right = $"{content.Reference}   ·   {Format.Date(content.Today)}";
        return Document.Create(document => document.Page(page => paper.Page(page, right, column =>
        {
            column.Spacing(10);
            WhatIsTaught(column, content);
            HowToJoin(column, content);
        })))
        .WithMetadata(new DocumentMetadata
        {
            Title = $"{course.Name}: brochure for {content.Applicant.Text}",
            Author = institute.Name,
            Subject = course.Code,
            CreationDate = content.Now,
        });
    }

    private static void WhatIsTaught(ColumnDescriptor column, BrochureContent content)
    {
        var course = content.Course;
        Hero(column.Item(), content);
        if (course.Modules.Count > 0)
        {
            Stationery.Heading(column, "What you will learn");
            Modules(column.Item(), course, content.Institute.Profile.ModuleWord.Label);
        }
        if (course.Audience.Length > 0)
        {
            Stationery.Heading(column, "Who it is for");
            column.Item().Text(course.Audience);
        }
    }

    private static void HowToJoin(ColumnDescriptor column, BrochureContent content)
    {
        var institute = content.Institute.Profile;
        Stationery.Heading(column, $"{institute.BatchWord.Heading} you can join");
        Batches(column.Item(), content);
        Stationery.Heading(column, "The fee, and how to pay it");
        Fees(column.Item().PreventPageBreak(), content);
        Steps(column, institute);
        Contact(column.Item(), content);
    }

    private static void Contact(IContainer place, BrochureContent content)
    {
        var institute = content.Institute.Profile;
        place.PaddingTop(10).ShowEntire().CornerRadius(8).Background(Stationery.Pale).Padding(18).Row(row =>
        {
            row.Spacing(18);
            row.RelativeItem().Column(c =>
            {
                c.Item().Text(content.Counsellor is null ? "Talk to a counsellor" : "Your counsellor").FontSize(8.5f)
                    .SemiBold().FontColor(Stationery.Accent);
                c.Item().Text(content.Counsellor ?? institute.Name).FontSize(14).Bold().FontColor(Stationery.Ink);
                c.Item().PaddingTop(2).Text($"Please quote {content.Reference} when you call or write.").FontColor(Stationery.Quiet);
            });
            row.AutoItem().Column(c =>
            {
                c.Item().AlignRight().Text(content.CounsellorPhone ?? institute.Phone).FontSize(13).Bold().FontColor(Stationery.Ink);
                c.Item().AlignRight().Hyperlink(institute.EmailLink).Text(institute.Email).FontColor(Stationery.Accent);
                if (institute.Website.Length > 0)
                    c.Item().AlignRight().Hyperlink(institute.Website).Text(institute.Website).FontColor(Stationery.Accent);
            });
        });
    }

    private static void Hero(IContainer place, BrochureContent content)
    {
        var course = content.Course;
        place.CornerRadius(10).Background(Stationery.Accent).Padding(26).Column(c =>
        {
            c.Item().Text($"Prepared for {content.Applicant.Text}").FontSize(10).SemiBold().FontColor(Stationery.QuietOnAccent);
            c.Item().PaddingTop(6).Text(course.Name).FontSize(26).Bold().FontColor(Stationery.OnAccent).LineHeight(1.2f);
            c.Item().PaddingTop(8).Text(course.Summary).FontSize(11).FontColor(Stationery.OnAccent).LineHeight(1.5f);
            c.Item().PaddingTop(18).Row(row =>
            {
                row.Spacing(16);
                Fact(row, "Duration", $"{course.Weeks} weeks");
                if (course.Modules.Count > 0) Fact(row, "Teaching", $"{course.Modules.Sum(m => m.Hours)} hours");
                Fact(row, "Fee", content.Institute.Show(course.Fee) + content.Institute.Profile.FeeNote);
            });
            if (course.Certification.Length > 0) Certification(c, course.Certification);
        });
    }

    private static void Certification(ColumnDescriptor c, string certification)
    {
        c.Item().PaddingTop(14).LineHorizontal(0.6f, "#5EBDB2");
        c.Item().PaddingTop(10).Text(t =>
        {
            t.Span("Prepares you for  ").FontColor(Stationery.QuietOnAccent);
            t.Span(certification).SemiBold().FontColor(Stationery.OnAccent);
        });
    }

    private static void Fact(RowDescriptor row, string label, string value) => row.RelativeItem().Column(c =>
    {
        c.Item().Text(label).FontSize(8.5f).FontColor(Stationery.QuietOnAccent);
        c.Item().Text(value).FontSize(15).Bold().FontColor(Stationery.OnAccent);
    });

    private static void Modules(IContainer place, Course course, string word) => place.Table(table =>
    {
        table.ColumnsDefinition(columns =>
        {
            columns.ConstantColumn(30);
            columns.RelativeColumn();
            columns.ConstantColumn(70);
        });
        table.Header(h => Stationery.HeaderCells(h, ("No.", false), (word, false), ("Hours", true)));
        foreach (var (module, i) in course.Modules.Select((m, i) => (m, i)))
        {
            Stationery.BodyCell(table).Text($"{i + 1}").FontColor(Stationery.Quiet);
            Stationery.BodyCell(table).Text(module.Title);
            Stationery.BodyCell(table).AlignRight().Text($"{module.Hours}");
        }
    });

    private static void Batches(IContainer place, BrochureContent content)
    {
        var (batches, word) = (content.Batches, content.Institute.Profile.BatchWord);
        if (batches.Count == 0)
        {
            place.Text($"The next {word.One} is being planned. Ask your counsellor to keep a seat for you in it.");
            return;
        }
        place.Table(table =>
        {
            table.ColumnsDefinition(columns =>
            {
                columns.RelativeColumn(1.3f);
                columns.RelativeColumn(1.1f);
                columns.RelativeColumn(2.4f);
                columns.RelativeColumn();
                columns.RelativeColumn(0.8f);
            });
            table.Header(h => Stationery.HeaderCells(h, (word.Label, false), ("Starts", false), ("Days and times", false),
                ("Taught", false), ("Seats left", true)));
            foreach (var batch in batches)
            {
                Stationery.BodyCell(table).Text(batch.Code).SemiBold();
                Stationery.BodyCell(table).Text(Format.Date(batch.StartsOn));
                Stationery.BodyCell(table).Text(batch.Schedule);
                Stationery.BodyCell(table).Text(Format.Words(batch.Mode));
                Stationery.BodyCell(table).AlignRight().Text($"{batch.SeatsLeftAt(content.Now)}");
            }
        });
    }

    private static void Fees(IContainer place, BrochureContent content) => place.Table(table =>
    {
        var institute = content.Institute;
        table.ColumnsDefinition(columns =>
        {
            columns.RelativeColumn(2);
            columns.RelativeColumn();
            columns.RelativeColumn();
            columns.RelativeColumn();
        });
        table.Header(h => Stationery.HeaderCells(h, ("Way of paying", false), ("At enrolment", true), ("Then each month", true),
            ("In all", true)));
        foreach (var parts in content.Plans)
        {
            Stationery.BodyCell(table).Text(parts.Count == 1 ? "In full" : $"{parts.Count} monthly instalments").SemiBold();
            Stationery.BodyCell(table).AlignRight().Text(institute.Show(parts[0]));
            Stationery.BodyCell(table).AlignRight().Text(parts.Count == 1 ? "–" : institute.Show(parts[1]));
            Stationery.BodyCell(table).AlignRight().Text(institute.Show(parts.Aggregate(Money.Zero, (sum, part) => sum + part)));
        }
    });

    private static void Steps(ColumnDescriptor column, InstituteProfile institute)
    {
        var steps = institute.BrochureSteps.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (steps.Length == 0) return;
        Stationery.Heading(column, "How to take your seat");
        column.Item().Column(c =>
        {
            c.Spacing(7);
            foreach (var (step, i) in steps.Select((s, i) => (s, i)))
                c.Item().Row(row =>
                {
                    row.Spacing(10);
                    row.ConstantItem(20).Column(n => Number(n.Item(), i + 1));
                    row.RelativeItem().PaddingTop(2).Text(step);
                });
        });
    }

    private static void Number(IContainer place, int number) => place.CornerRadius(10).Background(Stationery.Accent).MinHeight(20)
        .PaddingTop(3).AlignCenter().Text($"{number}").FontSize(10).Bold().FontColor(Stationery.OnAccent);
}
