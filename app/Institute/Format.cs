using System.Globalization;
using System.Text.RegularExpressions;

namespace Crm.Institute;

/// <summary>How days, times and the names of things are shown.</summary>
public static partial class Format
{
    public static string Date(DateOnly date) => date.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    public static string DateAndTime(DateTimeOffset local) => local.ToString("d MMM yyyy, h:mm tt", CultureInfo.InvariantCulture);

    /// <summary>The same of a time that is near: with its day of the week, and without a year.</summary>
    public static string DayAndTime(DateTimeOffset local) => local.ToString("ddd d MMM, h:mm tt", CultureInfo.InvariantCulture);

    /// <summary>"JoinedElsewhere" as "Joined elsewhere".</summary>
    public static string Words(Enum value)
    {
        var text = CapitalInside().Replace(value.ToString(), m => " " + m.Value.ToLowerInvariant());
        return text switch { "Whats app" => "WhatsApp", "Upi" => "UPI", _ => text };
    }

    /// <summary>A word as a label begins with it: "programme" as "Programme".</summary>
    public static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];

    /// <summary>"name, address and phone".</summary>
    public static string List(IReadOnlyList<string> parts) =>
        parts.Count < 2 ? string.Concat(parts) : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";

    public static string Percent(int part, int whole) =>
        whole == 0 ? "–" : (100m * part / whole).ToString("0.#", CultureInfo.InvariantCulture) + "%";

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CapitalInside();
}
