using SkiaSharp;

namespace Crm.Pdf;

internal enum Weight { Regular, SemiBold, Bold }

/// <param name="Size">Points from the highest to the lowest letter.</param>
/// <param name="LineHeight">The distance of lines as a multiple of the size.</param>
internal sealed record TextStyle(float Size = 10, Weight Weight = Weight.Regular, uint Color = 0xFF1F2937, float LineHeight = 1.4f)
{
    public SKColor Paint => new(Color);

    /// <summary>The width of a space, in points.</summary>
    public float Space => Size * 0.28f;
}

/// <param name="Kind">What stands in for the text at drawing: the page's number, or the total.</param>
internal sealed record Span(string Text, TextStyle Style, SpanKind Kind = SpanKind.Text);

internal enum SpanKind { Text, PageNumber, TotalPages }
