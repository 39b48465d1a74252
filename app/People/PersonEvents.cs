using System.Text.Json.Serialization;
using Crm.Institute;
using Crm.Storage;

namespace Crm.People;

/// <summary>What is known of a number or an address.</summary>
public enum Standing
{
    /// <summary>The person gave it when they first asked, and it may be used.</summary>
    Given,

    /// <summary>
    /// Somebody who knows the person's number typed it into the public form: nothing is sent to it until staff accept it.
    /// </summary>
    Unconfirmed,

    /// <summary>Staff took it down, or accepted it.</summary>
    Confirmed,

    /// <summary>A mail server says that there is no such address.</summary>
    Bounced,

    /// <summary>Its owner wants no more emails.</summary>
    Stopped,
}

public enum Purpose { Call, WhatsApp, Email, Share }

/// <summary>What somebody has agreed to, in the words that they agreed to.</summary>
/// <param name="Way">How it was given, such as "Public form".</param>
/// <param name="Language">In which the words were shown or read out, in English.</param>
/// <param name="ByGuardian">Whether somebody gave it who answers for the person.</param>
public sealed record Consent(
    IReadOnlyList<Purpose> Purposes, string Text, string Way, DateTimeOffset At,
    [property: Usual(Consent.Usual)] string Language = Consent.Usual, [property: Usual(false)] bool ByGuardian = false)
{
    /// <summary>The language of the program's own pages.</summary>
    public const string Usual = "English";
}

/// <summary>Who answers for somebody under age.</summary>
public sealed record Guardian(PersonName Name, PhoneNumber? Phone)
{
    public override string ToString() => $"{Name.Text} {Phone?.Grouped}".TrimEnd();
}

/// <summary>
/// Something that became known of a person, whatever they want to learn. A null where a detail stood means that it was erased.
/// </summary>
public abstract record PersonEvent : StoredEvent
{
    /// <summary>Every kind there is. To look for them among all types of the program would load all of these at each start.</summary>
    public static IReadOnlyList<Type> Kinds { get; } =
    [
        typeof(PersonRegistered), typeof(NameCorrected), typeof(CertificateNameSet), typeof(PhoneAdded), typeof(PhoneCorrected),
        typeof(PhoneRemoved), typeof(EmailAdded), typeof(EmailCorrected), typeof(EmailAccepted), typeof(EmailRemoved),
        typeof(EmailBounced), typeof(EmailsStopped), typeof(EmailsAgreedAgain), typeof(LanguageSet), typeof(GuardianSet),
        typeof(ConsentGiven), typeof(ConsentWithdrawn), typeof(AgeDeclared), typeof(PersonTagged), typeof(TagRemoved),
        typeof(PersonMerged), typeof(PersonRestored), typeof(MergedInto), typeof(PersonSplit), typeof(SplitFrom),
        typeof(PersonErased),
    ];

    protected static readonly PersonName ErasedName = PersonName.FromStored(Erased);
}

/// <param name="Agreed">The words that they agreed to.</param>
/// <param name="Way">How they agreed, such as "Public form".</param>
public sealed record PersonRegistered(
    PersonName Name, IReadOnlyList<PhoneNumber> Phones, EmailAddress? Email,
    [property: Usual(Standing.Given)] Standing Standing, string Agreed, string Way) : PersonEvent
{
    public override StoredEvent Masked() => this with { Name = ErasedName, Phones = [], Email = null };
}

public sealed record NameCorrected(PersonName Name) : PersonEvent
{
    public override StoredEvent Masked() => this with { Name = ErasedName };
}

/// <param name="Name">How certificates spell it; null for the everyday name.</param>
public sealed record CertificateNameSet(PersonName? Name) : PersonEvent
{
    public override StoredEvent Masked() => this with { Name = null };
}

public sealed record PhoneAdded(PhoneNumber? Number, Standing Standing) : PersonEvent
{
    public override StoredEvent Masked() => this with { Number = null };
}

/// <summary>A wrong number gave way to the right one, which takes its place.</summary>
public sealed record PhoneCorrected(PhoneNumber? From, PhoneNumber? To, Standing Standing = Standing.Confirmed) : PersonEvent
{
    public override StoredEvent Masked() => this with { From = null, To = null };
}

public sealed record PhoneRemoved(PhoneNumber? Number) : PersonEvent
{
    public override StoredEvent Masked() => this with { Number = null };
}

public sealed record EmailAdded(EmailAddress? Address, Standing Standing) : PersonEvent
{
    public override StoredEvent Masked() => this with { Address = null };
}

/// <summary>A wrong address gave way to the right one, which takes its place.</summary>
public sealed record EmailCorrected(EmailAddress? From, EmailAddress? To, Standing Standing = Standing.Confirmed) : PersonEvent
{
    public override StoredEvent Masked() => this with { From = null, To = null };
}

/// <summary>Staff say that an address given by the public form is this person's.</summary>
public sealed record EmailAccepted(EmailAddress? Address) : PersonEvent
{
    public override StoredEvent Masked() => this with { Address = null };
}

public sealed record EmailRemoved(EmailAddress? Address) : PersonEvent
{
    public override StoredEvent Masked() => this with { Address = null };
}

public sealed record EmailBounced(EmailAddress? Address, string Reason) : PersonEvent
{
    public override StoredEvent Masked() => this with { Address = null, Reason = Erased };
}

public sealed record EmailsStopped(EmailAddress? Address) : PersonEvent
{
    public override StoredEvent Masked() => this with { Address = null };
}

/// <summary>Who had stopped our emails asked again, and agreed to them again.</summary>
public sealed record EmailsAgreedAgain(EmailAddress? Address, Standing Standing) : PersonEvent
{
    public override StoredEvent Masked() => this with { Address = null };
}

/// <param name="Language">In English, such as "Malayalam"; empty where none is preferred.</param>
[HoldsNothingPersonal("a language tells nobody apart")]
public sealed record LanguageSet(string Language) : PersonEvent;

public sealed record GuardianSet(Guardian? Guardian) : PersonEvent
{
    public override StoredEvent Masked() => this with { Guardian = null };
}

[HoldsNothingPersonal("the institute's own words, and the way they were agreed to")]
public sealed record ConsentGiven(
    Purpose Purpose, string Text, string Way, string Language = Consent.Usual, bool ByGuardian = false) : PersonEvent;

/// <param name="Way">How it was withdrawn, such as "Link in an email".</param>
[HoldsNothingPersonal("a purpose, and the way it was withdrawn")]
public sealed record ConsentWithdrawn(Purpose Purpose, string Way) : PersonEvent;

/// <summary>They said, or somebody found out, whether they are under 18: then a guardian agrees for them.</summary>
[HoldsNothingPersonal("whether of age, and no birthday")]
public sealed record AgeDeclared(bool IsMinor) : PersonEvent;

public sealed record PersonTagged(string Tag) : PersonEvent
{
    public override StoredEvent Masked() => this with { Tag = Erased };
}

public sealed record TagRemoved(string Tag) : PersonEvent
{
    public override StoredEvent Masked() => this with { Tag = Erased };
}

/// <summary>Two records were of one person: this one goes on, with the other's numbers, addresses and tags.</summary>
/// <param name="Chosen">What was chosen of both, field by field.</param>
/// <param name="Former">What this one said before: it is put back where the two are split again.</param>
/// <param name="Phones">Those of the other that this one had not, as all that follows.</param>
/// <param name="FormerPhones">In their order before.</param>
/// <param name="MakesMinor">Whether this one is under 18 because the other is.</param>
/// <param name="FormerConsents">What this one agreed to before; null where nothing changed in that.</param>
/// <param name="Consents">What both agree to.</param>
public sealed record PersonMerged(
    Guid Other, PersonDetails Chosen, PersonDetails Former, IReadOnlyList<KnownPhone> Phones, IReadOnlyList<KnownEmail> Emails,
    IReadOnlyList<string> Tags, IReadOnlyList<PhoneNumber> FormerPhones, IReadOnlyList<EmailAddress> FormerEmails,
    IReadOnlyList<Guid> Leads, bool MakesMinor = false, IReadOnlyList<Consent>? FormerConsents = null,
    IReadOnlyList<Consent>? Consents = null) : PersonEvent
{
    /// <summary>The fields in which the other's word was taken.</summary>
    [JsonIgnore] public IEnumerable<DetailField> Changed => DetailField.All.Where(f => f.Says(Chosen) != f.Says(Former));

    public override StoredEvent Masked() => this with
    {
        Chosen = PersonDetails.Erased,
        Former = PersonDetails.Erased,
        Phones = [],
        Emails = [],
        Tags = [],
        FormerPhones = [],
        FormerEmails = [],
        FormerConsents = null,
        Consents = null,
    };
}

/// <summary>A change that had made or changed the record was undone: it is what it was before, whatever that was.</summary>
/// <param name="As">Null where there was no record before.</param>
public sealed record PersonRestored(Guid Change, int ToVersion, Person? As) : PersonEvent, IRestored
{
    public override StoredEvent Masked() => this with { As = As?.Masked() };
}

/// <summary>This record gave way to another of the same person, and is kept as it was.</summary>
[HoldsNothingPersonal("an id alone")]
public sealed record MergedInto(Guid Other) : PersonEvent;

/// <summary>The two were not one person after all: what came from the other went back to it.</summary>
[HoldsNothingPersonal("an id alone")]
public sealed record PersonSplit(Guid Other) : PersonEvent;

/// <summary>This record stands by itself again.</summary>
[HoldsNothingPersonal("an id alone")]
public sealed record SplitFrom(Guid Other) : PersonEvent;

/// <summary>They were erased: all that told who they are is gone, here and from every event before.</summary>
/// <param name="Number">The erasure's.</param>
[HoldsNothingPersonal("the number of the erasure")]
public sealed record PersonErased(string Number) : PersonEvent;
