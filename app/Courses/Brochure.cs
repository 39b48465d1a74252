using Crm.Accounts;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Pdf;
using Crm.Web;

namespace Crm.Courses;

/// <param name="Batches">Those that still take people, the soonest first.</param>
/// <param name="Counsellor">Whom the applicant should call, or null where nobody has the lead yet.</param>
public sealed record BrochureContent(Lead Lead, Course Course, IReadOnlyList<Batch> Batches, User? Counsellor, InstituteOptions Institute, DateOnly Today, DateTimeOffset Now);

/// <summary>The brochure of a course, made for one applicant. Two pages: what is taught, and how to join.</summary>
public static class Brochure
{
    public static byte[] Generate(BrochureContent content)
    {
        var (lead, course, institute) = (content.Lead, content.Course, content.Institute);
        return Document.Create(document => document.Page(page => new Stationery(institute).Page(page, $"{lead.Reference}   ·   {Format.Date(content.Today)}", column =>
        {
            column.Spacing(10);
            Hero(column.Item(), lead, course);
            if (course.Modules.Count > 0)
            {
                Stationery.Heading(column, "What you will learn");
                Modules(column.Item(), course);
            }
            if (course.Audience.Length > 0)
            {
                Stationery.Heading(column, "Who it is for");
                column.Item().Text(course.Audience);
            }
            column.Item().PageBreak();
            Stationery.Heading(column, "Batches you can join");
            Batches(column.Item(), content.Batches);
            Stationery.Heading(column, "The fee, and how to pay it");
            Fees(column.Item(), course, content.Today);
            Stationery.Heading(column, "How to take your seat");
            Steps(column.Item());
            column.Item().PaddingTop(10).ShowEntire().CornerRadius(8).Background(Stationery.Pale).Padding(18).Row(row =>
            {
                row.Spacing(18);
                row.RelativeItem().Column(c =>
                {
                    c.Item().Text(content.Counsellor is null ? "Talk to a counsellor" : "Your counsellor").FontSize(8.5f).SemiBold().FontColor(Stationery.Accent);
                    c.Item().Text(content.Counsellor?.Name ?? institute.Name).FontSize(14).Bold().FontColor(Stationery.Ink);
                    c.Item().PaddingTop(2).Text($"Please quote {lead.Reference} when you call or write.").FontColor(Stationery.Quiet);
                });
                row.AutoItem().Column(c =>
                {
                    c.Item().AlignRight().Text(content.Counsellor?.Phone is { } own ? Format.Phone(own) : institute.Phone).FontSize(13).Bold().FontColor(Stationery.Ink);
                    c.Item().AlignRight().Hyperlink("mailto:" + institute.Email).Text(institute.Email).FontColor(Stationery.Accent);
                    c.Item().AlignRight().Hyperlink(institute.Website).Text(institute.Website).FontColor(Stationery.Accent);
                });
            });
        })))
        .WithMetadata(new DocumentMetadata { Title = $"{course.Name}: brochure for {lead.Name}", Author = institute.Name, Subject = course.Code, CreationDate = content.Now })
        .GeneratePdf();
    }

    private static void Hero(IContainer place, Lead lead, Course course) => place.CornerRadius(10).Background(Stationery.Accent).Padding(26).Column(c =>
    {
        c.Item().Text($"Prepared for {lead.Name}").FontSize(10).SemiBold().FontColor(Stationery.QuietOnAccent);
        c.Item().PaddingTop(6).Text(course.Name).FontSize(26).Bold().FontColor(Stationery.OnAccent).LineHeight(1.2f);
        c.Item().PaddingTop(8).Text(course.Summary).FontSize(11).FontColor(Stationery.OnAccent).LineHeight(1.5f);
        c.Item().PaddingTop(18).Row(row =>
        {
            row.Spacing(16);
            Fact(row, "Duration", $"{course.Weeks} weeks");
            if (course.Modules.Count > 0) Fact(row, "Teaching", $"{course.Modules.Sum(m => m.Hours)} hours");
            Fact(row, "Fee", Format.Rupees(course.Fee));
        });
        if (course.Certification.Length > 0)
        {
            c.Item().PaddingTop(14).LineHorizontal(0.6f, "#5EBDB2");
            c.Item().PaddingTop(10).Text(t =>
            {
                t.Span("Prepares you for  ").FontColor(Stationery.QuietOnAccent);
                t.Span(course.Certification).SemiBold().FontColor(Stationery.OnAccent);
            });
        }
    });

    private static void Fact(RowDescriptor row, string label, string value) => row.RelativeItem().Column(c =>
    {
        c.Item().Text(label).FontSize(8.5f).FontColor(Stationery.QuietOnAccent);
        c.Item().Text(value).FontSize(15).Bold().FontColor(Stationery.OnAccent);
    });

    private static void Modules(IContainer place, Course course) => place.Table(table =>
    {
        table.ColumnsDefinition(columns =>
        {
            columns.ConstantColumn(30);
            columns.RelativeColumn();
            columns.ConstantColumn(70);
        });
        table.Header(h => Stationery.HeaderCells(h, ("No.", false), ("Module", false), ("Hours", true)));
        foreach (var (module, i) in course.Modules.Select((m, i) => (m, i)))
        {
            Stationery.BodyCell(table).Text($"{i + 1}").FontColor(Stationery.Quiet);
            Stationery.BodyCell(table).Text(module.Title);
            Stationery.BodyCell(table).AlignRight().Text($"{module.Hours}");
        }
    });

    private static void Batches(IContainer place, IReadOnlyList<Batch> batches)
    {
        if (batches.Count == 0)
        {
            place.Text("The next batch is being planned. Ask your counsellor to keep a seat for you in it.");
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
            table.Header(h => Stationery.HeaderCells(h, ("Batch", false), ("Starts", false), ("Days and times", false), ("Taught", false), ("Seats left", true)));
            foreach (var batch in batches)
            {
                Stationery.BodyCell(table).Text(batch.Code).SemiBold();
                Stationery.BodyCell(table).Text(Format.Date(batch.StartsOn));
                Stationery.BodyCell(table).Text(batch.Schedule);
                Stationery.BodyCell(table).Text(Format.Words(batch.Mode));
                Stationery.BodyCell(table).AlignRight().Text($"{batch.SeatsLeft}");
            }
        });
    }

    private static void Fees(IContainer place, Course course, DateOnly today) => place.Table(table =>
    {
        table.ColumnsDefinition(columns =>
        {
            columns.RelativeColumn(2);
            columns.RelativeColumn();
            columns.RelativeColumn();
            columns.RelativeColumn();
        });
        table.Header(h => Stationery.HeaderCells(h, ("Way of paying", false), ("At enrolment", true), ("Then each month", true), ("In all", true)));
        foreach (var count in new[] { 1, 3, 6 })
        {
            var instalments = Enrolling.Split(course.Fee, count, today);
            Stationery.BodyCell(table).Text(count == 1 ? "In full" : $"{count} monthly instalments").SemiBold();
            Stationery.BodyCell(table).AlignRight().Text(Format.Rupees(instalments[0].Amount));
            Stationery.BodyCell(table).AlignRight().Text(count == 1 ? "–" : Format.Rupees(instalments[1].Amount));
            Stationery.BodyCell(table).AlignRight().Text(Format.Rupees(course.Fee));
        }
    });

    private static void Steps(IContainer place) => place.Column(c =>
    {
        c.Spacing(7);
        foreach (var (step, i) in new[]
        {
            "Talk to your counsellor about your degree, your working hours and the batch that suits them.",
            "Sit in on a class, free of charge, at the institute or online.",
            "Accept the offer you are sent, and pay the first instalment. Your seat and roll number come by email the same day.",
        }.Select((s, i) => (s, i)))
            c.Item().Row(row =>
            {
                row.Spacing(10);
                row.ConstantItem(20).Column(n => n.Item().CornerRadius(10).Background(Stationery.Accent).MinHeight(20).PaddingTop(3).AlignCenter().Text($"{i + 1}").FontSize(10).Bold().FontColor(Stationery.OnAccent));
                row.RelativeItem().PaddingTop(2).Text(step);
            });
    });
}
