namespace Crm.Imports;

/// <summary>A cell as it is quoted in a sentence.</summary>
internal static class CellWords
{
    private const int Longest = 40;

    /// <summary>Its beginning, on one line; no letter is cut in two.</summary>
    public static string Cut(string text, int most = Longest)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= most ? line : line[..(char.IsHighSurrogate(line[most - 1]) ? most - 1 : most)] + "…";
    }
}
