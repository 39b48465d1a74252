using System.Globalization;

namespace Crm.Reports;

/// <summary>Lengths in SVG: across in hundredths of the drawing, so that it is as wide as its place and its letters stay as large as the
/// page's; down in pixels.</summary>
internal static class Svg
{
    public static string Across(double share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%";

    public static string Down(double pixels) => pixels.ToString("0.#", CultureInfo.InvariantCulture);
}

/// <summary>A part of a bar.</summary>
/// <param name="Amount">What its length stands for.</param>
/// <param name="Class">Its colour, by a class of <c>morning.css</c>.</param>
public sealed record BarPart(double Amount, string Class);

/// <summary>One line of a bar chart: its name and value above, its bar below, and perhaps a thinner one to compare it with.</summary>
/// <param name="Beside">What is said behind the value in smaller letters; empty for nothing.</param>
/// <param name="Parts">From the left on.</param>
/// <param name="Before">What the thinner bar stands for; null where there is none.</param>
public sealed record BarLine(string Name, string Value, string Beside, IReadOnlyList<BarPart> Parts, double? Before = null);

/// <summary>A rectangle as it is drawn.</summary>
public sealed record Box(string X, string Y, string Width, string Height, string Class);

/// <summary>A bar's line as it is drawn.</summary>
/// <param name="Y">The ground of its letters.</param>
public sealed record DrawnLine(string Name, string Value, string Beside, string Y, IReadOnlyList<Box> Boxes);

/// <summary>Bars that lie: lines of a name, a value and a length.</summary>
public sealed class BarChart
{
    // Does not go away where letters end.
    private const string Space = "\u2002";
    private const int LongestName = 30, Letters = 13, Gap = 7, Thick = 10, Thin = 4, Below = 16;

    /// <param name="whole">What a bar over the whole width stands for.</param>
    /// <param name="hasTrack">Whether a pale bar shows that width.</param>
    public BarChart(IReadOnlyList<BarLine> lines, double? whole = null, bool hasTrack = false)
    {
        var most = whole ?? lines.Select(l => Math.Max(l.Parts.Sum(p => p.Amount), l.Before ?? 0)).DefaultIfEmpty().Max();
        var (drawn, y) = (new List<DrawnLine>(), 0.0);
        foreach (var line in lines)
        {
            var top = y + Letters + Gap;
            var beside = line.Beside.Length == 0 ? "" : line.Beside + Space;
            drawn.Add(new DrawnLine(Short(line.Name), line.Value, beside, Svg.Down(y + Letters),
                [.. hasTrack ? [new Box("0", Svg.Down(top), "100%", Svg.Down(Thick), "track")] : Array.Empty<Box>(),
                    .. BoxesOf(line, top, most)]));
            y = top + Thick + (line.Before is null ? 0 : Thin + 2) + Below;
        }
        (Lines, Height) = (drawn, Svg.Down(Math.Max(0, y - Below)));
    }

    public IReadOnlyList<DrawnLine> Lines { get; }
    public string Height { get; }

    private static IEnumerable<Box> BoxesOf(BarLine line, double top, double most)
    {
        var from = 0.0;
        foreach (var part in line.Parts)
        {
            yield return new Box(Svg.Across(Share(from)), Svg.Down(top), Svg.Across(Share(part.Amount)), Svg.Down(Thick), part.Class);
            from += part.Amount;
        }
        if (line.Before is { } before)
            yield return new Box("0", Svg.Down(top + Thick + 2), Svg.Across(Share(before)), Svg.Down(Thin), "before");

        double Share(double amount) => most <= 0 ? 0 : Math.Clamp(amount / most, 0, 1);
    }

    // The table behind the chart has the whole name.
    private static string Short(string name) => new StringInfo(name) is { LengthInTextElements: > LongestName } text
        ? text.SubstringByTextElements(0, LongestName - 1).TrimEnd() + "…"
        : name;
}

/// <summary>One column, by the moment or span that it stands for.</summary>
/// <param name="Mark">What stands under it; empty for nothing.</param>
/// <param name="IsOpen">Whether more may come to it yet.</param>
public sealed record ColumnOf(string Name, string Mark, int Amount, bool IsOpen = false);

/// <summary>A column as it is drawn.</summary>
/// <param name="Middle">Where its words stand.</param>
/// <param name="Value">What stands over it; empty for nothing.</param>
public sealed record DrawnColumn(Box Box, string Middle, string ValueY, string Value, string Mark);

/// <summary>Columns that stand side by side: how something went from one week to the next.</summary>
public sealed class ColumnChart
{
    private const int Top = 20, Plot = 130, Foot = 22;
    private const double Gap = 0.28;

    public ColumnChart(IReadOnlyList<ColumnOf> columns)
    {
        var most = columns.Select(c => c.Amount).DefaultIfEmpty().Max();
        var highest = columns.Index().FirstOrDefault(c => c.Item.Amount == most).Index;
        Columns = [.. columns.Index().Select(c => Draw(c.Item, c.Index, columns.Count, most, c.Index == highest || c.Item.IsOpen))];
    }

    public IReadOnlyList<DrawnColumn> Columns { get; }
    public string Height { get; } = Svg.Down(Top + Plot + Foot);

    /// <summary>Where the columns stand.</summary>
    public string Ground { get; } = Svg.Down(Top + Plot);

    /// <summary>The ground of the letters below.</summary>
    public string MarkY { get; } = Svg.Down(Top + Plot + Foot - 5);

    // Said of the highest and of the last, by which all others can be judged.
    private static DrawnColumn Draw(ColumnOf column, int at, int count, int most, bool isSaid)
    {
        var height = most == 0 ? 0 : (double)Plot * column.Amount / most;
        var box = new Box(Svg.Across((at + Gap / 2) / count), Svg.Down(Top + Plot - height), Svg.Across((1 - Gap) / count),
            Svg.Down(height), column.IsOpen ? "open" : "now");
        return new DrawnColumn(box, Svg.Across((at + 0.5) / count), Svg.Down(Top + Plot - height - 6),
            isSaid ? column.Amount.ToString(CultureInfo.InvariantCulture) : "", column.Mark);
    }
}

/// <summary>A chart with what it says in words and, behind it, in a table.</summary>
/// <param name="Id">By which its title and description are found on the page.</param>
/// <param name="Says">What the picture shows, for who cannot see it and as the line below its heading.</param>
/// <param name="Keys">What its colours stand for: class and words.</param>
/// <param name="Link">Where more of it is.</param>
public sealed record ChartView(
    string Id, string Title, string Says, ReportTable Table, IReadOnlyList<(string Class, string Words)> Keys,
    BarChart? Bars = null, ColumnChart? Columns = null, (string Text, string Address)? Link = null)
{
    public bool IsEmpty => Table.Lines.Count == 0;
}
