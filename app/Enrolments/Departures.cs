using Crm.Courses;
using Crm.Institute;
using Crm.Seats;

namespace Crm.Enrolments;

/// <summary>What a manager has decided is due back, instead of what the policy says.</summary>
public sealed record OtherRefund(Money Amount, string Because);

/// <summary>What may happen when somebody gives a seat up. Pure: each makes an event or refuses with a sentence.</summary>
public static class Departures
{
    /// <summary>What is due back to who gives up a seat on a day, by the institute's policy.</summary>
    public static RefundDue DueOn(Enrolment seat, Batch batch, DateOnly day, CurrentInstitute institute) =>
        institute.Profile.Refunds.Count(seat.Kept, seat.Net, batch.StartsOn, batch.EndsOn, day, institute.Money);

    public static SeatWithdrawn Withdraw(
        Enrolment seat, Batch batch, DateOnly on, string why, InstituteClock clock, CurrentInstitute institute)
    {
        RefuseLeft(seat);
        if (OpenBatches.WhyClosed(batch, clock.Today) is { } closed) throw new Refusal($"{closed} Nobody withdraws from it any more.");
        if (on > clock.Today) throw new Refusal("on", "This day has not come yet.");
        if (on < clock.DayOf(seat.EnrolledAt)) throw new Refusal("on", "This is before the day on which they enrolled.");
        var due = DueOn(seat, batch, on, institute);
        return new SeatWithdrawn(on, why, due.Amount, due.Counted);
    }

    /// <summary>
    /// Holds who is no manager to what is due back today: with an earlier day they could give back another amount by themselves.
    /// </summary>
    /// <exception cref="Refusal">On the day that was chosen more was due back.</exception>
    public static void RefuseMoreThanToday(
        SeatWithdrawn withdrawn, Enrolment seat, Batch batch, DateOnly today, CurrentInstitute institute)
    {
        var due = DueOn(seat, batch, today, institute).Amount;
        if (withdrawn.RefundDue <= due) return;
        throw new Refusal("on", $"{institute.Show(withdrawn.RefundDue)} would be due back for this day, and {institute.Show(due)} today. "
            + "Only a manager may choose a day that brings more back.");
    }

    /// <summary>Another amount is due back than the policy says, which stays said beside it.</summary>
    /// <exception cref="Refusal">More than was received.</exception>
    public static SeatWithdrawn RefundOtherwise(
        SeatWithdrawn byPolicy, Enrolment seat, OtherRefund other, Actor by, CurrentInstitute institute)
    {
        if (other.Amount > seat.Kept)
            throw new Refusal("refund", $"No more than {institute.Show(seat.Kept)} was received and not given back yet.");
        return other.Amount == byPolicy.RefundDue ? byPolicy : byPolicy with
        {
            RefundDue = other.Amount,
            Counted = $"{by.Name} decided: {other.Because}. By the rules {institute.Show(byPolicy.RefundDue)}: {byPolicy.Counted}",
        };
    }

    /// <summary>All that was paid is due back, because the institute and not the student ends it.</summary>
    public static SeatWithdrawn WithdrawWithAll(Enrolment seat, DateOnly on, string why, CurrentInstitute institute)
    {
        RefuseLeft(seat);
        return new SeatWithdrawn(on, why, seat.Kept,
            $"All of {institute.Show(seat.Kept)}: the {institute.Profile.BatchWord.One} was cancelled", Cancelled: true);
    }

    /// <exception cref="Refusal">The seat was given up already.</exception>
    public static void RefuseLeft(Enrolment seat)
    {
        if (seat.Left is not { } left) return;
        throw new Refusal(left.IsWithdrawal
            ? $"They withdrew on {Format.Date(left.On)} already."
            : $"They moved to {left.ToRollNumber} on {Format.Date(left.On)} already.");
    }
}
