using Crm.Fees;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Correspondence;

/// <summary>Writes what events of a seat ask for, and withdraws what they made pointless, in their own transaction.</summary>
public sealed class SeatCorrespondence(Letters letters) : ISeatReaction
{
    public async Task ReactAsync(SeatChange change, IDocumentSession session, CancellationToken cancel)
    {
        await StopRemindingAsync(change, session, cancel);
        // What the letter says of a seat that was given up would be untrue.
        if (!change.Seat.IsCurrent)
            LeadCorrespondence.WithdrawAbout(
                change.Seat.Id, MessageKinds.EnrolmentLetter, "The seat was given up.", change.Stamp.At, session);
        foreach (var e in change.Events)
            if (await WriteAsync(e, change, session, cancel) is { } message) session.Store(message);
    }

    private async Task<OutboxMessage?> WriteAsync(
        EnrolmentEvent e, SeatChange change, IDocumentSession session, CancellationToken cancel)
    {
        if (e is not (PaymentReceived { ByEmail: true } or SeatWithdrawn { Cancelled: true })) return null;
        var seat = change.Seat;
        var person = await session.LoadAsync<Person>(seat.PersonId, cancel);
        var lead = await session.LoadAsync<Lead>(seat.LeadId, cancel);
        if (person?.AddressForPapers is not { } address || lead is null) return null;
        var to = new Addressee(person, address, lead, change.Stamp);
        return e is PaymentReceived paid ? letters.Receipt(to, seat, paid) : letters.BatchCancelled(to, seat);
    }

    /// <summary>Takes back messages that wait. One that is claimed meanwhile is left alone, and asked about when it leaves.</summary>
    internal static void Withdraw(IDocumentSession session, Guid[] messages, string why, DateTimeOffset now)
    {
        if (messages.Length > 0) session.Withdraw(now, why, "id = any(?)", messages);
    }

    private static async Task StopRemindingAsync(SeatChange change, IDocumentSession session, CancellationToken cancel)
    {
        var seat = change.Seat;
        var written = await session.Query<DueReminder>().Where(r => r.EnrolmentId == seat.Id).ToListAsync(cancel);
        foreach (var reminder in written)
            if (reminder.WhyPointless(seat, [reminder.Days]) is { } why) Withdraw(session, [reminder.Id], why, change.Stamp.At);
    }
}
