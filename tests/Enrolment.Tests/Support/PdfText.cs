using System.Text;
using System.Text.RegularExpressions;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;

namespace Crm.Tests;

/// <summary>The text of a PDF as a viewer copies it.</summary>
internal static partial class PdfText
{
    /// <returns>The words of each page in reading order, one space between them.</returns>
    public static IReadOnlyList<string> Pages(byte[] pdf)
    {
        using var document = PdfDocument.Open(pdf);
        return [.. document.GetPages().Select(p => Spaces().Replace(string.Join(' ', LinesOf(p)), " ").Trim())];
    }

    /// <returns>The lines of all pages from top to bottom.</returns>
    public static IReadOnlyList<string> Lines(byte[] pdf)
    {
        using var document = PdfDocument.Open(pdf);
        return [.. document.GetPages().SelectMany(LinesOf)];
    }

    private static List<string> LinesOf(Page page)
    {
        var actual = ActualText(page);
        var lines = new List<StringBuilder>();
        Letter? last = null;
        foreach (var letter in page.Letters)
        {
            if (last is null || IsBelow(letter, last)) lines.Add(new StringBuilder());
            else if (letter.StartBaseLine.X - last.EndBaseLine.X > 0.15 * letter.PointSize) lines[^1].Append(' ');
            lines[^1].Append(actual.GetValueOrDefault(letter, letter.Value));
            last = letter;
        }
        return [.. lines.Select(l => l.ToString())];
    }

    private static bool IsBelow(Letter letter, Letter last) =>
        Math.Abs(letter.StartBaseLine.Y - last.EndBaseLine.Y) > 1 || letter.StartBaseLine.X < last.StartBaseLine.X - 1;

    // Glyphs that stand for no one character carry their text beside them.
    private static Dictionary<Letter, string> ActualText(Page page)
    {
        var actual = new Dictionary<Letter, string>(ReferenceEqualityComparer.Instance);
        foreach (var element in page.GetMarkedContents()) Note(element);
        return actual;

        void Note(MarkedContentElement element)
        {
            if (element.ActualText is { } text)
                foreach (var (i, letter) in element.Letters.Index()) actual[letter] = i == 0 ? text : "";
            foreach (var child in element.Children) Note(child);
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
