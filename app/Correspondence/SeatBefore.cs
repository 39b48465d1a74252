using Crm.Courses;
using Crm.Seats;
using Marten;

namespace Crm.Correspondence;

/// <summary>The seat that somebody gave up for another, as they are told of it.</summary>
/// <param name="Cancelled">Whether its batch does not take place.</param>
public sealed record SeatBefore(string BatchCode, string RollNumber, bool Cancelled)
{
    /// <returns>Null where they had none before.</returns>
    public static async Task<SeatBefore?> OfAsync(Enrolment seat, IQuerySession session, CancellationToken cancel)
    {
        if (seat.MovedFrom is not { } id || await session.LoadAsync<Enrolment>(id, cancel) is not { } before) return null;
        var batch = await session.LoadAsync<Batch>(before.BatchId, cancel);
        return new SeatBefore(before.BatchCode, before.RollNumber, batch is { IsCancelled: true });
    }
}
