using SkiaSharp;

namespace Crm.Pdf;

internal sealed class Picture(SKImage image) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        var own = width * image.Height / image.Width;
        if (own > height) return null;
        var sampling = new SKSamplingOptions(SKCubicResampler.Mitchell);
        return new Fitted(own, (c, x, y, _) => c.DrawImage(image, SKRect.Create(x, y, width, own), sampling));
    }

    public override float NaturalWidth(float max, PageContext page) => Math.Min(max, image.Width);
}

internal sealed class Rule(float thickness, SKColor color) : Element
{
    public override Fitted? Fit(float width, float height, PageContext page)
    {
        if (height < thickness) return null;
        return new Fitted(thickness, (c, x, y, _) =>
        {
            using var paint = new SKPaint { Color = color };
            c.DrawRect(x, y, width, thickness, paint);
        });
    }
}
