using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Marten;

namespace Crm.Enrolments;

/// <summary>Has counsellors call who was absent several times in a row: once for each row of absences.</summary>
public sealed class AbsenceCalls(LeadWriter leads)
{
    /// <summary>Looks at the list as it is about to be stored, in a session that the caller saves.</summary>
    public async Task AskAsync(IDocumentSession session, AttendanceList list, Stamp stamp, CancellationToken cancel)
    {
        var days = list.DaysNow.ToList();
        var absent = list.Students.Where(s => s.Seat.IsCurrent).Select(s => s.Seat)
            .Select(s => (Seat: s, Run: AttendanceRules.RunOf(s.Id, days)))
            .Where(a => a.Run.Any(d => d.Day == list.Day) && AttendanceRules.NeedsCall(a.Seat.Id, a.Run)).ToList();
        if (absent.Count == 0) return;
        await session.LockStreamsAsync(absent.Select(a => a.Seat.LeadId), cancel);
        foreach (var (seat, run) in absent)
        {
            var why = $"Absent {run.Count} times in a row, since {Format.Date(run[0].Day)}";
            await leads.CallAboutAsync(session, seat.LeadId, why, stamp, cancel);
            list.Marked!.Called.Add(seat.Id);
        }
    }
}
