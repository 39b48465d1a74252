using System.Globalization;
using System.Text.RegularExpressions;

namespace Crm.Institute;

/// <summary>How an institute writes money and reads it where it is typed.</summary>
/// <param name="Symbol">Stands before an amount.</param>
/// <param name="Groups">Digits in a group, from the right, the last going on: [3, 2] for 1,25,00,000, which is taken where none are
/// given, or [3].</param>
/// <param name="Word">The currency in a sentence: "in rupees".</param>
/// <param name="MinorWord">A hundredth of it, in a sentence: "paise".</param>
/// <param name="AlsoTyped">What else people write beside an amount, in any case of letters; Rs, Re and INR for rupees where none are
/// given.</param>
public sealed partial record MoneyStyle(
    string Symbol = "₹", IReadOnlyList<int>? Groups = null, string Word = "rupees", string MinorWord = "paise",
    IReadOnlyList<string>? AlsoTyped = null)
{
    private const int Longest = 100;
    private const int MostDigits = 15;
    private const int MinorDigits = 2;

    private static readonly IReadOnlyList<int> Indian = [3, 2];
    private static readonly IReadOnlyList<int> Western = [3];
    private static readonly IReadOnlyList<string> TypedForRupees = ["Rs", "Re", "INR"];

    /// <summary>An amount with its symbol, paise only where there are any: "₹1,25,000", "₹1,25,000.50", "-₹500".</summary>
    public string Show(Money amount)
    {
        var rupees = Math.Abs(amount.Rupees);
        return (amount < Money.Zero ? "-" : "") + Symbol + Number(rupees, rupees == decimal.Truncate(rupees) ? 0 : MinorDigits);
    }

    /// <summary>A number in this style's groups, rounded to so many decimals: "1,25,000".</summary>
    public string Number(decimal value, int decimals = 0) => value.ToString("N" + decimals, Grouping(Groups ?? Indian));

    /// <summary>Reads an amount as people type it: "35000", "35,000.50", "Rs. 35,000/-", "₹ 35,000 only", in digits of any script.
    /// Commas and spaces count only where groups end, in this style or the western one: "35000,50" is not 35 lakh.</summary>
    /// <param name="typed">Zero is taken; whether it may be is for the caller to say.</param>
    /// <param name="label">What is asked for, for the sentences, such as "the fee".</param>
    /// <param name="max">The largest amount taken.</param>
    public MoneyReading Read(string? typed, string label, Money max)
    {
        var text = Bare(Characters.Plain(typed is { Length: <= Longest } ? typed : ""));
        var asIn = $"Enter {label} such as 35000 or 35,000, with {MinorWord} behind a point: 35000.50.";
        if (Negative().IsMatch(text)) return Refused($"Enter {label} without a minus or brackets.");
        var written = Written().Match(text);
        var (whole, minor) = (written.Groups["whole"].Value, written.Groups["minor"].Value);
        var digits = string.Concat(whole.Where(char.IsAsciiDigit));
        if (!written.Success || digits.Length + minor.Length == 0) return Refused($"Enter {label} in {Word}, such as 35000.");
        if (digits.Length < whole.Length && !IsGrouped(whole, digits))
            return Refused($"The commas in {whole} do not part thousands. {asIn}");
        if (minor.Length > MinorDigits) return Refused($"{text} has more than {MinorDigits} digits behind the point. {asIn}");
        return Amount(digits.TrimStart('0'), minor) is { } amount && amount <= max
            ? new MoneyReading(amount, null)
            : Refused($"This is more than {Show(max)}.");
    }

    /// <returns>Null where there are too many digits to count.</returns>
    private static Money? Amount(string whole, string minor) => whole.Length <= MostDigits
        ? Money.FromRupees(decimal.Parse($"0{whole}.{minor}0", CultureInfo.InvariantCulture))
        : null;

    private static MoneyReading Refused(string problem) => new(null, problem);

    /// <summary>Without the words and signs around an amount.</summary>
    private string Bare(string text)
    {
        string[] words = [Symbol.Trim(), Word, .. AlsoTyped ?? (Word == "rupees" ? TypedForRupees : [])];
        var ends = words.Concat(["/-", "/=", "only"]).Where(end => end.Length > 0).OrderByDescending(end => end.Length).ToArray();
        if (ends.FirstOrDefault(word => words.Contains(word) && text.StartsWith(word, StringComparison.OrdinalIgnoreCase)) is { } first)
        {
            text = text[first.Length..];
            // "Rs." is an abbreviation; "₹.50" is fifty paise.
            if (char.IsLetter(first[^1]) && text.StartsWith('.')) text = text[1..];
        }
        for (var before = ""; before != text;)
        {
            before = text = text.Trim();
            if (ends.FirstOrDefault(end => text.EndsWith(end, StringComparison.OrdinalIgnoreCase)) is { } last) text = text[..^last.Length];
        }
        return text;
    }

    private bool IsGrouped(string whole, string digits)
    {
        if (digits[0] == '0' || digits.Length > MostDigits) return false;
        var number = decimal.Parse(digits, CultureInfo.InvariantCulture);
        var written = whole.TrimEnd().Replace(' ', ',');
        return number.ToString("N0", Grouping(Groups ?? Indian)) == written || number.ToString("N0", Grouping(Western)) == written;
    }

    private static NumberFormatInfo Grouping(IReadOnlyList<int> groups) => new() { NumberGroupSizes = [.. groups] };

    [GeneratedRegex(@"\A(?:-.*[0-9]|\([^()]*[0-9][^()]*\)\z|[0-9][0-9, .]*-\z)", RegexOptions.None, 1000)]
    private static partial Regex Negative();

    [GeneratedRegex(@"\A(?<whole>[0-9][0-9, ]*|)(?:\.(?<minor>[0-9]*))?\z", RegexOptions.None, 1000)]
    private static partial Regex Written();
}

/// <summary>What was read where an amount was to be typed: an amount, or a problem in words for who typed it.</summary>
public sealed record MoneyReading(Money? Amount, string? Problem);
