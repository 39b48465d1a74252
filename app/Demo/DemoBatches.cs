using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Demo;

/// <summary>Has the demo's batches run: who came, who left, who changed over, and who waits for a seat.</summary>
public sealed class DemoBatches(IServiceProvider services, InstituteClock clock, Actor manager, Random random)
{
    private const int DaysBack = 21, MostAbsencesInARow = 2, Withdrawals = 5, Waiting = 4;
    private readonly IDocumentStore _store = services.GetRequiredService<IDocumentStore>();

    public async Task TellAsync(CancellationToken cancel)
    {
        await using var session = _store.QuerySession();
        var batches = (await session.Query<Batch>().OrderBy(b => b.Code).ToListAsync(cancel)).ToDictionary(b => b.Id);
        var seats = await session.Query<Enrolment>().OrderBy(s => s.RollNumber).ToListAsync(cancel);
        await AttendAsync(batches.Values, seats.ToLookup(s => s.BatchId), cancel);
        var full = await WaitAsync(session, batches.Values, cancel);
        var open = seats.Where(s => batches[s.BatchId].TakesPeopleOn(clock.Today)).ToList();
        var free = batches.Values.Where(b => b.Id != full && b.TakesPeopleOn(clock.Today) && b.HasSeatAt(clock.Now)).ToList();
        var moves = open.Find(s => free.Exists(b => IsOther(b, s)));
        if (moves is not null) await LeaveAsync(moves, free.First(b => IsOther(b, moves)), cancel);
        foreach (var seat in open.Where(s => s != moves).Chunk(Math.Max(1, open.Count / Withdrawals)).Select(c => c[^1]))
            await LeaveAsync(seat, null, cancel);
    }

    // The last weeks of what runs, and of what ended; nobody is away so often that a call would have been asked for.
    private async Task AttendAsync(IEnumerable<Batch> batches, ILookup<Guid, Enrolment> seats, CancellationToken cancel)
    {
        await using var session = _store.LightweightSession();
        foreach (var batch in batches.Where(b => b.HasBegunOn(clock.Today)))
        {
            var last = batch.HasEndedOn(clock.Today) ? batch.EndsOn!.Value : clock.Today.AddDays(-1);
            var away = new Dictionary<Guid, int>();
            for (var day = last.AddDays(-DaysBack); day <= last; day = day.AddDays(1))
                if (batch.IsTaughtOn(day) && day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
                    session.Store(DayOf(batch, day, seats[batch.Id], away));
        }
        await session.SaveChangesAsync(cancel);
    }

    private AttendanceDay DayOf(Batch batch, DateOnly day, IEnumerable<Enrolment> seats, Dictionary<Guid, int> away)
    {
        var marks = new Dictionary<Guid, Mark>();
        foreach (var seat in seats.Where(s => AttendanceRules.IsIn(s, clock.DayOf(s.EnrolledAt), day)))
        {
            var absent = away.GetValueOrDefault(seat.Id);
            var mark = random.Next(100) switch { < 9 => Mark.Absent, < 15 => Mark.Late, _ => Mark.Present };
            marks[seat.Id] = mark == Mark.Absent && absent == MostAbsencesInARow ? Mark.Present : mark;
            away[seat.Id] = marks[seat.Id] == Mark.Absent ? absent + 1 : 0;
        }
        var marked = new AttendanceDay { Id = AttendanceDay.IdOf(batch.Id, day), BatchId = batch.Id, Day = day };
        marked.Set(marks, manager.Name, clock.At(day, new TimeOnly(10, 15)));
        return marked;
    }

    // The batch with the fewest seats left is full, and some wait for one: first those whom no email can reach.
    /// <returns>Its id, or null where there is none.</returns>
    private async Task<Guid?> WaitAsync(IQuerySession session, IEnumerable<Batch> batches, CancellationToken cancel)
    {
        var coming = batches.Where(b => b.TakesPeopleOn(clock.Today) && b.SeatsTaken > 1).MinBy(b => b.SeatsLeftAt(clock.Now));
        if (coming is null) return null;
        await using (var change = _store.LightweightSession())
        {
            var batch = (await change.LockAsync<Batch>(coming.Id, cancel))!;
            batch.Seats = batch.SeatsTaken;
            change.Store(batch);
            await change.SaveChangesAsync(cancel);
        }
        var leads = await session.Query<Lead>().Where(l => l.CourseId == coming.CourseId && l.Stage == Stage.Counselled)
            .ToListAsync(cancel);
        var people = (await session.LoadManyAsync<Person>(cancel, [.. leads.Select(l => l.PersonId)])).ToDictionary(p => p.Id);
        var act = services.GetServices<LeadAct>().OfType<JoinWaitlist>().Single();
        foreach (var lead in leads.Where(l => people[l.PersonId].Email is null).OrderBy(l => l.ReceivedAt).Take(Waiting))
            await services.GetRequiredService<LeadWriter>().ChangeAsync(lead.Id, Now, work => act.DecideAsync(
                new LeadForm(work.Lead, work.Stamp, FormOf(("batchId", $"{coming.Id}")), work.Session, clock), cancel), cancel);
        return coming.Id;
    }

    private async Task LeaveAsync(Enrolment seat, Batch? to, CancellationToken cancel)
    {
        var today = $"{clock.Today:yyyy-MM-dd}";
        var acts = services.GetServices<SeatAct>().ToList();
        SeatAct act = to is null ? acts.OfType<Withdraw>().Single() : acts.OfType<Transfer>().Single();
        var form = to is null
            ? FormOf(("on", today), ("why", "Moving to another city"))
            : FormOf(("batchId", $"{to.Id}"), ("discount", seat.Discount.Rupees.ToString("0.##")), ("instalments", "2"),
                ("firstDueOn", today), ("why", "Works in the mornings now"));
        await services.GetRequiredService<SeatWriter>().ChangeAsync(seat.Id, Now, work => act.DecideAsync(
            new SeatForm(work.Seat, work.Stamp, form, work.Session, clock), cancel), cancel,
            session => act.LockAsync(seat, session, cancel));
    }

    private static bool IsOther(Batch batch, Enrolment seat) => batch.CourseId == seat.CourseId && batch.Id != seat.BatchId;

    private Stamp Now => new(manager, clock.Now);

    private static Form FormOf(params (string Field, string Value)[] typed)
    {
        var form = new Form();
        foreach (var (field, value) in typed) form[field] = value;
        return form;
    }
}
