using System.Runtime.CompilerServices;
using System.Security.Claims;
using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;
using Marten.Linq.MatchesSql;

namespace Crm.Fees;

/// <summary>When somebody was last reminded of what they owe, by which way, and what became of it.</summary>
public sealed record LastReminder(DateTimeOffset At, string Says)
{
    public static LastReminder Of(OutboxMessage email) => new(email.SentAt ?? email.CreatedAt, $"Email {email.State}");

    public static LastReminder Of(GivenReminder given) => new(given.At, $"{Format.Words(given.Way)}, {given.By}");
}

/// <summary>Somebody who owes an instalment.</summary>
/// <param name="Due">What is owed by today; the next instalment where nothing is yet.</param>
/// <param name="DaysLate">How long the oldest open instalment has been due; below zero where it is still to come.</param>
/// <param name="Message">What a counsellor would write to them.</param>
/// <param name="Reminder">Null where nobody has reminded them.</param>
public sealed record DueRow(
    Enrolment Seat, Person Person, Money Due, int DaysLate, string Message, LastReminder? Reminder, InstituteClock Clock)
{
    public bool IsLate => DaysLate > 0;

    public string When => DaysLate switch
    {
        1 => "1 day late",
        > 1 => $"{DaysLate} days late",
        0 => "today",
        -1 => "tomorrow",
        _ => $"in {-DaysLate} days",
    };

    /// <summary>Opens a chat with the message written.</summary>
    public string? WhatsApp => Person.Phone is { } phone && Person.Agrees(Purpose.WhatsApp)
        ? $"https://wa.me/{phone.Digits}?text={Uri.EscapeDataString(Message)}"
        : null;

    /// <summary>By which staff note that they reminded them.</summary>
    public Form Form { get; } = Form.Fresh();
}

/// <param name="Owed">What all of them owe by today.</param>
/// <param name="HasMore">Whether there are more than are shown.</param>
/// <param name="Problem">Why what was sent was refused, or null.</param>
public sealed record DuesView(IReadOnlyList<DueRow> Rows, Money Owed, bool HasMore, string? Problem = null)
{
    /// <summary>What was noted just before; null where nothing was.</summary>
    public DidView? Did { get; init; }
}

/// <summary>Finds who owes what.</summary>
public sealed class DueList(CurrentInstitute institute, InstituteClock clock, Sight sight)
{
    /// <summary>How many are shown.</summary>
    public const int Limit = 500;

    /// <summary>How many days ahead instalments are shown that are still to come.</summary>
    public const int DaysAhead = 7;

    // Of whoever has a lead in this counsellor's hands.
    private const string OfCounsellor = $"""
        exists (select 1 from {MartenSetup.Schema}.mt_doc_lead l where l.person_id = (d.data ->> 'PersonId')::uuid and l.counsellor_id = ?)
        """;

    /// <param name="user">Who sees them.</param>
    public async Task<DuesView> ReadAsync(IQuerySession session, ClaimsPrincipal user, CancellationToken cancel)
    {
        var today = clock.Today;
        var seats = await DueOf(session, user).OrderBy(e => e.DueOn).ThenBy(e => e.Id)
            .Take(Limit + 1).ToListAsync(cancel);
        var shown = seats.Take(Limit).ToList();
        return new DuesView(await RowsAsync(session, shown, cancel),
            shown.Aggregate(Money.Zero, (sum, s) => sum + s.DueBy(today)), seats.Count > Limit);
    }

    /// <returns>How many there are, shown or not.</returns>
    public Task<int> CountAsync(IQuerySession session, ClaimsPrincipal user, CancellationToken cancel) =>
        DueOf(session, user).CountAsync(cancel);

    /// <summary>All of them, one after the other.</summary>
    public async IAsyncEnumerable<DueRow> StreamAsync(
        IQuerySession session, ClaimsPrincipal user, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var at = 0; ; at += Limit)
        {
            var seats = await DueOf(session, user).OrderBy(e => e.DueOn).ThenBy(e => e.Id)
                .Skip(at).Take(Limit).ToListAsync(cancel);
            foreach (var row in await RowsAsync(session, seats, cancel)) yield return row;
            if (seats.Count < Limit) yield break;
        }
    }

    private IQueryable<Enrolment> DueOf(IQuerySession session, ClaimsPrincipal user)
    {
        var until = clock.Today.AddDays(DaysAhead);
        var due = session.Query<Enrolment>().Where(e => e.DueOn <= until);
        return sight.OnlyOf(user) is { } counsellor ? due.Where(e => e.MatchesSql(OfCounsellor, counsellor)) : due;
    }

    private async Task<IReadOnlyList<DueRow>> RowsAsync(
        IQuerySession session, IReadOnlyList<Enrolment> seats, CancellationToken cancel)
    {
        var people = (await session.LoadManyAsync<Person>(cancel, [.. seats.Select(s => s.PersonId).Distinct()])).ToDictionary(p => p.Id);
        var emails = await EmailsAsync(session, seats, cancel);
        return [.. seats.Select(s => RowOf(s, people[s.PersonId], emails.GetValueOrDefault(s.Id)))];
    }

    private static async Task<IReadOnlyDictionary<Guid, OutboxMessage>> EmailsAsync(
        IQuerySession session, IReadOnlyList<Enrolment> seats, CancellationToken cancel)
    {
        Guid[] ids = [.. seats.Select(s => s.Id)];
        var written = await session.Query<DueReminder>().Where(r => r.EnrolmentId.IsOneOf(ids)).ToListAsync(cancel);
        var last = written.GroupBy(r => r.EnrolmentId).Select(g => g.MaxBy(r => r.Day)!).ToList();
        var messages = (await session.LoadManyAsync<OutboxMessage>(cancel, [.. last.Select(r => r.Id)])).ToDictionary(m => m.Id);
        return last.Where(r => messages.ContainsKey(r.Id)).ToDictionary(r => r.EnrolmentId, r => messages[r.Id]);
    }

    private DueRow RowOf(Enrolment seat, Person person, OutboxMessage? email)
    {
        var today = clock.Today;
        var owed = OwedParts.Of(seat, seat.DueOn!.Value, today);
        var message = $"Dear {person.Name.Text}, {owed.Sentence(institute, seat)} {institute.Profile.Name}, {institute.Profile.Phone}";
        LastReminder?[] reminders =
            [email is null ? null : LastReminder.Of(email), seat.LastReminder is { } given ? LastReminder.Of(given) : null];
        return new DueRow(seat, person, seat.DueNext(today), today.DayNumber - seat.DueOn.Value.DayNumber, message,
            reminders.MaxBy(r => r?.At), clock);
    }
}
