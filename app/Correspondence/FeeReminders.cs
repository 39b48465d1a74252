using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Correspondence;

/// <summary>
/// Writes to those who owe, on the institute's days. Any process may sweep at any time: a reminder is written under a lock on its seat,
/// and once. Whether it still holds is asked again when it leaves.
/// </summary>
public sealed class FeeReminders(
    IDocumentStore store, CurrentInstitute institute, InstituteClock clock, Letters letters, ILogger<FeeReminders> logger)
{
    /// <summary>The hours of the institute's day in which reminders are written: nobody is asked for money at night.</summary>
    public const int FirstHour = 9, LastHour = 20;

    /// <summary>Writes every reminder whose day has come.</summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        await institute.RefreshAsync(cancel);
        var days = institute.Profile.ReminderDays;
        if (!institute.Profile.IsComplete() || days.Count == 0 || clock.Local(clock.Now).Hour is < FirstHour or >= LastHour) return;
        foreach (var seat in await FindAsync(days, cancel))
            try
            {
                await WriteAsync(seat, days, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                // The others are reminded all the same, and this one at the next sweep.
                logger.LogError(e, "The reminder for the seat {Seat} could not be written", seat);
            }
    }

    private async Task<IReadOnlyList<Guid>> FindAsync(IReadOnlyList<int> days, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var (today, since) = (clock.Today, clock.Today.AddDays(-DueReminder.TooLate));
        var until = today.AddDays(-days.Min());
        var seats = await session.Query<Enrolment>().Where(e => e.DueOn <= until).ToListAsync(cancel);
        var written = (await session.Query<DueReminder>().Where(r => r.Day >= since).ToListAsync(cancel)).ToLookup(r => r.EnrolmentId);
        return [.. seats.Where(s => NextOf(s, days, written[s.Id]) is not null).Select(s => s.Id)];
    }

    private async Task WriteAsync(Guid seatId, IReadOnlyList<int> days, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        // Another process that sweeps, or a payment being recorded, waits here.
        if (await session.LockAsync<Enrolment>(seatId, cancel) is not { } seat) return;
        var written = await session.Query<DueReminder>().Where(r => r.EnrolmentId == seatId).ToListAsync(cancel);
        if (NextOf(seat, days, written) is not { } reminder || await AddresseeAsync(seat, session, cancel) is not { } to) return;
        SeatCorrespondence.Withdraw(session, [.. written.Select(w => w.Id)], "A later reminder has taken its place.", to.Stamp.At);
        session.Insert(reminder);
        session.Store(letters.FeeReminder(to, seat, reminder));
        await session.SaveChangesAsync(cancel);
    }

    private DueReminder? NextOf(Enrolment seat, IReadOnlyList<int> days, IEnumerable<DueReminder> written) =>
        DueReminder.Next(seat, days, written, clock.DayOf(seat.EnrolledAt), clock.Today);

    // Whoever has no address that may be written to is called: the list of dues shows that nothing was sent.
    private async Task<Addressee?> AddresseeAsync(Enrolment seat, IQuerySession session, CancellationToken cancel) =>
        await session.LoadAsync<Lead>(seat.LeadId, cancel) is { } lead
            ? await Addressee.FindAsync(session, seat.PersonId, lead, new Stamp(Actor.System, clock.Now), cancel)
            : null;
}
