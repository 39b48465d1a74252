using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Seats;

/// <summary>A seat taken in a batch, and what was agreed to be paid for it, as the events of its stream have left it.</summary>
public sealed class Enrolment
{
    public Guid Id { get; set; }
    public int Version { get; set; }
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

    /// <summary>The day on which the oldest instalment that is not settled falls due; null where all are.</summary>
    public DateOnly? DueOn { get; set; }

    /// <summary>What was agreed to be paid, tax and all.</summary>
    [JsonIgnore] public Money Net => Fee - Discount + Tax;

    [JsonIgnore] public bool HasTaxOnTop => Tax > Money.Zero;

    /// <summary>The last time that staff reminded them of what they owe; null where nobody has.</summary>
    public GivenReminder? LastReminder { get; set; }

    [JsonIgnore] public bool IsDiscounted => Discount > Money.Zero;

    /// <summary>All that was paid and still counts.</summary>
    [JsonIgnore] public Money Received => Payments.Where(p => p.Counts).Aggregate(Money.Zero, (sum, p) => sum + p.Amount);

    [JsonIgnore] public Money Refunded => Refunds.Aggregate(Money.Zero, (sum, r) => sum + r.Amount);

    /// <summary>What is still owed: agreed − received + refunded. Below zero where more was paid than is owed.</summary>
    [JsonIgnore] public Money Balance => Net - Received + Refunded;

    /// <summary>What was paid beyond all that is owed; zero where nothing was.</summary>
    [JsonIgnore] public Money Credit => Balance < Money.Zero ? -Balance : Money.Zero;

    [JsonIgnore] public bool HasCredit => Credit > Money.Zero;

    /// <summary>The instalments in their order, the oldest settled first.</summary>
    public IReadOnlyList<InstalmentState> Settlement()
    {
        var left = Received - Refunded;
        var states = new List<InstalmentState>();
        foreach (var (instalment, i) in Instalments.Select((x, i) => (x, i)))
        {
            var settled = left < instalment.Amount ? left : instalment.Amount;
            states.Add(new InstalmentState(i + 1, instalment, settled));
            left -= settled;
        }
        return states;
    }

    /// <summary>What is owed by a day: all that is open of the instalments due until then.</summary>
    public Money DueBy(DateOnly day) =>
        Settlement().Where(s => s.Instalment.DueOn <= day).Aggregate(Money.Zero, (sum, s) => sum + s.Open);

    /// <summary>What is to be paid next: what is due by a day, else the next instalment that is open.</summary>
    public Money DueNext(DateOnly day) =>
        DueBy(day) is var due && due > Money.Zero ? due : Settlement().FirstOrDefault(s => s.IsOpen)?.Open ?? Money.Zero;

    /// <returns>The enrolment after an event. Events of a later program than this change nothing.</returns>
    public Enrolment After(EnrolmentEvent e)
    {
        switch (e)
        {
            case SeatTaken taken: Take(taken); break;
            case SeatGivenTo given: PersonId = given.PersonId; break;
            case PaymentReceived paid:
                Payments = [.. Payments, new Payment(paid.PaymentId, paid.Receipt, paid.Amount, paid.Way, paid.Reference, paid.On, e.At,
                    e.By.Name)];
                break;
            case PaymentVoided voided: Reverse(voided.PaymentId, PaymentStanding.Voided, voided.Why); break;
            case ChequeBounced bounced: Reverse(bounced.PaymentId, PaymentStanding.Bounced, bounced.Why); break;
            case FeeRefunded back:
                Refunds = [.. Refunds, new Refund(back.RefundId, back.Amount, back.Way, back.Reference, back.On, back.Why, e.By.Name)];
                break;
            case InvoiceAddressed to: (PlaceOfSupply, InvoiceAddress) = (to.PlaceOfSupply, to.Address); break;
            case FeeReminded reminded: LastReminder = new GivenReminder(reminded.Way, e.At, e.By.Name); break;
            case InstalmentsRescheduled rescheduled: Instalments = [.. rescheduled.Instalments]; break;
        }
        DueOn = Settlement().FirstOrDefault(s => s.IsOpen)?.Instalment.DueOn;
        return this;
    }

    // A new list and not a changed one: who holds the enrolment as it was keeps it so.
    private void Reverse(Guid paymentId, PaymentStanding standing, string why) =>
        Payments = [.. Payments.Select(p => p.Id == paymentId ? p with { Standing = standing, Why = why } : p)];

    /// <summary>A copy that later events may change without changing this.</summary>
    public Enrolment Copy() => (Enrolment)MemberwiseClone();

    private void Take(SeatTaken e)
    {
        (PersonId, LeadId, BatchId, BatchCode) = (e.PersonId, e.LeadId, e.BatchId, e.BatchCode);
        (CourseId, CourseName, RollNumber) = (e.CourseId, e.CourseName, e.RollNumber);
        (Fee, Discount, Tax, Instalments) = (e.Fee, e.Discount, e.Tax, [.. e.Instalments]);
        PlaceOfSupply = e.PlaceOfSupply;
        (EnrolledAt, EnrolledBy) = (e.At, e.By.Name);
    }
}
