using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Fees;

/// <summary>Issues credit and debit notes, in a session that the caller saves. The seat must be locked, and those that it was changed for.
/// </summary>
public sealed class TaxNotes(CurrentInstitute institute, InstituteClock clock)
{
    /// <summary>Takes back the tax of what is given back.</summary>
    /// <returns>The note's number; empty where nothing of it was taxed.</returns>
    public async Task<string> ForAsync(FeeRefunded refund, SeatForm sent, CancellationToken cancel)
    {
        var (invoices, notes) = await PapersAsync(sent, cancel);
        var parts = Crediting.Part(refund.Amount, invoices.Where(i => i.Void is null), Crediting.Standing(notes));
        return (await IssueAsync(refund.RefundId, parts, refund.Why, sent, cancel))?.Number ?? "";
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
        var named = notes.LastOrDefault(n => n is { IsDebit: false, Void: null } && n.Invoices.Any(i => i.ReceiptId == invoice.Id));
        if (IsOfThisMonth(invoice.IssuedOn) && named is null) return ("", null);
        var parts = Crediting.Part(voided.Amount, invoices.Where(i => i.Void is null), Crediting.Standing(notes), invoice.Id);
        var number = (await IssueAsync(voided.Id, parts, why, sent, cancel))?.Number ?? "";
        return (number, parts.Any(p => p.ReceiptId == invoice.Id) ? null : named?.Number);
    }

    /// <summary>Takes back the credit note of a refund that counts no more. Within the month of its issue it is cancelled instead, as an
    /// invoice is.</summary>
    /// <param name="reversed">The refund, which counts still.</param>
    /// <returns>The debit note's number; empty where none is issued.</returns>
    public async Task<string> ForAsync(RefundReversed reversal, Refund reversed, SeatForm sent, CancellationToken cancel)
    {
        if (!reversed.HasCreditNote) return "";
        var seats = await ChangedSeats.OfAsync(sent.Session, sent.Seat, cancel);
        var refunded = seats.Aggregate(-reversed.Amount, (sum, s) => sum + s.Refunded);
        var (invoices, notes) = await PapersAsync(sent, cancel);
        var note = notes.Single(n => n.Id == reversed.Id);
        var surplus = Crediting.Surplus(note, invoices, notes, refunded);
        if (surplus == note.Amount) NameOther(note, invoices, notes, sent.Session);
        if (surplus == note.Amount && IsOfThisMonth(note.IssuedOn))
        {
            note.Void = reversal.Why;
            sent.Session.Store(note);
            return "";
        }
        var debit = await IssueAsync(reversal.ReversalId, Crediting.Again(note, surplus), reversal.Why, sent, cancel, note.Number);
        if (debit is null) return "";
        (note.DebitNote, note.Debited) = (debit.Number, debit.Amount);
        sent.Session.Store(note);
        return debit.Number;
    }

    // A void invoice that this note took back is taken back by the note of its own that was issued when it was void.
    private static void NameOther(
        TaxNote note, IReadOnlyList<Receipt> invoices, IReadOnlyList<TaxNote> notes, IDocumentSession session)
    {
        foreach (var invoice in invoices.Where(i => i.Void is not null && i.CreditNote == note.Number))
        {
            if (notes.FirstOrDefault(n => n.Id == invoice.Id) is not { } own) continue;
            invoice.CreditNote = own.Number;
            session.Store(invoice);
        }
    }

    private bool IsOfThisMonth(DateOnly day) => (day.Year, day.Month) == (clock.Today.Year, clock.Today.Month);

    // All invoices of the student's seats that were changed for each other, since their money went along.
    private static async Task<(IReadOnlyList<Receipt> Invoices, IReadOnlyList<TaxNote> Notes)> PapersAsync(
        SeatForm sent, CancellationToken cancel)
    {
        Guid[] ids = [.. (await ChangedSeats.OfAsync(sent.Session, sent.Seat, cancel)).Select(s => s.Id)];
        var receipts = await sent.Session.Query<Receipt>().Where(r => r.EnrolmentId.IsOneOf(ids)).ToListAsync(cancel);
        var notes = await sent.Session.Query<TaxNote>().Where(n => n.EnrolmentId.IsOneOf(ids)).OrderBy(n => n.Number)
            .ToListAsync(cancel);
        return (receipts, notes);
    }

    private async Task<TaxNote?> IssueAsync(Guid id, IReadOnlyList<CreditedInvoice> parts, string why, SeatForm sent,
        CancellationToken cancel, string takesBack = "")
    {
        if (parts.Count == 0) return null;
        var seat = sent.Seat;
        var person = await sent.Session.LoadAsync<Person>(seat.PersonId, cancel)
            ?? throw new InvalidOperationException($"The enrolment {seat.Id} has no person.");
        var note = new TaxNote
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
            TakesBack = takesBack,
            // Last, since others who issue one wait from here on.
            Number = await ReceiptNumbers.TakeNoteAsync(sent.Session, institute, clock.Today, takesBack.Length > 0, cancel),
        };
        sent.Session.Insert(note);
        return note;
    }
}
