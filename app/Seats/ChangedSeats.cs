using Marten;

namespace Crm.Seats;

/// <summary>Seats of one student that were changed for each other: what was received for one of them went along to the next.</summary>
public static class ChangedSeats
{
    /// <returns>The seat and all that it was changed for or came from, the one that the student has now last.</returns>
    public static async Task<IReadOnlyList<Enrolment>> OfAsync(IQuerySession session, Enrolment seat, CancellationToken cancel)
    {
        List<Enrolment> all = [.. await session.LoadManyAsync<Enrolment>(cancel, seat.Earlier.Select(e => e.Id)), seat];
        while (all[^1].Left?.To is { } next)
            all.Add(await session.LoadAsync<Enrolment>(next, cancel) ?? throw new InvalidOperationException($"There is no seat {next}."));
        return all;
    }
}
