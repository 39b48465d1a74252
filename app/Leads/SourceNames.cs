using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Institute;

namespace Crm.Leads;

/// <summary>What sources are called. The usual ones have one name, however links and pages spell them; which others are one, managers
/// say on the page of sources.</summary>
public static partial class SourceNames
{
    public const int Longest = 80;

    /// <summary>Each name with its other spellings, without spaces and hyphens, and the places that lead here from it, below which all
    /// others are the same: <c>facebook.com</c> stands for <c>m.facebook.com</c> too.</summary>
    private static readonly (string Name, string[] Spellings, string[] Places)[] UsualNames =
    [
        (LeadSource.Direct.Name, ["direct"], []), ("Walk in", ["walkin"], []), ("Referral", ["referral"], []),
        ("Google", ["google", "googlesearch"], ["com.google.android.googlequicksearchbox"]),
        ("Facebook", ["facebook", "fb"], ["facebook.com", "fb.com", "fb.me", "fb.watch", "com.facebook.katana", "com.facebook.lite"]),
        ("Instagram", ["instagram", "ig", "insta"], ["instagram.com", "instagr.am", "com.instagram.android"]),
        ("WhatsApp", ["whatsapp", "wa", "wapp"], ["whatsapp.com", "wa.me", "wa.link", "com.whatsapp", "com.whatsapp.w4b"]),
        ("YouTube", ["youtube", "yt"], ["youtube.com", "youtu.be", "youtube-nocookie.com", "com.google.android.youtube"]),
        ("LinkedIn", ["linkedin"], ["linkedin.com", "lnkd.in", "com.linkedin.android"]),
        ("X", ["x", "twitter"], ["x.com", "twitter.com", "t.co", "com.twitter.android"]),
        ("Telegram", ["telegram", "tg"], ["telegram.org", "telegram.me", "t.me", "org.telegram.messenger"]),
        ("Bing", ["bing"], ["bing.com"]),
        ("Yahoo", ["yahoo"], ["yahoo.com", "yahoo.co.in"]),
        ("DuckDuckGo", ["duckduckgo", "ddg"], ["duckduckgo.com"]),
        ("ChatGPT", ["chatgpt"], ["chatgpt.com", "chat.openai.com"]),
        ("Quora", ["quora"], ["quora.com"]),
        ("Reddit", ["reddit"], ["reddit.com", "redd.it"]),
        ("Justdial", ["justdial", "jd"], ["justdial.com"]),
        ("Sulekha", ["sulekha"], ["sulekha.com"]),
    ];

    private static readonly Dictionary<string, string> BySpelling =
        UsualNames.SelectMany(u => u.Spellings.Select(s => (Spelling: s, u.Name))).ToDictionary(u => u.Spelling, u => u.Name);

    private static readonly Dictionary<string, string> ByPlace =
        UsualNames.SelectMany(u => u.Places.Select(p => (Place: p, u.Name))).ToDictionary(u => u.Place, u => u.Name);

    /// <summary>A name out of what a link says, which anybody can write, in small letters.</summary>
    /// <returns>Null where nothing in it leaves a trace on a page.</returns>
    public static string? Read(string? written) => Shown(written)?.ToLowerInvariant();

    /// <summary>One line, without what cannot be seen.</summary>
    /// <returns>Null where nothing leaves a trace on a page.</returns>
    public static string? Shown(string? written)
    {
        var line = new StringBuilder();
        for (var letters = StringInfo.GetTextElementEnumerator(Characters.Line(written ?? "")); letters.MoveNext();)
        {
            var letter = letters.GetTextElement();
            if (line.Length + letter.Length > Longest) break;
            if (letter.EnumerateRunes().All(IsWritten)) line.Append(letter);
        }
        var text = line.ToString().Trim();
        return text.EnumerateRunes().Any(r => !Characters.IsSpace(r) && Characters.IsSeen(r) && !Characters.IsMark(r)) ? text : null;
    }

    /// <returns>The one name of a usual source, or the same where it is none.</returns>
    public static string Usual(string name)
    {
        var text = name.Trim().ToLowerInvariant();
        if (BySpelling.TryGetValue(Between().Replace(text, ""), out var usual)) return usual;
        var place = PlaceOf(text);
        if (Google().IsMatch(place)) return "Google";
        for (var rest = place; rest.Contains('.'); rest = rest[(rest.IndexOf('.') + 1)..])
            if (ByPlace.TryGetValue(rest, out usual)) return usual;
        return name;
    }

    // Pasted into a link, an address may have all its parts.
    private static string PlaceOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Host.Length > 0 ? address.Host : text.TrimEnd('/', '.');

    // No sheet and no font has what nobody has assigned.
    private static bool IsWritten(Rune rune) => rune != Rune.ReplacementChar
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse);

    [GeneratedRegex(@"[\s_-]+", RegexOptions.None, 1000)]
    private static partial Regex Between();

    // The search of every country, and no other pages of Google's, such as sites or forms that somebody made there.
    [GeneratedRegex(@"\A(?:www\.|m\.)?google\.(?:com|[a-z]{2}|com?\.[a-z]{2})\z", RegexOptions.None, 1000)]
    private static partial Regex Google();
}
