using System.Globalization;
using Crm.Fees;
using Crm.Institute;
using Marten;

namespace Crm.Reports;

/// <summary>What a return of tax asks for: the tax invoices, credit and debit notes of some days, and what is left of them.</summary>
/// <param name="Invoices">In the order of their numbers; those that were cancelled too, which count for nothing.</param>
/// <param name="Notes">In the order of their numbers; those that were cancelled too.</param>
public sealed record TaxReport(DateOnly From, DateOnly To, IReadOnlyList<Receipt> Invoices, IReadOnlyList<TaxNote> Notes)
{
    private static readonly string[] OfPapers =
        ["Day", "Student", "Of invoice", "Place of supply", "Rate", "Taxable", "CGST", "SGST", "IGST", "With tax"];

    public static async Task<TaxReport> LoadAsync(IQuerySession session, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        var invoices = await session.Query<Receipt>().Where(r => r.IssuedOn >= from && r.IssuedOn <= to && r.Tax != null)
            .OrderBy(r => r.Number).ToListAsync(cancel);
        var notes = await session.Query<TaxNote>().Where(n => n.IssuedOn >= from && n.IssuedOn <= to)
            .OrderBy(n => n.Number).ToListAsync(cancel);
        return new TaxReport(from, to, invoices, notes);
    }

    /// <summary>Invoices, notes, and by place and rate what they come to: the invoices less what the notes take back.</summary>
    public IReadOnlyList<ReportTable> Tables()
    {
        var counting = Invoices.Where(i => !Crediting.IsCancelled(i)).Select(i => i.Tax!).ToList();
        var (debits, credits) = (Notes.Where(n => n.IsDebit).ToList(), Notes.Where(n => !n.IsDebit).ToList());
        var (debited, credited) = (Taxes(debits), Taxes(credits.Where(n => n.Void is null)));
        ReceiptTax[] left = [.. counting, .. credited.Select(t => t.Negated()), .. debited];
        return
        [
            new("Tax invoices", "Number", OfPapers, [.. Invoices.Select(LineOf)], TotalOf(counting),
                "No tax invoice was made on these days."),
            new("Credit notes", "Number", OfPapers, [.. credits.SelectMany(LinesOf)], TotalOf(credited),
                "Nothing was taken back on these days."),
            new("Debit notes", "Number", OfPapers, [.. debits.SelectMany(LinesOf)], TotalOf(debited),
                "No credit note was taken back on these days."),
            new("Left, by place and rate", "What", OfPapers, [.. Left(left)], TotalOf(left), "Nothing was taxed on these days."),
        ];
    }

    private static ReportLine LineOf(Receipt invoice)
    {
        var tax = invoice.Tax!;
        var said = Crediting.IsCancelled(invoice) ? "Cancelled" : "";
        var counted = Crediting.IsCancelled(invoice) ? Nothing(tax) : tax;
        return Line(invoice.Number, (invoice.IssuedOn, NameOf(invoice.Name), said), counted);
    }

    private static IEnumerable<ReportLine> LinesOf(TaxNote note) =>
        note.Invoices.Select(i => Line(
            note.Number, (note.IssuedOn, NameOf(note.Name), note.Void is null ? $"{i.Number} of {Format.Date(i.IssuedOn)}" : "Cancelled"),
            note.Void is null ? i.Tax : Nothing(i.Tax)));

    private static IReadOnlyList<ReceiptTax> Taxes(IEnumerable<TaxNote> notes) => [.. notes.SelectMany(n => n.Invoices).Select(i => i.Tax)];

    private static IEnumerable<ReportLine> Left(IEnumerable<ReceiptTax> left) =>
        from tax in left
        group tax by (tax.PlaceOfSupply, tax.Rate) into alike
        orderby alike.Key
        select new ReportLine("Left", ["", "", "", .. Taxes(alike.First(), [.. alike])]);

    private static ReportLine Line(string number, (DateOnly On, string Whose, string Of) paper, ReceiptTax tax) =>
        new(number, [paper.On, paper.Whose, paper.Of, .. Taxes(tax, [tax])]);

    private static ReportLine TotalOf(IReadOnlyList<ReceiptTax> taxes) => new("All", ["", "", "", "", "", .. Amounts(taxes)]);

    private static Cell[] Taxes(ReceiptTax kind, IReadOnlyList<ReceiptTax> taxes) =>
        [PlaceOf(kind.PlaceOfSupply), $"{kind.Rate.ToString("0.##", CultureInfo.InvariantCulture)}%", .. Amounts(taxes)];

    private static Cell[] Amounts(IReadOnlyList<ReceiptTax> taxes)
    {
        Cell Sum(Func<ReceiptTax, Money> of) => taxes.Aggregate(Money.Zero, (sum, t) => sum + of(t));
        return [Sum(t => t.Taxable), Sum(t => t.Central), Sum(t => t.State), Sum(t => t.Integrated), Sum(t => t.Whole)];
    }

    private static ReceiptTax Nothing(ReceiptTax tax) =>
        tax with { Taxable = Money.Zero, Central = Money.Zero, State = Money.Zero, Integrated = Money.Zero };

    private static string PlaceOf(string digits) => IndianStates.NameOf(digits);

    private static string NameOf(PersonName? name) => name?.Text ?? "";
}
