using System.Globalization;
using System.Text.RegularExpressions;

namespace Crm.Tests.Web;

/// <summary>Text can be read on what it stands on, on a light and on a dark screen: WCAG 2.2, 1.4.3 and 1.4.11.</summary>
public sealed partial class ContrastTests
{
    private const double Text = 4.5;
    private const double Edge = 3;

    private static readonly Dictionary<string, string[]> Colours = Read();

    [Theory]
    [InlineData("ink", "ground card soft lane public-ground field hover", Text)]
    [InlineData("soft-ink", "public-ground card soft", Text)]
    [InlineData("quiet", "ground public-ground card lane hover step", Text)]
    [InlineData("placeholder", "field", Text)]
    [InlineData("accent-text", "ground public-ground card accent-pale step-past", Text)]
    [InlineData("on-accent", "accent accent-hover danger-fill danger-hover", Text)]
    [InlineData("good", "good-pale", Text)]
    [InlineData("warn", "warn-pale", Text)]
    [InlineData("warn-ink", "warn-pale", Text)]
    [InlineData("danger", "card danger-pale", Text)]
    [InlineData("new", "new-pale", Text)]
    [InlineData("contacted", "contacted-pale", Text)]
    [InlineData("lost", "lost-pale", Text)]
    [InlineData("toast-ink", "toast", Text)]
    [InlineData("toast-link", "toast", Text)]
    [InlineData("field-edge", "card ground", Edge)]
    [InlineData("accent-mark", "card ground field", Edge)]
    public void Colours_stand_out_from_what_is_behind_them(string front, string behind, double least)
    {
        foreach (var ground in behind.Split(' '))
            for (var scheme = 0; scheme < 2; scheme++)
            {
                var ratio = Ratio(Colours[front][scheme], Colours[ground][scheme]);
                Assert.True(ratio >= least, $"--{front} on --{ground}, {(scheme == 0 ? "light" : "dark")}: {ratio:0.00}");
            }
    }

    private static double Ratio(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string hex) => 0.2126 * Channel(hex, 0) + 0.7152 * Channel(hex, 2) + 0.0722 * Channel(hex, 4);

    private static double Channel(string hex, int at)
    {
        var value = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }

    /// <returns>Of each colour its hex digits on a light and on a dark screen.</returns>
    private static Dictionary<string, string[]> Read() =>
        Token().Matches(File.ReadAllText(Path.Combine(Repository.Root, "wwwroot/css/tokens.css"))).ToDictionary(
            m => m.Groups["name"].Value,
            m => new[] { m.Groups["light"].Value, m.Groups[m.Groups["dark"].Success ? "dark" : "light"].Value });

    [GeneratedRegex(@"--(?<name>[\w-]+): (?:light-dark\()?#(?<light>[0-9a-f]{6})(?:, #(?<dark>[0-9a-f]{6})\))?;")]
    private static partial Regex Token();
}
