using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.People;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>A seat for which something is owed, with what credits are compared with, worked out once.</summary>
public sealed class OpenSeat
{
    public OpenSeat(Enrolment seat, Person person)
    {
        (Seat, Person) = (seat, person);
        List<PersonName> names = [.. new[] { person.Name, person.CertificateName, person.Guardian?.Name }.OfType<PersonName>()];
        Names = names.ConvertAll(n => ComparableName.Of(n.Text));
        Initials = names.Aggregate(0UL, (sum, n) => sum | Payer.InitialsOf(n.Text));
        var (fits, days, sum) = (new HashSet<Money>(), new List<DateOnly>(), Money.Zero);
        foreach (var part in seat.Settlement().Where(s => s.IsOpen))
        {
            sum += part.Open;
            fits.Add(part.Open);
            fits.Add(sum);
            days.Add(part.Instalment.DueOn);
        }
        (Fits, Days) = (fits, days);
    }

    public Enrolment Seat { get; }
    public Person Person { get; }
    public IReadOnlyList<ComparableName> Names { get; }

    /// <summary>The first letters of the names' words, as <see cref="Payer.Initials"/>: who shares none has another name, which spares
    /// comparing.</summary>
    public ulong Initials { get; }

    /// <summary>Amounts that people pay: an instalment, several from the oldest on, or all.</summary>
    public IReadOnlySet<Money> Fits { get; }

    /// <summary>The days on which what is open falls due.</summary>
    public IReadOnlyList<DateOnly> Days { get; }
}

/// <summary>What speaks for a credit being of a seat.</summary>
[Flags]
public enum Evidence
{
    None = 0,
    Day = 1,
    PartOfTheName = 2,
    Amount = 4,
    Name = 8,
    Payer = 16,
    Reference = 32,
}

/// <summary>What a credit may be: a payment for a seat, with what speaks for it.</summary>
public sealed record CreditCandidate(OpenSeat Open, Evidence Evidence)
{
    /// <summary>Whether the payer's name may be theirs: it may be short for it, or be written in another script.</summary>
    public bool CouldBeNamedSo { get; init; }

    public string Reasons => string.Join(", ", Enum.GetValues<Evidence>().Where(e => e != Evidence.None && Has(e)).Reverse()
        .Select(e => Format.Words(e).ToLowerInvariant()));

    public bool Has(Evidence evidence) => (Evidence & evidence) != 0;
}

/// <summary>What a waiting credit was found to be. One of the first two is set where it is certain.</summary>
/// <param name="Recorded">A payment that somebody recorded by hand.</param>
/// <param name="Candidates">The likeliest first.</param>
/// <param name="Payments">Payments recorded by hand that it may be.</param>
public sealed record CreditMatch(BankCredit Credit, LedgerEntry? Recorded, OpenSeat? Certain,
    IReadOnlyList<CreditCandidate> Candidates, IReadOnlyList<(LedgerEntry Payment, string Name)> Payments, string? Doubt)
{
    /// <summary>What makes it certain.</summary>
    public string Reasons => Candidates.FirstOrDefault(c => c.Open.Seat.Id == Certain?.Seat.Id)?.Reasons ?? "";
}

/// <param name="Payments">Recorded payments that count and that no credit is yet.</param>
/// <param name="PayersOf">The persons for whom a UPI address or phone has paid before.</param>
/// <param name="PeopleOf">Who has the seat of each payment.</param>
public sealed record MatchingFacts(IReadOnlyList<OpenSeat> Seats, IReadOnlyList<LedgerEntry> Payments,
    ILookup<string, Guid> PayersOf, IReadOnlyDictionary<Guid, Person> PeopleOf, DateOnly Today)
{
    /// <summary>What was given back under a reference.</summary>
    public IReadOnlyList<LedgerEntry> Refunds { get; init; } = [];

    /// <summary>All credits by the banks' numbers, decided or not.</summary>
    public ILookup<string, BankCredit> Numbered { get; init; } = Array.Empty<BankCredit>().ToLookup(c => c.Reference);
}

/// <summary>Matches credits to what is owed. Pure: what it says is certain is still looked at by a person, and asked again when it is
/// posted.</summary>
public sealed partial class CreditMatching
{
    /// <summary>How far a payment may lie from the day on which something falls due, where no reference says what it is for.</summary>
    public const int DaysAround = 45;

    private const int MostCandidates = 5;
    private const int DaysOfPayments = 3;
    private const int DigitsOfPhone = 10;

    private readonly MatchingFacts _facts;
    private readonly Dictionary<Guid, OpenSeat> _seats;
    private readonly Dictionary<string, Guid> _references = [];
    private readonly ILookup<string, LedgerEntry> _byReference;
    private readonly ILookup<Money, LedgerEntry> _byAmount;
    private readonly ILookup<string, Guid> _byPhone;
    private readonly ILookup<Guid, Payment> _paid;
    private readonly HashSet<Guid> _taken = [];

    private CreditMatching(MatchingFacts facts)
    {
        _facts = facts;
        _byReference = facts.Payments.ToLookup(p => p.PlainReference);
        _byAmount = facts.Payments.ToLookup(p => p.Amount);
        _seats = facts.Seats.ToDictionary(s => s.Seat.Id);
        _paid = facts.Seats.SelectMany(s => s.Seat.Payments.Select(p => (s.Seat.Id, Payment: p))).ToLookup(p => p.Id, p => p.Payment);
        _byPhone = facts.PeopleOf.Values.DistinctBy(p => p.Id)
            .SelectMany(p => p.Phones.Select(phone => (Digits: LastOf(phone.Number.Digits), p.Id))).ToLookup(p => p.Digits, p => p.Id);
        foreach (var seat in facts.Seats.Select(s => s.Seat))
            foreach (var said in seat.Earlier.Select(e => e.RollNumber).Append(seat.RollNumber).Append(PaymentReference.Of(seat)))
                _references[Joined(said)] = seat.Id;
    }

    /// <summary>In the order of their days: what one pays is not owed for the next.</summary>
    public static IReadOnlyList<CreditMatch> Match(IEnumerable<BankCredit> waiting, MatchingFacts facts)
    {
        var matching = new CreditMatching(facts);
        List<BankCredit> credits = [.. waiting.OrderBy(c => c.Day).ThenBy(c => c.Id)];
        // References first: what is alike by amount alone must not take their payments.
        var byReference = credits.ToDictionary(c => c.Id, matching.TakeByReference);
        return [.. credits.Select(c => byReference[c.Id] is { } known ? new CreditMatch(c, known, null, [], [], null) : matching.Match(c))];
    }

    private LedgerEntry? TakeByReference(BankCredit credit)
    {
        if (credit.Reference.Length == 0) return null;
        var reference = Payer.Plain(credit.Reference);
        return Take(_byReference[reference].FirstOrDefault(p => p.Amount == credit.Amount && IsFree(p)));
    }

    private bool IsFree(LedgerEntry payment) => !_taken.Contains(payment.Id);

    private LedgerEntry? Take(LedgerEntry? payment)
    {
        if (payment is not null) _taken.Add(payment.Id);
        return payment;
    }

    private CreditMatch Match(BankCredit credit)
    {
        var payer = credit.Who();
        var known = KnownBy(payer);
        if (TakeAlike(credit, payer, known) is { } recorded) return new CreditMatch(credit, recorded, null, [], [], null);
        var told = SeatsIn(credit.Narration);
        var candidates = _seats.Values.Select(s => Weigh(credit, payer, known, told, s)).OfType<CreditCandidate>()
            .OrderByDescending(c => c.Evidence).ThenBy(c => c.Open.Seat.DueOn).ToList();
        var near = _byAmount[credit.Amount].Where(p => IsFree(p) && Math.Abs(p.Day.DayNumber - credit.Day.DayNumber) <= DaysOfPayments
            && !Payer.Contradict(p.Reference, credit.Reference)).Select(p => (p, NameOf(p))).Take(MostCandidates).ToList();
        var doubt = credit.Doubt ?? WhyDoubtful(credit, near.Count);
        var certain = doubt is null ? CertainOf(credit, candidates) : null;
        if (certain is not null && AlreadyPaid(certain, credit) is { } receipt)
            (certain, doubt) = (null, $"{receipt} is of this amount and day, for the same seat.");
        if (certain is not null) Pay(certain, credit);
        return new CreditMatch(credit, null, certain, [.. candidates.Take(MostCandidates)], near, doubt);
    }

    // Another file of the same account may tell the same credit in other words. Two that are in one file are two.
    private string? AlreadyPaid(OpenSeat open, BankCredit credit) => _paid[open.Seat.Id].FirstOrDefault(p => p.Amount == credit.Amount
        && p.On == credit.Day && !Payer.Contradict(p.Reference, credit.Reference))?.Receipt;

    private string? WhyDoubtful(BankCredit credit, int recorded)
    {
        if (credit.Day > _facts.Today || credit.Day < _facts.Today.AddDays(-FeeRules.MostDaysBack))
            return "Its day is not one on which a payment can be recorded.";
        var reference = Payer.Plain(credit.Reference);
        if (reference.Length > 0 && _byReference[reference].FirstOrDefault() is { } known)
            return $"{known.Receipt} has this reference.";
        if (OtherOfItsNumber(credit) is { } other)
            return $"{(other.PaymentId is null ? "Another credit" : other.Says)} has this reference, over another amount or of another "
                + "day. One of the two files may be cut off or changed: look at the account.";
        if (reference.Length > 0 && _facts.Refunds.FirstOrDefault(r => r.PlainReference == reference) is { } back)
            return $"A refund to {NameOf(back)} has this reference. If it came back, void it at the seat, and say here that it is no fee.";
        return recorded > 0 ? "A payment of this amount was recorded by hand in these days." : null;
    }

    // A bank gives no number twice. Cheques of two banks may have one.
    private BankCredit? OtherOfItsNumber(BankCredit credit) => credit.Reference.Length == 0 || credit.Way == PaymentWay.Cheque
        ? null
        : _facts.Numbered[credit.Reference].FirstOrDefault(c => c.Id != credit.Id && c.Way != PaymentWay.Cheque);

    // Recorded by hand under another number, or none: the same amount, day and way, and nothing that speaks against it.
    private LedgerEntry? TakeAlike(BankCredit credit, Payer payer, HashSet<Guid> known)
    {
        var alike = _byAmount[credit.Amount].Where(p => IsFree(p) && p.Day == credit.Day && p.Way == credit.Way
            && !Payer.Contradict(p.Reference, credit.Reference)).ToList();
        var named = alike.Where(p => _facts.PeopleOf.GetValueOrDefault(p.EnrolmentId) is { } person
            && (known.Contains(person.Id) || IsOf(payer, person))).ToList();
        if (named.Count > 0) return Take(named[0]);
        return payer.Names.Count == 0 && alike.Count == 1 ? Take(alike[0]) : null;
    }

    private static bool IsOf(Payer payer, Person person) =>
        payer.Compare([ComparableName.Of(person.Name.Text), ComparableName.Of(person.NameOnPaper.Text)]) != NameMatch.Different;

    // For whom this payer has paid before, and whose number it is.
    private HashSet<Guid> KnownBy(Payer payer) =>
        [.. payer.Accounts.SelectMany(a => _facts.PayersOf[a].Concat(PhoneIn(a) is { } digits ? _byPhone[digits] : []))];

    /// <param name="known">The persons whom the payer is known to pay for.</param>
    /// <param name="told">The seats that the credit's text names.</param>
    private static CreditCandidate? Weigh(
        BankCredit credit, Payer payer, HashSet<Guid> known, IReadOnlyList<Guid> told, OpenSeat open)
    {
        var fits = open.Fits.Contains(credit.Amount);
        var isRead = payer.CanBeComparedWith(open.Names);
        var name = !isRead || (open.Initials & payer.Initials) != 0 ? payer.Compare(open.Names) : NameMatch.Different;
        var near = open.Days.Any(d => Math.Abs(d.DayNumber - credit.Day.DayNumber) <= DaysAround);
        var evidence = Evidence.None;
        if (told.Contains(open.Seat.Id)) evidence |= Evidence.Reference;
        if (known.Contains(open.Person.Id)) evidence |= Evidence.Payer;
        if (name == NameMatch.Same) evidence |= Evidence.Name;
        if (isRead && name == NameMatch.CannotTell) evidence |= Evidence.PartOfTheName;
        if (fits && near) evidence |= Evidence.Amount;
        if (evidence == Evidence.None) return null;
        return new CreditCandidate(open, near ? evidence | Evidence.Day : evidence) { CouldBeNamedSo = name == NameMatch.CannotTell };
    }

    private static OpenSeat? CertainOf(BankCredit credit, IReadOnlyList<CreditCandidate> candidates)
    {
        var referred = candidates.Where(c => c.Has(Evidence.Reference)).ToList();
        if (referred.Count > 0) return referred is [var one] && credit.Amount <= one.Open.Seat.Balance ? one.Open : null;
        var due = candidates.Where(c => c.Has(Evidence.Amount)).ToList();
        // Whoever paid before is meant again, unless somebody else has that name; a name alone must be like nobody else's.
        var sure = due.Where(c => c.Has(Evidence.Payer | Evidence.Name)).ToList();
        if (sure is not [var only]) return null;
        return only.Has(Evidence.Payer) || !due.Any(c => c.CouldBeNamedSo) ? only.Open : null;
    }

    private void Pay(OpenSeat open, BankCredit credit)
    {
        var paid = new PaymentReceived(Guid.NewGuid(), "", credit.Amount, credit.Way, credit.Reference, credit.Day, false);
        _seats[open.Seat.Id] = new OpenSeat(open.Seat.Copy().After(paid), open.Person);
    }

    // Banks join, cut and part what they are told: each run of letters and digits, and up to four in a row, is looked up.
    private IReadOnlyList<Guid> SeatsIn(string narration)
    {
        string[] words = [.. Words().Matches(narration.ToUpperInvariant()).Select(m => m.Value)];
        var joined = from first in Enumerable.Range(0, words.Length)
                     from many in Enumerable.Range(1, 4)
                     select string.Concat(words.Skip(first).Take(many));
        var found = joined.Concat(PaymentReference.FindIn(narration)).Where(_references.ContainsKey).Select(w => _references[w]);
        return [.. found.Distinct()];
    }

    private string NameOf(LedgerEntry payment) => _facts.PeopleOf.GetValueOrDefault(payment.EnrolmentId)?.Name.Text ?? "";

    private static string? PhoneIn(string account) => Phone().Match(account) is { Success: true } phone ? phone.Value : null;

    // The phones of payers come without a country code.
    private static string LastOf(string digits) => digits.Length > DigitsOfPhone ? digits[^DigitsOfPhone..] : digits;

    private static string Joined(string text) => string.Concat(text.ToUpperInvariant().Where(char.IsLetterOrDigit));

    [GeneratedRegex(@"\A[6-9]\d{9}(?=@|-|\z)", RegexOptions.None, 1000)]
    private static partial Regex Phone();

    [GeneratedRegex("[A-Z0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Words();
}
