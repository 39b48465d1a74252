using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Pdf;
using Crm.People;
using Crm.Seats;
using Crm.Web;

namespace Crm.Enrolments;

public sealed record EnrolmentLetterContent(
    Person Person, Enrolment Enrolment, Batch Batch, CurrentInstitute Institute, string? Logo, DateOnly EnrolledOn)
{
    /// <summary>What is to be paid next, by phone; null where nothing is, or not so.</summary>
    public UpiLink? Upi { get; init; }
}

/// <summary>The letter that confirms a seat: who, which batch, and what is due when. One page.</summary>
public static class EnrolmentLetter
{
    private const int QrWidth = 92;
    private const int UpiWidth = 128;
    private const int LastRows = 2;
    private const string NeverCame = "Given back, never came in";
    private const string Black = "#000000";

    public static byte[] Generate(EnrolmentLetterContent content) => Compose(content).GeneratePdf();

    public static Document Compose(EnrolmentLetterContent content)
    {
        var (person, enrolment, institute) = (content.Person, content.Enrolment, content.Institute.Profile);
        return Document.Create(document => document.Page(page => new Stationery(institute, content.Logo).Page(page,
            $"Roll number {enrolment.RollNumber}", column =>
        {
            column.Spacing(12);
            Address(column, content);
            column.Item().Text($"Dear {person.NameOnPaper.Text},");
            column.Item().Text($"We are glad to confirm your seat in {enrolment.CourseName}. {institute.LetterText}".TrimEnd());
            Facts(column.Item(), content);
            Stationery.Heading(column, enrolment.IsFree ? "Fee" : "Fee and instalments");
            if (enrolment.IsFree) Free(column.Item(), content);
            else column.Item().Row(row => InstalmentsAndUpi(row, content));
        })))
        .WithMetadata(new DocumentMetadata
        {
            Title = $"Enrolment letter {enrolment.RollNumber}",
            Author = institute.Name,
            Subject = enrolment.CourseName,
            CreationDate = enrolment.EnrolledAt,
        });
    }

    private static void Address(ColumnDescriptor column, EnrolmentLetterContent content)
    {
        var person = content.Person;
        column.Item().Row(row =>
        {
            row.RelativeItem().Text("Enrolment letter").FontSize(22).Bold().FontColor(Stationery.Ink);
            row.AutoItem().PaddingTop(10).Text(Format.Date(content.EnrolledOn)).FontColor(Stationery.Quiet);
        });
        column.Item().Column(c =>
        {
            c.Item().Text(person.NameOnPaper.Text).FontSize(11).SemiBold();
            if (person.Phone is { } phone) c.Item().Text(phone.Grouped).FontColor(Stationery.Quiet);
            if (person.Email is { } email) c.Item().Text(email.Text).FontColor(Stationery.Quiet);
        });
    }

    private static void Facts(IContainer place, EnrolmentLetterContent content)
    {
        var (enrolment, batch, words) = (content.Enrolment, content.Batch, content.Institute.Profile);
        (string Label, string Value)[] facts =
        [
            ("Roll number", enrolment.RollNumber), (words.CourseWord.Label, enrolment.CourseName),
            (words.BatchWord.Label, batch.Code),
            ("First day", Format.Date(batch.StartsOn)), ("Days and times", batch.Schedule), ("Taught", Format.Words(batch.Mode)),
        ];
        place.CornerRadius(8).Background(Stationery.Pale).Padding(14).Column(c =>
        {
            c.Spacing(6);
            foreach (var (label, value) in facts)
                c.Item().Row(row =>
                {
                    row.ConstantItem(120).Text(label).FontColor(Stationery.Quiet);
                    row.RelativeItem().Text(value).SemiBold();
                });
        });
    }

    // Side by side, so that the letter has as many pages with the QR as without.
    private static void InstalmentsAndUpi(RowDescriptor row, EnrolmentLetterContent content)
    {
        row.Spacing(22);
        Instalments(row.RelativeItem(), content);
        if (content.Upi is { } upi) Upi(row.ConstantItem(UpiWidth), upi, content.Institute);
    }

    private static void Instalments(IContainer place, EnrolmentLetterContent content) => place.Table(table =>
    {
        var (enrolment, institute) = (content.Enrolment, content.Institute);
        var (parts, shows) = (enrolment.Settlement(), IsBegun(enrolment));
        table.ColumnsDefinition(columns =>
        {
            columns.RelativeColumn(2);
            for (var i = shows ? 3 : 2; i > 0; i--) columns.RelativeColumn();
        });
        (string, bool)[] headings = [("Instalment", false), ("Due on", false), ("Amount", true)];
        table.Header(h => Stationery.HeaderCells(h, shows ? [.. headings, ("Open", true)] : headings));
        foreach (var part in parts)
        {
            var name = part.Number is { } number ? $"{number} of {enrolment.Instalments.Count}" : NeverCame;
            Stationery.BodyCell(table).Text(name);
            Stationery.BodyCell(table).Text(Format.Date(part.Instalment.DueOn));
            Stationery.BodyCell(table).AlignRight().Text(institute.Show(part.Instalment.Amount));
            if (shows) Stationery.BodyCell(table).AlignRight().Text(part.IsOpen ? institute.Show(part.Open) : "paid");
        }
        // On the page of the last instalments: sums or a name alone there look like a slip.
        table.Closing(LastRows).PaddingTop(12).Column(c => Closing(c, content));
    });

    private static void Closing(ColumnDescriptor column, EnrolmentLetterContent content)
    {
        Sums(column.Item(), content);
        column.Item().PaddingTop(22).PaddingBottom(10).Text("With our best wishes for your studies,");
        column.Item().Text(content.Enrolment.EnrolledBy).SemiBold();
        column.Item().Text($"for {content.Institute.Profile.Name}").FontColor(Stationery.Quiet);
    }

    private static void Free(IContainer place, EnrolmentLetterContent content) => place.Column(column =>
    {
        column.Item().PaddingBottom(12).Text("The seat is free: nothing is to be paid.");
        Closing(column, content);
    });

    // Whether money came in, or went back, so that more is to be told than what was agreed.
    private static bool IsBegun(Enrolment enrolment) => enrolment.Kept > Money.Zero || enrolment.Overdrawn > Money.Zero;

    private static void Sums(IContainer place, EnrolmentLetterContent content)
    {
        var (enrolment, institute) = (content.Enrolment, content.Institute);
        place.AlignRight().Width(230).Column(c =>
        {
            c.Spacing(3);
            Sum(c, $"{institute.Profile.CourseWord.Label} fee", institute.Show(enrolment.Fee));
            if (enrolment.IsDiscounted) Sum(c, "Discount", "– " + institute.Show(enrolment.Discount));
            if (enrolment.HasTaxOnTop) Sum(c, "GST", institute.Show(enrolment.Tax));
            if (IsBegun(enrolment)) Paid(c, enrolment, institute);
            else Total(c, "To be paid", institute.Show(enrolment.Net));
        });
    }

    // Beside a code that asks for what is open, nothing may ask for the whole fee.
    private static void Paid(ColumnDescriptor column, Enrolment enrolment, CurrentInstitute institute)
    {
        if (enrolment.Net != enrolment.Fee) Sum(column, "Fee agreed", institute.Show(enrolment.Net));
        if (enrolment.Kept > Money.Zero)
            Sum(column, enrolment.CameWithMoney ? "Received, earlier seat included" : "Received", "– " + institute.Show(enrolment.Kept));
        if (enrolment.Overdrawn > Money.Zero) Sum(column, NeverCame, institute.Show(enrolment.Overdrawn));
        if (enrolment.HasCredit) Total(column, "Paid beyond the fee", institute.Show(enrolment.Credit));
        else Total(column, "Still to be paid", institute.Show(enrolment.Balance));
    }

    private static void Upi(IContainer place, UpiLink upi, CurrentInstitute institute) => place.Column(c =>
    {
        var qr = QrOutline.Of(upi.Address);
        c.Item().Text($"Pay {institute.Show(upi.Amount)} by UPI").SemiBold().FontColor(Stationery.Ink);
        c.Item().Width(QrWidth).Outline(qr.Path, qr.Size, Black);
        c.Item().Text($"{upi.Payee}\n{upi.Note}").FontSize(7.5f).FontColor(Stationery.Quiet);
    });

    private static void Total(ColumnDescriptor column, string label, string amount) => column.Item().Row(row =>
    {
        row.RelativeItem().Text(label).FontSize(12).Bold().FontColor(Stationery.Ink);
        row.AutoItem().Text(amount).FontSize(12).Bold().FontColor(Stationery.Ink);
    });

    private static void Sum(ColumnDescriptor column, string label, string amount) => column.Item().Row(row =>
    {
        row.RelativeItem().Text(label).FontColor(Stationery.Quiet);
        row.AutoItem().Text(amount);
    });
}
