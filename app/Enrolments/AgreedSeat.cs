using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;

namespace Crm.Enrolments;

/// <summary>What was told of a seat to be taken.</summary>
/// <param name="Parts">How many instalments are wished, the first on <paramref name="FirstDueOn"/>.</param>
/// <param name="Written">The instalments, where they were written by hand; else empty.</param>
/// <param name="PlaceOfSupply">The two digits of a state; empty for the institute's own.</param>
public sealed record SeatTerms(
    Guid BatchId, Money Discount, int Parts, DateOnly FirstDueOn, IReadOnlyList<Instalment> Written, string PlaceOfSupply);

/// <summary>What was agreed for a seat. The batch must be locked, or be nobody else's yet.</summary>
public sealed record AgreedSeat(Batch Batch, Money Fee, Money Discount, IReadOnlyList<Instalment> Instalments)
{
    /// <summary>The field in which instalments are written by hand.</summary>
    public const string ByHand = "parts";

    private const int DaysBack = 31;

    /// <summary>What is added to the fee less the discount; zero where fees hold their tax.</summary>
    public Money Tax { get; init; }

    public string PlaceOfSupply { get; init; } = "";

    /// <summary>What is to be paid, tax and all.</summary>
    public Money Net => Fee - Discount + Tax;

    /// <summary>Agrees on a price and the days on which its parts fall due.</summary>
    /// <param name="fee">Before the discount.</param>
    /// <param name="tax">What was promised or agreed already is added, whatever is set of taxes since; null where nothing was.</param>
    /// <exception cref="Refusal">The discount exceeds the fee, a day is too far off, or what was written does not add up.</exception>
    public static AgreedSeat Agree(
        Batch batch, Money fee, SeatTerms terms, DateOnly today, CurrentInstitute institute, Money? tax = null)
    {
        var money = institute.Money;
        if (terms.Discount > fee) throw new Refusal("discount", $"The discount cannot exceed the fee of {money.Show(fee)}.");
        var seat = new AgreedSeat(batch, fee, terms.Discount, terms.Written)
        {
            Tax = tax ?? ReceiptTax.OnTop(fee - terms.Discount, institute.Profile, terms.PlaceOfSupply),
            PlaceOfSupply = terms.PlaceOfSupply,
        };
        if (terms.Written.Count == 0)
        {
            RefuseFirst("firstDueOn", terms.FirstDueOn, today);
            return seat with { Instalments = Fees.Instalments.Split(seat.Net, terms.Parts, terms.FirstDueOn) };
        }
        FeeRules.RefuseParts(terms.Written, seat.Net, today, money, ByHand);
        RefuseFirst(ByHand, terms.Written[0].DueOn, today);
        return seat;
    }

    /// <summary>The same for somebody who goes on from another seat: what they paid for that is the first part, paid.</summary>
    /// <param name="isOnSameDays">Whether what is left falls due on the days that were agreed for that seat: to the same price in the same
    /// parts, to another in equal ones. Where nothing of it is open any more, it falls due as the terms say.</param>
    /// <param name="tax">As in <see cref="Agree"/>.</param>
    public static AgreedSeat AgreeAfter(
        Enrolment from, bool isOnSameDays, Batch batch, Money fee, SeatTerms terms, DateOnly today, CurrentInstitute institute, Money? tax)
    {
        var (along, days) = (from.Kept, isOnSameDays ? OpenDays(from) : []);
        // The days stand already, however long one of them has passed.
        var whole = Agree(batch, fee, days.Count == 0 ? terms : terms with { FirstDueOn = today }, today, institute, tax);
        if (days.Count > 0 && whole.Net == from.Net) return whole with { Instalments = from.Instalments };
        IReadOnlyList<Instalment> Parts(Money left) => days.Count == 0
            ? Fees.Instalments.Split(left, terms.Parts, terms.FirstDueOn)
            : [.. left.Split(days.Count).Zip(days, (amount, day) => new Instalment(day, amount))];
        if (along == Money.Zero) return whole with { Instalments = Parts(whole.Net) };
        var first = days.Count == 0 ? terms.FirstDueOn : days[0];
        var paidOn = today < first ? today : first.AddDays(-1);
        return along >= whole.Net
            ? whole with { Instalments = [new Instalment(paidOn, whole.Net)] }
            : whole with { Instalments = [new(paidOn, along), .. Parts(whole.Net - along)] };
    }

    /// <summary>The days on which something of a seat's instalments is still to be paid, the oldest first.</summary>
    public static IReadOnlyList<DateOnly> OpenDays(Enrolment seat) =>
        [.. seat.Settlement().Where(s => s is { IsOpen: true, Number: not null }).Select(s => s.Instalment.DueOn)];

    /// <summary>Counts the seat and gives out the next roll number.</summary>
    public (Guid EnrolmentId, SeatTaken Taken, LeadEnrolled Enrolled) TakeFor(Lead lead, DateTimeOffset now)
    {
        Batch.TakeFor(lead.Id);
        var rollNumber = $"{Batch.Code}-{++Batch.LastRollNumber:00}";
        var id = Guid.CreateVersion7(now);
        var taken = new SeatTaken(lead.PersonId, lead.Id, Batch.Id, Batch.Code, Batch.CourseId, lead.CourseName, rollNumber, Fee, Discount,
            Instalments, Tax, PlaceOfSupply);
        return (id, taken, new LeadEnrolled(id, Batch.Id, Batch.Code, rollNumber, Net));
    }

    private static void RefuseFirst(string field, DateOnly day, DateOnly today)
    {
        if (day < today.AddDays(-DaysBack) || day > today.AddYears(1))
            throw new Refusal(field, "Choose a day between a month ago and a year ahead.");
    }
}
