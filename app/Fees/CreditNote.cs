using Crm.Institute;

namespace Crm.Fees;

/// <summary>
/// The paper by which an institute that is registered for tax takes back what it had invoiced, as section 34 of India's CGST act asks:
/// made when money is given back, or when an invoice counts no more whose month is over. It says for ever what it said.
/// </summary>
public sealed class CreditNote
{
    /// <summary>Its refund's, or that of the payment that counts no more.</summary>
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

    /// <summary>What is taken back of all its invoices, tax included.</summary>
    public Money Amount { get; set; }
    public string Why { get; set; } = "";
    public DateOnly IssuedOn { get; set; }
    public string By { get; set; } = "";

    /// <summary>One at least.</summary>
    public IReadOnlyList<CreditedInvoice> Invoices { get; set; } = [];
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

    /// <summary>Whether there is tax in it that can be taken back: it is no plain receipt and no bill of supply.</summary>
    public static bool IsTaxed(Receipt receipt) => receipt.Tax is { Rate: > 0 };
}
