using System.Text.RegularExpressions;

namespace Crm.Institute;

/// <summary>What may stand in a log of what others have said, such as a mail server: addresses and numbers of people are taken out.
/// </summary>
public static partial class LogText
{
    public static string Masked(string text) => Number().Replace(Address().Replace(text, "[email]"), "[number]");

    [GeneratedRegex(@"[^\s<>""'(),;:]+@[^\s<>""'(),;:]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();

    // Beginning with a plus, or ten digits as they are typed here; ids have letters among their digits, and ports are shorter.
    [GeneratedRegex(@"(?<![\w-])(\+\d[\d \-]{7,14}\d|\d{10})(?![\w-])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
