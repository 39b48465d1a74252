using Crm.Institute;

namespace Crm.Seats;

/// <summary>What falls due on a day.</summary>
public sealed record Instalment(DateOnly DueOn, Money Amount);

/// <summary>Something that happened to one seat in one batch.</summary>
public abstract record EnrolmentEvent : StoredEvent
{
    /// <summary>Every kind there is. To look for them among all types of the program would load all of these at each start.</summary>
    public static IReadOnlyList<Type> Kinds { get; } =
    [
        typeof(SeatTaken), typeof(SeatGivenTo), typeof(SeatRestored), typeof(PaymentReceived), typeof(PaymentVoided),
        typeof(ChequeBounced), typeof(FeeRefunded), typeof(RefundReversed), typeof(FeeReminded), typeof(InstalmentsRescheduled),
        typeof(InvoiceAddressed), typeof(SeatWithdrawn), typeof(SeatTransferred), typeof(MoneyMoved), typeof(SeatErased),
    ];
}

/// <param name="Tax">What is added to the fee less the discount; zero where fees hold their tax.</param>
/// <param name="PlaceOfSupply">The two digits of the state by which it is taxed; empty for the institute's own.</param>
[HoldsNothingPersonal("ids, a seat and a price: the person is in their own stream")]
public sealed record SeatTaken(
    Guid PersonId, Guid LeadId, Guid BatchId, string BatchCode, Guid CourseId, string CourseName, string RollNumber,
    Money Fee, Money Discount, IReadOnlyList<Instalment> Instalments, Money Tax = default, string PlaceOfSupply = "") : EnrolmentEvent
{
    /// <summary>The seat that was given up for this one; null where it is the first.</summary>
    public Guid? MovedFrom { get; init; }

    /// <summary>All seats that the student had before this one and went on from, the first one first.</summary>
    public IReadOnlyList<EarlierSeat> Earlier { get; init; } = [];
}

/// <summary>A seat that was changed for another: its number and its payer's reference stand on papers that are out.</summary>
public sealed record EarlierSeat(Guid Id, string RollNumber);

/// <summary>The seat went to another record of its person: two were merged, or split again.</summary>
[HoldsNothingPersonal("ids alone")]
public sealed record SeatGivenTo(Guid PersonId, bool Merged) : EnrolmentEvent;

/// <summary>A change that had made or changed the seat was undone: it is what it was before, whatever that was.</summary>
/// <param name="As">Null where there was no seat before.</param>
public sealed record SeatRestored(Guid Change, int ToVersion, Enrolment? As) : EnrolmentEvent, IRestored
{
    /// <summary>Whose the seat was, where there is none any more.</summary>
    public Guid? PersonId { get; init; }

    public override StoredEvent Masked() => this with { As = As?.Masked() };
}

/// <summary>Money came in for the seat.</summary>
/// <param name="Receipt">The number of its receipt.</param>
/// <param name="Reference">What the bank, the cheque or the terminal calls it.</param>
/// <param name="On">The day on which it was paid.</param>
/// <param name="ByEmail">Whether the receipt is emailed.</param>
public sealed record PaymentReceived(
    Guid PaymentId, string Receipt, Money Amount, PaymentWay Way, string Reference, DateOnly On, bool ByEmail) : EnrolmentEvent
{
    public override StoredEvent Masked() => this with { Reference = Erased };
}

/// <summary>A payment was recorded by mistake: it stays in the books and counts no more.</summary>
/// <param name="On">The day on which that was noted, at the institute.</param>
/// <param name="CreditNote">The number of the note that was issued with it, and takes tax back; empty where none was.</param>
public sealed record PaymentVoided(Guid PaymentId, DateOnly On, string Why, string CreditNote = "") : EnrolmentEvent
{
    /// <summary>The number of an earlier note that took back the whole of its invoice; null where none did.</summary>
    public string? TakenBackBy { get; init; }

    public override StoredEvent Masked() => this with { Why = Erased };
}

/// <summary>The bank did not honour the cheque of a payment.</summary>
/// <param name="CreditNote">The number of the note that was issued with it, and takes tax back; empty where none was.</param>
public sealed record ChequeBounced(Guid PaymentId, DateOnly On, string Why, string CreditNote = "") : EnrolmentEvent
{
    /// <inheritdoc cref="PaymentVoided.TakenBackBy"/>
    public string? TakenBackBy { get; init; }

    public override StoredEvent Masked() => this with { Why = Erased };
}

/// <summary>Money was given back.</summary>
/// <param name="CreditNote">The number of the note that takes its tax back; empty where none does.</param>
public sealed record FeeRefunded(
    Guid RefundId, Money Amount, PaymentWay Way, string Reference, DateOnly On, string Why, string CreditNote = "") : EnrolmentEvent
{
    public override StoredEvent Masked() => this with { Reference = Erased, Why = Erased };
}

/// <summary>What was noted as given back was not, or came back: the refund stays in the books and counts no more.</summary>
/// <param name="ReversalId">Of this entry, and of the debit note over it.</param>
/// <param name="On">The day on which that was noted, at the institute.</param>
/// <param name="DebitNote">The number of the note that was issued with it, and takes the credit note back; empty where none was.</param>
public sealed record RefundReversed(
    Guid RefundId, Guid ReversalId, RefundStanding Standing, DateOnly On, string Why, string DebitNote = "") : EnrolmentEvent
{
    public override StoredEvent Masked() => this with { Why = Erased };
}

/// <summary>Staff reminded whoever owes; what the institute emails by itself is a message and no event.</summary>
[HoldsNothingPersonal("a way of reminding and an amount")]
public sealed record FeeReminded(ReminderWay Way, Money Owed) : EnrolmentEvent;

/// <summary>What was agreed falls due on other days or in other parts.</summary>
public sealed record InstalmentsRescheduled(IReadOnlyList<Instalment> Instalments, string Why) : EnrolmentEvent
{
    public override StoredEvent Masked() => this with { Why = Erased };
}

/// <summary>Invoices say from now on where the student lives.</summary>
/// <param name="PlaceOfSupply">The two digits of the state by which payments are taxed; empty for the institute's own.</param>
public sealed record InvoiceAddressed(string PlaceOfSupply, string Address) : EnrolmentEvent
{
    public override StoredEvent Masked() => this with { Address = Erased };
}

/// <summary>The student gave the seat up. What is owed still falls due no more.</summary>
/// <param name="On">The day on which they left.</param>
/// <param name="RefundDue">What is to be given back of what was received.</param>
/// <param name="Counted">How that was found, in words.</param>
/// <param name="Cancelled">Whether it was the institute that ended it, with all seats of the batch.</param>
public sealed record SeatWithdrawn(DateOnly On, string Why, Money RefundDue, string Counted, bool Cancelled = false) : EnrolmentEvent
{
    public override StoredEvent Masked() => this with { Why = Erased, Counted = Erased };
}

/// <summary>The student went on to a seat in another batch.</summary>
public sealed record SeatTransferred(Guid To, Guid BatchId, string BatchCode, string RollNumber, DateOnly On, string Why) : EnrolmentEvent
{
    public override StoredEvent Masked() => this with { Why = Erased };
}

/// <summary>What was received for one seat counts for another of the same student: an entry on each side.</summary>
/// <param name="Other">The other side.</param>
/// <param name="Amount">Above zero where it came in, below where it went.</param>
/// <param name="On">The day on which it counts, at the institute.</param>
/// <param name="NeverWas">Whether it is taken back since its payment was recorded by mistake.</param>
[HoldsNothingPersonal("a seat, an amount and a day")]
public sealed record MoneyMoved(Guid Other, Money Amount, DateOnly On, bool NeverWas = false) : EnrolmentEvent;

/// <summary>The student was erased: what was written about them is gone, here and from every event before. The money stays.</summary>
/// <param name="Number">The erasure's.</param>
[HoldsNothingPersonal("the number of the erasure")]
public sealed record SeatErased(string Number) : EnrolmentEvent;
