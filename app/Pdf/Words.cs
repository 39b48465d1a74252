namespace Crm.Pdf;

/// <summary>What lies between the spaces that a line may be broken at.</summary>
internal static class Words
{
    public static IEnumerable<Range> Of(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !Unicode.IsBreakingSpace(text[end])) end++;
            if (end > start) yield return start..end;
            start = end + 1;
        }
    }
}
