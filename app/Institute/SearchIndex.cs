namespace Crm.Institute;

/// <summary>What the search looks in: names, numbers and addresses, folded by the one rule that <see cref="SearchQuery"/> folds by
/// too.</summary>
public static class SearchIndex
{
    /// <summary>Words of small letters and digits with single spaces between them, those of a name or an address side by side.</summary>
    public static string TextOf(
        IEnumerable<PersonName> names, IEnumerable<PhoneNumber> phones, IEnumerable<EmailAddress> emails) =>
        string.Join(' ', names.Select(n => NameFolding.ForSearch(n.Text)).Concat(phones.Select(p => p.Digits))
            .Concat(emails.SelectMany(FormsOf)).Distinct());

    /// <summary>Of an address that is typed whole or in part, words stay apart: a part of one must fold as that part of the whole
    /// does.</summary>
    internal static string Apart(string text) => string.Join(' ', NameFolding.Words(text));

    // Its initials are joined as well, because "k.p.anoop" may be looked for as a name.
    private static IEnumerable<string> FormsOf(EmailAddress email) => [Apart(email.Text), NameFolding.ForSearch(email.Text)];
}

/// <summary>What was typed into a search box.</summary>
/// <param name="Parts">Each is looked for inside the text of <see cref="SearchIndex"/>, wherever it stands there; none where nothing
/// was typed that can be looked for.</param>
public sealed record SearchQuery(IReadOnlyList<string> Parts)
{
    private const int MostParts = 6;

    /// <param name="region">Whose numbers are typed without a country code (ISO 3166-1 alpha-2).</param>
    public static SearchQuery Read(string typed, string region)
    {
        if (PhoneNumber.DigitsToSearch(typed, region) is { } digits) return new SearchQuery([digits]);
        var pieces = typed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToLookup(p => p.Contains('@'));
        var words = NameFolding.ForSearch(string.Join(' ', pieces[false])).Split(' ').Select(Stored);
        return new SearchQuery([.. pieces[true].Select(SearchIndex.Apart).Concat(words).Where(p => p.Length > 0).Take(MostParts)]);
    }

    /// <summary>Whether a text of <see cref="SearchIndex"/> has all that is looked for, as the database decides it.</summary>
    public bool Finds(string text) => Parts.All(part => text.Contains(part, StringComparison.Ordinal));

    // A number typed beside a name may begin with the zeros that are dialled before it.
    private static string Stored(string word) =>
        word.All(char.IsAsciiDigit) && word.TrimStart('0') is { Length: > 0 } number ? number : word;
}
