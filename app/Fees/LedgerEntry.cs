using Crm.Institute;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>A transfer is money that counts for another seat of the same student: two lines that come to nothing.</summary>
public enum EntryKind { Payment, Void, Bounce, Refund, RefundReversal, Transfer }

/// <summary>
/// One line of the institute's books, as reports read them: what it added to, or took from, what was received. It is written in the
/// transaction of its event and never changed; what was wrong is taken back by another line, on the day of that.
/// </summary>
public sealed class LedgerEntry
{
    public Guid Id { get; set; }
    public EntryKind Kind { get; set; }
    public Guid EnrolmentId { get; set; }
    public Guid BatchId { get; set; }
    public Guid CourseId { get; set; }

    /// <summary>Above zero for a payment and for what takes a refund back; below for a refund and for what takes a payment back.</summary>
    public Money Amount { get; set; }
    public PaymentWay Way { get; set; }
    public string Reference { get; set; } = "";

    /// <summary>The same as it is compared with others: see <see cref="KnownPayments.Plain"/>.</summary>
    public string PlainReference { get; set; } = "";

    /// <summary>The day at the institute on which it counts.</summary>
    public DateOnly Day { get; set; }
    public DateTimeOffset At { get; set; }
    public Actor By { get; set; } = Actor.System;

    /// <summary>The number of the receipt that it is about; empty where it is about a refund.</summary>
    public string Receipt { get; set; } = "";

    /// <summary>The payment or refund that it takes back, or null.</summary>
    public Guid? Reverses { get; set; }
}

/// <summary>The paper that somebody got for a payment, with what it said on the day it was made.</summary>
public sealed class Receipt
{
    /// <summary>Its payment's.</summary>
    public Guid Id { get; set; }
    public string Number { get; set; } = "";
    public Guid EnrolmentId { get; set; }
    public ReceiptIssuer? Issuer { get; set; }
    public PersonName? Name { get; set; }

    /// <summary>Where they live, in several lines; empty where that was not asked.</summary>
    public string Address { get; set; } = "";
    public string RollNumber { get; set; } = "";
    public string CourseName { get; set; } = "";
    public string BatchCode { get; set; } = "";
    public Money Amount { get; set; }
    public PaymentWay Way { get; set; }
    public string Reference { get; set; } = "";
    public DateOnly PaidOn { get; set; }
    public DateOnly IssuedOn { get; set; }
    public string By { get; set; } = "";

    /// <summary>What was still owed after it.</summary>
    public Money BalanceAfter { get; set; }

    /// <summary>Null where the institute was not registered for tax.</summary>
    public ReceiptTax? Tax { get; set; }

    /// <summary>Why it is void; null where it is not. A void receipt keeps its number.</summary>
    public string? Void { get; set; }

    /// <summary>The number of the credit note that takes a void one back; empty where none does.</summary>
    public string CreditNote { get; set; } = "";
}
