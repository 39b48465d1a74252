using Crm.Institute;

namespace Crm.People;

/// <summary>
/// The decisions about a person. Each takes the person as they stand
/// and returns what then happened, or throws <see cref="Refusal"/>.
/// </summary>
public static class PersonRules
{
    /// <summary>Only what differs becomes an event.</summary>
    /// <param name="typed">With a phone, which may be put right and not taken away.</param>
    public static IReadOnlyList<PersonEvent> Correct(Person now, PersonDetails typed)
    {
        var events = new List<PersonEvent>();
        if (typed.Name != now.Name) events.Add(new NameCorrected(typed.Name));
        if (typed.CertificateName != now.CertificateName) events.Add(new CertificateNameSet(typed.CertificateName));
        if (typed.Phone != now.Phone)
            events.Add(now.Phone is { } wrong ? new PhoneCorrected(wrong, typed.Phone) : new PhoneAdded(typed.Phone, Standing.Confirmed));
        if (typed.Email != now.Email) events.Add(CorrectedEmail(now, typed.Email));
        if (typed.Language != now.Language) events.Add(new LanguageSet(typed.Language));
        if (typed.Guardian != now.Guardian) events.Add(new GuardianSet(typed.Guardian));
        return events;
    }

    public static IReadOnlyList<PersonEvent> AddPhones(Person person, IReadOnlyList<PhoneNumber> numbers) =>
        AlsoHas(person, numbers) is { Count: > 0 } added ? added : throw new Refusal("phone", "This number is known already.");

    /// <summary>Keeps the numbers that stood beside the one that was asked for.</summary>
    public static IReadOnlyList<PersonEvent> AlsoHas(Person person, IReadOnlyList<PhoneNumber> numbers) =>
        [.. numbers.Where(n => !person.Has(n)).Select(n => new PhoneAdded(n, Standing.Confirmed))];

    public static IReadOnlyList<PersonEvent> AddEmail(Person person, EmailAddress address) =>
        person.Has(address) ? throw new Refusal("email", "This address is known already.") : [new EmailAdded(address, Standing.Confirmed)];

    public static IReadOnlyList<PersonEvent> AcceptEmail(Person person, EmailAddress address)
    {
        if (!person.Has(address)) throw new Refusal("This address was removed meanwhile.");
        return person.Emails.Any(e => e.Address == address && e.Standing == Standing.Unconfirmed) ? [new EmailAccepted(address)] : [];
    }

    public static IReadOnlyList<PersonEvent> StopEmails(Person person, EmailAddress address) =>
        person.Emails.Any(e => e.Address == address && e.Standing != Standing.Stopped) ? [new EmailsStopped(address)] : [];

    /// <summary>What the public form, or staff who typed it, tell of somebody who is known.</summary>
    /// <param name="typedByStaff">Staff have spoken with the person: what they type is confirmed.</param>
    /// <param name="ofOld">What an address is worth that was written down elsewhere, null for one that is given now: an old list
    /// agrees to nothing that was stopped since.</param>
    public static IReadOnlyList<PersonEvent> HearAgain(
        Person person, IReadOnlyList<PhoneNumber> phones, EmailAddress? email, bool typedByStaff, Standing? ofOld = null)
    {
        var standing = typedByStaff ? Standing.Confirmed : Standing.Unconfirmed;
        var events = new List<PersonEvent>();
        events.AddRange(phones.Where(p => !person.Has(p)).Select(p => new PhoneAdded(p, standing)));
        if (email is not null && !person.Has(email)) events.Add(new EmailAdded(email, ofOld ?? standing));
        // The very address that they had stopped, typed again by the same person, who agrees to be written to.
        if (email is not null && ofOld is null
            && person.Emails.Any(e => e.Address == email && e is { Standing: Standing.Stopped, StoppedAt: not null }))
            events.Add(new EmailsAgreedAgain(email, typedByStaff ? Standing.Confirmed : Standing.Given));
        return events;
    }

    /// <summary>
    /// What somebody puts right of what they gave themselves when they first asked. What staff have changed since, or have heard
    /// from the person, stays.
    /// </summary>
    /// <param name="standing">What the new details are worth.</param>
    public static IReadOnlyList<PersonEvent> PutRight(Person person, GivenDetails was, GivenDetails now, Standing standing)
    {
        var events = new List<PersonEvent>();
        if (now.Name != was.Name && person.Name == was.Name) events.Add(new NameCorrected(now.Name));
        bool MayGo(Standing known) => known != Standing.Confirmed || standing == Standing.Confirmed;
        var wrong = was.Phones.Except(now.Phones).Where(n => person.Phones.Any(p => p.Number == n && MayGo(p.Standing))).ToList();
        var right = now.Phones.Except(was.Phones).Where(n => !person.Has(n)).ToList();
        events.AddRange(wrong.Zip(right, (from, to) => new PhoneCorrected(from, to, standing)));
        events.AddRange(right.Skip(wrong.Count).Select(n => new PhoneAdded(n, standing)));
        events.AddRange(wrong.Skip(right.Count).Select(n => new PhoneRemoved(n)));
        var old = now.Email == was.Email ? null : person.Emails.FirstOrDefault(e => e.Address == was.Email && MayGo(e.Standing))?.Address;
        var email = now.Email is { } given && !person.Has(given) ? given : null;
        if (old is not null) events.Add(email is null ? new EmailRemoved(old) : new EmailCorrected(old, email, standing));
        else if (email is not null) events.Add(new EmailAdded(email, standing));
        return events;
    }

    private static PersonEvent CorrectedEmail(Person now, EmailAddress? to) => (now.Email, to) switch
    {
        ({ } wrong, null) => new EmailRemoved(wrong),
        ({ } wrong, { } right) => new EmailCorrected(wrong, right),
        (null, { } first) when now.Has(first) => new EmailAccepted(first),
        (null, { } first) => new EmailAdded(first, Standing.Confirmed),
        _ => throw new InvalidOperationException("Nothing was typed and nothing is there."),
    };
}
