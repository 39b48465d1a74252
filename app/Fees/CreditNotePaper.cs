using Crm.Institute;
using Crm.Pdf;

namespace Crm.Fees;

/// <summary>A credit note on one page, with all that rule 53 of India's CGST rules asks for.</summary>
public static class CreditNotePaper
{
    private const string Heading = "Credit note";

    /// <param name="logo">A PNG or JPEG file for the head, or null or empty for none.</param>
    public static byte[] Generate(CreditNote note, string? logo)
    {
        var issuer = note.Issuer ?? throw new InvalidOperationException($"The credit note {note.Number} does not say who issued it.");
        var institute = issuer.OnPaper();
        var taxes = note.Invoices.Select(i => i.Tax).ToList();
        var stationery = new Stationery(institute.Profile, logo);
        return Document.Create(document => document.Page(page => stationery.Page(page, note.Number, column =>
        {
            column.Spacing(12);
            PaperParts.Title(column, Heading, note.Number, note.IssuedOn);
            PaperParts.Parties(column.Item(), taxes, note.Name, note.Address, issuer);
            PaperParts.Amount(column.Item(), $"Credited to {PaperParts.NameOf(note.Name)}", note.Amount, institute);
            PaperParts.Facts(column.Item(), Facts(note, institute.Profile));
            ReceiptTaxTable.Add(column, "Against tax invoice",
                [.. note.Invoices.Select(i => ($"{i.Number} of {Format.Date(i.IssuedOn)}, taxable value", i.Tax))], note.Amount, institute,
                closing => PaperParts.Signature(closing.Item(), note.By, issuer));
        })))
        .WithMetadata(new DocumentMetadata { Title = $"{Heading} {note.Number}", Author = issuer.Name })
        .GeneratePdf();
    }

    private static IEnumerable<(string Label, string Value)> Facts(CreditNote note, InstituteProfile words) =>
    [
        (words.CourseWord.Label, note.CourseName), (words.BatchWord.Label, note.BatchCode), ("Roll number", note.RollNumber),
        ("Reason", note.Why),
    ];
}
