using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Seats;

/// <summary>How money came or went.</summary>
public enum PaymentWay { Cash, Upi, BankTransfer, Cheque, Card }

/// <summary>How staff remind somebody of what they owe.</summary>
public enum ReminderWay { WhatsApp, Call }

/// <summary>That somebody of staff reminded whoever owes.</summary>
public sealed record GivenReminder(ReminderWay Way, DateTimeOffset At, string By);

/// <summary>What became of a payment: one that was voided or whose cheque bounced stays in the books and counts no more.</summary>
public enum PaymentStanding { Received, Voided, Bounced }

/// <summary>Money that was received for a seat.</summary>
/// <param name="Receipt">The number of its receipt.</param>
/// <param name="Reference">What the bank, the cheque or the terminal calls it; empty for cash.</param>
/// <param name="On">The day on which it was paid, at the institute.</param>
/// <param name="By">Who recorded it.</param>
public sealed record Payment(
    Guid Id, string Receipt, Money Amount, PaymentWay Way, string Reference, DateOnly On, DateTimeOffset At, string By)
{
    public PaymentStanding Standing { get; init; }

    /// <summary>Why it counts no more; empty where it does.</summary>
    public string Why { get; init; } = "";

    /// <summary>The number of the credit note that takes its tax back; empty where none does.</summary>
    public string CreditNote { get; init; } = "";

    [JsonIgnore] public bool HasCreditNote => CreditNote.Length > 0;

    [JsonIgnore] public bool Counts => Standing == PaymentStanding.Received;
}

/// <summary>What became of a refund: one that was recorded by mistake or never arrived stays in the books and counts no more.</summary>
public enum RefundStanding { Given, Voided, NeverArrived }

/// <summary>Money that was given back.</summary>
public sealed record Refund(Guid Id, Money Amount, PaymentWay Way, string Reference, DateOnly On, string Why, string By)
{
    /// <summary>The number of the credit note over it; empty where it had no tax.</summary>
    public string CreditNote { get; init; } = "";

    public RefundStanding Standing { get; init; }

    /// <summary>Why it counts no more; empty where it does.</summary>
    public string WhyReversed { get; init; } = "";

    /// <summary>The entry that has it count no more; null where it does.</summary>
    public Guid? ReversalId { get; init; }

    /// <summary>The number of the debit note that takes its credit note back; empty where none does.</summary>
    public string DebitNote { get; init; } = "";

    [JsonIgnore] public bool HasCreditNote => CreditNote.Length > 0;

    [JsonIgnore] public bool HasDebitNote => DebitNote.Length > 0;

    [JsonIgnore] public bool Counts => Standing == RefundStanding.Given;
}

/// <summary>An instalment, and how much of it what was received has settled: the oldest is settled first.</summary>
/// <param name="Number">Null of what is no instalment, but was given back of money that never came in.</param>
public sealed record InstalmentState(int? Number, Instalment Instalment, Money Settled)
{
    public Money Open => Instalment.Amount - Settled;

    public bool IsOpen => Open > Money.Zero;

    public bool IsLateOn(DateOnly day) => IsOpen && Instalment.DueOn < day;
}

/// <summary>How a seat was given up.</summary>
/// <param name="On">The day on which the student left it.</param>
/// <param name="RefundDue">What was to be given back then.</param>
/// <param name="Counted">How that was found, in words; empty where they went on to another seat.</param>
/// <param name="To">The seat that they went on to, or null.</param>
/// <param name="ToRollNumber">Its number; empty where there is none.</param>
public sealed record Departure(DateOnly On, string Why, string By, Money RefundDue, string Counted, Guid? To, string ToRollNumber)
{
    [JsonIgnore] public bool IsWithdrawal => To is null;
}
