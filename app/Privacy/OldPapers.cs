using Crm.Fees;
using Crm.Institute;
using Marten;

namespace Crm.Privacy;

/// <summary>
/// Takes names, addresses and references off the papers and books of who was erased, when no law asks for them any more. Numbers, days and
/// amounts stay: the series has no gaps, and the years' sums do not change.
/// </summary>
public sealed class OldPapers(IDocumentStore store, CurrentInstitute institute, InstituteClock clock)
{
    private const string WithPapers = "where d.data -> 'Kept' <> '[]'::jsonb";
    private const string Numbered = "where d.data ->> 'Number' = any(?)";
    private const string OfSeats = "where (d.data ->> 'EnrolmentId')::uuid = any(?)";

    /// <returns>How many receipts, invoices and notes name nobody any more.</returns>
    public async Task<int> LetGoAsync(PrivacySettings settings, CancellationToken cancel)
    {
        // A year's papers are kept from its end on.
        var before = institute.FinancialYearOf(clock.Today.AddMonths(-settings.PaperMonths));
        await using var session = store.LightweightSession();
        var count = 0;
        foreach (var erasure in await session.QueryAsync<Erasure>(WithPapers, cancel))
            count += await LetGoAsync(session, erasure, before, cancel);
        await session.SaveChangesAsync(cancel);
        return count;
    }

    private static async Task<int> LetGoAsync(IDocumentSession session, Erasure erasure, DateOnly before, CancellationToken cancel)
    {
        object numbers = erasure.Kept.ToArray();
        var receipts = await session.QueryAsync<Receipt>(Numbered, cancel, numbers);
        var notes = await session.QueryAsync<TaxNote>(Numbered, cancel, numbers);
        List<Receipt> oldReceipts = [.. receipts.Where(r => r.IssuedOn < before)];
        List<TaxNote> oldNotes = [.. notes.Where(n => n.IssuedOn < before)];
        if (oldReceipts.Count + oldNotes.Count == 0) return 0;
        foreach (var receipt in oldReceipts) Empty(receipt);
        foreach (var note in oldNotes) Empty(note);
        session.Store<Receipt>(oldReceipts);
        session.Store<TaxNote>(oldNotes);
        var seats = receipts.Select(r => r.EnrolmentId).Concat(notes.Select(n => n.EnrolmentId)).Distinct().ToArray();
        foreach (var entry in (await session.QueryAsync<LedgerEntry>(OfSeats, cancel, (object)seats)).Where(e => e.Day < before))
        {
            (entry.Reference, entry.PlainReference) = ("", "");
            session.Store(entry);
        }
        HashSet<string> gone = [.. oldReceipts.Select(r => r.Number), .. oldNotes.Select(n => n.Number)];
        erasure.Kept.RemoveAll(gone.Contains);
        erasure.LetGo.AddRange(gone.Order());
        session.Store(erasure);
        return gone.Count;
    }

    private static void Empty(Receipt receipt)
    {
        receipt.Name = null;
        (receipt.Address, receipt.Reference) = ("", "");
        if (receipt.Void is not null) receipt.Void = StoredEvent.Erased;
    }

    private static void Empty(TaxNote note)
    {
        note.Name = null;
        (note.Address, note.Why) = ("", "");
        if (note.Void is not null) note.Void = StoredEvent.Erased;
    }
}
