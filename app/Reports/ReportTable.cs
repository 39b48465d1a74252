using Crm.Institute;

namespace Crm.Reports;

/// <summary>One value of a report: an amount, a number, a text or a day.</summary>
public readonly record struct Cell(Money? Amount, int? Count, string? Text, DateOnly? Day = null)
{
    public static implicit operator Cell(Money amount) => new(amount, null, null);

    public static implicit operator Cell(int count) => new(null, count, null);

    public static implicit operator Cell(string text) => new(null, null, text);

    public static implicit operator Cell(DateOnly day) => new(null, null, null, day);

    /// <summary>For a file: amounts in the currency with their paise; null for a text.</summary>
    public decimal? Number => Amount?.Rupees ?? Count;

    public string Shown(CurrentInstitute institute) =>
        Amount is { } amount ? institute.Show(amount)
        : Count is { } count ? institute.Money.Number(count)
        : Day is { } day ? Format.Date(day)
        : Text ?? "";
}

/// <summary>One line of a table, by what it is called.</summary>
public sealed record ReportLine(string Name, params IReadOnlyList<Cell> Cells)
{
    /// <summary>What the page calls it, where files call it otherwise, such as by a day that sorts.</summary>
    public string Shown { get; init; } = Name;

    /// <summary>The day that it is called by; null where it is called otherwise.</summary>
    public DateOnly? Day { get; init; }
}

/// <summary>A table of a report, as it stands on the page and in its files.</summary>
/// <param name="Of">What the lines are, such as "Day".</param>
/// <param name="Columns">What each value is.</param>
/// <param name="Total">Null where the lines do not add up to anything.</param>
/// <param name="Empty">What is said where there is no line.</param>
public sealed record ReportTable(
    string Title, string Of, IReadOnlyList<string> Columns, IReadOnlyList<ReportLine> Lines, ReportLine? Total, string Empty)
{
    /// <summary>The day until which it counts, whatever days were chosen; null where it is of those.</summary>
    public DateOnly? Until { get; init; }

    /// <summary>How a column stands: words and days on the left, all else on the right.</summary>
    public string ClassOf(int column) =>
        Lines.Any(l => l.Cells[column].Day is not null) ? "day"
        : Lines.Any(l => l.Cells[column] is { Amount: null, Count: null }) ? "words" : "";

    /// <summary>The lines and, behind them, what they come to.</summary>
    public IEnumerable<ReportLine> All => Total is null ? Lines : Lines.Append(Total);
}
