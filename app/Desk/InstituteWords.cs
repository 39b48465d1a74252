using System.Globalization;

namespace Crm.Desk;

public static class InstituteWords
{
    /// <summary>The months by their numbers.</summary>
    public static IEnumerable<(string Value, string Text)> Months =>
        Enumerable.Range(1, 12).Select(m => (m.ToString(CultureInfo.InvariantCulture), MonthOf(m)));

    public static string MonthOf(int number) => CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(number);

    /// <summary>The fields of what the institute has its own word for: one of them, several, and what they are.</summary>
    public static IReadOnlyList<(string One, string Many, string Thing)> Nouns =>
        [("courseWord", "courseWords", "A course"), ("batchWord", "batchWords", "A batch"), ("moduleWord", "moduleWords", "A module")];
}
