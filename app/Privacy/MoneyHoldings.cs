using Crm.Fees;
using Crm.Institute;
using Marten;

namespace Crm.Privacy;

/// <summary>What the law wants kept of money: receipts, credit and debit notes and the books stay as they are, under the erasure's number.
/// Of a bank's lines, what tells whose account it was goes; day, amount and the bank's reference are the books'.</summary>
public sealed class MoneyHoldings : IHoldings
{
    private const string OfSeats = "where (d.data ->> 'EnrolmentId')::uuid = any(?) order by d.id";

    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel)
    {
        var found = new List<Holding>();
        found.AddRange((await ReceiptsAsync(subject, session, cancel)).Select(r => new Holding("Receipts and invoices", r)));
        found.AddRange((await NotesAsync(subject, session, cancel)).Select(n => new Holding("Credit and debit notes", n)));
        found.AddRange((await session.QueryAsync<LedgerEntry>(OfSeats, cancel, (object)subject.SeatStreams))
            .Select(e => new Holding("Entries in the books", e)));
        found.AddRange((await CreditsAsync(subject, session, cancel)).Select(c => new Holding("Lines of bank statements", c)));
        return found;
    }

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        work.Kept.AddRange((await ReceiptsAsync(subject, work.Session, cancel)).Select(r => r.Number));
        work.Kept.AddRange((await NotesAsync(subject, work.Session, cancel)).Select(n => n.Number));
        foreach (var credit in await CreditsAsync(subject, work.Session, cancel))
        {
            credit.Erase();
            work.Session.Store(credit);
            work.Count("lines of bank statements");
        }
    }

    private static Task<IReadOnlyList<Receipt>> ReceiptsAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        session.QueryAsync<Receipt>(OfSeats, cancel, (object)subject.SeatStreams);

    private static Task<IReadOnlyList<TaxNote>> NotesAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        session.QueryAsync<TaxNote>(OfSeats, cancel, (object)subject.SeatStreams);

    // Those that were found to be theirs; and of all others those that name a number or an address of theirs, as UPI's lines do.
    private static async Task<IReadOnlyList<BankCredit>> CreditsAsync(Subject subject, IQuerySession session, CancellationToken cancel)
    {
        var theirs = await session.QueryAsync<BankCredit>(OfSeats, cancel, (object)subject.SeatStreams);
        var others = await session.QueryAsync<BankCredit>("where d.data ->> 'EnrolmentId' is null order by d.id", cancel);
        return [.. theirs, .. others.Where(c => subject.Traces.Reach($"{c.Narration} {string.Join(' ', c.Accounts)} {c.Says}"))];
    }
}
