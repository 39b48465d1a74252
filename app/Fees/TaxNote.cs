using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Fees;

/// <summary>
/// The paper by which an institute that is registered for tax takes back what it had invoiced, as section 34 of India's CGST act asks:
/// a credit note, made when money is given back, or when an invoice counts no more whose month is over; and a debit note, made when such a
/// refund counts no more. It says for ever what it said.
/// </summary>
public sealed class TaxNote
{
    /// <summary>Its refund's, that of the payment that counts no more, or that of the entry by which a refund does not.</summary>
    public Guid Id { get; set; }

    /// <summary>From a series of its own.</summary>
    public string Number { get; set; } = "";
    public Guid EnrolmentId { get; set; }
    public ReceiptIssuer? Issuer { get; set; }
    public PersonName? Name { get; set; }

    /// <summary>Where they live, in several lines; empty where that was not asked.</summary>
    public string Address { get; set; } = "";
    public string RollNumber { get; set; } = "";
    public string CourseName { get; set; } = "";
    public string BatchCode { get; set; } = "";

    /// <summary>What is taken back of all its invoices, or charged again, tax included.</summary>
    public Money Amount { get; set; }
    public string Why { get; set; } = "";
    public DateOnly IssuedOn { get; set; }
    public string By { get; set; } = "";

    /// <summary>One at least.</summary>
    public IReadOnlyList<CreditedInvoice> Invoices { get; set; } = [];

    /// <summary>The number of the credit note that a debit note takes back; empty of a credit note.</summary>
    public string TakesBack { get; set; } = "";

    /// <summary>Why a credit note was cancelled within its month; null where it was not. It keeps its number.</summary>
    public string? Void { get; set; }

    /// <summary>The number of the debit note that takes a credit note back; empty where none does.</summary>
    public string DebitNote { get; set; } = "";

    /// <summary>How much of it that is.</summary>
    public Money Debited { get; set; }

    [JsonIgnore] public bool IsDebit => TakesBack.Length > 0;
}

/// <summary>What a credit note takes back of one tax invoice.</summary>
/// <param name="ReceiptId">The invoice's.</param>
/// <param name="IssuedOn">The invoice's day.</param>
/// <param name="Tax">At the invoice's rate and place of supply; its parts add up to what is taken back.</param>
public sealed record CreditedInvoice(Guid ReceiptId, string Number, DateOnly IssuedOn, ReceiptTax Tax);

/// <summary>Finds which invoices a credit note takes back, and how much of each. Pure.</summary>
public static class Crediting
{
    /// <summary>Parts an amount among invoices, the latest first, each up to what was not taken back of it yet.</summary>
    /// <param name="credited">What earlier notes have taken back.</param>
    /// <param name="first">The invoice that goes before all others, or null.</param>
    /// <returns>Nothing where nothing was taxed; it may come to less than the amount where some of that was not taxed.</returns>
    public static IReadOnlyList<CreditedInvoice> Part(
        Money amount, IEnumerable<Receipt> invoices, IEnumerable<CreditedInvoice> credited, Guid? first = null)
    {
        var before = credited.ToLookup(c => c.ReceiptId, c => c.Tax);
        var parts = new List<CreditedInvoice>();
        foreach (var invoice in invoices.Where(IsTaxed).OrderBy(i => i.Id == first ? 0 : 1).ThenByDescending(i => i.IssuedOn)
            .ThenByDescending(i => i.Id))
        {
            var left = before[invoice.Id].Aggregate(invoice.Amount, (sum, t) => sum - t.Whole);
            var part = left < amount ? left : amount;
            if (part <= Money.Zero) continue;
            parts.Add(new CreditedInvoice(invoice.Id, invoice.Number, invoice.IssuedOn, invoice.Tax!.Of(part, [.. before[invoice.Id]])));
            amount -= part;
        }
        return parts;
    }

    /// <summary>What is taken back: by credit notes that were not cancelled, less what debit notes charge again.</summary>
    public static IReadOnlyList<CreditedInvoice> Standing(IEnumerable<TaxNote> notes) =>
        [.. notes.Where(n => n.Void is null)
            .SelectMany(n => n.IsDebit ? n.Invoices.Select(i => i with { Tax = i.Tax.Negated() }) : n.Invoices)];

    /// <summary>How much of a credit note is to be taken back, so that what stays taken back is what counts no more.</summary>
    /// <param name="note">Of a refund that counts no more.</param>
    /// <param name="refunded">What was given back of all the invoices and counts still.</param>
    public static Money Surplus(TaxNote note, IEnumerable<Receipt> invoices, IEnumerable<TaxNote> notes, Money refunded)
    {
        var taxed = invoices.Where(i => IsTaxed(i) && !IsCancelled(i)).ToList();
        var all = taxed.Aggregate(Money.Zero, (sum, i) => sum + i.Amount);
        var gone = taxed.Where(i => i.Void is not null).Aggregate(refunded, (sum, i) => sum + i.Amount);
        var taken = Standing(notes).Aggregate(Money.Zero, (sum, i) => sum + i.Tax.Whole);
        var surplus = taken - (gone < all ? gone : all);
        return surplus < Money.Zero ? Money.Zero : surplus < note.Amount ? surplus : note.Amount;
    }

    /// <summary>Parts what is charged again among the invoices of a credit note, the last first.</summary>
    public static IReadOnlyList<CreditedInvoice> Again(TaxNote note, Money amount)
    {
        var parts = new List<CreditedInvoice>();
        foreach (var invoice in note.Invoices.Reverse())
        {
            var part = invoice.Tax.Whole < amount ? invoice.Tax.Whole : amount;
            if (part > Money.Zero) parts.Add(invoice with { Tax = part == invoice.Tax.Whole ? invoice.Tax : invoice.Tax.Of(part, []) });
            amount -= part;
        }
        return parts;
    }

    /// <summary>Whether an invoice was cancelled within its month. One that was void later counts; a credit note takes it back.</summary>
    public static bool IsCancelled(Receipt invoice) => invoice.Void is not null && invoice.CreditNote.Length == 0;

    /// <summary>Whether there is tax in it that can be taken back: it is no plain receipt and no bill of supply.</summary>
    public static bool IsTaxed(Receipt receipt) => receipt.Tax is { Rate: > 0 };
}
