using System.Text.RegularExpressions;

namespace Crm.Institute;

/// <summary>The order in which people read names, titles and codes: case and accents do not matter, Latin comes before Malayalam,
/// Malayalam follows its alphabet, and numbers are numbers: CPC-9 stands before CPC-10.</summary>
public static partial class ReadingOrder
{
    // More digits than any number that is counted.
    private const int LongestNumber = 40;

    /// <summary>Text whose order by code points (PostgreSQL's collation C) is the reading order. Texts that differ only in what does not
    /// matter have one key.</summary>
    public static string KeyOf(string text) =>
        string.Join(' ', Pieces().Matches(text).Select(piece => KeyOfPiece(piece.Value)).Where(key => key.Length > 0));

    public static IReadOnlyList<T> InReadingOrder<T>(this IEnumerable<T> items, Func<T, string> textOf) =>
        [.. items.OrderBy(item => KeyOf(textOf(item)), StringComparer.Ordinal).ThenBy(textOf, StringComparer.Ordinal)];

    private static string KeyOfPiece(string piece)
    {
        var key = NameFolding.ForSorting(piece);
        if (!char.IsDigit(piece[0])) return key;
        // The more digits, the larger the number: how many there are comes first.
        var digits = key.TrimStart('0');
        return (char)('0' + Math.Min(digits.Length, LongestNumber)) + digits;
    }

    [GeneratedRegex(@"\p{Nd}+|\P{Nd}+", RegexOptions.None, 1000)]
    private static partial Regex Pieces();
}
