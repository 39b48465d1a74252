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
        Names = [.. new[] { person.Name, person.CertificateName, person.Guardian?.Name }.OfType<PersonName>()];
        Initials = Names.SelectMany(n => Payer.InitialsOf(n.Text)).ToHashSet();
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
    public IReadOnlyList<PersonName> Names { get; }

    /// <summary>The first letters of the names' words: who shares none has another name, which spares comparing.</summary>
    public IReadOnlySet<char> Initials { get; }

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
    ILookup<string, Guid> PayersOf, IReadOnlyDictionary<Guid, Person> PeopleOf, DateOnly Today);

/// <summary>Matches credits to what is owed. Pure: what it says is certain is still looked at by a person, and asked again when it is
/// posted.</summary>
public sealed partial class CreditMatching
{
    /// <summary>How far a payment may lie from the day on which something falls due, where no reference says what it is for.</summary>
    public const int DaysAround = 45;

    private const int MostCandidates = 5;
    private const int DaysOfPayments = 3;

    private readonly MatchingFacts _facts;
    private readonly Dictionary<Guid, OpenSeat> _seats;
    private readonly Dictionary<string, Guid> _references = [];
    private readonly List<LedgerEntry> _payments;
    private (string Narration, IReadOnlyList<Guid> Seats) _last = ("", []);

    private CreditMatching(MatchingFacts facts)
    {
        _facts = facts;
        _payments = [.. facts.Payments];
        _seats = facts.Seats.ToDictionary(s => s.Seat.Id);
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
        return Take(_payments.FirstOrDefault(p => p.Amount == credit.Amount && Payer.Plain(p.Reference) == reference));
    }

    private LedgerEntry? Take(LedgerEntry? payment)
    {
        if (payment is not null) _payments.Remove(payment);
        return payment;
    }

    private CreditMatch Match(BankCredit credit)
    {
        var payer = credit.Who();
        if (TakeAlike(credit, payer) is { } recorded) return new CreditMatch(credit, recorded, null, [], [], null);
        var candidates = _seats.Values.Select(s => Weigh(credit, payer, s)).OfType<CreditCandidate>()
            .OrderByDescending(c => c.Evidence).ThenBy(c => c.Open.Seat.DueOn).ToList();
        var near = _payments.Where(p => p.Amount == credit.Amount && Math.Abs(p.Day.DayNumber - credit.Day.DayNumber) <= DaysOfPayments
            && !Payer.Contradict(p.Reference, credit.Reference)).Select(p => (p, NameOf(p))).Take(MostCandidates).ToList();
        var doubt = credit.Doubt ?? WhyDoubtful(credit, near.Count);
        var certain = doubt is null ? CertainOf(credit, candidates) : null;
        if (certain is not null) Pay(certain, credit);
        return new CreditMatch(credit, null, certain, [.. candidates.Take(MostCandidates)], near, doubt);
    }

    private string? WhyDoubtful(BankCredit credit, int recorded)
    {
        if (credit.Day > _facts.Today || credit.Day < _facts.Today.AddDays(-FeeRules.MostDaysBack))
            return "Its day is not one on which a payment can be recorded.";
        var reference = Payer.Plain(credit.Reference);
        if (reference.Length > 0 && _facts.Payments.FirstOrDefault(p => Payer.Plain(p.Reference) == reference) is { } known)
            return $"{known.Receipt} has this reference.";
        return recorded > 0 ? "A payment of this amount was recorded by hand in these days." : null;
    }

    // Recorded by hand under another number, or none: the same amount, day and way, and nothing that speaks against it.
    private LedgerEntry? TakeAlike(BankCredit credit, Payer payer)
    {
        var alike = _payments.Where(p => p.Amount == credit.Amount && p.Day == credit.Day && p.Way == credit.Way
            && !Payer.Contradict(p.Reference, credit.Reference)).ToList();
        var named = alike.Where(p => _facts.PeopleOf.GetValueOrDefault(p.EnrolmentId) is { } person && IsOf(payer, person)).ToList();
        if (named.Count > 0) return Take(named[0]);
        return payer.Names.Count == 0 && alike.Count == 1 ? Take(alike[0]) : null;
    }

    private bool IsOf(Payer payer, Person person) =>
        Knows(payer, person) || payer.Compare([person.Name, person.NameOnPaper]) != NameMatch.Different;

    private bool Knows(Payer payer, Person person) => payer.Accounts.Any(a =>
        _facts.PayersOf[a].Contains(person.Id) || PhoneIn(a) is { } digits && Has(person, digits));

    private static bool Has(Person person, string digits) =>
        person.Phones.Any(p => p.Number.Digits.EndsWith(digits, StringComparison.Ordinal));

    private CreditCandidate? Weigh(BankCredit credit, Payer payer, OpenSeat open)
    {
        var fits = open.Fits.Contains(credit.Amount);
        var name = open.Initials.Overlaps(payer.Initials) ? payer.Compare(open.Names) : NameMatch.Different;
        var near = open.Days.Any(d => Math.Abs(d.DayNumber - credit.Day.DayNumber) <= DaysAround);
        var evidence = Evidence.None;
        if (SeatsIn(credit.Narration).Contains(open.Seat.Id)) evidence |= Evidence.Reference;
        if (Knows(payer, open.Person)) evidence |= Evidence.Payer;
        if (name == NameMatch.Same) evidence |= Evidence.Name;
        if (name == NameMatch.CannotTell) evidence |= Evidence.PartOfTheName;
        if (fits && near) evidence |= Evidence.Amount;
        if (evidence == Evidence.None) return null;
        return new CreditCandidate(open, near ? evidence | Evidence.Day : evidence);
    }

    private static OpenSeat? CertainOf(BankCredit credit, IReadOnlyList<CreditCandidate> candidates)
    {
        var referred = candidates.Where(c => c.Has(Evidence.Reference)).ToList();
        if (referred.Count > 0) return referred is [var one] && credit.Amount <= one.Open.Seat.Balance ? one.Open : null;
        var due = candidates.Where(c => c.Has(Evidence.Amount)).ToList();
        // Whoever paid before is meant again, unless somebody else has that name; a name alone must be like nobody else's.
        var sure = due.Where(c => c.Has(Evidence.Payer | Evidence.Name)).ToList();
        if (sure is not [var only]) return null;
        return only.Has(Evidence.Payer) || !due.Any(c => c.Has(Evidence.PartOfTheName)) ? only.Open : null;
    }

    private void Pay(OpenSeat open, BankCredit credit)
    {
        var paid = new PaymentReceived(Guid.NewGuid(), "", credit.Amount, credit.Way, credit.Reference, credit.Day, false);
        _seats[open.Seat.Id] = new OpenSeat(open.Seat.Copy().After(paid), open.Person);
    }

    // Banks join, cut and part what they are told: each run of letters and digits, and up to four in a row, is looked up.
    private IReadOnlyList<Guid> SeatsIn(string narration)
    {
        if (narration == _last.Narration) return _last.Seats;
        string[] words = [.. Words().Matches(narration.ToUpperInvariant()).Select(m => m.Value)];
        var joined = from first in Enumerable.Range(0, words.Length)
                     from many in Enumerable.Range(1, 4)
                     select string.Concat(words.Skip(first).Take(many));
        var found = joined.Concat(PaymentReference.FindIn(narration)).Where(_references.ContainsKey).Select(w => _references[w]).Distinct();
        _last = (narration, [.. found]);
        return _last.Seats;
    }

    private string NameOf(LedgerEntry payment) => _facts.PeopleOf.GetValueOrDefault(payment.EnrolmentId)?.Name.Text ?? "";

    private static string? PhoneIn(string account) => Phone().Match(account) is { Success: true } phone ? phone.Value : null;

    private static string Joined(string text) => string.Concat(text.ToUpperInvariant().Where(char.IsLetterOrDigit));

    [GeneratedRegex(@"\A[6-9]\d{9}(?=@|-|\z)", RegexOptions.None, 1000)]
    private static partial Regex Phone();

    [GeneratedRegex("[A-Z0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Words();
}
