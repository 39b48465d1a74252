using System.Globalization;
using System.Text.RegularExpressions;
using PhoneNumbers;

namespace Crm.Institute;

/// <summary>How amounts, names of things and phone numbers are shown.</summary>
public static partial class Format
{
    private static readonly CultureInfo Indian = MakeIndian();

    /// <summary>Rupees grouped the Indian way, paise only where there are any: <c>₹1,25,000</c>.</summary>
    public static string Rupees(decimal amount) => "₹" + Number(amount, amount % 1 == 0 ? 0 : 2);

    public static string Number(decimal value, int decimals = 0) => value.ToString("N" + decimals, Indian);

    /// <summary>E.164 as people write it: "+91 98470 12345".</summary>
    public static string Phone(string e164)
    {
        var util = PhoneNumberUtil.GetInstance();
        return util.Format(util.Parse(e164, null), PhoneNumberFormat.INTERNATIONAL);
    }

    public static string Date(DateOnly date) => date.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    public static string DateAndTime(DateTimeOffset local) => local.ToString("d MMM yyyy, h:mm tt", CultureInfo.InvariantCulture);

    /// <summary>"JoinedElsewhere" as "Joined elsewhere".</summary>
    public static string Words(Enum value)
    {
        var text = CapitalInside().Replace(value.ToString(), m => " " + m.Value.ToLowerInvariant());
        return text == "Whats app" ? "WhatsApp" : text;
    }

    public static string Percent(int part, int whole) => whole == 0 ? "–" : (100m * part / whole).ToString("0.#", CultureInfo.InvariantCulture) + "%";

    private static CultureInfo MakeIndian()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberGroupSizes = [3, 2];
        return culture;
    }

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CapitalInside();
}
