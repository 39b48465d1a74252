using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using PhoneNumbers;

namespace Crm.Institute;

/// <summary>A telephone number of any country. <see cref="E164"/> is its only property, so that Marten can be told that it is a value;
/// the ways to write it are in <see cref="PhoneNumberForms"/>.</summary>
[JsonConverter(typeof(PhoneNumberConverter))]
public sealed partial record PhoneNumber
{
    private static readonly HashSet<int> CountryCodes = [.. PhoneNumberUtil.GetInstance().GetSupportedCallingCodes()];

    private PhoneNumber(string e164) => E164 = e164;

    /// <summary>Plus, country code and number without spaces, such as <c>+919847012345</c>.</summary>
    public string E164 { get; }

    /// <summary>A number as it is stored.</summary>
    /// <exception cref="FormatException">The text is not a plus, the code of a country and a number, 7 to 15 digits in all.</exception>
    public static PhoneNumber FromE164(string e164)
    {
        if (Stored().IsMatch(e164) && Enumerable.Range(1, 3).Any(digits => CountryCodes.Contains(int.Parse(e164.AsSpan(1, digits)))))
            return new PhoneNumber(e164);
        throw new FormatException($"“{e164}” is not a stored phone number.");
    }

    /// <summary>Reads what was typed or pasted: any writing of one number, several numbers in one cell, notes beside them.</summary>
    /// <param name="typed">The first number in it is the number meant; more are <see cref="PhoneReading.Others"/>.</param>
    /// <param name="region">Region whose numbers are typed without a country code (ISO 3166-1 alpha-2, such as <c>IN</c>).</param>
    public static PhoneReading Read(string? typed, string region) => PhoneText.Read(typed ?? "", region.ToUpperInvariant());

    /// <summary>The digits to look for inside the stored <c>Digits</c> where the query is a phone number in any writing, with or without
    /// notes beside it, or looks like a part of one: at least 3 digits, without the zeros that are dialled first. Null where it looks
    /// like anything else.</summary>
    /// <param name="region">Whose numbers are typed without a country code (ISO 3166-1 alpha-2).</param>
    public static string? DigitsToSearch(string query, string region) => PhoneText.DigitsToSearch(query, region.ToUpperInvariant());

    public override string ToString() => E164;

    [GeneratedRegex(@"\A\+[1-9][0-9]{6,14}\z", RegexOptions.None, 1000)]
    private static partial Regex Stored();

    private sealed class PhoneNumberConverter : TextConverter<PhoneNumber>
    {
        protected override PhoneNumber FromText(string text) => FromE164(text);

        protected override string TextOf(PhoneNumber value) => value.E164;
    }
}

/// <summary>The ways in which a phone number is written.</summary>
public static class PhoneNumberForms
{
    extension(PhoneNumber phone)
    {
        /// <summary>As people write it, in groups: <c>+91 98470 12345</c>.</summary>
        public string Grouped
        {
            get
            {
                var util = PhoneNumberUtil.GetInstance();
                return util.Format(util.Parse(phone.E164, null), PhoneNumberFormat.INTERNATIONAL);
            }
        }

        /// <summary>The digits alone, with the country code and without the plus: <c>919847012345</c>.</summary>
        public string Digits => phone.E164[1..];

        /// <summary>The address of a link that calls it: <c>tel:+919847012345</c>.</summary>
        public string ForTel => "tel:" + phone.E164;
    }
}

/// <summary>What was read where a phone number was to be typed: a number, or a problem in words for who typed it.</summary>
/// <param name="Number">The first number; null where there is a problem.</param>
/// <param name="Others">More numbers typed beside it, each once, in their order.</param>
/// <param name="Problem">Why it was refused, a sentence; null where it was not.</param>
/// <param name="Unlikely">The number could exist, but looks made up, such as 98989 89898: worth a question to staff.</param>
/// <param name="AssumedRegion">No country code was typed, so the number was taken as one of the region: worth reading back.</param>
public sealed record PhoneReading(
    PhoneNumber? Number, IReadOnlyList<PhoneNumber> Others, string? Problem, bool Unlikely = false, bool AssumedRegion = false)
{
    /// <summary>The same where a place can take one number only: several are a problem that says so.</summary>
    public PhoneReading OnlyOne() => Number is null || Others.Count == 0
        ? this
        : new PhoneReading(null, [], $"Enter one number here; these are {Others.Count + 1}: "
            + string.Join(", ", Others.Prepend(Number).Select(n => n.Grouped)) + ".");
}
