using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Courses;

public enum TeachingMode { Classroom, Online, Hybrid }

/// <summary>Who cancelled a batch, when (UTC) and why.</summary>
public sealed record Cancellation(string By, DateTimeOffset At, string Why);

/// <summary>
/// A run of a course with a number of seats, and who waits for one. Seats taken and waiting people change only under a lock on the row.
/// </summary>
public sealed class Batch
{
    /// <summary>Who comes a few days late still finds a seat.</summary>
    public const int DaysAfterStart = 14;

    public Guid Id { get; set; }
    public Guid CourseId { get; set; }
    public string Code { get; set; } = "";
    public DateOnly StartsOn { get; set; }

    /// <summary>The last day; null where it is not known yet.</summary>
    public DateOnly? EndsOn { get; set; }
    public string Schedule { get; set; } = "";
    public TeachingMode Mode { get; set; }
    public int Seats { get; set; }
    public int SeatsTaken { get; set; }

    /// <summary>The last number given out. It only grows: a roll number is never used again.</summary>
    public int LastRollNumber { get; set; }

    public List<WaitingPlace> Waitlist { get; set; } = [];

    /// <summary>The places of leads that were lost meanwhile, or that belong to who stands here by another lead: in them they stand again
    /// when that is so no more.</summary>
    public List<WaitingPlace> LostPlaces { get; set; } = [];

    /// <summary>How many seats are held for somebody who has no address, and whom nobody has been asked to call yet.</summary>
    public int CallsToPlan { get; set; }

    /// <summary>When the next hold runs out that somebody may be waiting for (UTC): the sweep looks for it.</summary>
    public DateTimeOffset? NextHoldEnd { get; set; }
    public Cancellation? Cancelled { get; set; }

    [JsonIgnore] public bool IsCancelled => Cancelled is not null;

    public bool HasBegunOn(DateOnly day) => StartsOn < day;

    public bool HasEndedOn(DateOnly day) => EndsOn < day;

    /// <summary>Whether it is neither cancelled nor over.</summary>
    public bool IsOpenOn(DateOnly day) => !IsCancelled && !HasEndedOn(day);

    /// <summary>The last day on which somebody can join it, unless it ends before.</summary>
    [JsonIgnore] public DateOnly LastDayToJoin => StartsOn.AddDays(DaysAfterStart);

    /// <summary>The last day on which it takes somebody.</summary>
    [JsonIgnore] public DateOnly TakesPeopleUntil => EndsOn < LastDayToJoin ? EndsOn.Value : LastDayToJoin;

    /// <summary>A day, or the last on which it takes somebody where that is sooner.</summary>
    public DateOnly NoLaterThanItTakesPeople(DateOnly day) => TakesPeopleUntil < day ? TakesPeopleUntil : day;

    /// <summary>Whether somebody can still join it.</summary>
    public bool TakesPeopleOn(DateOnly day) => IsOpenOn(day) && day <= LastDayToJoin;

    /// <summary>Whether there is something to be attended on a day.</summary>
    public bool IsTaughtOn(DateOnly day) => !IsCancelled && day >= StartsOn && !HasEndedOn(day);

    /// <summary>How many seats are held for who waited. A hold that has run out holds nothing, though nobody has noticed.</summary>
    public int HeldAt(DateTimeOffset now) => Waitlist.Count(w => w.HoldsAt(now));

    [JsonIgnore] public int Waiting => Waitlist.Count(w => w.IsWaiting);

    /// <summary>Seats for anybody: neither taken, nor held, nor due to who waits.</summary>
    public int SeatsLeftAt(DateTimeOffset now) => Math.Max(0, Seats - SeatsTaken - HeldAt(now) - Waiting);

    public bool HasSeatAt(DateTimeOffset now) => SeatsLeftAt(now) > 0;

    public bool HasSeatFor(Guid leadId, DateTimeOffset now) => HasSeatAt(now) || PlaceOf(leadId)?.HoldsAt(now) == true;

    /// <summary>The seats that cannot be cut: taken and held.</summary>
    public int SeatsBoundAt(DateTimeOffset now) => SeatsTaken + HeldAt(now);

    public WaitingPlace? PlaceOf(Guid leadId) => Waitlist.Find(w => w.LeadId == leadId);

    public bool Knows(Guid leadId) => Waitlist.Concat(LostPlaces).Any(w => w.LeadId == leadId);

    /// <summary>Those who wait, the next first; those whose hold ran out stand behind.</summary>
    public IEnumerable<WaitingPlace> InOrder() => Waitlist.OrderByDescending(w => w.Priority).ThenBy(w => w.JoinedAt);

    /// <summary>Gives a seat, the held one where it is the lead's.</summary>
    public void TakeFor(Guid leadId)
    {
        SeatsTaken++;
        Leave(leadId);
    }

    /// <summary>Takes somebody off the list.</summary>
    public void Leave(Guid leadId)
    {
        Waitlist = [.. Waitlist.Where(w => w.LeadId != leadId)];
        LostPlaces = [.. LostPlaces.Where(w => w.LeadId != leadId)];
        CountCalls();
    }

    /// <returns>Which of several leads has the place that is ahead, where it stands or as it is kept in mind; null where none has one.
    /// </returns>
    public Guid? FirstOf(IReadOnlyCollection<Guid> leads, DateTimeOffset now) =>
        Waitlist.Concat(LostPlaces).Where(w => leads.Contains(w.LeadId))
            .OrderByDescending(w => w.HoldsAt(now) && PlaceOf(w.LeadId) is not null).ThenBy(w => w.RanOutBy(now))
            .ThenByDescending(w => w.Priority).ThenBy(w => w.JoinedAt).FirstOrDefault()?.LeadId;

    /// <summary>Takes somebody off the list whose lead is lost, or who stands on it by another, and keeps their place in mind.</summary>
    public void Lose(Guid leadId)
    {
        var place = PlaceOf(leadId);
        Leave(leadId);
        if (place is not null) LostPlaces = [.. LostPlaces, place];
    }

    /// <summary>Puts somebody back in their place whose lead is lost no more.</summary>
    /// <param name="withHold">Whether a seat that was held is held on, where it is still free; else they wait for the next.</param>
    public void Return(Guid leadId, bool withHold, DateTimeOffset now)
    {
        if (LostPlaces.Find(w => w.LeadId == leadId) is not { } place) return;
        var keeps = !place.HoldsAt(now) || withHold && Seats > SeatsBoundAt(now);
        Leave(leadId);
        Join(keeps ? place : place with { HeldUntil = null, HoldId = null, IsToBeCalled = false, IsCalled = false });
    }

    /// <summary>Puts somebody at the end of the list, also after their hold ran out.</summary>
    public void Join(WaitingPlace place)
    {
        Waitlist = [.. Waitlist.Where(w => w.LeadId != place.LeadId), place];
        CountCalls();
    }

    public void Prefer(Guid leadId, int priority) =>
        Waitlist = [.. Waitlist.Select(w => w.LeadId == leadId ? w with { Priority = priority } : w)];

    /// <summary>Has somebody for whom a seat is held be called, or says that this was planned.</summary>
    public void ToBeCalled(Guid leadId, bool isToBe)
    {
        Waitlist = [.. Waitlist.Select(w => w.LeadId == leadId ? w with { IsToBeCalled = isToBe, IsCalled = !isToBe } : w)];
        CountCalls();
    }

    private void CountCalls() => CallsToPlan = Waitlist.Count(w => w.IsToBeCalled);

    /// <summary>Holds each free seat for the next who waits.</summary>
    /// <param name="until">Until when (UTC), later than now.</param>
    /// <returns>For whom seats are held that were not before.</returns>
    public IReadOnlyList<WaitingPlace> HoldSeats(DateTimeOffset now, DateTimeOffset until, DateOnly today)
    {
        var free = TakesPeopleOn(today) ? Math.Max(0, Seats - SeatsBoundAt(now)) : 0;
        var held = InOrder().Where(w => w.IsWaiting).Take(free)
            .Select(w => w with { HoldId = Guid.CreateVersion7(now), HeldUntil = until, IsCalled = false }).ToDictionary(w => w.LeadId);
        Waitlist = [.. Waitlist.Select(w => held.GetValueOrDefault(w.LeadId, w))];
        NextHoldEnd = Waitlist.Where(w => w.HoldsAt(now)).Min(w => w.HeldUntil);
        return [.. held.Values];
    }
}

/// <summary>Somebody who waits for a seat in a batch.</summary>
/// <param name="JoinedAt">When (UTC): who came first is first among those of one priority.</param>
public sealed record WaitingPlace(Guid LeadId, DateTimeOffset JoinedAt, string JoinedBy)
{
    /// <summary>The most by which somebody can be preferred by hand.</summary>
    public const int MostPriority = 9;

    /// <summary>Those with a higher one come first.</summary>
    public int Priority { get; init; }

    /// <summary>Until when a seat is held for them (UTC); null where none was yet.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>Tells this hold from another: the email about it names it.</summary>
    public Guid? HoldId { get; init; }

    /// <summary>Whether the hold is to be told on the phone, and no call is planned yet.</summary>
    public bool IsToBeCalled { get; init; }

    /// <summary>Whether a call about this hold was planned.</summary>
    public bool IsCalled { get; init; }

    [JsonIgnore] public bool IsWaiting => HeldUntil is null;

    public bool HoldsAt(DateTimeOffset now) => HeldUntil > now;

    public bool RanOutBy(DateTimeOffset now) => HeldUntil <= now;
}
