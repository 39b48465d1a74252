using Crm.Institute;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Fees;

/// <summary>Takes bank statements in and makes payments of their credits, each in one transaction with its receipt: whoever else decides
/// on the same credit waits, and finds it decided.</summary>
public sealed class StatementDesk(IDocumentStore store, SeatWriter writer, CurrentInstitute institute, InstituteClock clock)
{
    /// <summary>How many credits are matched at a time: the newest, so that a pile of old ones, of which nobody knows any more what they
    /// were, hides none of today's. More are matched when these are decided.</summary>
    public const int Most = 2_000;

    /// <summary>Keeps the credits that no statement had before, in a session that the caller saves.</summary>
    /// <exception cref="Refusal">The file is no statement.</exception>
    public static async Task<BankStatement> TakeInAsync(
        IDocumentSession session, string fileName, byte[] content, Stamp stamp, CancellationToken cancel)
    {
        var read = StatementReader.Read(StatementFile.Read(content));
        var id = Guid.CreateVersion7(stamp.At);
        await session.BeginTransactionAsync(cancel);
        await session.QueryAsync<string>("select pg_advisory_xact_lock(hashtextextended('bank statements', 0))::text", cancel);
        var credits = BankCredit.Of(read, id);
        var known = (await session.LoadManyAsync<BankCredit>(cancel, [.. credits.Select(c => c.Id)])).Select(c => c.Id).ToHashSet();
        List<BankCredit> fresh = [.. credits.Where(c => !known.Contains(c.Id))];
        var statement = new BankStatement
        {
            Id = id,
            FileName = fileName,
            At = stamp.At,
            By = stamp.By,
            From = read.Lines.Min(l => l.Day),
            To = read.Lines.Max(l => l.Day),
            Credits = credits.Count,
            New = fresh.Count,
            Unread = read.Unread,
        };
        session.Insert(statement);
        session.Insert<BankCredit>(fresh);
        return statement;
    }

    /// <summary>What the waiting credits may be, as things stand now.</summary>
    public async Task<IReadOnlyList<CreditMatch>> MatchAsync(IQuerySession session, CancellationToken cancel)
    {
        var waiting = await session.Query<BankCredit>().Where(c => c.Standing == CreditStanding.Waiting)
            .OrderByDescending(c => c.Day).ThenByDescending(c => c.Id).Take(Most).ToListAsync(cancel);
        return waiting.Count == 0 ? [] : CreditMatching.Match(waiting, await FactsAsync(session, [.. waiting.Reverse()], cancel));
    }

    /// <summary>Posts what was shown as certain and still is, and notes what was recorded by hand.</summary>
    /// <param name="shown">Credit and seat as the page showed them.</param>
    public async Task<(int Posted, int Recognised)> PostCertainAsync(
        IReadOnlySet<(Guid Credit, Guid Seat)> shown, bool byEmail, Stamp stamp, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var (posted, recognised) = (0, 0);
        foreach (var match in await MatchAsync(session, cancel))
        {
            if (match.Recorded is { } payment && await RecogniseAsync(match.Credit.Id, payment.Id, stamp, cancel)) recognised++;
            if (match.Certain is { } open && shown.Contains((match.Credit.Id, open.Seat.Id))
                && await PostAsync(match.Credit.Id, open.Seat.Id, byEmail, onlyWhatFits: true, stamp, cancel)) posted++;
        }
        return (posted, recognised);
    }

    /// <returns>False where the credit is decided already, or fits no more.</returns>
    /// <exception cref="Refusal">The payment cannot be.</exception>
    public async Task<bool> PostAsync(
        Guid creditId, Guid seatId, bool byEmail, bool onlyWhatFits, Stamp stamp, CancellationToken cancel)
    {
        var posted = false;
        var seat = await writer.ChangeAsync(seatId, stamp, async work =>
        {
            posted = false;
            if (await work.Session.LockAsync<BankCredit>(creditId, cancel) is not { Standing: CreditStanding.Waiting } credit) return [];
            if (onlyWhatFits && credit.Amount > work.Seat.Balance) return [];
            if (work.Seat.IsErased)
                return onlyWhatFits ? [] : throw new Refusal("choice", $"This student was erased as {work.Seat.ErasedAs}. Nothing can be "
                    + "added to what is left: give the money back, and say here that it is no fee.");
            if (work.Seat.Left is { IsWithdrawal: false } left)
                return onlyWhatFits ? [] : throw new Refusal("choice", $"They moved to {left.ToRollNumber}: choose that.");
            if ((await KnownPayments.FindAsync(work.Session, credit.Reference, null, cancel)).FirstOrDefault(credit.MayBe) is { } known)
                return onlyWhatFits ? [] : throw new Refusal("choice", $"{known.Receipt} has this reference already: choose it instead.");
            var person = await work.Session.LoadAsync<Person>(work.Seat.PersonId, cancel);
            if (ReceiptMaker.WhyNot(person) is { } why) return onlyWhatFits ? [] : throw new Refusal("choice", why);
            var mayEmail = byEmail && person?.AddressForPapers is not null;
            var reference = Papers.WhyNot(credit.ReferenceOnReceipt()) is null ? credit.ReferenceOnReceipt() : "Bank statement";
            var paid = FeeRules.Receive(new ToldPayment(credit.Amount, credit.Way, reference, credit.Day, mayEmail), clock.Today);
            // The number last, as for a payment at the desk.
            var receipt = await ReceiptNumbers.TakeAsync(work.Session, institute, clock.Today, cancel);
            credit.Post(seatId, paid, receipt, stamp);
            work.Session.Store(credit);
            posted = true;
            return [paid with { Receipt = receipt }];
        }, cancel);
        return posted && seat is not null;
    }

    /// <summary>Notes that a credit is a payment which was recorded by hand.</summary>
    /// <returns>False where the credit is decided already, or the payment is another credit or counts no more.</returns>
    public async Task<bool> RecogniseAsync(Guid creditId, Guid paymentId, Stamp stamp, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        await LockAsync(session, paymentId, cancel);
        if (await session.LockAsync<BankCredit>(creditId, cancel) is not { Standing: CreditStanding.Waiting } credit) return false;
        if (await session.LoadAsync<LedgerEntry>(paymentId, cancel) is not { Kind: EntryKind.Payment } payment) return false;
        if (await session.Query<BankCredit>().AnyAsync(c => c.PaymentId == paymentId, cancel)
            || await session.Query<LedgerEntry>().AnyAsync(e => e.Reverses == paymentId, cancel)) return false;
        credit.Recognise(payment, stamp);
        session.Store(credit);
        await session.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Has others who say which credit a payment is, or void it, wait until the session is saved.</summary>
    public static async Task LockAsync(IDocumentSession session, Guid paymentId, CancellationToken cancel)
    {
        await session.BeginTransactionAsync(cancel);
        await session.QueryAsync<string>("select pg_advisory_xact_lock(hashtextextended(?, 0))::text", cancel, paymentId.ToString());
    }

    /// <summary>Changes a credit while others who decide on it wait.</summary>
    /// <returns>False where it stands otherwise by now.</returns>
    public async Task<bool> DecideAsync(Guid creditId, CreditStanding from, Action<BankCredit> decide, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await session.LockAsync<BankCredit>(creditId, cancel) is not { } credit || credit.Standing != from) return false;
        decide(credit);
        session.Store(credit);
        await session.SaveChangesAsync(cancel);
        return true;
    }

    private async Task<MatchingFacts> FactsAsync(IQuerySession session, IReadOnlyList<BankCredit> waiting, CancellationToken cancel)
    {
        const int days = 30;
        var (from, to) = (waiting[0].Day.AddDays(-days), waiting[^1].Day.AddDays(days));
        var numbers = waiting.Select(c => c.Reference).Where(r => r.Length > 0).ToArray();
        var references = waiting.Select(c => Payer.Plain(c.Reference)).Where(r => r.Length > 0).ToArray();
        var lines = await session.Query<LedgerEntry>().Where(e => e.Day >= from && e.Day <= to || e.PlainReference.IsOneOf(references))
            .ToListAsync(cancel);
        var reversals = await session.Query<LedgerEntry>().Where(e => e.Reverses != null).ToListAsync(cancel);
        var decided = await session.Query<BankCredit>().Where(c => c.PaymentId != null).ToListAsync(cancel);
        var gone = reversals.Select(e => e.Reverses).Concat(decided.Select(c => c.PaymentId)).ToHashSet();
        List<LedgerEntry> payments = [.. lines.Where(l => l.Kind == EntryKind.Payment && l.Way != PaymentWay.Cash && !gone.Contains(l.Id))];
        var open = await session.Query<Enrolment>().Where(e => e.DueOn != null).ToListAsync(cancel);
        List<LedgerEntry> refunds = [.. lines.Where(l => l.Kind == EntryKind.Refund && l.PlainReference.Length > 0)];
        Guid[] others = [.. payments.Concat(refunds).Select(p => p.EnrolmentId).Concat(decided.Select(c => c.EnrolmentId!.Value))
            .Except(open.Select(s => s.Id)).Distinct()];
        List<Enrolment> seats = [.. open, .. await session.LoadManyAsync<Enrolment>(cancel, others)];
        var people = (await session.LoadManyAsync<Person>(cancel, [.. seats.Select(s => s.PersonId).Distinct()])).ToDictionary(p => p.Id);
        var peopleOf = seats.Where(s => people.ContainsKey(s.PersonId)).ToDictionary(s => s.Id, s => people[s.PersonId]);
        var payers = decided.SelectMany(c => c.Accounts.Select(a => (Account: a, Seat: c.EnrolmentId!.Value)))
            .Where(p => peopleOf.ContainsKey(p.Seat)).ToLookup(p => p.Account, p => peopleOf[p.Seat].Id);
        return new MatchingFacts([.. open.Where(s => peopleOf.ContainsKey(s.Id)).Select(s => new OpenSeat(s, peopleOf[s.Id]))],
            payments, payers, peopleOf, clock.Today)
        {
            Refunds = refunds,
            Numbered = (await session.Query<BankCredit>().Where(c => c.Reference.IsOneOf(numbers)).ToListAsync(cancel))
                .ToLookup(c => c.Reference),
        };
    }
}

/// <summary>Has a credit wait again whose payment counts no more, in the same transaction.</summary>
public sealed class CreditsOfVoids : ISeatReaction
{
    public async Task ReactAsync(SeatChange change, IDocumentSession session, CancellationToken cancel)
    {
        foreach (var e in change.Events)
        {
            var (payment, why) = e switch
            {
                PaymentVoided voided => (voided.PaymentId, $"Its payment was voided: {voided.Why}"),
                ChequeBounced bounced => (bounced.PaymentId, $"Its cheque bounced: {bounced.Why}"),
                _ => (Guid.Empty, ""),
            };
            if (payment == Guid.Empty) continue;
            await StatementDesk.LockAsync(session, payment, cancel);
            foreach (var credit in await session.Query<BankCredit>().Where(c => c.PaymentId == payment).ToListAsync(cancel))
            {
                credit.Reopen(why);
                session.Store(credit);
            }
        }
    }
}
