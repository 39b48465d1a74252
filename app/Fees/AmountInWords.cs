using System.Globalization;
using Crm.Institute;
using Humanizer;

namespace Crm.Fees;

/// <summary>Amounts as receipts spell them, so that no digit can be added.</summary>
public static class AmountInWords
{
    private static readonly CultureInfo Lakhs = CultureInfo.GetCultureInfo("en-IN");
    private static readonly CultureInfo Thousands = CultureInfo.GetCultureInfo("en");

    /// <summary>"Rupees forty two thousand five hundred and paise fifty only"; lakhs where the institute counts in them.</summary>
    /// <param name="amount">Not below zero.</param>
    public static string Of(Money amount, InstituteProfile institute)
    {
        var culture = institute.Grouping == DigitGrouping.Indian ? Lakhs : Thousands;
        var (whole, minor) = (amount.Paise / 100, amount.Paise % 100);
        var parts = new List<string>();
        if (whole > 0) parts.Add($"{institute.CurrencyWord} {whole.ToWords(culture)}");
        if (minor > 0) parts.Add($"{institute.CurrencyMinorWord} {minor.ToWords(culture)}");
        return parts.Count == 0 ? "Nothing" : Format.Capital(string.Join(" and ", parts)) + " only";
    }
}
