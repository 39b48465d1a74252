using Crm.Institute;
using Crm.Pdf;

namespace Crm.Fees;

/// <summary>A credit or a debit note on one page, with all that rule 53 of India's CGST rules asks for.</summary>
public static class TaxNotePaper
{
    /// <param name="logo">A PNG or JPEG file for the head, or null or empty for none.</param>
    public static byte[] Generate(TaxNote note, string? logo)
    {
        var issuer = note.Issuer ?? throw new InvalidOperationException($"The note {note.Number} does not say who issued it.");
        var institute = issuer.OnPaper();
        var taxes = note.Invoices.Select(i => i.Tax).ToList();
        var stationery = new Stationery(institute.Profile, logo);
        var (heading, done) = note.IsDebit ? ("Debit note", "Charged again to") : ("Credit note", "Credited to");
        return Document.Create(document => document.Page(page => stationery.Page(page, note.Number, column =>
        {
            column.Spacing(12);
            PaperParts.Title(column, heading, note.Number, note.IssuedOn);
            if (WhyNothing(note) is { } why) PaperParts.Void(column.Item(), why);
            PaperParts.Parties(column.Item(), taxes, note.Name, note.Address, issuer);
            PaperParts.Amount(column.Item(), $"{done} {PaperParts.NameOf(note.Name)}", note.Amount, institute);
            PaperParts.Facts(column.Item(), Facts(note, institute.Profile));
            ReceiptTaxTable.Add(column, "Against tax invoice",
                [.. note.Invoices.Select(i => ($"{i.Number} of {Format.Date(i.IssuedOn)}, taxable value", i.Tax))], note.Amount, institute,
                closing => PaperParts.Signature(closing.Item(), note.By, issuer));
        })))
        .WithMetadata(new DocumentMetadata { Title = $"{heading} {note.Number}", Author = issuer.Name })
        .GeneratePdf();
    }

    // What is taken back in part stands for the rest.
    private static string[]? WhyNothing(TaxNote note) => note.Void is { } why ? [why]
        : note.DebitNote.Length > 0 && note.Debited == note.Amount ? [$"Debit note {note.DebitNote} takes it back."]
        : null;

    private static IEnumerable<(string Label, string Value)> Facts(TaxNote note, InstituteProfile words) =>
    [
        (words.CourseWord.Label, note.CourseName), (words.BatchWord.Label, note.BatchCode), ("Roll number", note.RollNumber),
        .. note.IsDebit ? [("Credit note", note.TakesBack)] : Array.Empty<(string, string)>(),
        ("Reason", note.Why),
    ];
}
