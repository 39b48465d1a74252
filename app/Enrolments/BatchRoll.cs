using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>One seat of a batch, with who has it now.</summary>
/// <param name="HasEnded">Whether it is the time for certificates.</param>
/// <param name="NoCertificate">Why there is none, in a sentence; null where there is one.</param>
public sealed record StudentRow(Enrolment Seat, Person Person, AttendanceRate Attendance, bool HasEnded, string? NoCertificate)
{
    public string Attended => Attendance.Percent is { } percent ? $"{percent:0.#}% of {Attendance.Days}" : "–";
}

/// <summary>One who waits for a seat.</summary>
/// <param name="Words">How far they are: next, held until when, or run out.</param>
public sealed record WaitingRow(WaitingPlace Place, string Name, string Words, Fields Form);

/// <summary>Who is in a batch, who was, and who waits.</summary>
/// <param name="Students">Those who have a seat, in the order of roll numbers.</param>
/// <param name="Gone">Those who gave theirs up.</param>
public sealed record BatchRoll(
    Batch Batch, Course Course, IReadOnlyList<StudentRow> Students, IReadOnlyList<StudentRow> Gone, IReadOnlyList<WaitingRow> Waiting,
    InstituteClock Clock)
{
    /// <summary>Seats in words: how many are taken and held, of how many.</summary>
    public string Seats
    {
        get
        {
            var held = Batch.HeldAt(Clock.Now);
            return $"{Batch.SeatsTaken} of {Batch.Seats} seats{(held == 0 ? "" : $", {held} held")}";
        }
    }

    public bool HasEnded => Batch.HasEndedOn(Clock.Today);

    /// <summary>That nobody has a seat, and what there is to do about it.</summary>
    public string Nobody => Batch.IsCancelled ? "Nobody has a seat any more."
        : HasEnded ? "Nobody had a seat to the end."
        : Batch.TakesPeopleOn(Clock.Today) ? "Nobody has a seat yet. Seats are taken on a lead's page."
        : "Nobody has a seat, and it takes nobody any more.";

    /// <summary>Whether days of it can be marked.</summary>
    public bool HasDays => Batch.HasBegunOn(Clock.Today.AddDays(1)) && !Batch.IsCancelled;

    public bool CanBeCancelled => Batch.IsOpenOn(Clock.Today);

    public Money Balance => Students.Aggregate(Money.Zero, (sum, s) => sum + s.Seat.Balance);

    /// <returns>Null where there is no such batch.</returns>
    public static async Task<BatchRoll?> LoadAsync(
        IQuerySession session, Guid id, CurrentInstitute institute, InstituteClock clock, CancellationToken cancel)
    {
        if (await session.LoadAsync<Batch>(id, cancel) is not { } batch) return null;
        var course = await session.LoadAsync<Course>(batch.CourseId, cancel);
        var seats = (await session.Query<Enrolment>().Where(e => e.BatchId == id).ToListAsync(cancel)).InReadingOrder(e => e.RollNumber);
        var days = await session.Query<AttendanceDay>().Where(d => d.BatchId == id).ToListAsync(cancel);
        var leads = (await session.LoadManyAsync<Lead>(cancel, [.. batch.Waitlist.Select(w => w.LeadId)])).ToDictionary(l => l.Id);
        var people = (await session.LoadManyAsync<Person>(cancel,
            [.. seats.Select(s => s.PersonId).Concat(leads.Values.Select(l => l.PersonId)).Distinct()])).ToDictionary(p => p.Id);
        var rows = seats.Select(s => RowOf(s, people[s.PersonId], batch, days, institute, clock)).ToList();
        var waiting = batch.InOrder().Select(w => RowOf(w, people[leads[w.LeadId].PersonId].Name.Text, clock)).ToList();
        var here = rows.ToLookup(r => r.Seat.IsCurrent);
        return new BatchRoll(batch, course!, [.. here[true]], [.. here[false]], waiting, clock);
    }

    private static StudentRow RowOf(
        Enrolment seat, Person person, Batch batch, IReadOnlyList<AttendanceDay> days, CurrentInstitute institute, InstituteClock clock)
    {
        var rate = AttendanceRate.Of(seat.Id, days);
        var none = Certificates.WhyNot(seat, batch, rate, institute, clock.Today);
        return new StudentRow(seat, person, rate, batch.HasEndedOn(clock.Today), none);
    }

    private static WaitingRow RowOf(WaitingPlace place, string name, InstituteClock clock)
    {
        var until = place.HeldUntil is { } end ? Format.DateAndTime(clock.Local(end)) : "";
        var words = place.HoldsAt(clock.Now) ? $"Held until {until}"
            : place.RanOutBy(clock.Now) ? $"Ran out {until}"
            : $"Waits since {Format.Date(clock.DayOf(place.JoinedAt))}";
        var form = Form.Fresh(("priority", $"{place.Priority}"));
        return new WaitingRow(place, name, words, Fields.For(form, $"wait-{place.LeadId}"));
    }
}

/// <param name="Form">What managers may change.</param>
public sealed record BatchStudentsView(BatchRoll Roll, Form Form, bool Saved);
