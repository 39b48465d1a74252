using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Pdf;
using Crm.Web;

namespace Crm.Enrolments;

public sealed record EnrolmentLetterContent(Lead Lead, Enrolment Enrolment, Batch Batch, InstituteOptions Institute, DateOnly EnrolledOn);

/// <summary>The letter that confirms a seat: who, which batch, and what is due when. One page.</summary>
public static class EnrolmentLetter
{
    public static byte[] Generate(EnrolmentLetterContent content)
    {
        var (lead, enrolment, batch, institute) = (content.Lead, content.Enrolment, content.Batch, content.Institute);
        return Document.Create(document => document.Page(page => new Stationery(institute).Page(page, $"Roll number {enrolment.RollNumber}", column =>
        {
            column.Spacing(12);
            column.Item().Row(row =>
            {
                row.RelativeItem().Text("Enrolment letter").FontSize(22).Bold().FontColor(Stationery.Ink);
                row.AutoItem().PaddingTop(10).Text(Format.Date(content.EnrolledOn)).FontColor(Stationery.Quiet);
            });
            column.Item().Column(c =>
            {
                c.Item().Text(enrolment.Name).FontSize(11).SemiBold();
                c.Item().Text(Format.Phone(lead.Phone)).FontColor(Stationery.Quiet);
                if (lead.Email is { } email) c.Item().Text(email).FontColor(Stationery.Quiet);
            });
            column.Item().Text($"Dear {enrolment.Name},");
            column.Item().Text($"We are glad to confirm your seat in {enrolment.CourseName}. Please keep this letter, and bring it with a photo identity card and your degree certificate on the first day.");
            column.Item().CornerRadius(8).Background(Stationery.Pale).Padding(18).Column(c =>
            {
                c.Spacing(7);
                foreach (var (label, value) in new[]
                {
                    ("Roll number", enrolment.RollNumber), ("Course", enrolment.CourseName), ("Batch", batch.Code),
                    ("First day", Format.Date(batch.StartsOn)), ("Days and times", batch.Schedule), ("Taught", Format.Words(batch.Mode)),
                })
                    c.Item().Row(row =>
                    {
                        row.ConstantItem(120).Text(label).FontColor(Stationery.Quiet);
                        row.RelativeItem().Text(value).SemiBold();
                    });
            });
            Stationery.Heading(column, "Fee and instalments");
            column.Item().Table(table =>
            {
                table.ColumnsDefinition(columns =>
                {
                    columns.RelativeColumn(2);
                    columns.RelativeColumn();
                    columns.RelativeColumn();
                });
                table.Header(h => Stationery.HeaderCells(h, ("Instalment", false), ("Due on", false), ("Amount", true)));
                foreach (var (instalment, i) in enrolment.Instalments.Select((x, i) => (x, i)))
                {
                    Stationery.BodyCell(table).Text($"{i + 1} of {enrolment.Instalments.Count}");
                    Stationery.BodyCell(table).Text(Format.Date(instalment.DueOn));
                    Stationery.BodyCell(table).AlignRight().Text(Format.Rupees(instalment.Amount));
                }
            });
            column.Item().AlignRight().Width(230).Column(c =>
            {
                c.Spacing(3);
                Sum(c, "Course fee", enrolment.Fee);
                if (enrolment.Discount > 0) Sum(c, "Discount", -enrolment.Discount);
                c.Item().Row(row =>
                {
                    row.RelativeItem().Text("To be paid").FontSize(12).Bold().FontColor(Stationery.Ink);
                    row.AutoItem().Text(Format.Rupees(enrolment.Net)).FontSize(12).Bold().FontColor(Stationery.Ink);
                });
            });
            column.Item().PaddingTop(18).Text("With our best wishes for your studies,");
            column.Item().Column(c =>
            {
                c.Item().Text(enrolment.EnrolledBy).SemiBold();
                c.Item().Text($"for {institute.Name}").FontColor(Stationery.Quiet);
            });
        })))
        .WithMetadata(new DocumentMetadata { Title = $"Enrolment letter {enrolment.RollNumber}", Author = institute.Name, Subject = enrolment.CourseName, CreationDate = enrolment.EnrolledAt })
        .GeneratePdf();
    }

    private static void Sum(ColumnDescriptor column, string label, decimal amount) => column.Item().Row(row =>
    {
        row.RelativeItem().Text(label).FontColor(Stationery.Quiet);
        row.AutoItem().Text((amount < 0 ? "– " : "") + Format.Rupees(Math.Abs(amount)));
    });
}
