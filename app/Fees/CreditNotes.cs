using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Fees;

/// <summary>Issues credit notes, in a session that the caller saves. The seat must be locked, and those that it was changed for.</summary>
public sealed class CreditNotes(CurrentInstitute institute, InstituteClock clock)
{
    /// <summary>Takes back the tax of what is given back.</summary>
    /// <returns>The note's number; empty where nothing of it was taxed.</returns>
    public async Task<string> ForAsync(FeeRefunded refund, SeatForm sent, CancellationToken cancel)
    {
        var (invoices, notes) = await PapersAsync(sent, cancel);
        var parts = Crediting.Part(refund.Amount, invoices.Where(i => i.Void is null), Credited(notes));
        return await IssueAsync(refund.RefundId, parts, refund.Why, sent, cancel);
    }

    /// <summary>
    /// Takes back the tax of an invoice that counts no more. Within the month of its issue it is cancelled instead, and needs none: no
    /// return has named it yet.
    /// </summary>
    /// <returns>The number of the note that is issued, empty where none is; and of the last one before that took the invoice back, where
    /// this one does not name it.</returns>
    public async Task<(string Issued, string? TakenBackBy)> ForAsync(Payment voided, string why, SeatForm sent, CancellationToken cancel)
    {
        var (invoices, notes) = await PapersAsync(sent, cancel);
        if (invoices.FirstOrDefault(i => i.Id == voided.Id) is not { } invoice || !Crediting.IsTaxed(invoice)) return ("", null);
        // What another note names already cannot be as if it had never been.
        var named = notes.LastOrDefault(n => n.Invoices.Any(i => i.ReceiptId == invoice.Id));
        if (IsOfThisMonth(invoice) && named is null) return ("", null);
        var parts = Crediting.Part(voided.Amount, invoices.Where(i => i.Void is null), Credited(notes), invoice.Id);
        var number = await IssueAsync(voided.Id, parts, why, sent, cancel);
        return (number, parts.Any(p => p.ReceiptId == invoice.Id) ? null : named?.Number);
    }

    private bool IsOfThisMonth(Receipt invoice) =>
        (invoice.IssuedOn.Year, invoice.IssuedOn.Month) == (clock.Today.Year, clock.Today.Month);

    // All invoices of the student's seats that were changed for each other, since their money went along.
    private static async Task<(IReadOnlyList<Receipt> Invoices, IReadOnlyList<CreditNote> Notes)> PapersAsync(
        SeatForm sent, CancellationToken cancel)
    {
        Guid[] ids = [.. (await ChangedSeats.OfAsync(sent.Session, sent.Seat, cancel)).Select(s => s.Id)];
        var receipts = await sent.Session.Query<Receipt>().Where(r => r.EnrolmentId.IsOneOf(ids)).ToListAsync(cancel);
        var notes = await sent.Session.Query<CreditNote>().Where(n => n.EnrolmentId.IsOneOf(ids)).OrderBy(n => n.Number)
            .ToListAsync(cancel);
        return (receipts, notes);
    }

    private static IReadOnlyList<CreditedInvoice> Credited(IEnumerable<CreditNote> notes) => [.. notes.SelectMany(n => n.Invoices)];

    private async Task<string> IssueAsync(
        Guid id, IReadOnlyList<CreditedInvoice> parts, string why, SeatForm sent, CancellationToken cancel)
    {
        if (parts.Count == 0) return "";
        var seat = sent.Seat;
        var person = await sent.Session.LoadAsync<Person>(seat.PersonId, cancel)
            ?? throw new InvalidOperationException($"The enrolment {seat.Id} has no person.");
        var note = new CreditNote
        {
            Id = id,
            EnrolmentId = seat.Id,
            Issuer = ReceiptIssuer.Of(institute.Profile),
            Name = person.NameOnPaper,
            Address = seat.InvoiceAddress,
            RollNumber = seat.RollNumber,
            CourseName = seat.CourseName,
            BatchCode = seat.BatchCode,
            Amount = parts.Aggregate(Money.Zero, (sum, p) => sum + p.Tax.Whole),
            Why = why,
            IssuedOn = clock.Today,
            By = sent.Stamp.By.Name,
            Invoices = parts,
            // Last, since others who issue one wait from here on.
            Number = await ReceiptNumbers.TakeCreditNoteAsync(sent.Session, institute, clock.Today, cancel),
        };
        sent.Session.Insert(note);
        return note.Number;
    }
}
