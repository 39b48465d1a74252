using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>The field in which one of them is chosen, or, where there is none, what to do.</summary>
public sealed record BatchChoiceView(Fields Fields, IReadOnlyList<(string Value, string Text)> Batches, string CourseName);

/// <summary>The batches of a course in which a seat can be offered or taken.</summary>
public static class OpenBatches
{
    /// <param name="lead">Who may also take a seat that is held for them.</param>
    public static async Task<IReadOnlyList<Batch>> OfAsync(
        IQuerySession session, Lead lead, InstituteClock clock, CancellationToken cancel) =>
        [.. (await TakingAsync(session, lead.CourseId, clock.Today, cancel)).Where(b => b.HasSeatFor(lead.Id, clock.Now))];

    /// <summary>Those that can still be joined, full or not, the soonest first.</summary>
    public static async Task<IReadOnlyList<Batch>> TakingAsync(
        IQuerySession session, Guid courseId, DateOnly today, CancellationToken cancel)
    {
        var first = today.AddDays(-Batch.DaysAfterStart);
        var batches = await session.Query<Batch>().Where(b => b.CourseId == courseId && b.StartsOn >= first).OrderBy(b => b.StartsOn)
            .ToListAsync(cancel);
        return [.. batches.Where(b => b.TakesPeopleOn(today))];
    }

    public static IEnumerable<(string Value, string Text)> Choices(IReadOnlyList<Batch> batches, Guid leadId, InstituteClock clock) =>
        batches.Select(b => (b.Id.ToString(), $"{b.Code} · {Format.Date(b.StartsOn)} · {b.Schedule} · {LeftWords(b, leadId, clock)}"));

    /// <exception cref="Refusal">There is no such batch, it is of another course or closed, or no seat is free for the lead.</exception>
    public static Batch Check(Batch? batch, Lead lead, InstituteClock clock)
    {
        if (batch is null) throw new Refusal("batchId", "Choose one from the list.");
        if (batch.CourseId != lead.CourseId)
            throw new Refusal("batchId", $"{batch.Code} does not belong to {lead.CourseName}. Choose another.");
        return CheckOpen(batch, lead.Id, clock);
    }

    /// <param name="leadId">For whom a seat may be held.</param>
    /// <exception cref="Refusal">There is no such batch, it takes nobody any more, or no seat is free.</exception>
    public static Batch CheckOpen(Batch? batch, Guid leadId, InstituteClock clock)
    {
        if (batch is null) throw new Refusal("batchId", "Choose one from the list.");
        if (WhyClosed(batch, clock.Today) is { } closed) throw new Refusal("batchId", $"{closed} Choose another.");
        if (!batch.TakesPeopleOn(clock.Today)) throw new Refusal("batchId", $"{batch.Code} takes nobody any more. Choose another.");
        if (!batch.HasSeatFor(leadId, clock.Now)) throw new Refusal("batchId", $"{WhyFull(batch, clock.Now)} Choose another.");
        return batch;
    }

    /// <exception cref="Refusal">An offer until this day could be accepted when nobody can join any more.</exception>
    public static void RefuseOfferUntil(DateOnly day, Batch batch)
    {
        if (batch.TakesPeopleOn(day)) return;
        throw new Refusal("validUntil",
            $"{batch.Code} takes nobody after {Format.Date(batch.TakesPeopleUntil)}. Choose that day or an earlier one.");
    }

    /// <returns>Why nothing changes in it any more, in a sentence; null where it goes on.</returns>
    public static string? WhyClosed(Batch batch, DateOnly today) => batch.IsCancelled ? $"{batch.Code} was cancelled."
        : batch.HasEndedOn(today) ? $"{batch.Code} ended on {Format.Date(batch.EndsOn!.Value)}."
        : null;

    /// <summary>Why there is no seat, in a sentence.</summary>
    public static string WhyFull(Batch batch, DateTimeOffset now)
    {
        var (held, waiting) = (batch.HeldAt(now), batch.Waiting);
        var next = waiting == 0 ? "" : $", and {waiting} {(waiting == 1 ? "waits" : "wait")} for the next";
        if (batch.Seats == 1) return $"{batch.Code} is full: its one seat {WhereOneIs(batch, held, next)}.";
        if (held + waiting == 0) return $"{batch.Code} is full: its {batch.Seats} seats are taken.";
        var kept = held == 0 ? "" : $", {held} held";
        var taken = $"{batch.SeatsTaken} {(batch.SeatsTaken == 1 ? "is" : "are")} taken";
        return $"{batch.Code} is full: of its {batch.Seats} seats {taken}{kept}{next}.";
    }

    // Where there is one seat, it is either of these; nobody counts it.
    private static string WhereOneIs(Batch batch, int held, string next) =>
        held > 0 ? $"is held{next}" : batch.SeatsTaken == 0 ? "is for who waits" : $"is taken{next}";

    private static string LeftWords(Batch batch, Guid leadId, InstituteClock clock) =>
        batch.PlaceOf(leadId) is { } place && place.HoldsAt(clock.Now)
        ? $"held until {Format.DateAndTime(clock.Local(place.HeldUntil!.Value))}"
        : $"{batch.SeatsLeftAt(clock.Now)} left";
}
