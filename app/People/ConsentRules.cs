using Crm.Institute;

namespace Crm.People;

/// <summary>How somebody said what they agree to, to staff.</summary>
public enum ConsentWay { Phone, WalkIn, WhatsApp, Email, Letter }

/// <summary>What staff were told of somebody's consents.</summary>
/// <param name="Wanted">All that they agree to by now.</param>
/// <param name="Way">Null where nothing was said of how.</param>
/// <param name="TextOf">The words that were read out for each purpose.</param>
public sealed record ToldConsents(
    IReadOnlyCollection<Purpose> Wanted, ConsentWay? Way, string Language, bool IsMinor, bool ByGuardian, Func<Purpose, string> TextOf);

/// <summary>The decisions about what somebody agrees to: each purpose by itself, and below 18 by a guardian.</summary>
public static class ConsentRules
{
    /// <summary>What the forms ask for; sharing with others is asked for by itself.</summary>
    public static readonly IReadOnlyList<Purpose> OfForms = [Purpose.Call, Purpose.WhatsApp, Purpose.Email];

    /// <summary>Whether somebody agrees to a purpose by now; below 18, whether a guardian does.</summary>
    public static bool Agrees(this Person person, Purpose purpose) =>
        person.Consents.Any(c => c.Purposes.Contains(purpose) && (c.ByGuardian || !person.IsMinor));

    /// <returns>Why they are not to be reached so, in a few words; null where they may be.</returns>
    public static string? WhyNot(this Person person, Purpose purpose)
    {
        if (person.Agrees(purpose)) return null;
        if (person.IsMinor) return "Under 18: a guardian has to agree first";
        return purpose switch
        {
            Purpose.Call => "Wants no calls",
            Purpose.WhatsApp => "Wants no WhatsApp",
            Purpose.Email => "Wants no emails",
            _ => "Does not want to be passed on",
        };
    }

    public static IReadOnlyList<PersonEvent> Tell(Person person, ToldConsents told)
    {
        var events = new List<PersonEvent>();
        if (told.IsMinor != person.IsMinor) events.Add(new AgeDeclared(told.IsMinor));
        foreach (var purpose in Enum.GetValues<Purpose>())
        {
            var (wanted, agreed) = (told.Wanted.Contains(purpose), person.Agrees(purpose));
            if (!wanted && person.Consents.Any(c => c.Purposes.Contains(purpose)) && (agreed || !told.IsMinor))
                events.Add(new ConsentWithdrawn(purpose, WayOf(told)));
            else if (wanted && Gives(person, told, agreed))
                events.Add(new ConsentGiven(purpose, told.TextOf(purpose), WayOf(told), told.Language, told.ByGuardian));
        }
        return events;
    }

    /// <summary>Who had withdrawn and asks again by a form agrees again, in the words of that form.</summary>
    public static IReadOnlyList<PersonEvent> AgreeAgain(Person person, string text, string way) => person.IsMinor
        ? []
        : [.. OfForms.Where(p => !person.Agrees(p)).Select(p => new ConsentGiven(p, text, way))];

    public static IReadOnlyList<PersonEvent> Withdraw(Person person, IEnumerable<Purpose> purposes, string way) =>
        [.. purposes.Where(p => person.Consents.Any(c => c.Purposes.Contains(p))).Select(p => new ConsentWithdrawn(p, way))];

    /// <summary>What is told with somebody under 18 who comes in by a form: the consent is their guardian's.</summary>
    public static IReadOnlyList<PersonEvent> OfMinor(Guardian guardian, string text, string way) =>
        [new AgeDeclared(true), new GuardianSet(guardian), .. OfForms.Select(p => new ConsentGiven(p, text, way, ByGuardian: true))];

    /// <summary>What is told, by who may say so, of somebody under 18 who is there already.</summary>
    public static IReadOnlyList<PersonEvent> HearOfGuardian(Person person, Guardian? guardian, string text, string way) =>
        guardian is null || person.IsMinor && guardian == person.Guardian ? []
        : person.IsMinor ? [new GuardianSet(guardian)]
        : OfMinor(guardian, text, way);

    /// <summary>What one person agrees to of whom two records are kept: what was refused to either is refused, and below 18 a guardian's
    /// word counts, whichever record has it.</summary>
    internal static IReadOnlyList<Consent> OfBoth(Person keep, Person other)
    {
        List<Consent> all = [.. keep.Consents];
        if (other.IsMinor && !keep.IsMinor)
        {
            var guardians = other.Consents.Where(c => c.ByGuardian).ToList();
            all = [.. Without(all, guardians.SelectMany(c => c.Purposes)), .. guardians];
        }
        return Without(all, OfForms.Where(p => new[] { keep, other }.Any(one => !one.Consents.Any(c => c.Purposes.Contains(p)))));
    }

    internal static List<Consent> Without(IEnumerable<Consent> consents, IEnumerable<Purpose> purposes) =>
        [.. consents.Select(c => c with { Purposes = [.. c.Purposes.Except(purposes)] }).Where(c => c.Purposes.Count > 0)];

    internal static bool AreSame(IReadOnlyList<Consent> one, IReadOnlyList<Consent> other) => one.Count == other.Count
        && one.Zip(other).All(pair => pair.First.Purposes.SequenceEqual(pair.Second.Purposes)
            && pair.First with { Purposes = [] } == pair.Second with { Purposes = [] });

    // What was agreed to before somebody was known to be under 18 counts no more, and is not refused for that.
    private static bool Gives(Person person, ToldConsents told, bool agreed)
    {
        if (!told.IsMinor) return !agreed;
        if (!told.ByGuardian) return agreed || !person.IsMinor
            ? false
            : throw new Refusal("byGuardian", "Below 18 only a guardian agrees. Ask them, then tick this.");
        if (person.Guardian is null)
            throw new Refusal("byGuardian", "Write down the guardian's name and phone first, under “Correct details”.");
        return !agreed || !person.IsMinor;
    }

    private static string WayOf(ToldConsents told) => told.Way is { } way
        ? Format.Words(way)
        : throw new Refusal("way", "Choose how they said so.");
}
