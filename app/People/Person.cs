using System.Text.Json.Serialization;
using Crm.Institute;
using Crm.Storage;

namespace Crm.People;

public sealed record KnownPhone(
    PhoneNumber Number, [property: Usual(Standing.Given)] Standing Standing);

public sealed record KnownEmail(
    EmailAddress Address, [property: Usual(Standing.Given)] Standing Standing)
{
    /// <summary>When emails to it were stopped while this person had it; null also where it was stopped before they gave it.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>When the person agreed to emails again, after they had stopped them.</summary>
    public DateTimeOffset? AgreedAgainAt { get; init; }

    /// <summary>Whether the institute may write to it.</summary>
    [JsonIgnore] public bool MayBeUsed => Standing is Standing.Given or Standing.Confirmed;
}

/// <summary>
/// A human being who asked, as the events of their stream have left them. A number does not tell who they are: families share one.
/// </summary>
public sealed class Person
{
    public Guid Id { get; set; }
    public int Version { get; set; }
    public PersonName Name { get; set; } = PersonName.FromStored(StoredEvent.Erased);
    public PersonName? CertificateName { get; set; }

    /// <summary>The one to call first stands first.</summary>
    public List<KnownPhone> Phones { get; set; } = [];
    public List<KnownEmail> Emails { get; set; } = [];
    public string Language { get; set; } = "";
    public Guardian? Guardian { get; set; }
    public List<Consent> Consents { get; set; } = [];
    public List<string> Tags { get; set; } = [];

    /// <summary>Whether they are under 18, as far as anybody has said.</summary>
    [Usual(false)] public bool IsMinor { get; set; }

    /// <summary>The record that goes on in the place of this one, where two were found to be of one person.</summary>
    public Guid? MergedInto { get; set; }

    /// <summary>The number under which they were erased; empty for everybody else.</summary>
    public string ErasedAs { get; set; } = "";

    [JsonIgnore] public bool IsErased => ErasedAs.Length > 0;

    /// <summary>Whether there is still somebody behind this very record.</summary>
    [JsonIgnore] public bool IsCurrent => MergedInto is null && !IsErased;

    /// <summary>The records that this one goes on for, the latest last, with what is to be put back.</summary>
    public List<PersonMerged> Merges { get; set; } = [];
    public DateTimeOffset RegisteredAt { get; set; }

    /// <summary>Numbers (E.164) and addresses by which an arriving enquiry finds this person.</summary>
    [ColumnOnly] public string[] Keys => [.. Phones.Select(p => p.Number.E164), .. Emails.Select(e => e.Address.Text)];

    /// <summary>By which lists are put into the order in which people read names.</summary>
    [ColumnOnly] public string SortName => Name.SortKey;

    /// <summary>Names, numbers and addresses folded: what the search box looks in.</summary>
    [ColumnOnly]
    public string SearchText
    {
        get
        {
            // Who calls back for somebody under age is the guardian.
            PersonName?[] names = [Name, CertificateName, Guardian?.Name];
            PhoneNumber?[] phones = [.. Phones.Select(p => p.Number), Guardian?.Phone];
            return SearchIndex.TextOf(names.OfType<PersonName>(), phones.OfType<PhoneNumber>(), Emails.Select(e => e.Address));
        }
    }

    [JsonIgnore] public PhoneNumber? Phone => Phones.FirstOrDefault()?.Number;

    /// <summary>The address that is written to, or null where there is none that may be.</summary>
    [JsonIgnore]
    public EmailAddress? Email => this.Agrees(Purpose.Email) ? Emails.FirstOrDefault(e => e.MayBeUsed)?.Address : null;

    /// <summary>Where the papers of a seat go: to the address in use, or to the one whose owner wanted no advertisement.</summary>
    [JsonIgnore]
    public EmailAddress? AddressForPapers =>
        Email ?? Emails.FirstOrDefault(e => e.MayBeUsed || e.Standing == Standing.Stopped)?.Address;

    [JsonIgnore]
    public bool EmailsAreStopped => Email is null && (Emails.Any(e => e.Standing == Standing.Stopped)
        || Emails.Any(e => e.MayBeUsed) && !this.Agrees(Purpose.Email));

    [JsonIgnore] public PersonDetails Details => new(Name, CertificateName, Phone, Email, Language, Guardian);

    [JsonIgnore] public PersonName NameOnPaper => CertificateName ?? Name;

    public bool Has(PhoneNumber number) => Phones.Any(p => p.Number == number);

    public bool Has(EmailAddress address) => Emails.Any(e => e.Address == address);

    public bool MayBeWrittenTo(EmailAddress address) => this.Agrees(Purpose.Email) && Emails.Any(e => e.Address == address && e.MayBeUsed);

    /// <summary>Whether the person agreed to emails to an address after its owner had stopped them.</summary>
    public bool AgreedSince(EmailAddress address, DateTimeOffset stop) =>
        Emails.Any(e => e.Address == address && e.MayBeUsed && e.AgreedAgainAt > stop);

    /// <returns>Who there is after an event of a stream; null where the change that made the record was undone.</returns>
    public static Person? Next(Person? person, Guid id, PersonEvent e) =>
        e is PersonRestored { As: null } || person is null && e is PersonErased ? null : (person ?? new Person { Id = id }).After(e);

    /// <returns>The person after an event. Events of a later program than this leave everything as it is.</returns>
    public Person After(PersonEvent e)
    {
        if (e is PersonRestored restored) return restored.As?.Copy() ?? this;
        if (e is PersonErased erased) return Masked(erased.Number);
        switch (e)
        {
            case PersonRegistered registered: Register(registered); break;
            case NameCorrected corrected: Name = corrected.Name; break;
            case CertificateNameSet set: CertificateName = set.Name; break;
            case PhoneAdded or PhoneCorrected or PhoneRemoved: ChangePhones(e); break;
            case LanguageSet set: Language = set.Language; break;
            case GuardianSet set: Guardian = set.Guardian; break;
            case ConsentGiven given:
                Agree(new Consent([given.Purpose], given.Text, given.Way, given.At, given.Language, given.ByGuardian));
                break;
            case AgeDeclared age: IsMinor = age.IsMinor; break;
            case ConsentWithdrawn withdrawn: Withdraw([withdrawn.Purpose]); break;
            case PersonTagged tagged: Tags.Add(tagged.Tag); break;
            case TagRemoved removed: Tags.Remove(removed.Tag); break;
            case PersonMerged or PersonSplit or People.MergedInto or SplitFrom: ChangeMerges(e); break;
            default: ChangeEmails(e); break;
        }
        return this;
    }

    /// <summary>A copy without what tells who it is.</summary>
    public Person Masked() => Masked(ErasedAs);

    private Person Masked(string erasedAs) => new Person
    {
        Id = Id,
        Version = Version,
        ErasedAs = erasedAs,
        Consents = [.. Consents],
        Language = Language,
        IsMinor = IsMinor,
        MergedInto = MergedInto,
        Merges = [.. Merges.Select(m => (PersonMerged)m.Masked())],
        RegisteredAt = RegisteredAt,
    };

    /// <summary>A copy whose lists are its own, to try events on.</summary>
    public Person Copy()
    {
        var copy = (Person)MemberwiseClone();
        (copy.Phones, copy.Emails, copy.Consents) = ([.. Phones], [.. Emails], [.. Consents]);
        (copy.Tags, copy.Merges) = ([.. Tags], [.. Merges]);
        return copy;
    }

    private void Register(PersonRegistered e)
    {
        (Name, RegisteredAt) = (e.Name, e.At);
        // An address may have been stopped before; who calls is asked nothing by that.
        var ofPhones = e.Standing == Standing.Stopped ? Standing.Given : e.Standing;
        Phones.AddRange(e.Phones.Select(p => new KnownPhone(p, ofPhones)));
        if (e.Email is { } email) Emails.Add(new KnownEmail(email, e.Standing));
        Agree(new Consent(ConsentRules.OfForms, e.Agreed, e.Way, e.At));
    }

    // The latest words that somebody agreed to are those that hold for a purpose.
    private void Agree(Consent consent)
    {
        Withdraw(consent.Purposes);
        Consents.Add(consent);
    }

    private void Withdraw(IReadOnlyList<Purpose> purposes) => Consents = ConsentRules.Without(Consents, purposes);

    private void ChangePhones(PersonEvent e)
    {
        switch (e)
        {
            case PhoneAdded { Number: { } number } added when !Has(number): Phones.Add(new KnownPhone(number, added.Standing)); break;
            case PhoneCorrected { From: { } from, To: { } to } corrected:
                var at = Phones.FindIndex(p => p.Number == from);
                Phones.RemoveAll(p => p.Number == from || p.Number == to);
                Phones.Insert(Math.Clamp(at, 0, Phones.Count), new KnownPhone(to, corrected.Standing));
                break;
            case PhoneRemoved removed: Phones.RemoveAll(p => p.Number == removed.Number); break;
        }
    }

    private void ChangeEmails(PersonEvent e)
    {
        switch (e)
        {
            case EmailAdded { Address: { } address } added when !Has(address): Emails.Add(new KnownEmail(address, added.Standing)); break;
            case EmailCorrected { From: { } from, To: { } to } corrected:
                var at = Emails.FindIndex(x => x.Address == from);
                Emails.RemoveAll(x => x.Address == from || x.Address == to);
                Emails.Insert(Math.Clamp(at, 0, Emails.Count), new KnownEmail(to, corrected.Standing));
                break;
            case EmailAccepted accepted: Stand(accepted.Address, Standing.Confirmed); break;
            case EmailBounced bounced: Stand(bounced.Address, Standing.Bounced); break;
            case EmailsStopped stopped: Stop(stopped); break;
            case EmailsAgreedAgain again: AgreeAgain(again); break;
            case EmailRemoved removed: Emails.RemoveAll(x => x.Address == removed.Address); break;
        }
    }

    private void Stand(EmailAddress? address, Standing standing)
    {
        var at = Emails.FindIndex(x => x.Address == address);
        if (at >= 0) Emails[at] = Emails[at] with { Standing = standing };
    }

    private void Stop(EmailsStopped e)
    {
        var at = Emails.FindIndex(x => x.Address == e.Address);
        if (at >= 0) Emails[at] = Emails[at] with { Standing = Standing.Stopped, StoppedAt = e.At };
    }

    private void AgreeAgain(EmailsAgreedAgain e)
    {
        var at = Emails.FindIndex(x => x.Address == e.Address);
        if (at >= 0) Emails[at] = Emails[at] with { Standing = e.Standing, AgreedAgainAt = e.At };
    }

    private void ChangeMerges(PersonEvent e)
    {
        switch (e)
        {
            case MergedInto into: MergedInto = into.Other; break;
            case SplitFrom: MergedInto = null; break;
            case PersonMerged merged: Bring(merged); break;
            case PersonSplit split: TakeApart(split.Other); break;
        }
    }

    private void Bring(PersonMerged merge)
    {
        Merges.Add(merge);
        Phones.AddRange(merge.Phones.Where(p => !Has(p.Number)));
        Emails.AddRange(merge.Emails.Where(x => !Has(x.Address)));
        Tags.AddRange(merge.Tags.Except(Tags));
        if (merge.MakesMinor) IsMinor = true;
        if (merge.Consents is { } consents) Consents = [.. consents];
        var (chosen, former) = (merge.Chosen, merge.Former);
        (Name, CertificateName, Language, Guardian) = (chosen.Name, chosen.CertificateName, chosen.Language, chosen.Guardian);
        if (chosen.Phone != former.Phone) Move(Phones, p => p.Number == chosen.Phone, 0);
        if (chosen.Email != former.Email) Move(Emails, x => x.Address == chosen.Email, 0);
    }

    // What somebody has changed since the merge stays: only what the merge brought goes back, however it stands by now.
    private void TakeApart(Guid other)
    {
        if (Merges.LastOrDefault(m => m.Other == other) is not { } merge) return;
        Merges.Remove(merge);
        var (chosen, former) = (merge.Chosen, merge.Former);
        Phones.RemoveAll(p => merge.Phones.Any(brought => brought.Number == p.Number));
        Emails.RemoveAll(x => merge.Emails.Any(brought => brought.Address == x.Address));
        Tags.RemoveAll(merge.Tags.Contains);
        if (merge.MakesMinor) IsMinor = false;
        if (merge is { Consents: { } brought, FormerConsents: { } before } && ConsentRules.AreSame(Consents, brought))
            Consents = [.. before];
        if (Name == chosen.Name) Name = former.Name;
        if (CertificateName == chosen.CertificateName) CertificateName = former.CertificateName;
        if (Language == chosen.Language) Language = former.Language;
        if (Guardian == chosen.Guardian) Guardian = former.Guardian;
        if (Phones.FirstOrDefault()?.Number == chosen.Phone)
            Move(Phones, p => p.Number == chosen.Phone, merge.FormerPhones.ToList().IndexOf(chosen.Phone!));
        if (Emails.FirstOrDefault()?.Address == chosen.Email)
            Move(Emails, x => x.Address == chosen.Email, merge.FormerEmails.ToList().IndexOf(chosen.Email!));
    }

    private static void Move<T>(List<T> list, Predicate<T> which, int to)
    {
        var at = list.FindIndex(which);
        if (at < 0 || to < 0) return;
        var item = list[at];
        list.RemoveAt(at);
        list.Insert(Math.Min(to, list.Count), item);
    }
}
