using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Seats;

/// <summary>A seat taken in a batch, and what was agreed to be paid for it, as the events of its stream have left it.</summary>
public sealed class Enrolment
{
    public Guid Id { get; set; }
    public int Version { get; set; }
    /// <summary>The number under which the student was erased; empty for all others.</summary>
    public string ErasedAs { get; set; } = "";

    [JsonIgnore] public bool IsErased => ErasedAs.Length > 0;
    public Guid PersonId { get; set; }
    public Guid LeadId { get; set; }
    public Guid BatchId { get; set; }
    public string BatchCode { get; set; } = "";
    public Guid CourseId { get; set; }
    public string CourseName { get; set; } = "";
    public string RollNumber { get; set; } = "";
    public Money Fee { get; set; }
    public Money Discount { get; set; }

    /// <summary>What was added for tax when the seat was agreed; zero where fees hold their tax.</summary>
    public Money Tax { get; set; }

    /// <summary>The two digits of the state by which payments are taxed; empty for the institute's own.</summary>
    public string PlaceOfSupply { get; set; } = "";

    /// <summary>Where the student lives, as invoices say it; empty where that was not asked.</summary>
    public string InvoiceAddress { get; set; } = "";
    public List<Instalment> Instalments { get; set; } = [];
    public DateTimeOffset EnrolledAt { get; set; }
    public string EnrolledBy { get; set; } = "";

    public List<Payment> Payments { get; set; } = [];
    public List<Refund> Refunds { get; set; } = [];

    /// <summary>The seat that was given up for this one; null where it is the first.</summary>
    public Guid? MovedFrom { get; set; }

    /// <summary>All seats that the student had before this one and went on from, the first one first.</summary>
    public IReadOnlyList<EarlierSeat> Earlier { get; set; } = [];

    /// <summary>The seat of whose id the payer's reference is made: the first, so that what their bank was told once stays true.</summary>
    [JsonIgnore] public Guid PaidAs => Earlier.Count > 0 ? Earlier[0].Id : Id;

    /// <summary>What came along from that seat.</summary>
    public Money MovedIn { get; set; }

    [JsonIgnore] public bool CameWithMoney => MovedIn > Money.Zero;

    /// <summary>What went along to the seat for which this one was given up.</summary>
    public Money MovedOn { get; set; }

    /// <summary>How the seat was given up; null while somebody has it.</summary>
    public Departure? Left { get; set; }

    /// <summary>What of the agreed fee was let go with the seat.</summary>
    public Money Waived { get; set; }

    /// <summary>The day on which the oldest instalment that is not settled falls due; null where all are.</summary>
    public DateOnly? DueOn { get; set; }

    /// <summary>What is open of each instalment that is not settled, kept for who sums it up over many seats.</summary>
    public IReadOnlyList<Instalment> Open { get; set; } = [];

    /// <summary>What is agreed in paise while somebody has the seat, kept for who sums up many; null of one that was given up.</summary>
    public long? Held { get; set; }

    /// <summary>Whether somebody has the seat.</summary>
    [JsonIgnore] public bool IsCurrent => Left is null;

    /// <summary>What is agreed to be paid, tax and all; of a seat that was given up, what the institute keeps.</summary>
    [JsonIgnore] public Money Net => Fee - Discount + Tax - Waived;
    [JsonIgnore] public bool HasTaxOnTop => TaxInNet > Money.Zero;

    /// <summary>The part of <see cref="Net"/> that is tax on top; zero where fees hold their tax.</summary>
    [JsonIgnore]
    public Money TaxInNet => Waived == Money.Zero ? Tax
        : new((long)Math.Round((decimal)Net.Paise * Tax.Paise / (Net + Waived).Paise, MidpointRounding.AwayFromZero));

    /// <summary>The last time that staff reminded them of what they owe; null where nobody has.</summary>
    public GivenReminder? LastReminder { get; set; }

    [JsonIgnore] public bool IsDiscounted => Discount > Money.Zero;

    /// <summary>All that was paid and still counts, with what came along from another seat and without what went on to one.</summary>
    [JsonIgnore] public Money Received => Payments.Where(p => p.Counts).Aggregate(MovedIn - MovedOn, (sum, p) => sum + p.Amount);

    /// <summary>All that was given back and still counts.</summary>
    [JsonIgnore] public Money Refunded => Refunds.Where(r => r.Counts).Aggregate(Money.Zero, (sum, r) => sum + r.Amount);

    [JsonIgnore] public bool HasRefunds => Refunded > Money.Zero;

    /// <summary>What is still owed: agreed − received + refunded. Below zero where more was paid than is owed.</summary>
    [JsonIgnore] public Money Balance => Net - Received + Refunded;

    /// <summary>What was paid beyond all that is owed; zero where nothing was.</summary>
    [JsonIgnore] public Money Credit => Balance < Money.Zero ? -Balance : Money.Zero;

    [JsonIgnore] public bool HasCredit => Credit > Money.Zero;

    [JsonIgnore] public bool HasDebt => Balance > Money.Zero;

    /// <summary>What was received and not given back.</summary>
    [JsonIgnore] public Money Kept => Received > Refunded ? Received - Refunded : Money.Zero;

    /// <summary>What was given back of money that never came in, since its cheque bounced afterwards; zero where nothing was.</summary>
    [JsonIgnore] public Money Overdrawn => Refunded > Received ? Refunded - Received : Money.Zero;

    /// <summary>Since when; null where nothing was.</summary>
    public DateOnly? OverdrawnOn { get; set; }

    /// <summary>Whether nothing is to be paid for a seat that somebody has: one instalment of nothing, due on a day, would read as a slip.
    /// </summary>
    [JsonIgnore] public bool IsFree => IsCurrent && Net == Money.Zero && Overdrawn == Money.Zero;

    /// <summary>The instalments, the oldest settled first, and what is overdrawn, which is owed at once; in the order of their days.
    /// </summary>
    public IReadOnlyList<InstalmentState> Settlement()
    {
        var left = Kept;
        var states = new List<InstalmentState>();
        foreach (var (instalment, i) in Instalments.Select((x, i) => (x, i)))
        {
            var settled = left < instalment.Amount ? left : instalment.Amount;
            states.Add(new InstalmentState(i + 1, instalment, settled));
            left -= settled;
        }
        if (OverdrawnOn is { } on) states.Add(new InstalmentState(null, new Instalment(on, Overdrawn), Money.Zero));
        return [.. states.OrderBy(s => s.Instalment.DueOn)];
    }

    /// <summary>What is owed by a day: all that is open of the instalments due until then.</summary>
    public Money DueBy(DateOnly day) =>
        Settlement().Where(s => s.Instalment.DueOn <= day).Aggregate(Money.Zero, (sum, s) => sum + s.Open);

    /// <summary>What is to be paid next: what is due by a day, else the next instalment that is open.</summary>
    public Money DueNext(DateOnly day) =>
        DueBy(day) is var due && due > Money.Zero ? due : Settlement().FirstOrDefault(s => s.IsOpen)?.Open ?? Money.Zero;

    /// <returns>What there is after an event of a stream; null where the change that made the seat was undone.</returns>
    public static Enrolment? Next(Enrolment? seat, Guid id, EnrolmentEvent e) =>
        e is SeatRestored restored ? restored.As?.Copy()
        : seat is null && e is SeatErased ? null
        : (seat ?? new Enrolment { Id = id }).After(e);

    /// <returns>The enrolment after an event. Events of a later program than this change nothing.</returns>
    public Enrolment After(EnrolmentEvent e)
    {
        if (e is SeatRestored restored) return restored.As?.Copy() ?? this;
        if (e is SeatErased erased) return Masked(erased.Number);
        switch (e)
        {
            case SeatTaken taken: Take(taken); break;
            case SeatGivenTo given: PersonId = given.PersonId; break;
            case PaymentReceived paid:
                Payments = [.. Payments, new Payment(paid.PaymentId, paid.Receipt, paid.Amount, paid.Way, paid.Reference, paid.On, e.At,
                    e.By.Name)];
                break;
            case PaymentVoided v: Void(v); break;
            case ChequeBounced b: Reverse(b.PaymentId, PaymentStanding.Bounced, b.Why, b.CreditNote); break;
            case FeeRefunded back:
                Refunds = [.. Refunds, new Refund(back.RefundId, back.Amount, back.Way, back.Reference, back.On, back.Why, e.By.Name)
                    { CreditNote = back.CreditNote }];
                break;
            case RefundReversed r: Reverse(r); break;
            case InvoiceAddressed to: (PlaceOfSupply, InvoiceAddress) = (to.PlaceOfSupply, to.Address); break;
            case FeeReminded reminded: LastReminder = new GivenReminder(reminded.Way, e.At, e.By.Name); break;
            case InstalmentsRescheduled rescheduled: Instalments = [.. rescheduled.Instalments]; break;
            case SeatWithdrawn left: Leave(left); break;
            case SeatTransferred left:
                Left = new Departure(left.On, left.Why, e.By.Name, Money.Zero, "", left.To, left.RollNumber);
                Agree(Money.Zero);
                break;
            case MoneyMoved moved: Move(moved); break;
        }
        KeepSums(e);
        return this;
    }

    private void KeepSums(EnrolmentEvent e)
    {
        var reversedOn = e switch { PaymentVoided v => v.On, ChequeBounced b => b.On, MoneyMoved m => m.On, _ => (DateOnly?)null };
        OverdrawnOn = Overdrawn > Money.Zero ? OverdrawnOn ?? reversedOn : null;
        Held = IsCurrent ? Net.Paise : null;
        Open = [.. Settlement().Where(s => s.IsOpen).Select(s => new Instalment(s.Instalment.DueOn, s.Open))];
        DueOn = Open.Count > 0 ? Open[0].DueOn : null;
    }

    private void Void(PaymentVoided e)
    {
        Reverse(e.PaymentId, PaymentStanding.Voided, e.Why, e.CreditNote);
        if (Payments.Find(p => p.Id == e.PaymentId) is { } never) KeepLess(never.Amount);
    }

    private void Move(MoneyMoved e)
    {
        if (e.Other == Left?.To)
        {
            MovedOn -= e.Amount;
            return;
        }
        MovedIn += e.Amount;
        if (e.NeverWas) KeepLess(-e.Amount);
    }

    // What the institute keeps of a seat that was given up is of what came in: money that never did is not owed.
    private void KeepLess(Money never)
    {
        if (Left is { IsWithdrawal: true }) Agree(Net > never ? Net - never : Money.Zero);
    }

    // A new list and not a changed one: who holds the enrolment as it was keeps it so.
    private void Reverse(Guid paymentId, PaymentStanding standing, string why, string note) =>
        Payments = [.. Payments.Select(p => p.Id == paymentId ? p with { Standing = standing, Why = why, CreditNote = note } : p)];

    private void Reverse(RefundReversed e) => Refunds = [.. Refunds.Select(r => r.Id == e.RefundId
        ? r with { Standing = e.Standing, WhyReversed = e.Why, ReversalId = e.ReversalId, DebitNote = e.DebitNote }
        : r)];

    /// <summary>
    /// What is to be taken back from the seat that this one was given up for, where events have payments count no more of which it got its
    /// money; and what goes along to it after all, where refunds count no more. Their events are added to those of this seat.
    /// </summary>
    public IReadOnlyList<MoneyMoved> MovedAfter(IEnumerable<EnrolmentEvent> events)
    {
        if (Left?.To is not { } next) return [];
        MoneyMoved? Of(EnrolmentEvent e) => e switch
        {
            PaymentVoided v => Payments.Find(p => p.Id == v.PaymentId && p.Counts) is { } p
                ? new MoneyMoved(next, p.Amount, v.On, NeverWas: true)
                : null,
            ChequeBounced b => Payments.Find(p => p.Id == b.PaymentId && p.Counts) is { } p ? new MoneyMoved(next, p.Amount, b.On) : null,
            RefundReversed r => Refunds.Find(x => x.Id == r.RefundId && x.Counts) is { } x ? new MoneyMoved(next, -x.Amount, r.On) : null,
            _ => null,
        };
        return [.. events.Select(Of).OfType<MoneyMoved>()];
    }

    /// <summary>A copy without what a bank or somebody wrote, and without where the student lives.</summary>
    public Enrolment Masked() => Masked(ErasedAs);

    private Enrolment Masked(string erasedAs)
    {
        const string erased = StoredEvent.Erased;
        var masked = Copy();
        masked.ErasedAs = erasedAs;
        masked.Payments = [.. Payments.Select(p => p with { Reference = erased, Why = p.Why.Length == 0 ? "" : erased })];
        masked.Refunds = [.. Refunds.Select(r => r with
        {
            Reference = erased,
            Why = erased,
            WhyReversed = r.WhyReversed.Length == 0 ? "" : erased,
        })];
        masked.InvoiceAddress = InvoiceAddress.Length == 0 ? "" : erased;
        masked.Left = Left is null ? null : Left with { Why = erased, Counted = Left.Counted.Length == 0 ? "" : erased };
        return masked;
    }

    /// <summary>A copy that later events may change without changing this.</summary>
    public Enrolment Copy() => (Enrolment)MemberwiseClone();

    private void Leave(SeatWithdrawn e)
    {
        Left = new Departure(e.On, e.Why, e.By.Name, e.RefundDue, e.Counted, null, "");
        Agree(Kept - e.RefundDue);
    }

    // Of the instalments stays what makes up the sum, the oldest first: the rest falls due no more.
    private void Agree(Money net)
    {
        Waived = Fee - Discount + Tax - net;
        var left = net;
        var parts = new List<Instalment>();
        foreach (var part in Instalments.TakeWhile(_ => left > Money.Zero))
        {
            parts.Add(part.Amount < left ? part : part with { Amount = left });
            left -= parts[^1].Amount;
        }
        // More than the fee is kept where a manager decided so.
        if (left > Money.Zero) parts[^1] = parts[^1] with { Amount = parts[^1].Amount + left };
        Instalments = parts;
    }

    private void Take(SeatTaken e)
    {
        (PersonId, LeadId, BatchId, BatchCode) = (e.PersonId, e.LeadId, e.BatchId, e.BatchCode);
        (CourseId, CourseName, RollNumber) = (e.CourseId, e.CourseName, e.RollNumber);
        (Fee, Discount, Tax, Instalments) = (e.Fee, e.Discount, e.Tax, [.. e.Instalments]);
        PlaceOfSupply = e.PlaceOfSupply;
        (EnrolledAt, EnrolledBy, MovedFrom, Earlier) = (e.At, e.By.Name, e.MovedFrom, e.Earlier);
    }
}
