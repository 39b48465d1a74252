using Crm.Institute;
using Crm.Pdf;

namespace Crm.Fees;

/// <summary>A receipt on one page; a tax invoice where the institute is registered for tax.</summary>
public static class ReceiptPaper
{
    private const string Red = "#B91C1C";
    private const string PaleRed = "#FEF2F2";

    /// <param name="logo">A PNG or JPEG file for the head, or null or empty for none.</param>
    public static byte[] Generate(Receipt receipt, CurrentInstitute institute, string? logo)
    {
        var title = receipt.Tax is null ? "Receipt" : "Tax invoice";
        var stationery = new Stationery(institute.Profile, logo);
        return Document.Create(document => document.Page(page => stationery.Page(page, receipt.Number, column =>
        {
            column.Spacing(14);
            Title(column, title, receipt);
            if (receipt.Void is { } why) Void(column.Item(), why);
            Amount(column.Item(), receipt, institute);
            Facts(column.Item(), receipt, institute.Profile);
            if (receipt.Tax is { } tax) Tax(column, tax, receipt, institute);
            if (receipt.Void is null)
                column.Item().Text(receipt.BalanceAfter > Money.Zero
                    ? $"Still to be paid: {institute.Show(receipt.BalanceAfter)}"
                    : "Nothing more is owed.").FontColor(Stationery.Quiet);
            column.Item().PaddingTop(24).Column(c =>
            {
                c.Item().Text(receipt.By).SemiBold();
                c.Item().Text($"for {institute.Profile.Name}").FontColor(Stationery.Quiet);
            });
        })))
        .WithMetadata(new DocumentMetadata { Title = $"{title} {receipt.Number}", Author = institute.Profile.Name })
        .GeneratePdf();
    }

    private static void Title(ColumnDescriptor column, string title, Receipt receipt) => column.Item().Row(row =>
    {
        row.RelativeItem().Text(title).FontSize(22).Bold().FontColor(Stationery.Ink);
        row.AutoItem().Column(c =>
        {
            c.Item().AlignRight().Text(receipt.Number).FontSize(12).SemiBold();
            c.Item().AlignRight().Text(Format.Date(receipt.IssuedOn)).FontColor(Stationery.Quiet);
        });
    });

    private static void Void(IContainer place, string why) => place.CornerRadius(8).Background(PaleRed).Padding(14).Column(c =>
    {
        c.Item().Text("VOID").FontSize(16).Bold().FontColor(Red);
        c.Item().Text(why).FontColor(Red);
    });

    private static void Amount(IContainer place, Receipt receipt, CurrentInstitute institute) =>
        place.CornerRadius(8).Background(Stationery.Pale).Padding(18).Column(c =>
        {
            c.Spacing(4);
            c.Item().Text($"Received from {receipt.Name?.Isolated ?? "the applicant"}");
            c.Item().Text(institute.Show(receipt.Amount)).FontSize(24).Bold().FontColor(Stationery.Ink);
            c.Item().Text(AmountInWords.Of(receipt.Amount, institute.Profile)).FontColor(Stationery.Quiet);
        });

    private static void Facts(IContainer place, Receipt receipt, InstituteProfile words) => place.Column(c =>
    {
        c.Spacing(7);
        var paid = receipt.Reference.Length == 0 ? Format.Words(receipt.Way) : $"{Format.Words(receipt.Way)}, {receipt.Reference}";
        foreach (var (label, value) in new[]
        {
            (words.CourseWord.Label, receipt.CourseName), (words.BatchWord.Label, receipt.BatchCode), ("Roll number", receipt.RollNumber),
            ("Paid by", paid), ("Paid on", Format.Date(receipt.PaidOn)),
        })
            c.Item().Row(row =>
            {
                row.ConstantItem(120).Text(label).FontColor(Stationery.Quiet);
                row.RelativeItem().Text(value).SemiBold();
            });
    });

    private static void Tax(ColumnDescriptor column, ReceiptTax tax, Receipt receipt, CurrentInstitute institute)
    {
        column.Item().Text($"GSTIN {tax.Gstin}   ·   SAC {tax.Sac}   ·   Place of supply: state {tax.PlaceOfSupply}")
            .FontColor(Stationery.Quiet);
        column.Item().Table(table =>
        {
            table.ColumnsDefinition(columns =>
            {
                columns.RelativeColumn(2);
                columns.RelativeColumn();
                columns.RelativeColumn();
            });
            table.Header(h => Stationery.HeaderCells(h, ("Tax", false), ("Rate", true), ("Amount", true)));
            foreach (var (label, rate, amount) in Lines(tax))
            {
                Stationery.BodyCell(table).Text(label);
                Stationery.BodyCell(table).AlignRight().Text(rate);
                Stationery.BodyCell(table).AlignRight().Text(institute.Show(amount));
            }
            Stationery.BodyCell(table).Text("In all").SemiBold();
            Stationery.BodyCell(table).Text("");
            Stationery.BodyCell(table).AlignRight().Text(institute.Show(receipt.Amount)).SemiBold();
        });
    }

    private static IEnumerable<(string Label, string Rate, Money Amount)> Lines(ReceiptTax tax)
    {
        yield return ("Taxable value", "", tax.Taxable);
        if (tax.Integrated > Money.Zero) yield return ("IGST", $"{tax.Rate:0.##}%", tax.Integrated);
        else
        {
            yield return ("CGST", $"{tax.Rate / 2:0.##}%", tax.Central);
            yield return ("SGST", $"{tax.Rate / 2:0.##}%", tax.State);
        }
    }
}
