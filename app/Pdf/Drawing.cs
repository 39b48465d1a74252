using SkiaSharp;

namespace Crm.Pdf;

/// <summary>A filled outline in a square, as wide as its place.</summary>
/// <param name="units">How many of the outline's units the square is wide.</param>
internal sealed class Drawing(SKPath outline, float units, SKColor color) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page) =>
        width > height ? null : new Fitted(width, (c, x, y, _) =>
        {
            using var paint = new SKPaint { Color = color };
            c.Save();
            c.Translate(x, y);
            c.Scale(width / units);
            c.DrawPath(outline, paint);
            c.Restore();
        });
}
