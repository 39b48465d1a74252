using Crm.Privacy;
using Marten;

namespace Crm.Enrolments;

/// <summary>On which days a student came. The marks stay, by the seat's id: they say nothing of who had it.</summary>
public sealed class AttendanceHoldings : IHoldings
{
    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel)
    {
        var batches = subject.Seats.Select(s => s.BatchId).Distinct().ToArray();
        var days = await session.Query<AttendanceDay>().Where(d => d.BatchId.IsOneOf(batches)).ToListAsync(cancel);
        return
        [
            .. from day in days
               from mark in day.Marks
               where subject.SeatStreams.Contains(mark.Key)
               orderby day.Day
               select new Holding("Attendance", new { day.Day, Mark = mark.Value, Counts = day.NoClass is null }),
        ];
    }

    public Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel) => Task.CompletedTask;
}
