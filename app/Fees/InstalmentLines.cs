using System.Globalization;
using Crm.Institute;
using Crm.Seats;
using Crm.Web;

namespace Crm.Fees;

/// <summary>Instalments as they are written into a form: a line each, such as <c>2026-12-01, 14000</c>.</summary>
public static class InstalmentLines
{
    private const int Longest = 2000;
    private static readonly string[] Days = ["yyyy-M-d", "d-M-yyyy", "d/M/yyyy", "d.M.yyyy", "d MMM yyyy", "d MMMM yyyy"];
    private static readonly Money Most = Money.FromRupees(100_000_000);

    public static string Write(IEnumerable<Instalment> instalments) =>
        string.Join('\n', instalments.Select(i => $"{Format.Date(i.DueOn)}, {i.Amount.Rupees:0.##}"));

    /// <returns>What could be read; the form is refused where a line is none.</returns>
    public static IReadOnlyList<Instalment> Read(Form form, string field, MoneyStyle money, bool required = true)
    {
        var parts = new List<Instalment>();
        var text = form.Lines(field, "the instalments", Longest, required) ?? "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var comma = line.IndexOf(',', StringComparison.Ordinal);
            if (comma < 0 || Day(line[..comma]) is not { } day)
            {
                form.Refuse(field, $"Write each line as a day, a comma and an amount, such as 1 Dec 2026, 14000: “{line}” is not.");
                continue;
            }
            var reading = money.Read(line[(comma + 1)..], "the amount", Most);
            if (reading.Amount is { } amount) parts.Add(new Instalment(day, amount));
            else form.Refuse(field, $"“{line}”: {reading.Problem}");
        }
        return parts;
    }

    private static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text.Trim(), Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is > 2000 and < 2100
            ? day
            : null;
}
