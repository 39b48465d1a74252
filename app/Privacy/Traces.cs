using System.Collections;
using System.Reflection;
using System.Text.Json.Serialization;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Privacy;

/// <summary>What a person has ever been called and reached by: it tells of them where no id does, as in a file's rows.</summary>
public sealed class Traces
{
    // A shorter run of digits is somebody's fee or year.
    private const int FewestDigits = 7, NationalDigits = 10;

    private readonly HashSet<string> _names = [];
    private readonly HashSet<PhoneNumber> _phones = [];
    private readonly HashSet<string> _emails = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Numbers (E.164) and addresses by which an arriving enquiry finds the person.</summary>
    public string[] Keys => [.. _phones.Select(p => p.E164), .. _emails];

    public IEnumerable<string> Names => _names;

    public static Traces Of(IEnumerable<object> told)
    {
        var traces = new Traces();
        foreach (var one in told) traces.Take(one);
        traces._names.Remove(StoredEvent.Erased);
        return traces;
    }

    /// <summary>Whether a text has one of the numbers or addresses in it.</summary>
    public bool Reach(string text) => HasEmail(text) || HasPhone(text);

    /// <summary>Whether a text tells of this person and not of somebody who shares the phone: it has their name as well.</summary>
    public bool Tell(string text) => Reach(text) && HasName(text);

    /// <summary>Whether who looks for something finds them.</summary>
    public bool AreFoundBy(SearchQuery query) => query.Parts.Count > 0 && query.Finds(SearchIndex.TextOf(
        _names.Select(PersonName.FromStored), _phones, _emails.Select(EmailAddress.FromStored)));

    /// <summary>Whether all words of one of the names stand in a text.</summary>
    public bool HasName(string text)
    {
        var words = NameFolding.ForSearch(text).Split(' ').ToHashSet();
        return _names.Any(name => NameFolding.ForSearch(name).Split(' ').All(words.Contains));
    }

    /// <summary>A text without the names, numbers and addresses that stand in it as they are written here.</summary>
    public string Clean(string text)
    {
        var all = _names.Concat(_emails).Concat(_phones.SelectMany(p => new[] { p.Grouped, p.E164, p.Digits, NationalOf(p) }));
        return all.Where(t => t.Length > 0).OrderByDescending(t => t.Length)
            .Aggregate(text, (cleaned, t) => cleaned.Replace(t, StoredEvent.Erased, StringComparison.OrdinalIgnoreCase));
    }

    private bool HasEmail(string text) => _emails.Any(e => text.Contains(e, StringComparison.OrdinalIgnoreCase));

    private bool HasPhone(string text)
    {
        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        return digits.Length >= FewestDigits && _phones.Any(p => digits.Contains(NationalOf(p), StringComparison.Ordinal));
    }

    // As it is written at home, without the country before it.
    private static string NationalOf(PhoneNumber phone) =>
        phone.Digits.Length > NationalDigits ? phone.Digits[^NationalDigits..] : phone.Digits;

    private void Take(object? told)
    {
        switch (told)
        {
            case null or string or Guardian: return; // a guardian's number is other children's as well
            case PersonName name: _names.Add(name.Text); return;
            case PhoneNumber phone: _phones.Add(phone); return;
            case EmailAddress email: _emails.Add(email.Text); return;
            case EnquiredAgain again: Typed(again.TypedName, again.TypedEmail); return;
            case EnquiryCorrected corrected: Typed(corrected.TypedName, corrected.TypedEmail); return;
            case IEnumerable several:
                foreach (var one in several) Take(one);
                return;
        }
        var type = told.GetType();
        if (type.IsPrimitive || type.IsEnum || type.Namespace?.StartsWith(nameof(Crm), StringComparison.Ordinal) != true) return;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (property.GetIndexParameters().Length == 0 && property.GetCustomAttribute<JsonIgnoreAttribute>() is null)
                Take(property.GetValue(told));
    }

    private void Typed(string name, string? email)
    {
        if (name.Length > 0) _names.Add(name);
        if (email is { Length: > 0 }) _emails.Add(email);
    }
}
