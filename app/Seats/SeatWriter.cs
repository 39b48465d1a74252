using Crm.Institute;
using Marten;

namespace Crm.Seats;

/// <summary>The only writer of seats, in sessions that the caller saves.</summary>
public static class SeatWriter
{
    public static void Take(IDocumentSession session, Guid id, SeatTaken taken, Stamp stamp) =>
        session.Events.StartStream<Enrolment>(id, taken with { At = stamp.At, By = stamp.By });

    /// <summary>Has a seat go to another record of its person.</summary>
    /// <param name="merged">True where two were merged, false where they were split again.</param>
    public static void Give(IDocumentSession session, Guid id, Guid personId, bool merged, Stamp stamp) =>
        session.Events.Append(id, new SeatGivenTo(personId, merged) { At = stamp.At, By = stamp.By });
}
