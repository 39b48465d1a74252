using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Correspondence;

/// <summary>Writes what events of a seat ask for, in their own transaction.</summary>
public sealed class SeatCorrespondence(Letters letters) : ISeatReaction
{
    public async Task ReactAsync(SeatChange change, IDocumentSession session, CancellationToken cancel)
    {
        foreach (var paid in change.Events.OfType<PaymentReceived>().Where(p => p.ByEmail))
        {
            var seat = change.Seat;
            var person = await session.LoadAsync<Person>(seat.PersonId, cancel);
            var lead = await session.LoadAsync<Lead>(seat.LeadId, cancel);
            if (person?.AddressForPapers is { } address && lead is not null)
                session.Store(letters.Receipt(new Addressee(person, address, lead, change.Stamp), seat, paid));
        }
    }
}
