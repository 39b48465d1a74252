using Crm.Institute;

namespace Crm.People;

/// <summary>What is said of a person in one value each; null or empty where nothing is known.</summary>
/// <param name="Phone">The number to call first.</param>
/// <param name="Email">The address to write to first.</param>
/// <param name="Language">In English, such as "Malayalam".</param>
public sealed record PersonDetails(
    PersonName Name, PersonName? CertificateName, PhoneNumber? Phone, EmailAddress? Email, string Language, Guardian? Guardian)
{
    /// <summary>Of somebody who was erased.</summary>
    public static readonly PersonDetails Erased = new(PersonName.FromStored(StoredEvent.Erased), null, null, null, "", null);
}

/// <summary>What somebody who asks says of themselves.</summary>
/// <param name="Phones">The one to call first stands first.</param>
public sealed record GivenDetails(PersonName Name, IReadOnlyList<PhoneNumber> Phones, EmailAddress? Email)
{
    public bool SaysTheSameAs(GivenDetails other) =>
        Name == other.Name && Phones.SequenceEqual(other.Phones) && Email == other.Email;
}

/// <summary>One of the details: what two records may say differently, and staff choose from.</summary>
/// <param name="Key">Its name in a form.</param>
/// <param name="Says">In words; empty where nothing is known.</param>
/// <param name="Take">The first details with this one of the second.</param>
public sealed record DetailField(
    string Key, string Label, Func<PersonDetails, string> Says, Func<PersonDetails, PersonDetails, PersonDetails> Take)
{
    public static readonly IReadOnlyList<DetailField> All =
    [
        new("name", "Name", d => d.Name.Text, (into, from) => into with { Name = from.Name }),
        new("certificateName", "Name on certificates", d => d.CertificateName?.Text ?? "",
            (into, from) => into with { CertificateName = from.CertificateName }),
        new("phone", "Phone to call", d => d.Phone?.Grouped ?? "", (into, from) => into with { Phone = from.Phone }),
        new("email", "Email to write to", d => d.Email?.Text ?? "", (into, from) => into with { Email = from.Email }),
        new("language", "Language", d => d.Language, (into, from) => into with { Language = from.Language }),
        new("guardian", "Guardian", d => d.Guardian?.ToString() ?? "", (into, from) => into with { Guardian = from.Guardian }),
    ];
}
