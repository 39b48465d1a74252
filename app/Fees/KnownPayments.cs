using Crm.Seats;
using Marten;

namespace Crm.Fees;

/// <summary>Finds payments by the reference under which banks know them, however somebody wrote it.</summary>
public static class KnownPayments
{
    /// <summary>The payment that has a reference and counts. Others who look for the same one wait until the session is saved, so that of
    /// two who record one transfer at once the second finds the first.</summary>
    /// <param name="way">By which it was paid; null for any.</param>
    /// <returns>Null where none has it.</returns>
    public static async Task<LedgerEntry?> FindAsync(
        IDocumentSession session, string reference, PaymentWay? way, CancellationToken cancel)
    {
        var plain = Payer.Plain(reference);
        if (plain.Length == 0) return null;
        await session.BeginTransactionAsync(cancel);
        await session.QueryAsync<string>(
            "select pg_advisory_xact_lock(hashtextextended(?, 0))::text", cancel, $"payment reference {plain}");
        var known = await session.Query<LedgerEntry>().Where(e => e.PlainReference == plain && e.Kind == EntryKind.Payment)
            .ToListAsync(cancel);
        foreach (var entry in known.Where(e => way is null || MayBeOne(e.Way, way.Value)))
            if (!await session.Query<LedgerEntry>().AnyAsync(e => e.Reverses == entry.Id, cancel)) return entry;
        return null;
    }

    // Each bank numbers its cheques and its cards by itself; a transfer is one, whatever it is called.
    private static bool MayBeOne(PaymentWay? one, PaymentWay other) => one == other || IsTransfer(one) && IsTransfer(other);

    private static bool IsTransfer(PaymentWay? way) => way is PaymentWay.Upi or PaymentWay.BankTransfer;
}
