using Crm.Institute;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>A bank's file that was dropped.</summary>
public sealed class BankStatement
{
    public Guid Id { get; set; }
    public string FileName { get; set; } = "";
    public DateTimeOffset At { get; set; }
    public Actor By { get; set; } = Actor.System;
    public DateOnly From { get; set; }
    public DateOnly To { get; set; }

    /// <summary>How many credits it has, and how many of them no statement had before.</summary>
    public int Credits { get; set; }
    public int New { get; set; }

    /// <summary>The rows that look like movements and could not be read, by their numbers in the file.</summary>
    public IReadOnlyList<int> Unread { get; set; } = [];

    /// <summary>What is said of those rows, in a sentence; null where there are none.</summary>
    public string? SaysUnread()
    {
        const int most = 10;
        if (Unread.Count == 0) return null;
        var rows = string.Join(", ", Unread.Take(most)) + (Unread.Count > most ? " and more" : "");
        return Unread.Count == 1
            ? $"Row {rows} could not be read as a day with an amount, and was left out."
            : $"{Unread.Count} rows could not be read as a day with an amount, and were left out: {rows}.";
    }
}

public enum CreditStanding { Waiting, Posted, Recognised, NotAFee }

/// <summary>Money that came in on the institute's account, and what it was found to be. There is one for each, in however many statements
/// it stands.</summary>
public sealed class BankCredit
{
    /// <summary>Made of what the bank says of it: see <see cref="Of"/>.</summary>
    public Guid Id { get; set; }
    public Guid StatementId { get; set; }
    public DateOnly Day { get; set; }
    public Money Amount { get; set; }
    public string Narration { get; set; } = "";
    public PaymentWay Way { get; set; }

    /// <summary>By which banks know the transfer; empty where the line has none.</summary>
    public string Reference { get; set; } = "";
    public IReadOnlyList<string> Names { get; set; } = [];
    public IReadOnlyList<string> Accounts { get; set; } = [];

    /// <summary>Why a person is to look at it in any case, in a sentence; null where nothing speaks for that.</summary>
    public string? Doubt { get; set; }
    public CreditStanding Standing { get; set; }
    public Guid? EnrolmentId { get; set; }

    /// <summary>The payment that it is; null while it waits, and where it is no fee.</summary>
    public Guid? PaymentId { get; set; }

    /// <summary>The number of that payment's receipt, or what staff said of it.</summary>
    public string Says { get; set; } = "";
    public string DecidedBy { get; set; } = "";
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>The credits of a statement. A line is known again by its reference, amount and day; where the bank gives no reference, by
    /// account, narration, amount and day. Lines that are alike in one statement are as many credits as there are of them.</summary>
    public static IReadOnlyList<BankCredit> Of(ReadStatement statement, Guid statementId)
    {
        var wentOut = statement.Lines.Where(l => l.Amount < Money.Zero).Select(l => Payer.In(l.Narration, l.Reference).Reference)
            .Where(r => r.Length > 0).ToHashSet();
        var alike = new Dictionary<string, int>();
        var credits = new List<BankCredit>();
        foreach (var line in statement.Lines.Where(l => l.Amount > Money.Zero))
        {
            var payer = Payer.In(line.Narration, line.Reference);
            var said = payer.Reference.Length > 0
                ? payer.Reference
                : $"{statement.Account} {Letters(line.Narration)} {Letters(line.Reference)}";
            var key = $"{said} {line.Amount.Paise} {line.Day:yyyy-MM-dd}";
            var number = alike[key] = alike.GetValueOrDefault(key) + 1;
            credits.Add(new BankCredit
            {
                Id = DerivedId.Of($"{key} {number}"),
                StatementId = statementId,
                Day = line.Day,
                Amount = line.Amount,
                Narration = line.Narration,
                Way = payer.Way,
                Reference = payer.Reference,
                Names = payer.Names,
                Accounts = payer.Accounts,
                Doubt = wentOut.Contains(payer.Reference) ? "The same reference also went out: it may have been sent back." : null,
            });
        }
        return credits;
    }

    public Payer Who() => new(Way, Reference, Names, Accounts);

    /// <summary>Whether a payment of its reference may be this credit: a cheque of another bank with the same number is told by its
    /// amount.</summary>
    public bool MayBe(LedgerEntry payment) => Way != PaymentWay.Cheque || payment.Amount == Amount;

    /// <summary>What the payment's reference is: the bank's, or else what is known of the line.</summary>
    public string ReferenceOnReceipt() => Reference.Length > 0 ? Reference : $"Bank statement, {Format.Date(Day)}";

    public void Post(Guid enrolmentId, PaymentReceived paid, string receipt, Stamp stamp) =>
        Decide(CreditStanding.Posted, enrolmentId, paid.PaymentId, receipt, stamp);

    public void Recognise(LedgerEntry payment, Stamp stamp) =>
        Decide(CreditStanding.Recognised, payment.EnrolmentId, payment.Id, payment.Receipt, stamp);

    public void Refuse(string why, Stamp stamp) => Decide(CreditStanding.NotAFee, null, null, why, stamp);

    /// <summary>Has it wait again, for a person and never for the button that posts what is certain.</summary>
    public void Reopen(string why)
    {
        (Standing, EnrolmentId, PaymentId, Says, DecidedBy, DecidedAt) = (CreditStanding.Waiting, null, null, "", "", null);
        Doubt = why;
    }

    /// <summary>Takes from it what tells whose money it was. Dropped again, the line is known all the same: by its id.</summary>
    public void Erase()
    {
        (Narration, Names, Accounts) = (StoredEvent.Erased, [], []);
        if (Standing == CreditStanding.NotAFee) Says = StoredEvent.Erased;
    }

    private void Decide(CreditStanding standing, Guid? enrolmentId, Guid? paymentId, string says, Stamp stamp) =>
        (Standing, EnrolmentId, PaymentId, Says, DecidedBy, DecidedAt) = (standing, enrolmentId, paymentId, says, stamp.By.Name, stamp.At);

    // Exports of one bank differ in spaces and case.
    private static string Letters(string text) => string.Concat(text.ToUpperInvariant().Where(char.IsLetterOrDigit));
}
