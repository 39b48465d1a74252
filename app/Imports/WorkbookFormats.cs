using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;

namespace Crm.Imports;

/// <summary>Which numbers of a workbook are dates: it keeps both as numbers, and only their format tells.</summary>
internal sealed partial class WorkbookFormats
{
    private const int FirstOfItsOwn = 164, MostFormats = 65_490; // the most that a workbook can have
    private const double LastSerial = 2_958_466; // the year 10000
    private static readonly DateTime Epoch = new(1899, 12, 30), Epoch1904 = new(1904, 1, 1);

    private readonly List<bool> _dates = [];
    private readonly bool _from1904;

    private WorkbookFormats(bool from1904) => _from1904 = from1904;

    public static WorkbookFormats Read(XmlReader? styles, bool from1904)
    {
        var (formats, codes, inCells) = (new WorkbookFormats(from1904), new Dictionary<int, bool>(), false);
        using (styles)
            while (styles?.Read() == true)
            {
                if (styles.LocalName == "cellXfs") inCells = styles.NodeType == XmlNodeType.Element && !styles.IsEmptyElement;
                if (styles.NodeType != XmlNodeType.Element) continue;
                _ = int.TryParse(styles.GetAttribute("numFmtId"), out var id);
                if (styles.LocalName == "numFmt") codes[id] = IsOfDates(styles.GetAttribute("formatCode") ?? "");
                if (styles.LocalName == "xf" && inCells && formats._dates.Count < MostFormats)
                    formats._dates.Add(id < FirstOfItsOwn ? IsBuiltInDate(id) : codes.GetValueOrDefault(id));
            }
        return formats;
    }

    public string Shown(double number, string? style)
    {
        var isDate = int.TryParse(style, out var at) && at >= 0 && at < _dates.Count && _dates[at];
        if (!isDate || number is < 0 or >= LastSerial) return Plain(number);
        return Serial(number, _from1904 ? Epoch1904 : Epoch);
    }

    /// <summary>A moment that is counted in days: "2025-06-02", or "2025-06-02T18:02:57" where it has a time.</summary>
    internal static string Serial(double days, DateTime? epoch = null)
    {
        var seconds = Math.Round(days * 86_400);
        var moment = (epoch ?? Epoch).AddSeconds(seconds);
        if (days < 1) return moment.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        return moment.ToString(moment.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a number is written as a spreadsheet shows what it has no room for, 9.84E+09: the digits behind are lost. One with
    /// all its digits, or as programs write numbers (9.84E9), is taken.</summary>
    internal static bool IsShortened(string value) => Short().Match(value) is { Success: true } found
        && found.Groups["rest"].Length < int.Parse(found.Groups["power"].Value, CultureInfo.InvariantCulture);

    /// <summary>Signs that XML cannot hold are written as their codes, such as <c>_x000D_</c>.</summary>
    internal static string Unescaped(string text) =>
        !text.Contains("_x", StringComparison.Ordinal)
            ? text
            : Code().Replace(text, m => ((char)Convert.ToInt32(m.Groups["hex"].Value, 16)).ToString());

    // Fifteen digits are what a spreadsheet keeps: a telephone number is whole, and 0.1 is no 0.1000000000000000055.
    private static string Plain(double number) => Math.Abs(number) < 1e15
        ? decimal.Round((decimal)number, 10).ToString("0.##########", CultureInfo.InvariantCulture)
        : number.ToString("R", CultureInfo.InvariantCulture);

    private static bool IsBuiltInDate(int id) => id is (>= 14 and <= 22) or (>= 27 and <= 36) or (>= 45 and <= 47) or (>= 50 and <= 58);

    // Letters in quotes, in brackets or behind a backslash are words and colours.
    private static bool IsOfDates(string code) => DateLetter().IsMatch(Words().Replace(code, ""));

    [GeneratedRegex("""
        "[^"]*"|\[(?!h+\]|m+\]|s+\])[^\]]*\]|\\.|_.|General
        """, RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace, 1000)]
    private static partial Regex Words();

    [GeneratedRegex("[ymdhs]", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex DateLetter();

    [GeneratedRegex(@"^-?\d(\.(?<rest>\d+))?E\+(?<power>0\d|1[0-4])$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Short();

    [GeneratedRegex("_x(?<hex>[0-9A-Fa-f]{4})_", RegexOptions.None, 1000)]
    private static partial Regex Code();
}
