using Crm.Courses;
using Crm.Institute;
using Crm.Pdf;
using Crm.Seats;

namespace Crm.Enrolments;

/// <param name="Logo">A PNG or JPEG file for the head, or null or empty for none.</param>
public sealed record CertificateContent(
    PersonName Name, Enrolment Seat, Batch Batch, AttendanceRate Attendance, CurrentInstitute Institute, string? Logo);

/// <summary>The certificate that somebody attended a batch to its end: one sheet across, to be framed.</summary>
public static class Certificate
{
    private const float SealSize = 86;
    private const float NameHeight = 58;

    public static byte[] Generate(CertificateContent content) => Compose(content).GeneratePdf();

    public static Document Compose(CertificateContent content)
    {
        var institute = content.Institute.Profile;
        return Document.Create(document => document.Page(page => new Stationery(institute, content.Logo).Frame(page,
            column => Words(column, content), row => Foot(row, content))))
        .WithMetadata(new DocumentMetadata
        {
            Title = $"Certificate of attendance {content.Seat.RollNumber}",
            Author = institute.Name,
            Subject = content.Seat.CourseName,
            CreationDate = content.Seat.EnrolledAt,
        });
    }

    private static void Words(ColumnDescriptor column, CertificateContent content)
    {
        var (batch, word) = (content.Batch, content.Institute.Profile.BatchWord.One);
        column.Item().PaddingTop(34).AlignCenter().Text("Certificate of Attendance").FontSize(38).Bold().FontColor(Stationery.Accent);
        column.Item().PaddingTop(10).AlignCenter().Width(64).LineHorizontal(2.2f, Stationery.Accent);
        column.Item().PaddingTop(24).AlignCenter().Text("This is to certify that").FontSize(13).FontColor(Stationery.Quiet);
        column.Item().PaddingTop(4).MinHeight(NameHeight).AlignCenter().ScaleToFit()
            .Text(content.Name.Text).FontSize(36).Bold().FontColor(Stationery.Ink);
        column.Item().AlignCenter().Width(460).LineHorizontal(0.8f, Stationery.Line);
        column.Item().PaddingTop(16).AlignCenter().Text("has attended").FontSize(13).FontColor(Stationery.Quiet);
        column.Item().PaddingTop(4).AlignCenter().ScaleToFit().Text(content.Seat.CourseName).FontSize(20).SemiBold()
            .FontColor(Stationery.Ink);
        column.Item().PaddingTop(6).AlignCenter().ScaleToFit().Text(
            $"from {Format.Date(batch.StartsOn)} to {Format.Date(batch.EndsOn!.Value)}, {word} {batch.Code}, and was there on "
            + $"{content.Attendance.Came} of {content.Attendance.Days} days.").FontSize(12).FontColor(Stationery.Quiet);
    }

    private static void Foot(RowDescriptor row, CertificateContent content)
    {
        var institute = content.Institute.Profile;
        row.Spacing(20);
        var day = Format.Date(content.Batch.EndsOn!.Value);
        row.RelativeItem().PaddingTop(40).Column(c => Line(c, day, $"Roll number {content.Seat.RollNumber}"));
        row.ConstantItem(SealSize).Column(c => Seal(c.Item(), content.Attendance));
        row.RelativeItem().PaddingTop(40).Column(c => Line(c, "", $"for {institute.Name}"));
    }

    // A line to be signed or read above, and what it is below.
    private static void Line(ColumnDescriptor column, string above, string below)
    {
        column.Item().MinHeight(18).AlignCenter().Text(above).FontSize(11).SemiBold();
        column.Item().PaddingHorizontal(14).LineHorizontal(0.8f, Stationery.Quiet);
        column.Item().PaddingTop(5).AlignCenter().ScaleToFit().Text(below).FontSize(9).FontColor(Stationery.Quiet);
    }

    private static void Seal(IContainer place, AttendanceRate attendance) => place.CornerRadius(SealSize / 2).Background(Stationery.Accent)
        .Padding(3).CornerRadius(SealSize / 2).Background(Stationery.OnAccent).Padding(2.5f)
        .CornerRadius(SealSize / 2).Background(Stationery.Accent).MinHeight(SealSize - 11).Column(c =>
        {
            c.Item().PaddingTop(20).AlignCenter().Text($"{attendance.Percent:0}%").FontSize(21).Bold().FontColor(Stationery.OnAccent);
            c.Item().AlignCenter().Text("attended").FontSize(9).FontColor(Stationery.QuietOnAccent);
        });
}
