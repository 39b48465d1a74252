using Crm.Institute;

namespace Crm.People;

/// <summary>Who an arriving enquiry comes from, as far as software can tell.</summary>
/// <param name="Known">The person it is, or null for somebody new.</param>
/// <param name="Maybe">Persons it may be of, with the reason: for staff to decide. Beside a known one, those of the same name.</param>
/// <param name="Why">What tells that it is the known person, in words.</param>
public sealed record Identity(Person? Known, IReadOnlyList<(Person Person, string Reason)> Maybe, string? Why = null);

/// <summary>The one place that answers "who is it?".</summary>
public static class Matching
{
    /// <param name="found">Whoever has one of the numbers or the address. A
    /// record that gave way to another still tells by its name.</param>
    public static Identity WhoIs(PersonName name, IReadOnlyList<PhoneNumber> phones, EmailAddress? email, IReadOnlyList<Person> found)
    {
        var maybe = new Dictionary<Guid, (Person Person, string Reason)>();
        (Person Person, string Why)? known = null;
        foreach (var record in found.OrderBy(p => p.RegisteredAt))
        {
            if (WhoGoesOnFor(record, found) is not { } person) continue;
            var samePhone = phones.Any(person.Has);
            var confirmedEmail = email is not null && person.Emails.Any(e => e.Address == email && e.Standing == Standing.Confirmed);
            switch (Compare(name, record))
            {
                case NameMatch.Same when samePhone || confirmedEmail:
                    var why = samePhone ? Likeness.NameAndPhone : Likeness.NameAndEmail;
                    if (known is null) known = (person, why);
                    else maybe[person.Id] = (person, why);
                    break;
                case NameMatch.Same: maybe[person.Id] = (person, Likeness.NameAndEmail); break;
                case NameMatch.CannotTell:
                    maybe.TryAdd(person.Id, (person, samePhone ? Likeness.PhoneAndSimilarName : Likeness.EmailAndSimilarName));
                    break;
                case NameMatch.Different when email is not null && person.Has(email):
                    maybe.TryAdd(person.Id, (person, Likeness.Email));
                    break;
            }
        }
        return known is { } one ? new Identity(one.Person, [.. maybe.Values.Where(m => IsTied(m, one.Person))], one.Why)
            : new Identity(null, [.. maybe.Values]);
    }

    // Who comes with the number of one record and the address of another, in the name of both, has two; families do so in two names.
    private static bool IsTied((Person Person, string Reason) other, Person known) =>
        other.Person.Id != known.Id && other.Reason is (Likeness.NameAndPhone or Likeness.NameAndEmail);

    // Null where the one who goes on has none of the numbers and addresses any more: then nothing ties the enquiry to them.
    private static Person? WhoGoesOnFor(Person record, IReadOnlyList<Person> found)
    {
        var person = record;
        while (person?.MergedInto is { } other) person = found.FirstOrDefault(p => p.Id == other);
        return person;
    }

    private static NameMatch Compare(PersonName name, Person person)
    {
        var everyday = name.CompareTo(person.Name);
        return everyday == NameMatch.Same || person.CertificateName is not { } paper ? everyday
            : name.CompareTo(paper) == NameMatch.Same ? NameMatch.Same : everyday;
    }
}

/// <summary>What two records have in common that may be of one person, in words.</summary>
public static class Likeness
{
    public const string NameAndPhone = "the same name and phone";
    public const string NameAndEmail = "the same name and email address";
    public const string PhoneAndSimilarName = "the same phone and a similar name";
    public const string EmailAndSimilarName = "the same email address and a similar name";
    public const string Email = "the same email address";
    public const string NameAndCourse = "the same name, and asked for the same within days";

    // Families share an address, and two of one name may ask at once.
    private static readonly string[] FromLeast =
        [NameAndCourse, Email, EmailAndSimilarName, PhoneAndSimilarName, NameAndEmail, NameAndPhone];

    /// <returns>How much it tells: the more, the more probable.</returns>
    public static int WeightOf(string reason) => Array.IndexOf(FromLeast, reason) + 1;
}

/// <summary>Two records that may be of one person, until staff merge them or say that they are not.</summary>
public sealed class PossibleDuplicate
{
    /// <summary>Made of both, whichever way round: one pair stands in the list once.</summary>
    public static string IdOf(Guid one, Guid other) => string.Join('-', new[] { one, other }.Order().Select(id => id.ToString("N")));

    public string Id { get; set; } = "";
    public Guid Newer { get; set; }
    public Guid Older { get; set; }

    /// <summary>What they have in common, in words.</summary>
    public string Reason { get; set; } = "";

    /// <summary>From <see cref="Likeness.WeightOf"/>: the most probable stand first.</summary>
    public int Weight { get; set; }
    public DateTimeOffset FoundAt { get; set; }

    /// <summary>When staff decided, and so no longer in the list.</summary>
    public DateTimeOffset? DecidedAt { get; set; }
}
