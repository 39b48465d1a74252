using System.Globalization;
using System.Text.RegularExpressions;

namespace Crm.Institute;

/// <summary>The days, counted from the one on which an instalment falls due, on which whoever owes it is reminded: below zero before it,
/// zero on it.</summary>
public static partial class ReminderDays
{
    /// <summary>How far before or after a day a reminder may go.</summary>
    public const int Farthest = 90;

    private const int Most = 12;

    /// <summary>Reads days as people write them: "3 before, 0, 3 and 7 after". A number without a word takes that of the next which has
    /// one, else it is after; one with a minus is before. Nothing typed is no reminder at all.</summary>
    /// <returns>The days in their order, each once; or a problem in words for who typed them.</returns>
    public static (IReadOnlyList<int> Days, string? Problem) Read(string typed)
    {
        var days = new List<int>();
        var word = "after";
        foreach (var part in Parts(typed).Reverse())
        {
            if (Day().Match(part) is not { Success: true } day || int.Parse(day.Groups["number"].Value) is not (<= Farthest and var number))
                return ([], $"Write days with a comma between them, none more than {Farthest} away, such as 3 before, 0, 3 after: "
                    + $"“{part}” is not.");
            if (day.Groups["word"].Value is { Length: > 0 } own) word = own.ToLowerInvariant();
            days.Add(day.Groups["sign"].Success || word == "before" ? -number : number);
        }
        return days.Distinct().Count() > Most ? ([], $"Write at most {Most} days.") : ([.. days.Distinct().Order()], null);
    }

    /// <summary>As they are read again: "3 before, 0, 3 after, 7 after".</summary>
    public static string Write(IEnumerable<int> days) => string.Join(", ", days.Select(d => d switch
    {
        < 0 => $"{-d} before",
        0 => "0",
        _ => $"{d} after",
    }));

    private static IEnumerable<string> Parts(string typed) =>
        Separator().Split(Characters.Plain(typed).ToLower(CultureInfo.InvariantCulture))
        .Select(p => p.Trim()).Where(p => p.Length > 0);

    [GeneratedRegex(@"[,;\n]|\band\b|&", RegexOptions.None, 1000)]
    private static partial Regex Separator();

    [GeneratedRegex(@"\A(?<sign>-)?(?<number>[0-9]{1,3})( ?days?)?( ?(?<word>before|after|late))?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Day();
}
