using System.Globalization;

namespace Crm.Desk;

public static class InstituteWords
{
    /// <summary>The months by their numbers.</summary>
    public static IEnumerable<(string Value, string Text)> Months =>
        Enumerable.Range(1, 12)
            .Select(m => (m.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(m)));
}
