using Crm.Institute;
using Crm.Pdf;

namespace Crm.Fees;

/// <summary>
/// A receipt on one page, as it was on the day it was issued. Of an institute that is registered for tax it is a tax invoice with all
/// that rule 46 of India's CGST rules asks for; one over nothing that is taxed is a bill of supply.
/// </summary>
public static class ReceiptPaper
{
    private const string Red = "#B91C1C";
    private const string PaleRed = "#FEF2F2";
    private const int LabelWidth = 120;

    /// <param name="logo">A PNG or JPEG file for the head, or null or empty for none.</param>
    public static byte[] Generate(Receipt receipt, string? logo)
    {
        var issuer = receipt.Issuer ?? throw new InvalidOperationException($"The receipt {receipt.Number} does not say who issued it.");
        var institute = issuer.OnPaper();
        var title = TitleOf(receipt);
        var stationery = new Stationery(institute.Profile, logo);
        return Document.Create(document => document.Page(page => stationery.Page(page, receipt.Number, column =>
        {
            column.Spacing(12);
            Title(column, title, receipt);
            if (receipt.Void is { } why) Void(column.Item(), why);
            if (receipt.Tax is { } tax) Parties(column.Item(), tax, receipt, issuer);
            Amount(column.Item(), receipt, institute);
            Facts(column.Item(), receipt, institute.Profile);
            if (receipt.Tax is not null) ReceiptTaxTable.Add(column, receipt, institute);
            Rest(column, receipt, institute);
            Signature(column.Item(), receipt, issuer);
        })))
        .WithMetadata(new DocumentMetadata { Title = $"{title} {receipt.Number}", Author = issuer.Name })
        .GeneratePdf();
    }

    private static string TitleOf(Receipt receipt) => receipt.Tax switch
    {
        null => "Receipt",
        { Rate: 0 } => "Bill of supply",
        _ => "Tax invoice",
    };

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

    private static void Parties(IContainer place, ReceiptTax tax, Receipt receipt, ReceiptIssuer issuer) => place.Row(row =>
    {
        row.Spacing(24);
        row.RelativeItem().Column(c =>
        {
            c.Item().Text("From").FontSize(8.5f).FontColor(Stationery.Accent);
            c.Item().Text(issuer.Name).SemiBold();
            c.Item().Text(issuer.Address);
            c.Item().Text($"GSTIN {tax.Gstin}").SemiBold();
        });
        row.RelativeItem().Column(c =>
        {
            c.Item().Text("To").FontSize(8.5f).FontColor(Stationery.Accent);
            c.Item().Text(NameOf(receipt)).SemiBold();
            foreach (var line in receipt.Address.Split('\n', StringSplitOptions.RemoveEmptyEntries)) c.Item().Text(line);
            c.Item().Text($"Place of supply: {IndianStates.NameOf(tax.PlaceOfSupply)}");
        });
    });

    private static void Amount(IContainer place, Receipt receipt, CurrentInstitute institute) =>
        place.CornerRadius(8).Background(Stationery.Pale).Padding(18).Column(c =>
        {
            c.Spacing(4);
            c.Item().Text($"Received from {NameOf(receipt)}");
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
                row.ConstantItem(LabelWidth).Text(label).FontColor(Stationery.Quiet);
                row.RelativeItem().Text(value).SemiBold();
            });
    });

    private static void Rest(ColumnDescriptor column, Receipt receipt, CurrentInstitute institute)
    {
        if (receipt.Void is not null) return;
        column.Item().Text(receipt.BalanceAfter > Money.Zero
            ? $"Still to be paid: {institute.Show(receipt.BalanceAfter)}"
            : "Nothing more is owed.").FontColor(Stationery.Quiet);
    }

    private static void Signature(IContainer place, Receipt receipt, ReceiptIssuer issuer) => place.PaddingTop(18).Column(c =>
    {
        c.Item().Text(receipt.By).SemiBold();
        c.Item().Text($"for {issuer.Name}").FontColor(Stationery.Quiet);
    });

    private static string NameOf(Receipt receipt) => receipt.Name?.Isolated ?? "the applicant";
}
