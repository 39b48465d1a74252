using Crm.Institute;
using Crm.Pdf;

namespace Crm.Fees;

/// <summary>
/// A receipt on one page, as it was on the day it was issued. Of an institute that is registered for tax it is a tax invoice with all
/// that rule 46 of India's CGST rules asks for; one over nothing that is taxed is a bill of supply.
/// </summary>
public static class ReceiptPaper
{
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
            PaperParts.Title(column, title, receipt.Number, receipt.IssuedOn);
            if (receipt.Void is { } why) PaperParts.Void(column.Item(), [why, .. TakenBack(receipt.CreditNote)]);
            if (receipt.Tax is { } tax) PaperParts.Parties(column.Item(), [tax], receipt.Name, receipt.Address, issuer);
            PaperParts.Amount(column.Item(), $"Received from {PaperParts.NameOf(receipt.Name)}", receipt.Amount, institute);
            PaperParts.Facts(column.Item(), Facts(receipt, institute.Profile));
            if (receipt.Tax is { } taxed) Tax(column, taxed, receipt, issuer);
            else column.Item().ShowEntire().Column(closing => Closing(closing, receipt, issuer));
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

    private static IEnumerable<string> TakenBack(string note) => note.Length > 0 ? [$"Credit note {note} takes it back."] : [];

    private static IEnumerable<(string Label, string Value)> Facts(Receipt receipt, InstituteProfile words)
    {
        var paid = receipt.Reference.Length == 0 ? Format.Words(receipt.Way) : $"{Format.Words(receipt.Way)}, {receipt.Reference}";
        return
        [
            (words.CourseWord.Label, receipt.CourseName), (words.BatchWord.Label, receipt.BatchCode), ("Roll number", receipt.RollNumber),
            ("Paid by", paid), ("Paid on", Format.Date(receipt.PaidOn)),
        ];
    }

    private static void Tax(ColumnDescriptor column, ReceiptTax tax, Receipt receipt, ReceiptIssuer issuer) => ReceiptTaxTable.Add(
        column, "Service", [(receipt.CourseName + ", taxable value", tax)], receipt.Amount, issuer.OnPaper(), closing =>
        {
            closing.Item().Text("Tax payable on reverse charge: no").FontSize(8.5f).FontColor(Stationery.Quiet);
            Closing(closing, receipt, issuer);
        });

    private static void Closing(ColumnDescriptor column, Receipt receipt, ReceiptIssuer issuer)
    {
        column.Spacing(12);
        if (receipt.Void is null)
            column.Item().Text(receipt.BalanceAfter > Money.Zero
                ? $"Still to be paid: {issuer.OnPaper().Show(receipt.BalanceAfter)}"
                : "Nothing more is owed.").FontColor(Stationery.Quiet);
        PaperParts.Signature(column.Item(), receipt.By, issuer);
    }
}
