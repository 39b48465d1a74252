using System.Text;
using System.Text.RegularExpressions;

namespace Crm.Institute;

/// <summary>Finds links and addresses in text that should hold none, also such as a mail program would make a link of.</summary>
internal static partial class Links
{
    private static readonly HashSet<string> Titles =
    [
        "dr", "mr", "mrs", "ms", "miss", "st", "prof", "smt", "shri", "sri", "sree", "kum", "adv", "er", "fr", "sr", "jr", "rev", "bro",
        "sis", "mohd", "mohammed", "muhd", "md", "km", "capt", "col", "maj", "gen", "lt", "hon",
    ];

    // The ends of domains that are taken for one in any case of letters and behind any word.
    private static readonly HashSet<string> DomainEnds =
    [
        "com", "org", "net", "info", "biz", "edu", "gov", "xyz", "online", "site", "website", "shop", "store", "top", "club", "app", "io",
        "co", "win", "click", "link", "live", "space", "tech", "example", "test", "invalid", "local",
    ];

    // Written behind names: B.Com, M.Tech.
    private static readonly HashSet<string> Degrees = ["com", "tech"];

    public static bool AreIn(string text)
    {
        // Full width and other look-alikes of dots and slashes work in a link as the plain ones do.
        var plain = text.Normalize(NormalizationForm.FormKC).Replace('。', '.').Replace('⁄', '/').Replace('∕', '/').Replace('⧸', '/');
        return Sign().IsMatch(plain) || Slash().IsMatch(plain) || Dotted().Matches(plain).Any(dotted => IsDomain(dotted.Value.Split('.')));
    }

    // Names are dotted too: K.P.Anoop, Dr.Anil, Anu.George. A domain's end is mostly written small, a name seldom.
    private static bool IsDomain(string[] labels)
    {
        var (last, before) = (labels[^1], labels[^2]);
        if (before is "B" or "M" && Degrees.Contains(last.ToLowerInvariant())) return false;
        if (last.StartsWith("xn--", StringComparison.OrdinalIgnoreCase) || DomainEnds.Contains(last.ToLowerInvariant())) return true;
        return before.Length > 1 && !Titles.Contains(before.ToLowerInvariant()) && SmallEnd().IsMatch(last);
    }

    [GeneratedRegex(@"@|www\.|https?:|:[/\\]|\\\\|//", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Sign();

    // A slash may stand between two single letters (S/o and D/o name a parent) and in a tag such as </b>, which is text like any other.
    [GeneratedRegex(@"(?<!(?<![\p{L}\p{N}])\p{L}|<)/(?!>)|(?<=\p{L})/(?!>|\p{L}(?![\p{L}\p{N}]))", RegexOptions.None, 1000)]
    private static partial Regex Slash();

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}\-]+(?:\.[\p{L}\p{M}\p{N}\-]+)+", RegexOptions.None, 1000)]
    private static partial Regex Dotted();

    [GeneratedRegex(@"\A[a-z]{2,}\z", RegexOptions.None, 1000)]
    private static partial Regex SmallEnd();
}
