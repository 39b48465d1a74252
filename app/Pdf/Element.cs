using SkiaSharp;

namespace Crm.Pdf;

/// <summary>Something could not be placed on any page; the message says what and how much room it had.</summary>
public sealed class DocumentLayoutException(string message) : Exception(message);

/// <param name="Page">The page's number from 1, with their total: known only when headers and footers are placed.</param>
/// <param name="Height">The room on an empty page, in points.</param>
internal readonly record struct PageContext(int Page, int Total, float Height, DocumentFonts Fonts);

/// <param name="height">The height of the box drawn into: a row's, where a neighbour is taller.</param>
internal delegate void Draw(SKCanvas canvas, float x, float y, float height);

/// <summary>What of an element goes into the room it was given, how to draw it, and what is left for the next page.</summary>
internal sealed record Fitted(float Height, Draw Draw, Element? Rest = null)
{
    public static readonly Fitted Nothing = new(0, (_, _, _, _) => { });
}

/// <summary>A part of a document. Elements never change once built: what does not fit becomes a new element. Lengths are points.</summary>
internal abstract class Element
{
    /// <returns>Null where not even a first piece fits.</returns>
    public abstract Fitted? Fit(float width, float height, PageContext page);

    /// <summary>The width it takes of its own accord, at most <paramref name="max"/>.</summary>
    public virtual float NaturalWidth(float max, PageContext page) => max;

    /// <returns>The same without content: what goes on beside a neighbour that is continued on the next page.</returns>
    public virtual Element Emptied() => new Slot();
}

/// <summary>The place an element is put into by the fluent calls.</summary>
internal sealed class Slot : Element, IContainer
{
    public Element? Child { get; set; }

    public override Fitted? Fit(float width, float height, PageContext page) =>
        Child is null ? Fitted.Nothing : Child.Fit(width, height, page);

    public override float NaturalWidth(float max, PageContext page) => Child?.NaturalWidth(max, page) ?? 0;

    public override Element Emptied() => Child?.Emptied() ?? this;
}
