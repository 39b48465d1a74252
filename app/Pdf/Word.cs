using System.Text;

namespace Crm.Pdf;

/// <summary>A word in one style, shaped.</summary>
/// <param name="Runs">In the order in which they are read.</param>
/// <param name="Width">In points.</param>
/// <param name="Missing">The characters that no font has.</param>
internal sealed record Word(IReadOnlyList<Run> Runs, TextStyle Style, float Width, IReadOnlyList<Rune> Missing)
{
    public static Word Of(IReadOnlyList<Run> runs, TextStyle style) =>
        new(runs, style, runs.Sum(r => r.Width), [.. runs.SelectMany(r => r.Missing)]);
}
